// Package telemetry sets up the OpenTelemetry SDK as the standard OTEL_*
// variables say, and what a worker shows its operators on a port of their own.
package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// ServiceName is the resource's service.name unless OTEL_SERVICE_NAME says
// another: the server's own name (protocol §6).
const ServiceName = "atlassian-worker"

// flushTime bounds how long Stop waits for collectors.
const flushTime = 5 * time.Second

// Config says what is set up.
type Config struct {
	// Version and Environment are the resource's service.version and
	// deployment.environment.name.
	Version, Environment string
	// Prometheus asks for Metrics.
	Prometheus bool
	// Log is told, in few lines, what goes wrong with exporting.
	Log zerolog.Logger
}

// Telemetry is a running SDK. Its providers are nil when nothing takes what
// they would make.
type Telemetry struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Metrics answers Prometheus, when Config asked for it.
	Metrics http.Handler

	log  zerolog.Logger
	stop []func(context.Context) error
}

// Start sets up what the environment asks for: traces and metrics go over OTLP
// with HTTP and protobuf when a variable names an endpoint or an exporter, and
// nowhere else. Collectors that cannot be reached neither delay nor fail it; the
// error is about variables that make no sense.
func Start(ctx context.Context, c Config) (*Telemetry, error) {
	t := &Telemetry{log: c.Log}
	var registry *prometheus.Registry
	if c.Prometheus {
		registry = prometheus.NewRegistry()
		if err := errors.Join(
			registry.Register(collectors.NewGoCollector()),
			registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		); err != nil {
			return nil, err
		}
		t.Metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4})
	}
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return t, nil
	}
	traces, err := wanted("TRACES", c.Log)
	if err != nil {
		return nil, err
	}
	metrics, err := wanted("METRICS", c.Log)
	if err != nil {
		return nil, err
	}
	if !traces && !metrics && registry == nil {
		return t, nil
	}

	log := newQuietLog(c.Log)
	otel.SetErrorHandler(log)
	otel.SetLogger(log.logger())
	about, err := describe(ctx, c)
	if err != nil {
		return nil, err
	}
	if traces {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_*: traces cannot be exported")
		}
		p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
		t.TracerProvider = p
		t.stop = append(t.stop, p.Shutdown)
	}
	var readers []sdkmetric.Option
	if metrics {
		exporter, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_*: metrics cannot be exported")
		}
		readers = append(readers, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	}
	if registry != nil {
		exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
		if err != nil {
			return nil, err
		}
		readers = append(readers, sdkmetric.WithReader(exporter))
	}
	if len(readers) > 0 {
		p := sdkmetric.NewMeterProvider(append(readers, sdkmetric.WithResource(about))...)
		t.MeterProvider = p
		t.stop = append(t.stop, p.Shutdown)
	}
	if t.TracerProvider != nil {
		// The reference exports it before it serves (protocol §6). Here it goes the
		// way of all spans: a worker starts without its collector.
		_, ping := t.TracerProvider.Tracer("arcade-atlassian").Start(ctx, "ping")
		ping.End()
	}
	c.Log.Info().Bool("traces", traces).Bool("metrics", metrics).Bool("prometheus", registry != nil).Msg("telemetry is on")
	return t, nil
}

// Stop hands over what is still held, for at most five seconds.
func (t *Telemetry) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	done := make(chan error, len(t.stop))
	for _, stop := range t.stop { // side by side: each may use up the time
		go func() { done <- stop(ctx) }()
	}
	for range t.stop {
		if err := <-done; err != nil {
			t.log.Warn().Str("reason", withoutSecrets(err.Error())).Msg("telemetry was lost at the end")
		}
	}
}

// wanted reports whether a signal is to be exported over OTLP: its exporter is
// named, or an endpoint is and no other exporter.
func wanted(signal string, log zerolog.Logger) (bool, error) {
	variable := "OTEL_" + signal + "_EXPORTER"
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
	switch exporter := strings.TrimSpace(os.Getenv(variable)); exporter {
	case "otlp":
	case "":
		if !endpoint {
			return false, nil
		}
	case "none":
		return false, nil
	case "prometheus":
		log.Info().Msgf("%s=prometheus: --admin-addr serves /metrics", variable)
		return false, nil
	default:
		return false, fmt.Errorf("%s must be otlp or none", variable)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch protocol := os.Getenv(name); protocol {
		case "":
			continue
		case "http/protobuf":
		default:
			return false, fmt.Errorf("%s must be http/protobuf", name)
		}
		break
	}
	return true, nil
}

// describe is the resource. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
// say goes before what the worker knows.
func describe(ctx context.Context, c Config) (*resource.Resource, error) {
	about := []attribute.KeyValue{semconv.ServiceName(ServiceName), semconv.ServiceInstanceID(rand.Text())}
	if c.Version != "" {
		about = append(about, semconv.ServiceVersion(c.Version))
	}
	if c.Environment != "" {
		about = append(about, semconv.DeploymentEnvironmentNameKey.String(c.Environment))
	}
	r, err := resource.New(ctx, resource.WithAttributes(about...), resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if errors.Is(err, resource.ErrPartialResource) || errors.Is(err, resource.ErrSchemaURLConflict) {
		c.Log.Warn().Msg("OTEL_RESOURCE_ATTRIBUTES: a part of it could not be read")
		return r, nil
	}
	return r, err
}
