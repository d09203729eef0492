// Package tooltest is the battery that every tool is put through. A kit's own
// test calls Run; a new tool brings a scenario file and nothing else.
//
// For each tool it checks the published definition, the operations against
// Atlassian's documents, recorded scenarios against the sandbox, the declared
// scopes (each needed, together enough), hostile values and failures of the
// upstream service.
package tooltest

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
)

// Run puts every tool of the kit through the battery. Scenarios and snapshots
// are in testdata beside the calling test; UPDATE_GOLDEN=1 records them anew.
func Run(t *testing.T, kit *atlassian.Kit) {
	t.Helper()
	for _, declared := range catalog(t, kit, atlassian.Options{}).Tools() {
		t.Run(declared.Name, func(t *testing.T) {
			t.Parallel()
			definition(t, declared)
			published(t, declared)
			operations(t, declared)
			s := readScenario(t, "testdata", declared)
			s.record(t, kit)
			s.checkScopes(t, kit)
			hostile(t, kit, s)
			faults(t, kit, s)
		})
	}
}

// catalog builds the kit's tools around a client with the given options.
func catalog(tb testing.TB, kit *atlassian.Kit, o atlassian.Options) *tool.Catalog {
	tb.Helper()
	client, err := atlassian.NewClient(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	c, err := tool.Build(tool.Options{Version: "1.0.0"}, kit.Bind(client))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// upstream is a fresh sandbox behind real HTTP that remembers what it was
// asked.
type upstream struct {
	server   *httptest.Server
	mu       sync.Mutex
	requests []string // "GET /path?query 200"
	points   int      // what they cost of Atlassian's quota
}

func newUpstream(tb testing.TB) *upstream {
	tb.Helper()
	u := &upstream{}
	box := sandbox.New(sandbox.Options{})
	u.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered := &answerWriter{ResponseWriter: w, status: http.StatusOK}
		box.ServeHTTP(answered, r)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.requests = append(u.requests, r.Method+" "+r.URL.RequestURI()+" "+strconv.Itoa(answered.status))
		u.points += points(r, answered.body.Bytes())
	}))
	tb.Cleanup(u.server.Close)
	return u
}

func (u *upstream) seen() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]string(nil), u.requests...)
}

// answerWriter remembers an answer while it is written.
type answerWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.body.Write(p)
	return w.ResponseWriter.Write(p)
}

// call runs the tool named like t against u.
func call(tb testing.TB, kit *atlassian.Kit, u *upstream, name, token string, inputs jsontext.Value) (jsontext.Value, *tool.Error) {
	tb.Helper()
	c := catalog(tb, kit, atlassian.Options{URL: u.server.URL})
	return run(tb.Context(), find(c, name), token, inputs)
}

func find(c *tool.Catalog, name string) *tool.Tool {
	for _, t := range c.Tools() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

func run(ctx context.Context, t *tool.Tool, token string, inputs jsontext.Value) (jsontext.Value, *tool.Error) {
	value, err := t.Run(ctx, &tool.Invocation{Token: tool.NewToken(token), Inputs: inputs})
	if err != nil {
		return nil, tool.Explain(err)
	}
	return value, nil
}

// updating reports whether golden files are to be written.
func updating() bool { return os.Getenv("UPDATE_GOLDEN") != "" }

// golden compares got with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if updating() {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v (make golden writes it)", err)
		return
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// indent formats JSON for people.
func indent(tb testing.TB, v jsontext.Value) []byte {
	tb.Helper()
	v = v.Clone()
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		tb.Fatal(err)
	}
	return append(bytes.TrimSpace(v), '\n')
}

// withScopes is a sandbox token restricted to scopes.
func withScopes(token string, scopes []string) string {
	parts := strings.Split(token, ";")
	kept := parts[:1]
	for _, p := range parts[1:] {
		if !strings.HasPrefix(p, "scopes=") {
			kept = append(kept, p)
		}
	}
	return strings.Join(append(kept, "scopes="+strings.Join(scopes, ",")), ";")
}
