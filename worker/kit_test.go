package worker_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is the backend of the test tools: what every call of every tool does.
type lab func(context.Context, *tool.Invocation, sample) (thing, error)

type sample struct {
	Text  string   `json:"text" jsonschema:"maxLength=1000000" doc:"Any text."`
	Count int64    `json:"count,omitzero" jsonschema:"minimum=0,default=1" doc:"Any whole number."`
	Tags  []string `json:"tags,omitzero" jsonschema:"maxItems=3,maxLength=100" doc:"Labels."`
}

type thing struct {
	Text  string  `json:"text" doc:"The text sent."`
	Count int64   `json:"count" doc:"The number sent."`
	Share float64 `json:"share,omitzero" doc:"A part of one."`
}

// operation is a REST operation that exists nowhere.
type operation struct {
	name   string
	scope  string
	effect tool.Effect
}

func (o operation) Name() string        { return o.name }
func (o operation) Scopes() []string    { return []string{o.scope} }
func (o operation) Effect() tool.Effect { return o.effect }
func (o operation) Check() error        { return nil }

var (
	getThing  = operation{"GET /thing", "read:thing", tool.Read}
	postThing = operation{"POST /thing", "write:thing", tool.Create}
)

var kit = tool.NewKit[lab](tool.Toolkit{
	Name: "Lab", Description: "Tools for tests.", Domain: "documents", Provider: "atlassian",
})

func add[In, Out any](s tool.Spec, handler func(context.Context, lab, *tool.Invocation, In) (Out, error)) tool.Declared {
	return tool.Add(kit, s, handler)
}

func run(ctx context.Context, do lab, inv *tool.Invocation, in sample) (thing, error) {
	return do(ctx, inv, in)
}

var _ = add(tool.Spec{
	Name: "GetThing", Doc: "Get a thing; <b>fast</b> & “exact”.", Returns: "The thing.",
	Uses: []tool.Operation{getThing},
}, run)

var _ = add(tool.Spec{
	Name: "MakeThing", Doc: "Make a thing.", Returns: "The thing made.",
	Uses: []tool.Operation{postThing, getThing},
}, run)

var _ = add(tool.Spec{
	Name: "OldThing", Doc: "Get a thing the old way.", Returns: "The thing.",
	Uses: []tool.Operation{getThing}, Deprecated: "Use Lab.GetThing instead",
}, run)

var _ = add(tool.Spec{Name: "Ping", Doc: "Do nothing.", Returns: "Nothing."},
	func(ctx context.Context, do lab, inv *tool.Invocation, _ struct{}) (struct{}, error) {
		_, err := do(ctx, inv, sample{})
		return struct{}{}, err
	})

// echo is a lab that gives back what it got.
func echo(_ context.Context, _ *tool.Invocation, in sample) (thing, error) {
	return thing{Text: in.Text, Count: in.Count}, nil
}

// secret is the one of the protocol's test vectors.
const secret = "test-worker-secret-at-least-32-bytes-long"

// open are the options of a worker that answers everybody.
func open(log io.Writer) worker.Options {
	return worker.Options{NoAuth: true, Log: zerolog.New(log)}
}

func newServer(t testing.TB, o worker.Options, do lab) *worker.Server {
	t.Helper()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(do))
	if err != nil {
		t.Fatal(err)
	}
	s, err := worker.New(catalog, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call is the body of a request for a tool of the Lab.
func call(name, inputs string) string {
	return `{"execution_id":"te_1","tool":{"name":"` + name + `","toolkit":"Lab"},"inputs":` + inputs + `}`
}

// invoke sends a body straight to a handler.
func invoke(t testing.TB, h http.Handler, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(body)))
	return w
}

// answer is what tests look at in the answer to a call.
type answer struct {
	ExecutionID string  `json:"execution_id"`
	Duration    float64 `json:"duration"`
	Success     bool    `json:"success"`
	Output      struct {
		Value jsontext.Value `json:"value"`
		Error *failure       `json:"error"`
	} `json:"output"`
}

type failure struct {
	Message    string    `json:"message"`
	Kind       tool.Kind `json:"kind"`
	CanRetry   bool      `json:"can_retry"`
	Developer  *string   `json:"developer_message"`
	Stacktrace *string   `json:"stacktrace"`
}

// read decodes the answer to a call, which has status 200.
func read(t testing.TB, status int, body []byte) answer {
	t.Helper()
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return a
}

// members lists the names in a JSON object, which must be valid throughout.
func members(t testing.TB, object []byte) []string {
	t.Helper()
	if !jsontext.Value(object).IsValid() {
		t.Fatalf("not JSON: %q", object)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		t.Fatalf("not an object: %q", object)
	}
	var names []string
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.String())
		if err := dec.SkipValue(); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// logged collects a server's log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// lines are the log lines with a message.
func (l *logged) lines(t testing.TB, message string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(l.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("log line %q: %v", text, err)
		}
		if line["message"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}
