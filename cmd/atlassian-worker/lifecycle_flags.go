package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/certificate"
	"arcade-atlassian/worker"
)

// lifecycleFlags say how a worker presents itself and how it stops.
type lifecycleFlags struct {
	TLSCert  string        `name:"tls-cert" help:"A PEM file with a certificate and those that lead to its authority: the worker speaks TLS. It is read again when it changes." env:"ARCADE_TLS_CERT" placeholder:"FILE"`
	TLSKey   string        `name:"tls-key" help:"The PEM file with its key." env:"ARCADE_TLS_KEY" placeholder:"FILE"`
	LameDuck time.Duration `help:"How long a worker that got SIGTERM says that it is not ready while it still takes calls, so that load balancers turn away from it." default:"${lame_duck}" env:"ARCADE_LAME_DUCK"`
	Drain    time.Duration `help:"How long a stopping worker then waits for calls under way; 0 cuts them off." default:"${drain}"`
}

func (f lifecycleFlags) check() error {
	var err error
	if (f.TLSCert == "") != (f.TLSKey == "") {
		err = usagef("--tls-cert and --tls-key go together: give both, or none for plain HTTP")
	}
	return errors.Join(
		err,
		notNegative("--lame-duck", f.LameDuck, "that a worker takes no calls after SIGTERM"),
		notNegative("--drain", f.Drain, "that a stopping worker does not wait"),
	)
}

// apply sets the options of the server. What has to be done at SIGHUP it returns.
func (f lifecycleFlags) apply(o *worker.Options) (reload func(), err error) {
	o.LameDuck, o.Drain = f.LameDuck, f.Drain
	if o.Drain == 0 {
		o.Drain = -1 // zero would be the worker's default
	}
	if f.TLSCert == "" {
		return func() {}, nil
	}
	pair, err := certificate.Load(f.TLSCert, f.TLSKey, o.Log)
	if err != nil {
		return nil, usageError{err}
	}
	if o.MeterProvider != nil {
		if err := pair.Measure(o.MeterProvider); err != nil {
			return nil, err
		}
	}
	o.TLS = pair.Config()
	return pair.Reload, nil
}

// scheme is what the worker's address begins with.
func (f lifecycleFlags) scheme() string {
	if f.TLSCert != "" {
		return "https://"
	}
	return "http://"
}

// untilStopped returns a context that ends with the first SIGTERM or, at once,
// with Ctrl-C; a second signal ends the process.
func untilStopped() (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case got := <-stops:
			signal.Stop(stops)
			if got == os.Interrupt {
				cancel(worker.ErrAtOnce)
			}
		case <-ctx.Done():
		}
		cancel(nil)
	}()
	return ctx, func() {
		signal.Stop(stops)
		cancel(nil)
	}
}

// hangups receives SIGHUP, which would end the process: a terminal sends it when it
// closes, and an operator to have files read again.
func hangups() <-chan os.Signal {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGHUP)
	return received
}

// reloadAt calls reload at every signal until ctx ends.
func reloadAt(ctx context.Context, received <-chan os.Signal, log zerolog.Logger, reload func()) {
	for {
		select {
		case <-received:
			log.Info().Msg("SIGHUP: going on")
			reload()
		case <-ctx.Done():
			return
		}
	}
}
