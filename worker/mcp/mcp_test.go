package mcp_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/tools/txtar"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
	"arcade-atlassian/worker/mcp"
)

const secret = "a secret that is long enough to be used"

// deployment is a worker with MCP in front of a sandbox.
type deployment struct {
	url     string
	catalog *tool.Catalog
	log     *lines
	server  *httptest.Server
	audit   *lines
}

// lines collects log lines, and tells that there is another one.
type lines struct {
	mu    sync.Mutex
	text  strings.Builder
	wrote chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func deploy(t *testing.T, latency time.Duration) deployment {
	t.Helper()
	return deployTraced(t, latency, nil)
}

func deployTraced(t *testing.T, latency time.Duration, spans trace.TracerProvider) deployment {
	t.Helper()
	upstream := httptest.NewServer(sandbox.New(sandbox.Options{Latency: latency}))
	t.Cleanup(upstream.Close)
	catalog, err := tools.New(tools.Config{AtlassianURL: upstream.URL})
	if err != nil {
		t.Fatal(err)
	}
	log, audit := &lines{wrote: make(chan struct{}, 1)}, &lines{}
	door, err := mcp.New(catalog, mcp.Options{Version: "1.2.3", Log: zerolog.New(log), Audit: audit, TracerProvider: spans})
	if err != nil {
		t.Fatal(err)
	}
	w, err := worker.New(catalog, worker.Options{Secret: secret, MCP: door.Handler(), TracerProvider: spans})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	return deployment{server.URL + worker.PathMCP, catalog, log, server, audit}
}

// headers adds headers to every request.
type headers http.Header

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	maps.Copy(r.Header, h)
	return http.DefaultTransport.RoundTrip(r)
}

// Versions of the protocol: with sessions, and without.
const (
	withSessions    = "2025-11-25"
	withoutSessions = "2026-07-28"
)

// inBoth runs a test with both.
func inBoth(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range []string{withSessions, withoutSessions} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// connect begins to talk in a version of the protocol, as the user whose token is given.
func (d deployment) connect(t *testing.T, version, token string, o *sdk.ClientOptions) *sdk.ClientSession {
	t.Helper()
	bearer, err := worker.NewToken(secret, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("Authorization", "Bearer "+bearer)
	h.Set(mcp.TokenHeader, token)
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, o).Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: d.url, HTTPClient: &http.Client{Transport: headers(h)},
	}, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	if spoken := session.InitializeResult().ProtocolVersion; spoken != version {
		t.Fatalf("%s is spoken instead of %s", spoken, version)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func text(r *sdk.CallToolResult) string {
	var b strings.Builder
	for _, c := range r.Content {
		if t, ok := c.(*sdk.TextContent); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

func TestListsTheCatalog(t *testing.T) {
	t.Parallel()
	d := deploy(t, 0)
	listed, err := d.connect(t, withoutSessions, "sandbox", nil).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if listed.NextCursor != "" || len(listed.Tools) != len(d.catalog.Tools()) {
		t.Fatalf("%d of %d tools on the first page", len(listed.Tools), len(d.catalog.Tools()))
	}
	byName := map[string]*sdk.Tool{}
	for _, found := range listed.Tools {
		byName[found.Name] = found
		if len(found.Name) > 50 || strings.ContainsFunc(found.Name, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_'
		}) {
			t.Errorf("some clients refuse the name %s", found.Name)
		}
	}
	for _, declared := range d.catalog.Tools() {
		found := byName[mcp.Name(declared)]
		if found == nil {
			t.Errorf("%s is not listed", declared.FullName())
			continue
		}
		b := declared.Definition.Metadata.Behavior
		if a := found.Annotations; a.ReadOnlyHint != b.ReadOnly || *a.DestructiveHint != b.Destructive || a.IdempotentHint != b.Idempotent || *a.OpenWorldHint != b.OpenWorld {
			t.Errorf("%s: %+v is not %+v", found.Name, a, b)
		}
		schema, _ := found.InputSchema.(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		needed := 0
		for _, p := range declared.Definition.Input.Parameters {
			if properties[p.Name] == nil {
				t.Errorf("%s: no %s in %v", found.Name, p.Name, properties)
			}
			if p.Required {
				needed++
			}
		}
		if len(properties) != len(declared.Definition.Input.Parameters) || len(required) != needed {
			t.Errorf("%s: %v", found.Name, schema)
		}
		if found.OutputSchema == nil {
			t.Errorf("%s: no output schema", found.Name)
		}
	}
}

// What the golden files say that tools take and answer is what the schemas
// allow.
func TestSchemasFitWhatToolsDo(t *testing.T) {
	t.Parallel()
	d := deploy(t, 0)
	inputs, outputs := 0, 0
	for _, declared := range d.catalog.Tools() {
		input, err := declared.InputSchema()
		if err != nil {
			t.Fatal(err)
		}
		output, err := declared.OutputSchema()
		if err != nil {
			t.Fatal(err)
		}
		check := func(schema []byte, of string, value []byte) {
			t.Helper()
			var s jsonschema.Schema
			if err := json.Unmarshal(schema, &s); err != nil {
				t.Fatal(declared.Name, err)
			}
			resolved, err := s.Resolve(nil)
			if err != nil {
				t.Fatal(declared.Name, err)
			}
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				t.Fatal(declared.Name, of, err)
			}
			if err := resolved.Validate(v); err != nil {
				t.Errorf("%s: %s: %v", declared.FullName(), of, err)
			}
		}
		file := filepath.Join("..", "..", "tools", strings.ToLower(declared.Toolkit.Name), "testdata", declared.Name+".txtar")
		golden, err := txtar.ParseFile(file)
		if errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s has no golden file", declared.FullName())
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		succeeds := map[string]bool{}
		for _, f := range golden.Files {
			if path.Base(f.Name) == "output.json" {
				outputs++
				succeeds[path.Dir(f.Name)] = true
				check(output, f.Name, f.Data)
			}
		}
		for _, f := range golden.Files {
			if path.Base(f.Name) == "input.json" && succeeds[path.Dir(f.Name)] {
				inputs++
				check(input, f.Name, f.Data)
			}
		}
	}
	if inputs < 100 || outputs < 100 {
		t.Errorf("only %d inputs and %d outputs", inputs, outputs)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		d := deploy(t, 0)
		ada := d.connect(t, version, "sandbox", nil)
		bob := d.connect(t, version, "sandbox;user=bob", nil)
		for session, name := range map[*sdk.ClientSession]string{ada: "Ada Moreau", bob: "Bob Tanaka"} {
			result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "Jira_WhoAmI"})
			if err != nil {
				t.Fatal(err)
			}
			structured, _ := result.StructuredContent.(map[string]any)
			user, _ := structured["current_user"].(map[string]any)
			if result.IsError || user["name"] != name || !strings.Contains(text(result), name) {
				t.Errorf("%s: %+v", name, result)
			}
		}
		if log := d.log.String(); strings.Count(log, `"outcome":"success"`) != 2 || strings.Contains(log, "sandbox") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestErrorsAreForTheModel(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		d := deploy(t, 0)
		session := d.connect(t, version, "sandbox", nil)
		for _, tt := range []struct {
			tool, kind string
			arguments  map[string]any
			want       []string
		}{
			{"Jira_GetIssueById", "TOOL_RUNTIME_BAD_INPUT_VALUE", map[string]any{"isue": "PLAT-1"}, []string{"issue: Field required", "did you mean \"issue\""}},
			{"Jira_GetIssueById", "UPSTREAM_RUNTIME_NOT_FOUND", map[string]any{"issue": "PLAT-99999"}, []string{"does not exist"}},
		} {
			result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: tt.tool, Arguments: tt.arguments})
			if err != nil {
				t.Fatal(err)
			}
			if !result.IsError || result.Meta["kind"] != tt.kind || result.StructuredContent != nil {
				t.Errorf("%s: %+v", tt.tool, result)
			}
			for _, want := range tt.want {
				if !strings.Contains(text(result), want) {
					t.Errorf("%s: %q lacks %q", tt.tool, text(result), want)
				}
			}
		}
		_, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "Jira_Nothing"})
		if e, ok := errors.AsType[*jsonrpc.Error](err); !ok || e.Code != jsonrpc.CodeInvalidParams {
			t.Errorf("an unknown tool: %v", err)
		}
		anonymous := d.connect(t, version, "", nil)
		result, err := anonymous.CallTool(t.Context(), &sdk.CallToolParams{Name: "Jira_WhoAmI"})
		if err != nil || !result.IsError || result.Meta["kind"] != "UPSTREAM_RUNTIME_AUTH_ERROR" {
			t.Errorf("without a user's token: %+v, %v", result, err)
		}
	})
}

// Without sessions, replicas need nothing of each other.
func TestReplicas(t *testing.T) {
	t.Parallel()
	a, b := deploy(t, 0), deploy(t, 0)
	var requests atomic.Int64
	balancer := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		target, err := url.Parse([]string{a.url, b.url}[requests.Add(1)%2])
		if err != nil {
			t.Error(err)
			return
		}
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
	}})
	t.Cleanup(balancer.Close)
	session := deployment{url: balancer.URL + worker.PathMCP}.connect(t, withoutSessions, "sandbox", nil)
	for range 4 {
		result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "Jira_WhoAmI"})
		if err != nil || result.IsError {
			t.Errorf("%+v, %v", result, err)
		}
	}
	for _, d := range []deployment{a, b} {
		if n := strings.Count(d.log.String(), `"outcome":"success"`); n != 2 {
			t.Errorf("a replica had %d calls of 4", n)
		}
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	d := deploy(t, 0)
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		req, err := http.NewRequestWithContext(t.Context(), method, d.url, strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(mcp.TokenHeader, "sandbox")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s answers %d", method, res.StatusCode)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		var mu sync.Mutex
		var told []*sdk.ProgressNotificationParams
		session := deploy(t, 700*time.Millisecond).connect(t, version, "sandbox", &sdk.ClientOptions{
			ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, r.Params)
			},
		})
		params := &sdk.CallToolParams{Name: "Jira_WhoAmI"}
		params.SetProgressToken("mine")
		if _, err := session.CallTool(t.Context(), params); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 || told[0].ProgressToken != "mine" || told[0].Progress < 1 || !strings.Contains(told[0].Message, "so far") {
			t.Errorf("%+v", told)
		}
	})
}

// A read that nobody waits for any more ends. The sandbox would take long.
func TestCancellation(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		d := deploy(t, 10*time.Second)
		session := d.connect(t, version, "sandbox", nil)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := session.CallTool(ctx, &sdk.CallToolParams{Name: "Jira_WhoAmI"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		late := time.NewTimer(5 * time.Second)
		defer late.Stop()
		select {
		case <-d.log.wrote:
		case <-late.C:
			t.Fatal("the call went on")
		}
		if log := d.log.String(); !strings.Contains(log, `"outcome":"error"`) {
			t.Errorf("log: %s", log)
		}
	})
}

// A write has its line in the audit log, a read has none.
func TestWritesAreAudited(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, version string) {
		d := deploy(t, 0)
		session := d.connect(t, version, "sandbox", nil)
		for name, arguments := range map[string]map[string]any{
			"Jira_GetIssueById":     {"issue": "PLAT-1"},
			"Jira_AddLabelsToIssue": {"issue": "PLAT-1", "labels": []string{"verysecretwords"}},
		} {
			if r, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: arguments}); err != nil || r.IsError {
				t.Fatal(name, err, text(r))
			}
		}
		got := d.audit.String()
		for _, want := range []string{
			`"protocol":"mcp","tool":"Jira.AddLabelsToIssue","version":"`, `"objects":[{"type":"issue","key":"PLAT-1"}]`,
			`"operations":[{"operation":"PUT /rest/api/3/issue/{issueIdOrKey}","outcome":"done"}],"outcome":"success","duration_ms":`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
		if strings.Count(got, "\n") != 1 || strings.Contains(got, "secret") || strings.Contains(got, "sandbox") {
			t.Errorf("got %s", got)
		}
	})
}
