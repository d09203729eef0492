package certificate_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"arcade-atlassian/cmd/atlassian-worker/internal/certificate"
)

// The end of the certificate that is presented shows, of a new one too.
func TestTheEndOfTheCertificateShows(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	f.put(t, 1, year)
	p, err := certificate.Load(f.cert, f.key, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	reader := sdkmetric.NewManualReader()
	if err := p.Measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))); err != nil {
		t.Fatal(err)
	}
	within := func(valid time.Duration) {
		t.Helper()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 {
			t.Fatalf("got %+v", all.ScopeMetrics)
		}
		m := all.ScopeMetrics[0].Metrics[0]
		gauge, ok := m.Data.(metricdata.Gauge[int64])
		if !ok || m.Name != "worker.certificate.not_after" || m.Unit != "s" {
			t.Fatalf("%s in %s: %T", m.Name, m.Unit, m.Data)
		}
		if left := time.Until(time.Unix(gauge.DataPoints[0].Value, 0)); left > valid || left < valid-time.Hour {
			t.Errorf("valid for %s, want %s", left, valid)
		}
	}
	within(year)
	f.put(t, 2, 2*year)
	p.Reload()
	within(2 * year)
}
