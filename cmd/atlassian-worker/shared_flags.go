package main

import (
	"context"
	"errors"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/metric"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
)

// sharedFlags say what the replicas of a worker know together.
type sharedFlags struct {
	Shared string `help:"Redis or Valkey through which the replicas of a worker share results of writes, pauses, limits and lists of sites; keys and values are sealed with the worker's secret. Without it each process knows its own." env:"ARCADE_WORKER_SHARED" placeholder:"rediss://USER:PASSWORD@HOST:PORT"`
}

// store opens the shared store, which is nil without the flag. private says that
// the secret is this process's own, meter is nil when nobody measures.
func (f sharedFlags) store(secret string, private bool, meter metric.MeterProvider, log zerolog.Logger) (store shared.Store, closeStore func(), err error) {
	if f.Shared == "" {
		return nil, func() {}, nil
	}
	if private {
		return nil, nil, usageError{errors.New("--shared (ARCADE_WORKER_SHARED) needs the secret that the replicas have in common, which --sandbox and --no-auth do without")}
	}
	opened, err := redis.Open(context.Background(), f.Shared, []byte(secret), log)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if meter != nil {
		if err := opened.Measure(meter); err != nil {
			return nil, nil, errors.Join(err, opened.Close())
		}
	}
	return opened, func() { _ = opened.Close() }, nil
}
