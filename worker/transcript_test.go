package worker_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// validToken is the first of the protocol's test vectors.
const validToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJ3b3JrZXIiLCJ2ZXIiOiIxIn0.4cf97ZSzI4ebvjmtr72Luhj-XpotwpeqJ7JrofChUSc"

// maxBody is the limit of the server that transcripts are taken from.
const maxBody = 640

// TestTranscripts replays testdata/transcripts against a real server. A file
// holds pairs of sections, "name: request" and "name: answer". The body of a
// request ends before the last newline; {token} stands for a valid token, and
// the header "Body: quoted" says that the body is a Go string literal. Of the
// answer, finished_at and duration are masked after their form is checked.
//
// UPDATE_GOLDEN=1 writes the answers.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/transcripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d transcripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			replay(t, file)
		})
	}
}

func replay(t *testing.T, file string) {
	t.Helper()
	server := httptest.NewServer(newServer(t, worker.Options{Secret: secret, MaxBody: maxBody}, outcomes).Handler())
	defer server.Close()
	script, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := &txtar.Archive{Comment: script.Comment}
	for _, section := range script.Files {
		name, ok := strings.CutSuffix(section.Name, ": request")
		if !ok {
			continue
		}
		got.Files = append(got.Files, section, txtar.File{Name: name + ": answer", Data: exchange(t, server, section)})
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(script)), string(txtar.Format(got))); diff != "" {
		t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 rewrites):\n%s", file, diff)
	}
}

// exchange sends the request of a section and writes down the answer.
func exchange(t *testing.T, server *httptest.Server, section txtar.File) []byte {
	t.Helper()
	req, err := parseRequest(section.Data, server.URL)
	if err != nil {
		t.Fatalf("%s: %v", section.Name, err)
	}
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req.WithContext(t.Context()))
	if err != nil {
		t.Fatalf("%s: %v", section.Name, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", section.Name, err)
	}
	if req.Method != http.MethodHead && res.ContentLength != int64(len(body)) {
		t.Errorf("%s: Content-Length is %d for a body of %d bytes", section.Name, res.ContentLength, len(body))
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d\n", res.StatusCode)
	for _, name := range []string{"Content-Type", "Allow", "Location", "WWW-Authenticate"} {
		for _, value := range res.Header.Values(name) {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&out, "\n%s\n", mask(body))
	return out.Bytes()
}

func parseRequest(text []byte, origin string) (*http.Request, error) {
	text = bytes.ReplaceAll(text, []byte("{token}"), []byte(validToken))
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(text)))
	line, err := r.ReadLine()
	if err != nil {
		return nil, err
	}
	method, target, _ := strings.Cut(line, " ")
	header, err := r.ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	rest, err := io.ReadAll(r.R)
	if err != nil {
		return nil, err
	}
	body := strings.TrimSuffix(string(rest), "\n")
	if header.Get("Body") == "quoted" {
		header.Del("Body")
		if body, err = strconv.Unquote(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequest(method, origin+target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = http.Header(header)
	return req, nil
}

var variable = regexp.MustCompile(`"finished_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","duration":\d+(\.\d+)?,`)

func mask(body []byte) []byte {
	return variable.ReplaceAll(body, []byte(`"finished_at":"…","duration":…,`))
}

// outcomes is a lab whose calls end the way their text says.
func outcomes(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
	soon, past := 7*time.Second, -time.Second
	switch in.Text {
	case "not a number":
		return thing{Share: math.NaN()}, nil
	case "not UTF-8":
		return thing{Text: "\xff"}, nil
	}
	err, ok := map[string]error{
		"bad input":          tool.BadInput("text", "No thing is called that", "Things are called a, b and c."),
		"retry":              tool.Retry("Too many things match", "Use one of a, b, c."),
		"retry later":        &tool.Error{Kind: tool.KindRetry, Message: "Not yet", CanRetry: true, After: &soon},
		"person needed":      tool.NeedContext("Two things match", "Ask the user which: a or b."),
		"unforeseen":         fmt.Errorf("wrapped: %w", errors.New("password=hunter2")),
		"blank":              &tool.Error{Kind: tool.KindFatal},
		"nil error value":    (*tool.Error)(nil),
		"broken text":        tool.NeedContext("It says \xff", "caf\xe9"),
		"deadline":           fmt.Errorf("GET /thing: %w", context.DeadlineExceeded),
		"canceled":           fmt.Errorf("GET /thing: %w", context.Canceled),
		"bad request":        refusal{tool.KindUpstreamBadRequest, 400},
		"unauthorized":       refusal{tool.KindUpstreamAuth, 401},
		"not found":          fmt.Errorf("wrapped: %w", refusal{tool.KindUpstreamNotFound, 404}),
		"rate limit":         &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down", CanRetry: true, Status: 429, After: &soon},
		"rate limit past":    &tool.Error{Kind: tool.KindUpstreamRateLimit, Message: "Slow down", CanRetry: true, Status: 429, After: &past},
		"server error":       refusal{tool.KindUpstreamServer, 503},
		"strange status":     refusal{tool.KindUpstreamUnmapped, 304},
		"timeout":            refusal{tool.KindNetworkTimeout, 0},
		"unreachable":        refusal{tool.KindNetworkUnreachable, 0},
		"unreadable":         refusal{tool.KindNetworkUnmapped, 0},
		"unexplained":        refusal{},
		"worded by the tool": fmt.Errorf("wrapped: %w", &tool.Error{Kind: tool.KindBadOutput, Message: "Cannot be told", Status: 500}),
	}[in.Text]
	if ok {
		return thing{}, err
	}
	return echo(ctx, inv, in)
}

// refusal is a service's answer that knows how it is to be told.
type refusal struct {
	kind   tool.Kind
	status int
}

func (r refusal) Error() string { return "refused with password=hunter2" }

func (r refusal) ToolError() *tool.Error {
	if r.kind == "" {
		return nil
	}
	return &tool.Error{
		Kind: r.kind, Message: "The service's own words: ä <b> & \"q\"", Developer: "GET /thing", Status: r.status,
		CanRetry: r.status == 0 || r.status >= 500,
		Extra:    map[string]string{"service": "lab", "endpoint": "https://lab.example/thing", "http_method": "GET"},
		Err:      r,
	}
}
