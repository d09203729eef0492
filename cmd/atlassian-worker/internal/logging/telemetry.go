package logging

import (
	"context"

	"go.opentelemetry.io/otel/metric"
)

// Measure lets a provider see how many lines were lost, as the counter
// worker.log.dropped.
func (w *Writer) Measure(p metric.MeterProvider) error {
	_, err := p.Meter("arcade-atlassian/cmd/atlassian-worker/internal/logging").Int64ObservableCounter("worker.log.dropped",
		metric.WithUnit("{line}"), metric.WithDescription("Log lines that were lost because they could not be written"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(w.Dropped())
			return nil
		}))
	return err
}
