package worker_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// The trace that a caller's request belongs to.
const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// watched is a worker's telemetry, kept in memory.
type watched struct {
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
}

func watch(o *worker.Options) watched {
	w := watched{tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()}
	o.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
	o.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader))
	return w
}

// span is the only one of that name.
func (w watched) span(t *testing.T, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range w.spans.GetSpans() {
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %q", len(found), name)
	}
	return found[0]
}

// points are a metric's attributes, with the value of a counter or gauge, or the
// number of a histogram's values.
func (w watched) points(t *testing.T, name string) (unit string, points map[string]int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	points = map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			unit = m.Unit
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = int64(p.Count)
				}
			}
		}
	}
	return unit, points
}

func text(attributes []attribute.KeyValue) string {
	var all []string
	for _, a := range attributes {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func askTraced(t *testing.T, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Traceparent", "00-"+callersTrace+"-"+callersSpan+"-01")
	r.Header.Set("Baggage", "user="+marker)
	r.Header.Set("User-Agent", marker)
	r.Host = marker + ".example"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A call's spans continue the caller's trace, with the names and attributes of
// protocol §6.
func TestSpansOfACall(t *testing.T) {
	t.Parallel()
	o := worker.Options{NoAuth: true, Environment: "test"}
	w := watch(&o)
	var inTool trace.SpanContext
	h := newServer(t, o, func(ctx context.Context, _ *tool.Invocation, in sample) (thing, error) {
		inTool = trace.SpanContextFromContext(ctx)
		return thing{Text: in.Text}, nil
	}).Handler()
	askTraced(t, h, http.MethodPost, worker.PathInvoke, call("GetThing", `{"text":"`+marker+`","count":"7"}`))

	server, called, run := w.span(t, "POST /worker/tools/invoke"), w.span(t, "CallTool"), w.span(t, "RunTool")
	for _, s := range []tracetest.SpanStub{server, called, run} {
		if got := s.SpanContext.TraceID().String(); got != callersTrace {
			t.Errorf("%s is of trace %s", s.Name, got)
		}
	}
	for _, tt := range []struct {
		child  string
		parent trace.SpanID
		want   string
	}{
		{"server", server.Parent.SpanID(), callersSpan},
		{"CallTool", called.Parent.SpanID(), server.SpanContext.SpanID().String()},
		{"RunTool", run.Parent.SpanID(), called.SpanContext.SpanID().String()},
		{"the tool's own", inTool.SpanID(), run.SpanContext.SpanID().String()},
	} {
		if tt.parent.String() != tt.want {
			t.Errorf("the parent of %s is %s, not %s", tt.child, tt.parent, tt.want)
		}
	}
	if server.SpanKind != trace.SpanKindServer {
		t.Errorf("the server span is of kind %s", server.SpanKind)
	}
	const about = "environment=test tool_name=GetThing toolkit_name=Lab toolkit_version=None"
	for _, s := range []tracetest.SpanStub{called, run} {
		if got := text(s.Attributes); got != about || s.Status.Code != codes.Unset {
			t.Errorf("%s: %s, status %s", s.Name, got, s.Status.Code)
		}
	}
	if got, want := text(server.Attributes), "http.request.method=POST http.response.status_code=200 http.route=/worker/tools/invoke"; got != want {
		t.Errorf("server span: %s", got)
	}

	for _, tt := range []struct{ name, unit, point string }{
		{"tool_call", "requests", about},
		{"tool_call.duration", "s", "outcome=success tool_error_kind= tool_name=GetThing toolkit_name=Lab"},
		{"tool_call.coerced_inputs", "{value}", "tool_name=GetThing toolkit_name=Lab"},
		{"http.server.request.duration", "s", "http.request.method=POST http.response.status_code=200 http.route=/worker/tools/invoke"},
	} {
		unit, points := w.points(t, tt.name)
		if diff := cmp.Diff(map[string]int64{tt.point: 1}, points); diff != "" || unit != tt.unit {
			t.Errorf("%s in %s (-want +got):\n%s", tt.name, unit, diff)
		}
	}
}

// A failure shows its kind. What its message, and of bad input its developer
// message, may quote stays out.
func TestSpansOfAFailedCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{
			"of the service", "tool_error_developer_message=GET /thing tool_error_kind=UPSTREAM_RUNTIME_SERVER_ERROR " +
				"tool_error_message=[UPSTREAM_RUNTIME_SERVER_ERROR] during execution of tool 'get_thing'",
			&tool.Error{Kind: tool.KindUpstreamServer, Message: marker, Prompt: marker, Developer: "GET /thing", Status: 503},
		},
		{
			"of the input", "tool_error_kind=TOOL_RUNTIME_BAD_INPUT_VALUE " +
				"tool_error_message=[TOOL_RUNTIME_BAD_INPUT_VALUE] during execution of tool 'get_thing'",
			tool.BadInput(marker, marker, marker),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := worker.Options{NoAuth: true, Environment: "test"}
			w := watch(&o)
			h := newServer(t, o, func(context.Context, *tool.Invocation, sample) (thing, error) { return thing{}, tt.err }).Handler()
			askTraced(t, h, http.MethodPost, worker.PathInvoke, call("GetThing", `{"text":"`+marker+`"}`))
			for _, name := range []string{"CallTool", "RunTool"} {
				s := w.span(t, name)
				if got := text(s.Attributes); got != "environment=test "+tt.want+" tool_name=GetThing toolkit_name=Lab toolkit_version=None" || s.Status.Code != codes.Unset {
					t.Errorf("%s: %s, status %s", name, got, s.Status.Code)
				}
			}
			w.hides(t)
		})
	}
}

// hides fails when the marker shows anywhere.
func (w watched) hides(t *testing.T) {
	t.Helper()
	for _, s := range w.spans.GetSpans() {
		shown := s.Name + s.Status.Description + text(s.Attributes)
		for _, e := range s.Events {
			shown += e.Name + text(e.Attributes)
		}
		if strings.Contains(shown, marker) {
			t.Errorf("span %s shows the request: %s", s.Name, shown)
		}
	}
	for _, name := range []string{"tool_call", "tool_call.duration", "tool_call.coerced_inputs", "http.server.request.duration", "worker.requests.refused"} {
		if _, points := w.points(t, name); strings.Contains(strings.Join(slices.Collect(keys(points)), " "), marker) {
			t.Errorf("%s shows the request: %v", name, points)
		}
	}
}

func keys(m map[string]int64) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// A request that never becomes a call is an error of CallTool, counted by its
// reason and by nothing that the request says.
func TestRefusedRequestsAreCounted(t *testing.T) {
	t.Parallel()
	o := worker.Options{NoAuth: true}
	w := watch(&o)
	h := newServer(t, o, echo).Handler()
	askTraced(t, h, http.MethodPost, worker.PathInvoke, call(marker, `{}`))
	askTraced(t, h, http.MethodPost, worker.PathInvoke, `{`)
	askTraced(t, h, http.MethodGet, "/"+marker, "")
	_, points := w.points(t, "worker.requests.refused")
	if diff := cmp.Diff(map[string]int64{"reason=tool": 1, "reason=malformed": 1, "reason=path": 1}, points); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	reasons := map[string]string{}
	for _, s := range w.spans.GetSpans() {
		if s.Name == "CallTool" && s.Status.Code == codes.Error && len(s.Events) == 1 && s.Events[0].Name == "exception" {
			reasons[s.Status.Description] = text(s.Events[0].Attributes)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"tool":      "exception.message=tool exception.type=refusal",
		"malformed": "exception.message=malformed exception.type=refusal",
	}, reasons); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	w.hides(t)
	if _, points := w.points(t, "tool_call"); len(points) > 0 {
		t.Errorf("counted as calls: %v", points)
	}
}

// Every refusal has its reason in the counter, and what a worker is full of shows
// beside the most that it takes.
func TestAFullWorkerShows(t *testing.T) {
	t.Parallel()
	o := worker.Options{NoAuth: true, MaxBody: 1000, MaxCalls: 3, MaxCallsPerUser: 1, MaxBytes: 2000, MaxConnections: 7}
	w := watch(&o)
	lab := newBusy()
	h := newServer(t, o, lab.do).Handler()
	send := func(method, path, body string) { askTraced(t, h, method, path, body) }
	of := func(user, padding string) string {
		return `{"tool":{"name":"GetThing","toolkit":"Lab"},"inputs":{"text":"a"},"context":{"user_id":"` + user + `"}}` + padding
	}

	send(http.MethodGet, "/admin", "")
	send(http.MethodPost, worker.PathTools, "")
	send(http.MethodPost, worker.PathInvoke, call("Nope", `{}`))
	send(http.MethodPost, worker.PathInvoke, `{`)
	send(http.MethodPost, worker.PathInvoke, strings.Repeat(" ", 1001))
	padding := strings.Repeat(" ", 800) // with which two bodies are most of what may be held
	answers := []<-chan *httptest.ResponseRecorder{inBackground(t, h, of("ada", padding)), inBackground(t, h, of("bob", padding))}
	<-lab.begun
	<-lab.begun
	send(http.MethodPost, worker.PathInvoke, of("ada", ""))
	send(http.MethodPost, worker.PathInvoke, of("eve", padding))
	answers = append(answers, inBackground(t, h, of("eve", "")))
	<-lab.begun
	send(http.MethodPost, worker.PathInvoke, of("ida", ""))

	_, refused := w.points(t, "worker.requests.refused")
	want := map[string]int64{}
	for _, reason := range []string{"path", "method", "tool", "malformed", "too_large", "user", "memory", "calls"} {
		want["reason="+reason] = 1
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, want := range map[string]int64{
		"worker.calls.active": 3, "worker.calls.limit": 3, "worker.calls.memory.limit": 2000, "worker.connections.limit": 7, "worker.connections": 0,
	} {
		if _, points := w.points(t, name); len(points) != 1 || points[""] != want {
			t.Errorf("%s: %v, want %d", name, points, want)
		}
	}
	if _, points := w.points(t, "worker.calls.memory"); points[""] < 1600 || points[""] > 2000 {
		t.Errorf("worker.calls.memory: %v", points)
	}
	close(lab.finish)
	for _, answer := range answers {
		if got := <-answer; got.Code != http.StatusOK {
			t.Errorf("a call under way: %d %s", got.Code, got.Body)
		}
	}
	if _, points := w.points(t, "worker.calls.memory"); points[""] != 0 {
		t.Errorf("afterwards, worker.calls.memory: %v", points)
	}
}

// Health makes no spans, and neither do strangers.
func TestHealthAndStrangersLeaveNoSpans(t *testing.T) {
	t.Parallel()
	o := worker.Options{Secret: secret}
	w := watch(&o)
	h := newServer(t, o, echo).Handler()
	if got := askTraced(t, h, http.MethodGet, worker.PathHealth, ""); got.Code != http.StatusOK {
		t.Fatalf("health: %d", got.Code)
	}
	if got := askTraced(t, h, http.MethodPost, worker.PathInvoke, call("Ping", `{}`)); got.Code != http.StatusUnauthorized {
		t.Fatalf("a stranger: %d", got.Code)
	}
	if spans := w.spans.GetSpans(); len(spans) > 0 {
		t.Errorf("spans: %v", spans)
	}
	_, points := w.points(t, "worker.requests.refused")
	if diff := cmp.Diff(map[string]int64{"reason=token": 1}, points); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheCatalogHasASpan(t *testing.T) {
	t.Parallel()
	o := worker.Options{NoAuth: true}
	w := watch(&o)
	askTraced(t, newServer(t, o, echo).Handler(), http.MethodGet, worker.PathTools, "")
	server, catalog := w.span(t, "GET /worker/tools"), w.span(t, "Catalog")
	if catalog.Parent.SpanID() != server.SpanContext.SpanID() || len(catalog.Attributes) > 0 {
		t.Errorf("got %+v", catalog)
	}
}

// An Engine may ask for any version of the same major number: the span tells
// which, the counter has no series for each.
func TestVersionsMakeNoSeries(t *testing.T) {
	t.Parallel()
	o := worker.Options{NoAuth: true}
	w := watch(&o)
	h := newServer(t, o, echo).Handler()
	for _, version := range []string{"1.2.3", "1.0.7", "1.0.8"} {
		askTraced(t, h, http.MethodPost, worker.PathInvoke, `{"tool":{"name":"Ping","toolkit":"Lab","version":"`+version+`"}}`)
	}
	_, points := w.points(t, "tool_call")
	if diff := cmp.Diff(map[string]int64{
		"environment= tool_name=Ping toolkit_name=Lab toolkit_version=1.2.3": 1,
		"environment= tool_name=Ping toolkit_name=Lab toolkit_version=other": 2,
	}, points); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	asked := 0
	for _, s := range w.spans.GetSpans() {
		if s.Name == "RunTool" && strings.Contains(text(s.Attributes), "toolkit_version=1.0.7") {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("%d spans tell the version asked for", asked)
	}
}

// BenchmarkInvokeWatched is BenchmarkInvoke with traces and metrics taken, and
// every span thrown away.
func BenchmarkInvokeWatched(b *testing.B) {
	o := worker.Options{
		NoAuth: true, TracerProvider: sdktrace.NewTracerProvider(), MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())),
	}
	h := newServer(b, o, echo).Handler()
	body := call("GetThing", `{"text":"a","count":"7","tags":["x","y"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if w := invoke(b, h, body); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
