package certificate

import (
	"context"

	"go.opentelemetry.io/otel/metric"
)

// Measure lets a provider see until when the certificate that is presented is
// valid, as the gauge worker.certificate.not_after in seconds since 1970.
func (p *Pair) Measure(provider metric.MeterProvider) error {
	_, err := provider.Meter("arcade-atlassian/cmd/atlassian-worker/internal/certificate").Int64ObservableGauge("worker.certificate.not_after",
		metric.WithUnit("s"), metric.WithDescription("The end of the certificate's validity, in seconds since 1970"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(p.current.Load().Leaf.NotAfter.Unix())
			return nil
		}))
	return err
}
