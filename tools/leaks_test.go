package tools_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
	"arcade-atlassian/worker"
	"arcade-atlassian/worker/mcp"
)

// What must not be seen where it does not belong is random text, so that it is
// nowhere by chance.

// secretsOfACall belong to one call: nobody but Atlassian sees the first, and
// nobody at all the others.
type secretsOfACall struct{ token, secret, info string }

// mark is a random text of letters and digits, which looks the same however a
// log, an address or a document escapes it.
func mark(what string) string { return what + rand.Text()[:20] }

// places are where texts are found that were written down.
type places struct {
	mu    sync.Mutex
	texts map[string]*bytes.Buffer
}

// at is a writer of what is found at a place.
func (p *places) at(place string) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.texts[place] == nil {
			p.texts[place] = &bytes.Buffer{}
		}
		return p.texts[place].Write(b)
	})
}

func (p *places) write(place string, what ...any) { _, _ = fmt.Fprintln(p.at(place), what...) }

// marks are the texts that mark makes, or most of one, and the Engine's tokens, all
// in small letters. Each is looked for by itself: what begins with a fixed text is
// found faster.
var marks = map[string]*regexp.Regexp{
	"token":  regexp.MustCompile(`token[a-z2-7]{16}`),
	"secret": regexp.MustCompile(`secret[a-z2-7]{16}`),
	"info":   regexp.MustCompile(`info[a-z2-7]{16}`),
	"input":  regexp.MustCompile(`input[a-z2-7]{16}`),
	"jwt":    regexp.MustCompile(`eyj[\w-]+\.[\w-]+\.`),
}

// find lists what must not be at a place, with what stands around it there.
func (p *places) find(allowed map[string][]string) (found []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, place := range slices.Sorted(maps.Keys(p.texts)) {
		all := strings.ToLower(p.texts[place].String())
		for what, mark := range marks {
			if slices.Contains(allowed[what], place) {
				continue
			}
			for _, at := range mark.FindAllStringIndex(all, 10) {
				found = append(found, fmt.Sprintf("%s in the %s: …%s…", what, place, all[max(0, at[0]-300):min(len(all), at[1]+100)]))
			}
		}
	}
	return found
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// seenStore writes down what a worker would share with its replicas.
type seenStore struct {
	shared.Store
	places *places
}

func (s seenStore) Put(ctx context.Context, k shared.Key, value []byte, keep time.Duration) {
	s.places.write("store", string(k[:]), string(value))
	s.Store.Put(ctx, k, value, keep)
}

func (s seenStore) Claim(ctx context.Context, k shared.Key, value []byte, keep time.Duration) ([]byte, bool) {
	s.places.write("store", string(k[:]), string(value))
	return s.Store.Claim(ctx, k, value, keep)
}

func (s seenStore) Acquire(ctx context.Context, k shared.Key, limit int, keep time.Duration) (func(), bool) {
	s.places.write("store", string(k[:]))
	return s.Store.Acquire(ctx, k, limit, keep)
}

// A wayToFail is how Atlassian, or what is in between, treats a request instead
// of answering it. told is all that the request said, which it repeats.
type wayToFail struct {
	name string
	fail func(w http.ResponseWriter, told, elsewhere string)
}

func failing(status int, contentType, body string) func(http.ResponseWriter, string, string) {
	return func(w http.ResponseWriter, told, _ string) {
		quoted, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(told, ""))
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Retry-After", "3600") // longer than a call has, so that none waits
		h.Set("RateLimit-Reason", "jira-quota-tenant-based")
		h.Set("Atl-Traceid", strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return ' '
			}
			return r
		}, told[:min(len(told), 2000)]))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(strings.ReplaceAll(body, "QUOTED", string(quoted)), "TOLD", told))
	}
}

func waysToFail() []wayToFail {
	const errorsOfJira = `{"errorMessages":[QUOTED],"errors":{"summary":QUOTED}}`
	cut := func(w http.ResponseWriter, told, _ string) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = io.WriteString(w, `{"message":"`+told)
		panic(http.ErrAbortHandler)
	}
	ways := []wayToFail{
		{"answered", nil},
		{"cut", cut},
		{"reset", func(http.ResponseWriter, string, string) { panic(http.ErrAbortHandler) }},
		{"not JSON", failing(200, "application/json", `TOLD`)},
		{"another type", failing(200, "application/json", `[QUOTED]`)},
		{"elsewhere", func(w http.ResponseWriter, told, elsewhere string) {
			w.Header().Set("Location", elsewhere+"/login?next="+strings.Map(func(r rune) rune {
				if r <= ' ' || r > '~' {
					return -1
				}
				return r
			}, told[:min(len(told), 1000)]))
			w.WriteHeader(http.StatusFound)
		}},
		{"quota", failing(429, "application/json", errorsOfJira)},
		{"page", failing(503, "text/html", `<html><title>TOLD</title>TOLD</html>`)},
		{"problem", failing(400, "application/problem+json", `{"title":QUOTED,"detail":QUOTED,"errors":[{"code":QUOTED,"detail":QUOTED}]}`)},
	}
	for _, status := range []int{400, 401, 403, 404, 500} {
		ways = append(ways, wayToFail{fmt.Sprint(status), failing(status, "application/json", errorsOfJira)})
	}
	return ways
}

// leaky is a worker with everything that could leak written down, and an
// Atlassian that repeats what it is told.
type leaky struct {
	*places
	handler   http.Handler
	catalog   *tool.Catalog
	secret    string
	elsewhere string // another host
	spans     *tracetest.InMemoryExporter
	metrics   *metric.ManualReader

	mu      sync.Mutex
	failing map[string]wayToFail // by token
}

func newLeaky(t *testing.T) *leaky {
	t.Helper()
	l := &leaky{
		places: &places{texts: map[string]*bytes.Buffer{}}, secret: mark("secret") + mark("secret"), failing: map[string]wayToFail{},
		spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader(),
	}
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		l.write("foreign host", string(dump))
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(foreign.Close)
	l.elsewhere = foreign.URL
	box := sandbox.New(sandbox.Options{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.upstream(w, r, box) }))
	upstream.Config.ErrorLog = nil
	t.Cleanup(upstream.Close)
	log := zerolog.New(l.at("log")).Level(zerolog.TraceLevel)
	tracers := trace.NewTracerProvider(trace.WithSyncer(l.spans))
	meters := metric.NewMeterProvider(metric.WithReader(l.metrics))
	store := seenStore{shared.NewMemory(0), l.places}
	var err error
	if l.catalog, err = tools.New(tools.Config{AtlassianURL: upstream.URL, Shared: store, TracerProvider: tracers, MeterProvider: meters}); err != nil {
		t.Fatal(err)
	}
	const short = time.Second // what is repeated after pauses is given up soon
	door, err := mcp.New(l.catalog, mcp.Options{Log: log, Audit: l.at("audit log"), Timeout: short, TracerProvider: tracers, MeterProvider: meters})
	if err != nil {
		t.Fatal(err)
	}
	server, err := worker.New(l.catalog, worker.Options{
		Secret: l.secret, Log: log, Audit: l.at("audit log"), Timeout: short, Shared: store, TracerProvider: tracers, MeterProvider: meters, MCP: door.Handler(),
	})
	if err != nil {
		t.Fatal(err)
	}
	l.handler = server.Handler()
	return l
}

// upstream answers with the sandbox, or as the call of the token wants it.
// Tokens stand in the one header that is for them.
func (l *leaky) upstream(w http.ResponseWriter, r *http.Request, box http.Handler) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	whole, _ := httputil.DumpRequest(r, true)
	r.Header.Set("Authorization", "Bearer sandbox;user=ada")
	rest, _ := httputil.DumpRequest(r, false)
	l.write("upstream beside Authorization", string(rest))
	l.mu.Lock()
	way := l.failing[token]
	l.mu.Unlock()
	if way.fail == nil || r.URL.Path == "/oauth/token/accessible-resources" {
		box.ServeHTTP(w, r)
		return
	}
	way.fail(w, string(whole), l.elsewhere)
}

// holding are values of the schema with the text in them; none when it holds
// no text.
func holding(s schema.Value, text string) (values []jsontext.Value) {
	quoted := jsontext.Value(`"` + text + `"`)
	switch {
	case s.Type == schema.TypeString && s.Enum == nil:
		return []jsontext.Value{quoted, jsontext.Value(`"/browse/` + text + `?q=` + text + ` \" ` + text + `"`)}
	case s.Type == schema.TypeArray && s.Enum == nil:
		return []jsontext.Value{slices.Concat(jsontext.Value("["), quoted, jsontext.Value("]")), quoted}
	case s.Type == schema.TypeJSON:
		return []jsontext.Value{jsontext.Value(`{"` + mark("name") + `":"` + text + `"}`)}
	}
	return []jsontext.Value{quoted} // is refused
}

// mcpVersion is one in which a request needs no session.
const mcpVersion = "2026-07-28"

// call runs a tool, by Arcade's protocol or by MCP, and looks at what came
// back.
func (l *leaky) call(t *testing.T, tl *tool.Tool, inputs map[string]jsontext.Value, s secretsOfACall, way wayToFail, byMCP bool) {
	t.Helper()
	l.mu.Lock()
	l.failing[s.token] = way
	l.mu.Unlock()
	bearer, err := worker.NewToken(l.secret, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	path := worker.PathInvoke
	var body any = map[string]any{
		"execution_id": "e", "run_id": "r", "tool": map[string]string{"toolkit": tl.Toolkit.Name, "name": tl.Name}, "inputs": inputs,
		"context": map[string]any{
			"user_id":       "ada@example.com",
			"authorization": map[string]any{"token": s.token, "user_info": map[string]string{"note": s.info}},
			"secrets":       []map[string]string{{"key": "OTHER", "value": s.secret}},
			"metadata":      []map[string]string{{"key": "other", "value": s.info}},
		},
	}
	if byMCP {
		path = worker.PathMCP
		body = map[string]any{
			"jsonrpc": "2.0", "id": 1, "method": "tools/call",
			"params": map[string]any{
				"name": mcp.Name(tl), "arguments": inputs,
				"_meta": map[string]any{
					"io.modelcontextprotocol/protocolVersion":    mcpVersion,
					"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "test", "version": "1"},
					"io.modelcontextprotocol/clientCapabilities": map[string]any{},
				},
			},
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(raw))
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Content-Type", "application/json")
	if byMCP {
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set(mcp.TokenHeader, s.token)
		r.Header.Set("Mcp-Protocol-Version", mcpVersion)
		r.Header.Set("Mcp-Method", "tools/call")
		r.Header.Set("Mcp-Name", mcp.Name(tl))
	}
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	answer := w.Body.String()
	if w.Code != http.StatusOK || byMCP && !strings.Contains(answer, `"content":[`) {
		t.Errorf("%s %s: %d %s", tl.FullName(), way.name, w.Code, answer)
	}
	l.write("answer", answer)
	var o struct {
		Output struct {
			Error *struct {
				Developer string            `json:"developer_message"`
				Stack     string            `json:"stacktrace"`
				Extra     map[string]string `json:"extra"`
			} `json:"error"`
		} `json:"output"`
	}
	if !byMCP && json.Unmarshal([]byte(answer), &o) == nil && o.Output.Error != nil {
		l.write("error for developers", o.Output.Error.Developer, o.Output.Error.Stack, o.Output.Error.Extra)
	}
}

// collect writes down what was kept for later.
func (l *leaky) collect(t *testing.T) {
	t.Helper()
	for _, span := range l.spans.GetSpans() {
		l.write("span", span.Name, span.Attributes, span.Events, span.Status, span.Links, span.SpanContext.TraceState().String())
	}
	l.spans.Reset()
	var all metricdata.ResourceMetrics
	if err := l.metrics.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			text := fmt.Sprintf("%+v", m.Data)
			l.write("metric", m.Name, m.Description, text)
			for _, set := range attributesOf(m.Data) {
				l.write("metric", set)
			}
		}
	}
}

// attributesOf are the attributes of a metric's points, in text.
func attributesOf(data metricdata.Aggregation) (texts []string) {
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range d.DataPoints {
			texts = append(texts, fmt.Sprint(p.Attributes.ToSlice(), p.Exemplars))
		}
	case metricdata.Gauge[int64]:
		for _, p := range d.DataPoints {
			texts = append(texts, fmt.Sprint(p.Attributes.ToSlice(), p.Exemplars))
		}
	case metricdata.Histogram[float64]:
		for _, p := range d.DataPoints {
			texts = append(texts, fmt.Sprint(p.Attributes.ToSlice(), p.Exemplars))
		}
	case metricdata.Sum[float64]:
		for _, p := range d.DataPoints {
			texts = append(texts, fmt.Sprint(p.Attributes.ToSlice(), p.Exemplars))
		}
	}
	return texts
}

// Through every tool and every way to fail, a user's token is in one header of
// the requests to Atlassian and nowhere else; the worker's secret, the Engine's
// token, the secrets of the envelope and what is not used of it are nowhere; and
// inputs are in no line of a log or the audit log, span, metric or text for developers: only in what
// the model that sent them gets back, where Atlassian gets them, and in the
// results of writes, which a store keeps encrypted. Names are no inputs: those of
// tools, versions, parameters and paths that do not exist are told, cut short.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	for i, way := range waysToFail() {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			l := newLeaky(t)
			l.callAll(t, way, i)
			l.refused(t)
			l.collect(t)
			for _, place := range []string{"answer", "error for developers", "log", "audit log", "span", "metric", "upstream beside Authorization"} {
				if l.texts[place] == nil {
					t.Errorf("nothing was written to the place %q", place)
				}
			}
			for _, found := range l.find(map[string][]string{"input": {"answer", "upstream beside Authorization", "foreign host", "store"}}) {
				t.Error(found)
			}
		})
	}
}

// callAll calls every tool: as it is used, and with a text in place of each
// input, or of every few of them where calls fail in one of the many ways.
func (l *leaky) callAll(t *testing.T, way wayToFail, turn int) {
	t.Helper()
	var calls sync.WaitGroup
	atOnce := make(chan struct{}, 32)
	run := func(tl *tool.Tool, in map[string]jsontext.Value, byMCP bool) {
		s := secretsOfACall{token: mark("token"), secret: mark("secret"), info: mark("info")}
		atOnce <- struct{}{}
		calls.Go(func() {
			defer func() { <-atOnce }()
			l.call(t, tl, in, s, way, byMCP)
		})
	}
	for _, tl := range l.catalog.Tools() {
		usual := tooltest.FirstInputs(t, filepath.Join(strings.ToLower(tl.Toolkit.Name), "testdata"), tl)
		turn++
		run(tl, usual, turn%3 == 0)
		unknown := maps.Clone(usual)
		unknown[mark("name")] = jsontext.Value(`"` + mark("input") + `"`)
		if way.fail == nil {
			run(tl, unknown, turn%3 == 1)
		}
		for _, p := range tl.Definition.Input.Parameters {
			if turn++; way.fail != nil && turn%8 != 0 {
				continue
			}
			for _, value := range holding(p.ValueSchema, mark("input")) {
				in := maps.Clone(usual)
				in[p.Name] = value
				run(tl, in, turn%5 == 0)
			}
		}
	}
	calls.Wait()
}

// refused sends requests that never become calls, with texts in every part of
// them.
func (l *leaky) refused(t *testing.T) {
	t.Helper()
	bearer, err := worker.NewToken(l.secret, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	hidden := mark("input")
	forged, err := worker.NewToken(mark("secret")+mark("secret"), time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, target, authorization, body string) {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Request-Id", hidden)
		r.Header.Set("User-Agent", hidden)
		r.Header.Set("Traceparent", "00-"+hidden)
		r.Header.Set("Baggage", "x="+hidden)
		w := httptest.NewRecorder()
		l.handler.ServeHTTP(w, r)
		if w.Code < 300 && method != http.MethodGet {
			t.Errorf("%s %s is answered %d", method, target, w.Code)
		}
		l.write("answer to a refused request", w.Body.String(), w.Header())
	}
	name := mark("name")
	for _, target := range []string{"/" + name + "?q=" + hidden, "/worker/" + name, worker.PathInvoke + "?q=" + hidden, worker.PathInvoke + "/?token=" + hidden, "/mcp/" + name} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut, name} {
			send(method, target, "Bearer "+bearer, hidden)
		}
	}
	for _, authorization := range []string{"", hidden, "Bearer " + hidden, "Bearer " + forged, "Basic " + hidden, "Bearer " + bearer + hidden, "Bearer a." + hidden + ".c"} {
		send(http.MethodPost, worker.PathInvoke, authorization, `{"tool":{"toolkit":"Jira","name":"WhoAmI"},"inputs":{"x":"`+hidden+`"}}`)
	}
	for _, body := range []string{
		hidden, `{"` + hidden + `":`, `{"tool":"` + hidden + `"}`, `{"tool":{"toolkit":"Jira","name":"WhoAmI"},"inputs":"` + hidden + `"}`, `["` + hidden + `"]`,
		`{"tool":{"toolkit":"Jira","name":"WhoAmI"},"context":{"authorization":{"token":["` + hidden + `"]}}}`,
		`{"tool":{"toolkit":"Jira","name":"WhoAmI"},"context":{"secrets":{"` + hidden + `":"` + hidden + `"}}}`,
		`{"tool":{"toolkit":"Jira","name":"WhoAmI","version":"1` + mark("name") + `"}}`,
	} {
		send(http.MethodPost, worker.PathInvoke, "Bearer "+bearer, body)
	}
}
