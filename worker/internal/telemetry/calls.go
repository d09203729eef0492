// Package telemetry traces and counts calls of tools, whichever protocol they
// came by, with the names of protocol §6.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"

	"arcade-atlassian/tools/tool"
)

// Scope names who makes these spans and metrics.
const Scope = "arcade-atlassian/worker"

// Buckets are the bounds in seconds of histograms of calls and requests: calls
// that ask nobody take tens of microseconds, and none takes longer than the
// Engine waits.
func Buckets() []float64 {
	return []float64{0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25}
}

// Options say where spans and metrics go; nil is nowhere.
type Options struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Environment is the value of the attribute environment.
	Environment string
}

// Tracer and Meter are those of Scope. What goes nowhere costs next to nothing.
func (o Options) Tracer() trace.Tracer {
	if o.TracerProvider == nil {
		return notrace.NewTracerProvider().Tracer(Scope)
	}
	return o.TracerProvider.Tracer(Scope)
}

// Meter is the meter of Scope.
func (o Options) Meter() metric.Meter {
	if o.MeterProvider == nil {
		return nometric.NewMeterProvider().Meter(Scope)
	}
	return o.MeterProvider.Meter(Scope)
}

// Off reports whether nothing goes anywhere.
func (o Options) Off() bool { return o.TracerProvider == nil && o.MeterProvider == nil }

// Calls traces and counts calls. Nil does neither.
type Calls struct {
	tracer      trace.Tracer
	environment string
	called      metric.Int64Counter
	duration    metric.Float64Histogram
	coerced     metric.Int64Counter
	replayed    metric.Int64Counter
}

// NewCalls makes the instruments, or nil when telemetry is off. Two of them on
// the same providers add up.
func NewCalls(o Options) (*Calls, error) {
	if o.Off() {
		return nil, nil //nolint:nilnil // nil is the Calls that do nothing
	}
	m := o.Meter()
	c := &Calls{tracer: o.Tracer(), environment: o.Environment}
	var errs [4]error
	c.called, errs[0] = m.Int64Counter("tool_call", metric.WithUnit("requests"), metric.WithDescription("Total number of tools called"))
	c.duration, errs[1] = m.Float64Histogram("tool_call.duration", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(Buckets()...),
		metric.WithDescription("Duration of calls of tools, by tool and outcome"))
	c.coerced, errs[2] = m.Int64Counter("tool_call.coerced_inputs", metric.WithUnit("{value}"),
		metric.WithDescription("Input values that came in another type than the declared one and were converted"))
	c.replayed, errs[3] = m.Int64Counter("tool_call.replayed", metric.WithUnit("{call}"),
		metric.WithDescription("Calls answered with the result of the same call before"))
	return c, errors.Join(errs[:]...)
}

// Call is one call under way. Nil is a call that nobody watches. Its methods
// are not safe for concurrent use.
type Call struct {
	calls     *Calls
	ctx       context.Context // with the span, for metrics
	start     time.Time
	call, run trace.Span
	tool      *tool.Tool
	about     []attribute.KeyValue // of both spans
	kind      string               // of the error, once the tool has failed
}

// Start begins the span CallTool, which lasts until End.
func (c *Calls) Start(ctx context.Context) (context.Context, *Call) {
	if c == nil {
		return ctx, nil
	}
	ctx, span := c.tracer.Start(ctx, "CallTool")
	return ctx, &Call{calls: c, ctx: ctx, start: time.Now(), call: span}
}

// Found says which tool is called, and counts the call. version is the one that
// was asked for, empty for any.
func (c *Call) Found(t *tool.Tool, version string) {
	if c == nil {
		return
	}
	c.tool = t
	if version == "" {
		version = "None" // as the reference writes it
	}
	c.about = []attribute.KeyValue{
		attribute.String("tool_name", t.Name),
		attribute.String("toolkit_name", t.Toolkit.Name),
		attribute.String("environment", c.calls.environment),
		attribute.String("toolkit_version", version),
	}
	c.call.SetAttributes(c.about...)
	counted := slices.Clone(c.about)
	if version != t.Toolkit.Version && version != "None" {
		// An Engine may ask for any version of the same major number, and a metric
		// must not have a series for each.
		counted[len(counted)-1] = attribute.String("toolkit_version", "other")
	}
	c.calls.called.Add(c.ctx, 1, metric.WithAttributeSet(attribute.NewSet(counted...)))
}

// Run begins the span RunTool, which lasts until Ran. What the tool does goes
// into the context that Run returns.
func (c *Call) Run(ctx context.Context) context.Context {
	if c == nil {
		return ctx
	}
	ctx, c.run = c.calls.tracer.Start(ctx, "RunTool", trace.WithAttributes(c.about...))
	return ctx
}

// Ran says how the tool ended; failure is nil after a success. It is told
// without what an error says about inputs: its message not at all, its
// developer message only when it does not name inputs.
func (c *Call) Ran(inv *tool.Invocation, failure *tool.Error) {
	if c == nil {
		return
	}
	if n := inv.Coerced(); n > 0 {
		c.calls.coerced.Add(c.ctx, int64(n), metric.WithAttributeSet(c.ofTool()))
	}
	if failure != nil {
		c.kind = string(failure.Kind)
		about := []attribute.KeyValue{
			attribute.String("tool_error_kind", c.kind),
			attribute.String("tool_error_message", fmt.Sprintf("[%s] during execution of tool '%s'", failure.Kind, c.tool.FunctionName())),
		}
		if failure.Developer != "" && failure.Kind != tool.KindBadInput {
			about = append(about, attribute.String("tool_error_developer_message", failure.Developer))
		}
		c.call.SetAttributes(about...)
		if c.run != nil {
			c.run.SetAttributes(about...)
		}
	}
	if c.run != nil { // a call may fail before its tool runs
		c.run.End()
	}
}

// Replayed says that the call is answered with the result of the same call
// before.
func (c *Call) Replayed() {
	if c == nil {
		return
	}
	c.call.SetAttributes(attribute.Bool("tool_result_replayed", true))
	c.calls.replayed.Add(c.ctx, 1, metric.WithAttributeSet(c.ofTool()))
}

// End ends the span CallTool and takes the time of a call that a tool was found
// for.
func (c *Call) End() {
	if c == nil {
		return
	}
	c.call.End()
	if c.tool == nil {
		return
	}
	outcome := "success"
	if c.kind != "" {
		outcome = "error"
	}
	c.calls.duration.Record(c.ctx, time.Since(c.start).Seconds(), metric.WithAttributeSet(attribute.NewSet(
		attribute.String("tool_name", c.tool.Name),
		attribute.String("toolkit_name", c.tool.Toolkit.Name),
		attribute.String("outcome", outcome),
		attribute.String("tool_error_kind", c.kind),
	)))
}

func (c *Call) ofTool() attribute.Set {
	return attribute.NewSet(attribute.String("tool_name", c.tool.Name), attribute.String("toolkit_name", c.tool.Toolkit.Name))
}
