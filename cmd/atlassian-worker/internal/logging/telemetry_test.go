package logging_test

import (
	"errors"
	"io"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
)

func TestLostLinesAreCounted(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	g := &gate{open: make(chan struct{}), broken: errors.New("broken pipe")}
	close(g.open)
	w := logging.NewWriter(g)
	if err := w.Measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := io.WriteString(w, "{}\n"); err != nil {
			t.Fatal(err)
		}
	}
	w.Close(time.Minute)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 {
		t.Fatalf("got %+v", all.ScopeMetrics)
	}
	m := all.ScopeMetrics[0].Metrics[0]
	if sum, ok := m.Data.(metricdata.Sum[int64]); !ok || m.Name != "worker.log.dropped" || !sum.IsMonotonic || sum.DataPoints[0].Value != 3 {
		t.Errorf("%s: %+v", m.Name, m.Data)
	}
}
