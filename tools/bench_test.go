package tools_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/worker"
)

func BenchmarkCatalog(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tools.New(tools.Config{}); err != nil {
			b.Fatal(err)
		}
	}
}

// A whole call: the worker's handler, the tool, the client, and the sandbox
// behind a connection of this machine.
func BenchmarkInvokeOnSandbox(b *testing.B) {
	upstream := httptest.NewServer(sandbox.New(sandbox.Options{}))
	defer upstream.Close()
	catalog, err := tools.New(tools.Config{AtlassianURL: upstream.URL})
	if err != nil {
		b.Fatal(err)
	}
	server, err := worker.New(catalog, worker.Options{NoAuth: true})
	if err != nil {
		b.Fatal(err)
	}
	const call = `{"tool":{"toolkit":"Jira","name":"ListProjects"},"inputs":{"query":"plat"},"context":{"authorization":{"token":"sandbox"}}}`
	handler := server.Handler()
	b.ReportAllocs()
	for b.Loop() {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(b.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(call)))
		if !strings.Contains(answer.Body.String(), `"success":true`) {
			b.Fatal(answer.Body)
		}
	}
}
