package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/sandbox"
)

type sandboxCmd struct {
	logFlags
	Host    string        `help:"The sandbox's address." default:"127.0.0.1"`
	Port    uint16        `help:"The sandbox's port." default:"8003"`
	Latency time.Duration `help:"Delay every answer by this much."`
	Clock   time.Time     `help:"Let it be this moment for ever, such as 2026-01-31T09:00:00Z, so that two runs write the same."`
}

// Run serves the sandbox until a signal ends it.
func (c *sandboxCmd) Run(s *shell) error {
	if err := notNegative("--latency", c.Latency, "no delay"); err != nil {
		return err
	}
	var clock func() time.Time
	if !c.Clock.IsZero() {
		clock = func() time.Time { return c.Clock }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log, lines := c.logger(s.stderr)
	defer lines.Close(flushLimit)
	running, err := startSandbox(c.Host, c.Port, c.Latency, clock, log)
	if err != nil {
		return err
	}
	defer running.stop()
	s.printf(`The Atlassian sandbox is at %s. Point a worker at it:

atlassian-worker serve --atlassian-url %[1]s

or call it with curl:

curl -s -H 'Authorization: Bearer sandbox' %[1]s/oauth/token/accessible-resources
`, running.url)
	if s.stdout.err != nil {
		return s.stdout.err
	}
	select {
	case err := <-running.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// runningSandbox is a sandbox on a port of this machine.
type runningSandbox struct {
	url    string
	stop   func()
	failed <-chan error
}

// startSandbox serves a new sandbox at host and port; its clock is the machine's when
// none is given. It logs every request, without its token, so that one can see what
// reached "Atlassian".
func startSandbox(host string, port uint16, latency time.Duration, clock func() time.Time, log zerolog.Logger) (*runningSandbox, error) {
	ln, err := listen(host, port)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: sandbox.New(sandbox.Options{Latency: latency, Clock: clock, Log: func(r sandbox.Request) {
			log.Info().Str("method", r.Method).Str("path", r.Path).Int("status", r.Status).Msg("sandbox")
		}}),
	}
	failed := make(chan error, 1)
	go func() {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return &runningSandbox{
		url:    "http://" + dial(ln.Addr().String()),
		stop:   func() { _ = server.Close() }, // the process ends with it
		failed: failed,
	}, nil
}
