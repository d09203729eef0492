package tools_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/worker"
)

// Requests to Atlassian are client spans of the call, named by method and path
// template and without a value, and nothing of the trace is sent to Atlassian:
// neither traceparent nor the caller's baggage.
func TestRequestsToAtlassianAreTraced(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var leaked []string
	atlassian := sandbox.New(sandbox.Options{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		for _, name := range []string{"Traceparent", "Tracestate", "Baggage"} {
			leaked = append(leaked, r.Header.Values(name)...)
		}
		mu.Unlock()
		atlassian.ServeHTTP(w, r)
	}))
	t.Cleanup(upstream.Close)
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	catalog, err := tools.New(tools.Config{AtlassianURL: upstream.URL, TracerProvider: traces, MeterProvider: metrics})
	if err != nil {
		t.Fatal(err)
	}
	server, err := worker.New(catalog, worker.Options{NoAuth: true, TracerProvider: traces, MeterProvider: metrics})
	if err != nil {
		t.Fatal(err)
	}
	handler := server.Handler()
	for _, inputs := range []string{`{"issue":"PLAT-1"}`, `{"issue":"PLAT-987654"}`} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(
			`{"tool":{"toolkit":"Jira","name":"GetIssueById"},"inputs":`+inputs+`,"context":{"user_id":"someone","authorization":{"token":"sandbox"}}}`))
		r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		r.Header.Set("Tracestate", "vendor=1")
		r.Header.Set("Baggage", "hostile=1")
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}

	if len(leaked) > 0 {
		t.Errorf("Atlassian got %q", leaked)
	}
	runs := map[trace.SpanID]bool{}
	for _, s := range spans.GetSpans() {
		runs[s.SpanContext.SpanID()] = s.Name == "RunTool"
	}
	seen := map[string]int{}
	for _, s := range spans.GetSpans() {
		shown := written(s.Attributes)
		if strings.Contains(shown+s.Name, "PLAT-") || strings.Contains(shown, acmeID) || strings.Contains(shown, "?") || strings.Contains(shown, "someone") {
			t.Errorf("%s shows values: %s", s.Name, shown)
		}
		if s.SpanKind != trace.SpanKindClient {
			continue
		}
		seen[s.Name]++
		if !runs[s.Parent.SpanID()] {
			t.Errorf("%s is no child of RunTool", s.Name)
		}
		if s.Name == "GET /rest/api/3/issue/{issueIdOrKey}" && strings.Contains(shown, "http.response.status_code=404") != (s.Status.Code == codes.Error) {
			t.Errorf("status %s of %s", s.Status.Code, shown)
		}
	}
	if seen["GET /oauth/token/accessible-resources"] != 1 || seen["GET /rest/api/3/issue/{issueIdOrKey}"] != 2 {
		t.Errorf("client spans: %v", seen)
	}

	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var points []string
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					points = append(points, m.Name+" "+written(p.Attributes.ToSlice()))
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					points = append(points, m.Name+" "+written(p.Attributes.ToSlice()))
				}
			}
		}
	}
	for _, want := range []string{
		"http.client.request.duration http.request.method=GET http.response.status_code=200 server.address=127.0.0.1 url.template=/rest/api/3/issue/{issueIdOrKey}",
		"http.client.request.duration error.type=404 http.request.method=GET http.response.status_code=404 server.address=127.0.0.1 url.template=/rest/api/3/issue/{issueIdOrKey}",
		"atlassian.cache.lookups cache=sites result=miss",
		"atlassian.cache.lookups cache=sites result=hit",
	} {
		if !slices.Contains(points, want) {
			t.Errorf("no %s in\n%s", want, strings.Join(points, "\n"))
		}
	}
}

func written(attributes []attribute.KeyValue) string {
	var all []string
	for _, a := range attributes {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
