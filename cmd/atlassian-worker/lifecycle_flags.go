package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/worker"
)

// lifecycleFlags say how a worker stops.
type lifecycleFlags struct {
	LameDuck time.Duration `help:"How long a worker that got SIGTERM says that it is not ready while it still takes calls, so that load balancers turn away from it." default:"${lame_duck}" env:"ARCADE_LAME_DUCK"`
	Drain    time.Duration `help:"How long a stopping worker then waits for calls under way; 0 cuts them off." default:"${drain}"`
}

func (f lifecycleFlags) check() error {
	return errors.Join(
		notNegative("--lame-duck", f.LameDuck, "that a worker takes no calls after SIGTERM"),
		notNegative("--drain", f.Drain, "that a stopping worker does not wait"),
	)
}

// apply sets the options of the server.
func (f lifecycleFlags) apply(o *worker.Options) {
	o.LameDuck, o.Drain = f.LameDuck, f.Drain
	if o.Drain == 0 {
		o.Drain = -1 // zero would be the worker's default
	}
}

// untilStopped returns a context that ends with the first SIGTERM or, at once,
// with Ctrl-C; a second signal ends the process. SIGHUP, which a terminal sends
// when it closes and a person to have files read again, calls reload.
func untilStopped(log zerolog.Logger, reload func()) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stops, hangups := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stops, os.Interrupt, syscall.SIGTERM)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for {
			select {
			case got := <-stops:
				signal.Stop(stops)
				if got == os.Interrupt {
					cancel(worker.ErrAtOnce)
				} else {
					cancel(nil)
				}
				return
			case <-hangups:
				log.Info().Msg("SIGHUP: going on")
				reload()
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(stops)
		cancel(nil)
	}
}
