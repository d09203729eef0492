package redis

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// Measure lets a provider see whether Redis answers, as the gauge
// worker.shared.reachable (1 or 0), and how often it did not, as the counter
// worker.shared.unanswered: questions that this process answered alone.
func (s *Store) Measure(p metric.MeterProvider) error {
	meter := p.Meter("arcade-atlassian/tools/shared/redis")
	reachable, err1 := meter.Int64ObservableGauge("worker.shared.reachable",
		metric.WithDescription("Whether the store that replicas share answers: 1 or 0"))
	unanswered, err2 := meter.Int64ObservableCounter("worker.shared.unanswered", metric.WithUnit("{question}"),
		metric.WithDescription("Questions to the shared store that this process had to answer alone"))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		answers := int64(1)
		if !s.Reachable() {
			answers = 0
		}
		o.ObserveInt64(reachable, answers)
		o.ObserveInt64(unanswered, s.unanswered.Load())
		return nil
	}, reachable, unanswered)
	return err
}
