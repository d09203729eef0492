package mcp_test

import (
	"maps"
	"slices"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Every call is part of the request that it came by, also where requests share a
// session.
func TestSpansOfCalls(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		spans := tracetest.NewInMemoryExporter()
		d := deployTraced(t, 0, sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
		client := d.connect(t, version, "sandbox", nil)
		const calls = 3
		for range calls {
			if _, err := client.CallTool(t.Context(), &sdk.CallToolParams{Name: "Jira_ListProjects", Arguments: map[string]any{"limit": 1}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		d.server.Close() // which waits for the ends of requests, and so of spans

		names := map[trace.SpanID]string{}
		for _, s := range spans.GetSpans() {
			names[s.SpanContext.SpanID()] = s.Name
		}
		called := map[trace.SpanID]bool{} // requests that a call came by
		for _, s := range spans.GetSpans() {
			switch s.Name {
			case "CallTool":
				called[s.Parent.SpanID()] = true
				if got := names[s.Parent.SpanID()]; got != "POST /mcp" {
					t.Errorf("the parent of CallTool is %q", got)
				}
			case "RunTool":
				if got := names[s.Parent.SpanID()]; got != "CallTool" {
					t.Errorf("the parent of RunTool is %q", got)
				}
			}
		}
		if len(called) != calls {
			t.Errorf("%d calls came by %d requests; spans: %v", calls, len(called), slices.Sorted(maps.Values(names)))
		}
	})
}
