package atlassian

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"

	"arcade-atlassian/tools/internal/upstream"
)

// scope names who makes these spans and metrics.
const scope = "arcade-atlassian/tools"

// buckets are the bounds in seconds of histograms of requests and waits.
func buckets() []float64 { return []float64{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25} }

// telemetry traces and counts what the client asks of Atlassian. Nil does
// neither. Its attributes are method and path template, never a value, a token,
// a site or a user.
//
// Nothing of a trace is sent along: neither traceparent nor baggage. Atlassian
// would make nothing of it, and a caller's baggage is not for others.
type telemetry struct {
	tracer   trace.Tracer
	meter    metric.Meter
	server   string // the gateway's host
	requests metric.Float64Histogram
	retries  metric.Int64Counter
	waits    metric.Float64Histogram
	withheld metric.Int64Counter
	lookups  metric.Int64Counter
}

// newTelemetry is nil when the options name no provider. base is the checked
// address of the gateway.
func newTelemetry(o Options, base string) (*telemetry, error) {
	if o.TracerProvider == nil && o.MeterProvider == nil {
		return nil, nil //nolint:nilnil // nil is the telemetry that does nothing
	}
	t := &telemetry{tracer: notrace.NewTracerProvider().Tracer(scope), meter: nometric.NewMeterProvider().Meter(scope)}
	if o.TracerProvider != nil {
		t.tracer = o.TracerProvider.Tracer(scope)
	}
	if o.MeterProvider != nil {
		t.meter = o.MeterProvider.Meter(scope)
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	t.server = u.Hostname()
	var errs [5]error
	t.requests, errs[0] = t.meter.Float64Histogram("http.client.request.duration", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(buckets()...),
		metric.WithDescription("Duration of requests to Atlassian, by operation and status"))
	t.retries, errs[1] = t.meter.Int64Counter("atlassian.retries", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that repeat a failed one, by its failure"))
	t.waits, errs[2] = t.meter.Float64Histogram("atlassian.wait.duration", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(buckets()...),
		metric.WithDescription("Time that requests were held back, by reason"))
	t.withheld, errs[3] = t.meter.Int64Counter("atlassian.requests.withheld", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were not sent, by reason"))
	t.lookups, errs[4] = t.meter.Int64Counter("atlassian.cache.lookups", metric.WithUnit("{lookup}"),
		metric.WithDescription("Lookups in caches, by cache and result"))
	return t, errors.Join(errs[:]...)
}

// waitReason is why a request was held back before it was sent.
type waitReason string

const (
	waitedBackoff     waitReason = "backoff"     // between attempts, without word from Atlassian
	waitedRateLimit   waitReason = "rate_limit"  // as long as Atlassian said after 429 or 503
	waitedCoolDown    waitReason = "cool_down"   // another call learned to wait
	waitedConcurrency waitReason = "concurrency" // for one of the slots of a site or token
)

// waitReasonAfter is why a retry waits after a failure.
func waitReasonAfter(err error) waitReason {
	if e, ok := errors.AsType[*Error](err); ok && e.After != nil {
		return waitedRateLimit
	}
	return waitedBackoff
}

// withheldReason is why a request was not sent, or not sent again.
type withheldReason string

const (
	withheldBudget      withheldReason = "retry_budget"
	withheldBreaker     withheldReason = "breaker_open"
	withheldQuota       withheldReason = "quota"
	withheldCoolDown    withheldReason = "cool_down" // longer than the call has time
	withheldConcurrency withheldReason = "concurrency"
)

// cacheName is a cache of the client.
type cacheName string

const (
	sitesCache   cacheName = "sites"
	answersCache cacheName = "answers"
)

// retried counts a request that repeats the one that failed with err.
func (t *telemetry) retried(ctx context.Context, err error) {
	if t != nil {
		t.retries.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(semconv.ErrorTypeKey.String(errorType(err)))))
	}
}

// waited takes the time that a request was held back.
func (t *telemetry) waited(ctx context.Context, reason waitReason, d time.Duration) {
	if t != nil {
		t.waits.Record(ctx, d.Seconds(), metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", string(reason)))))
	}
}

// withhold counts a request that is not sent.
func (t *telemetry) withhold(ctx context.Context, reason withheldReason) {
	if t != nil {
		t.withheld.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", string(reason)))))
	}
}

// admitted takes how long the policy held a request back, or why it let it not
// go.
func (t *telemetry) admitted(ctx context.Context, waited upstream.Waited, err error) {
	if t == nil {
		return
	}
	if waited.CoolDown > 0 {
		t.waited(ctx, waitedCoolDown, waited.CoolDown)
	}
	if waited.Queue > 0 {
		t.waited(ctx, waitedConcurrency, waited.Queue)
	}
	refusal, ok := errors.AsType[*upstream.Refusal](err)
	switch {
	case !ok:
	case refusal.Reason == upstream.Down:
		t.withhold(ctx, withheldBreaker)
	case refusal.Reason == upstream.SiteBusy, refusal.Reason == upstream.TokenBusy:
		t.withhold(ctx, withheldConcurrency)
	case refusal.Reason.Quota():
		t.withhold(ctx, withheldQuota)
	default:
		t.withhold(ctx, withheldCoolDown)
	}
}

// lookedUp counts a lookup in a cache.
func (t *telemetry) lookedUp(ctx context.Context, cache cacheName, hit bool) {
	if t == nil {
		return
	}
	result := "miss"
	if hit {
		result = "hit"
	}
	t.lookups.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attribute.String("cache", string(cache)), attribute.String("result", result))))
}

// observe lets gauges ask now, which must be quick, whenever metrics are
// collected.
func (t *telemetry) observe(now func() upstream.State) error {
	if t == nil {
		return nil
	}
	active, err1 := t.meter.Int64ObservableGauge("atlassian.requests.active", metric.WithUnit("{request}"), metric.WithDescription("Requests to Atlassian under way"))
	breakers, err2 := t.meter.Int64ObservableGauge("atlassian.breakers.open", metric.WithUnit("{site}"), metric.WithDescription("Sites that are not asked because they failed again and again"))
	coolDowns, err3 := t.meter.Int64ObservableGauge("atlassian.cool_downs.active", metric.WithUnit("{cool_down}"), metric.WithDescription("Sites and tokens that are given time after a rate limit"))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	_, err := t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		state := now()
		o.ObserveInt64(active, int64(state.Active))
		o.ObserveInt64(breakers, int64(state.OpenBreakers))
		o.ObserveInt64(coolDowns, int64(state.CoolDowns))
		return nil
	}, active, breakers, coolDowns)
	return err
}

// observed is attempt with a client span and its time taken. n is the number of
// the attempt, from one.
func (s *session) observed(ctx context.Context, o *op, r request, n int) (answer, error) {
	t := s.client.telemetry
	if t == nil {
		return s.attempt(ctx, o, r)
	}
	start := time.Now()
	about := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(o.method),
		semconv.URLTemplate(o.path),
		semconv.ServerAddress(t.server),
	}
	ctx, span := t.tracer.Start(ctx, o.Name(), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(about...))
	if span.IsRecording() {
		span.SetAttributes(semconv.URLFull(s.endpoint(o))) // with the names of values instead of values
		if n > 1 {
			span.SetAttributes(semconv.HTTPRequestResendCount(n - 1))
		}
	}
	got, err := s.attempt(ctx, o, r)
	status := got.status
	if e, ok := errors.AsType[*Error](err); ok {
		status = e.Status
	}
	if status != 0 {
		about = append(about, semconv.HTTPResponseStatusCode(knownStatus(status)))
	}
	if err != nil {
		about = append(about, semconv.ErrorTypeKey.String(errorType(err)))
		span.SetStatus(codes.Error, "")
	}
	span.SetAttributes(about[3:]...)
	span.End()
	t.requests.Record(ctx, time.Since(start).Seconds(), metric.WithAttributeSet(attribute.NewSet(about...)))
	return got, err
}

// knownStatus is the status, or for one that does not exist its class: the
// service must not decide how many series a metric has.
func knownStatus(status int) int {
	if http.StatusText(status) == "" {
		return status / 100 * 100
	}
	return status
}

// errorType is the value of error.type: a status or one of a fixed set of words.
func errorType(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return strconv.Itoa(knownStatus(e.Status))
	}
	if e, ok := errors.AsType[*NoAnswer](err); ok {
		return e.Reason.String()
	}
	return "_OTHER" // OpenTelemetry's word
}

// String is the reason in a word, for metrics.
func (r Reason) String() string {
	switch r {
	case timedOut:
		return "timeout"
	case canceled:
		return "canceled"
	case unreachable:
		return "unreachable"
	case untrusted:
		return "untrusted"
	case undecodable:
		return "undecodable"
	case unexpected:
		return "unexpected_status"
	case tooLarge:
		return "too_large"
	case misdirected:
		return "misdirected"
	case unbuildable:
		return "unbuildable"
	case unreadable:
		return "unreadable"
	case unsendable:
		return "unsendable"
	case broken:
	}
	return "broken"
}
