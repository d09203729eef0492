package worker

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	calls "arcade-atlassian/worker/internal/telemetry"
)

// load is what a server holds at one moment, or may hold.
type load struct {
	calls       int64 // under way
	bytes       int64 // of bodies and outputs
	connections int64
}

// telemetry traces and counts the requests of a server. Nil does neither.
type telemetry struct {
	calls    *calls.Calls
	tracer   trace.Tracer
	meter    metric.Meter
	requests metric.Float64Histogram
	refusals metric.Int64Counter
}

// newTelemetry is nil when the options name no provider.
func newTelemetry(o Options) (*telemetry, error) {
	to := calls.Options{TracerProvider: o.TracerProvider, MeterProvider: o.MeterProvider, Environment: o.Environment}
	if to.Off() {
		return nil, nil //nolint:nilnil // nil is the telemetry that does nothing
	}
	t := &telemetry{tracer: to.Tracer(), meter: to.Meter()}
	var errs [3]error
	t.calls, errs[0] = calls.NewCalls(to)
	t.requests, errs[1] = t.meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(calls.Buckets()...), metric.WithDescription("Duration of authenticated HTTP requests"))
	t.refusals, errs[2] = t.meter.Int64Counter("worker.requests.refused", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that never became a call, by reason"))
	return t, errors.Join(errs[:]...)
}

// refused counts a request that never became a call, and marks the span that it
// may have.
func (t *telemetry) refused(ctx context.Context, why refusal) {
	if t == nil {
		return
	}
	t.refusals.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", string(why)))))
	span := trace.SpanFromContext(ctx)
	span.SetStatus(codes.Error, string(why))
	span.AddEvent("exception", trace.WithAttributes(semconv.ExceptionType("refusal"), semconv.ExceptionMessage(string(why))))
}

// observe lets the gauges of what the server holds ask now, which must be
// quick, whenever metrics are collected. limit is the most that it may hold.
func (t *telemetry) observe(now func() load, limit load) error {
	if t == nil {
		return nil
	}
	var errs []error
	var all []metric.Observable
	gauge := func(name, unit, description string) metric.Int64Observable {
		g, err := t.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, g)
		return g
	}
	active := gauge("worker.calls.active", "{call}", "Calls under way")
	bytes := gauge("worker.calls.memory", "By", "Bytes that calls under way hold for bodies and outputs")
	connections := gauge("worker.connections", "{connection}", "Open connections of callers")
	mostActive := gauge("worker.calls.limit", "{call}", "The most calls under way")
	mostBytes := gauge("worker.calls.memory.limit", "By", "The most bytes that calls under way may hold")
	mostConnections := gauge("worker.connections.limit", "{connection}", "The most open connections of callers")
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		l := now()
		o.ObserveInt64(active, l.calls)
		o.ObserveInt64(bytes, l.bytes)
		o.ObserveInt64(connections, l.connections)
		o.ObserveInt64(mostActive, limit.calls)
		o.ObserveInt64(mostBytes, limit.bytes)
		o.ObserveInt64(mostConnections, limit.connections)
		return nil
	}, all...)
	return err
}

// startCall begins the span of a call, which the request returned belongs to.
func (t *telemetry) startCall(r *http.Request) (*http.Request, *calls.Call) {
	if t == nil {
		return r, nil
	}
	ctx, call := t.calls.Start(r.Context())
	return r.WithContext(ctx), call
}

// span begins a span of the protocol.
func (t *telemetry) span(ctx context.Context, name string) (end func()) {
	if t == nil {
		return func() {}
	}
	_, span := t.tracer.Start(ctx, name)
	return func() { span.End() }
}

// route gives the requests of a route a server span, which continues the trace
// of the caller (W3C traceparent and tracestate; baggage is not read), and takes
// their time. It stands behind authentication, so that strangers write nothing
// into anybody's traces. Of the request it tells nothing but method and route:
// the rest is the caller's text.
func (t *telemetry) route(route string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if t == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			method := attribute.KeyValue{Key: semconv.HTTPRequestMethodKey, Value: attribute.StringValue(knownMethod(r.Method))}
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := t.tracer.Start(ctx, method.Value.AsString()+" "+route, trace.WithSpanKind(trace.SpanKindServer),
				trace.WithAttributes(method, semconv.HTTPRoute(route)))
			answer := &statusWriter{ResponseWriter: w}
			defer func() {
				status := answer.status
				if status == 0 { // net/http's, or what comes of a panic
					status = http.StatusOK
				}
				span.SetAttributes(semconv.HTTPResponseStatusCode(status))
				if status >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, "")
				}
				span.End()
				t.requests.Record(ctx, time.Since(start).Seconds(), metric.WithAttributeSet(attribute.NewSet(
					method, semconv.HTTPRoute(route), semconv.HTTPResponseStatusCode(status))))
			}()
			next.ServeHTTP(answer, r.WithContext(ctx))
		})
	}
}

// knownMethod is the request's method, unless a caller made one up.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions, http.MethodPut, http.MethodPatch:
		return method
	}
	return "_OTHER" // OpenTelemetry's word
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the first final status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Flush lets MCP's streams through.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
