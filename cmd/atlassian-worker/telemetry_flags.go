package main

import (
	"context"
	"net"
	"net/http"
	"strconv"

	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
	"arcade-atlassian/cmd/atlassian-worker/internal/telemetry"
	"arcade-atlassian/tools"
	"arcade-atlassian/worker"
)

// telemetryFlags say what operators see of a worker.
type telemetryFlags struct {
	AdminAddr string `help:"Serve /metrics for Prometheus, /debug/pprof, /ready and /live to whoever reaches this address, such as 127.0.0.1:9464." env:"ARCADE_ADMIN_ADDR" placeholder:"HOST:PORT"`
}

func (f telemetryFlags) check() error {
	if f.AdminAddr == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(f.AdminAddr)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" { // the empty host is every interface
		return usagef("--admin-addr must look like 127.0.0.1:9464")
	}
	return nil
}

// startTelemetry sets up what the OTEL_* variables and the flags ask for. It
// waits for no collector.
func (f telemetryFlags) startTelemetry(environment string, log zerolog.Logger, lines *logging.Writer) (*telemetry.Telemetry, error) {
	t, err := telemetry.Start(context.Background(), telemetry.Config{
		Version: tools.Version, Environment: environment, Prometheus: f.AdminAddr != "", Log: log,
	})
	if err != nil {
		return nil, usageError{err}
	}
	if t.MeterProvider != nil {
		if err := lines.Measure(t.MeterProvider); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// serveAdmin serves the operators' port until the function that it returns is
// called.
func (f telemetryFlags) serveAdmin(metrics http.Handler, server *worker.Server, log zerolog.Logger) (stop func(), err error) {
	if f.AdminAddr == "" {
		return func() {}, nil
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", f.AdminAddr)
	if err != nil {
		return nil, usagef("--admin-addr: %w", err)
	}
	if !onLoopback(ln) {
		log.Warn().Str("address", ln.Addr().String()).
			Msg("the admin port answers other machines, without asking who they are: let only Prometheus and operators reach it")
	}
	log.Info().Str("address", ln.Addr().String()).Msg("serving the admin port")
	return telemetry.ServeAdmin(ln, metrics, server.Ready, log).Close, nil
}
