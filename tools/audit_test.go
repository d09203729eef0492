package tools_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/worker"
)

// audited is a worker in front of a sandbox, with its audit log.
type audited struct {
	url string
	mu  sync.Mutex
	log bytes.Buffer
}

func (a *audited) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.Write(p)
}

func newAudited(t *testing.T, upstream http.Handler) *audited {
	t.Helper()
	return newBounded(t, upstream, tools.Boundaries{})
}

func newBounded(t *testing.T, upstream http.Handler, b tools.Boundaries) *audited {
	t.Helper()
	atlassian := httptest.NewServer(upstream)
	t.Cleanup(atlassian.Close)
	catalog, err := tools.New(tools.Config{AtlassianURL: atlassian.URL, Boundaries: b})
	if err != nil {
		t.Fatal(err)
	}
	a := &audited{}
	w, err := worker.New(catalog, worker.Options{NoAuth: true, Audit: a, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *audited) post(t *testing.T, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+worker.PathInvoke, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// call calls a tool by Arcade's protocol.
func (a *audited) call(t *testing.T, name, inputs string) (answer string) {
	t.Helper()
	toolkit, name, _ := strings.Cut(name, ".")
	return a.post(t, `{"execution_id":"te_1","tool":{"toolkit":"`+toolkit+`","name":"`+name+`"},"inputs":`+inputs+
		`,"context":{"user_id":"ada@example.com","authorization":{"token":"sandbox"}}}`)
}

// line is a line of the audit log, without what differs from call to call.
type line struct {
	Protocol    string              `json:"protocol"`
	ExecutionID string              `json:"execution_id"`
	UserID      string              `json:"user_id"`
	Tool        string              `json:"tool"`
	Version     string              `json:"version"`
	Site        string              `json:"site"`
	Objects     []map[string]string `json:"objects"`
	LeftOut     int                 `json:"objects_left_out"`
	Operations  []map[string]string `json:"operations"`
	Outcome     string              `json:"outcome"`
	ErrorKind   string              `json:"error_kind"`
}

// lines empties the log.
func (a *audited) lines(t *testing.T) (text string, lines []line) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	text = a.log.String()
	a.log.Reset()
	for one := range strings.Lines(text) {
		var what struct {
			line
			Time     time.Time `json:"time"`
			Duration float64   `json:"duration_ms"`
		}
		if err := json.Unmarshal([]byte(one), &what, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%v in %s", err, one)
		}
		if since := time.Since(what.Time); what.Time.Location() != time.UTC || since < -time.Second || since > time.Minute || what.Duration <= 0 {
			t.Errorf("time or duration of %s", one)
		}
		lines = append(lines, what.line)
	}
	return text, lines
}

// said are objects or operations in short: "issue 10000 PLAT-1".
func said(all []map[string]string) string {
	var words []string
	for _, one := range all {
		var word []string
		for _, name := range []string{"type", "id", "key", "operation", "outcome"} {
			if one[name] != "" {
				word = append(word, one[name])
			}
		}
		words = append(words, strings.Join(word, " "))
	}
	return strings.Join(words, ", ")
}

const (
	hidden      = "verysecretwords"
	putIssue    = "PUT /rest/api/3/issue/{issueIdOrKey} done"
	postComment = "POST /rest/api/3/issue/{issueIdOrKey}/comment done"
)

var numbers, lastNumber = regexp.MustCompile(`[0-9]+`), regexp.MustCompile(` [0-9]+$`)

// everyWrite has a call of each tool that writes, with hidden words in every
// input that takes any.
var everyWrite = map[string]struct{ inputs, objects, operations string }{
	"Jira.AddCommentToIssue": {`{"issue":"plat-1","body":"HIDDEN"}`, "issue PLAT-1, comment N", postComment},
	"Jira.AddIssuesToSprint": {`{"sprint_id":"60","issue_ids":["PLAT-2","PLAT-3"]}`, "sprint 60, issue 10001 PLAT-2, issue 10002 PLAT-3", "POST /rest/agile/1.0/sprint/{sprintId}/issue done"},
	"Jira.AddLabelsToIssue":  {`{"issue":"10001","labels":["HIDDEN"]}`, "issue 10001", putIssue},
	"Jira.AttachFileToIssue": {
		`{"issue":"PLAT-1","filename":"HIDDEN.md","file_content_str":"HIDDEN"}`, "issue PLAT-1, attachment N", "POST /rest/api/3/issue/{issueIdOrKey}/attachments done",
	},
	"Jira.CreateIssue": {
		`{"title":"HIDDEN","project":"Platform","issue_type":"bug","labels":["HIDDEN"],"description":"HIDDEN","environment":"HIDDEN","custom_fields":{"Release notes":"HIDDEN","Customer":"HIDDEN"}}`,
		"issue N PLAT-N", "POST /rest/api/3/issue done",
	},
	"Jira.MoveIssuesFromSprintToBacklog": {`{"sprint_id":"59","issue_identifiers":["PLAT-1"]}`, "issue 10000 PLAT-1", "POST /rest/agile/1.0/backlog/issue done"},
	"Jira.RemoveLabelsFromIssue":         {`{"issue":"PLAT-1","labels":["HIDDEN"]}`, "issue PLAT-1", putIssue},
	"Jira.TransitionIssueToNewStatus": {
		`{"issue":"PLAT-1","transition":"in review","comment":"HIDDEN"}`, "issue PLAT-1, comment N",
		"POST /rest/api/3/issue/{issueIdOrKey}/transitions done, " + postComment,
	},
	"Jira.UpdateIssue": {
		`{"issue":"PLAT-1","title":"HIDDEN","description":"HIDDEN","environment":"HIDDEN","labels":["HIDDEN"],"custom_fields":{"Customer":"HIDDEN"}}`, "issue PLAT-1", putIssue,
	},
	"Confluence.CreatePage":        {`{"space_identifier":"DS","title":"HIDDEN","content":"HIDDEN"}`, "page N", "POST /wiki/api/v2/pages done"},
	"Confluence.RenamePage":        {`{"page_identifier":"Onboarding guide","title":"HIDDEN"}`, "page 98500", "PUT /wiki/api/v2/pages/{id}/title done"},
	"Confluence.UpdatePageContent": {`{"page_identifier":"98501","content":"HIDDEN"}`, "page 98501", "PUT /wiki/api/v2/pages/{id} done"},
}

// Each write is one line that names what was changed and holds nothing of what
// was written, nor a name that people gave to anything.
func TestEveryWriteIsAudited(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a := newAudited(t, sandbox.New(sandbox.Options{}))
	called := map[string]bool{}
	for _, tl := range catalog.Tools() {
		call, ok := everyWrite[tl.FullName()]
		if ok && tl.ReadOnly() {
			t.Errorf("%s has a call, but reads only", tl.FullName())
		}
		if !ok {
			continue
		}
		called[tl.FullName()] = true
		answer := a.call(t, tl.FullName(), strings.ReplaceAll(call.inputs, "HIDDEN", hidden))
		text, lines := a.lines(t)
		if len(lines) != 1 {
			t.Errorf("%s: %d lines: %s after %s", tl.FullName(), len(lines), text, answer)
			continue
		}
		got := lines[0]
		objects := said(got.Objects)
		switch { // what is made has other numbers each time
		case tl.FullName() == "Jira.CreateIssue":
			objects = numbers.ReplaceAllString(objects, "N")
		case strings.HasSuffix(call.objects, " N"):
			objects = lastNumber.ReplaceAllString(objects, " N")
		}
		if objects != call.objects || said(got.Operations) != call.operations {
			t.Errorf("%s: objects %s, operations %s after %s", tl.FullName(), objects, said(got.Operations), answer)
		}
		got.Objects, got.Operations = nil, nil
		want := line{Protocol: "arcade", ExecutionID: "te_1", UserID: "ada@example.com", Tool: tl.FullName(), Version: tools.Version, Site: acmeID, Outcome: "success"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got) %s\n%s", diff, answer)
		}
		for _, word := range []string{hidden, "Review", "Onboarding", "Platform", "acme.", "sandbox"} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				t.Errorf("%q in %s", word, text)
			}
		}
	}
	if len(called) != len(everyWrite) {
		t.Errorf("called %v", slices.Sorted(maps.Keys(called)))
	}
	a.call(t, "Jira.GetIssueById", `{"issue":"PLAT-1"}`)
	if text, _ := a.lines(t); text != "" {
		t.Errorf("a read is audited: %s", text)
	}
}

// answering answers some requests in Atlassian's place.
func answering(answer func(w http.ResponseWriter, r *http.Request, sandbox http.Handler)) http.Handler {
	box := sandbox.New(sandbox.Options{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, box) })
}

// on lets requests that write fail, the nth and later ones.
func on(nth int, fail http.HandlerFunc) http.Handler {
	var mu sync.Mutex
	n := 0
	return answering(func(w http.ResponseWriter, r *http.Request, box http.Handler) {
		if r.Method == http.MethodGet {
			box.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		n++
		late := n >= nth
		mu.Unlock()
		if late {
			fail(w, r)
			return
		}
		box.ServeHTTP(w, r)
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestAuditedOutcomes(t *testing.T) {
	t.Parallel()
	const (
		addComment = `{"issue":"PLAT-1","body":"Hello."}`
		operation  = "POST /rest/api/3/issue/{issueIdOrKey}/comment"
	)
	unreadable := answering(func(w http.ResponseWriter, r *http.Request, box http.Handler) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/comment/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		box.ServeHTTP(w, r)
	})
	for _, tt := range []struct {
		name       string
		upstream   http.Handler
		tool       string
		inputs     string
		outcome    string
		kind       string
		objects    string
		operations string
	}{
		{"bad inputs", sandbox.New(sandbox.Options{}), "Jira.AddCommentToIssue", `{"issue":"` + hidden + `","body":"x"}`, "failed", "TOOL_RUNTIME_BAD_INPUT_VALUE", "", ""},
		{"not there", sandbox.New(sandbox.Options{}), "Jira.AddCommentToIssue", `{"issue":"PLAT-99","body":"x"}`, "failed", "UPSTREAM_RUNTIME_NOT_FOUND", "issue PLAT-99", operation + " not_done"},
		{"refused", on(1, status(http.StatusForbidden)), "Jira.AddCommentToIssue", addComment, "failed", "UPSTREAM_RUNTIME_AUTH_ERROR", "issue PLAT-1", operation + " not_done"},
		{"not read back", unreadable, "Jira.AddCommentToIssue", addComment, "unverified", "", "issue PLAT-1, comment N", operation + " done"},
		{"server error", on(1, status(http.StatusInternalServerError)), "Jira.AddCommentToIssue", addComment, "unknown", "UPSTREAM_RUNTIME_SERVER_ERROR", "issue PLAT-1", operation + " unknown"},
		{"cut", on(1, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "Jira.AddCommentToIssue", addComment, "unknown", "NETWORK_TRANSPORT_RUNTIME_UNREACHABLE", "issue PLAT-1", operation + " unknown"},
		{"no answer in time", on(1, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the end of the connection
			<-r.Context().Done()
		}), "Jira.AddCommentToIssue", addComment, "unknown", "NETWORK_TRANSPORT_RUNTIME_TIMEOUT", "issue PLAT-1", operation + " unknown"},
		{"nothing to do", sandbox.New(sandbox.Options{}), "Confluence.RenamePage", `{"page_identifier":"98500","title":"Onboarding guide"}`, "success", "", "", ""},
		{
			"a part", on(2, status(http.StatusForbidden)), "Jira.TransitionIssueToNewStatus", `{"issue":"PLAT-1","transition":"in review","comment":"x"}`, "unverified", "",
			"issue PLAT-1", "POST /rest/api/3/issue/{issueIdOrKey}/transitions done, " + operation + " not_done",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAudited(t, tt.upstream)
			answer := a.call(t, tt.tool, tt.inputs)
			text, lines := a.lines(t)
			if len(lines) != 1 {
				t.Fatalf("%q after %s", text, answer)
			}
			got := lines[0]
			if objects := said(got.Objects); got.Outcome != tt.outcome || got.ErrorKind != tt.kind || (objects != tt.objects && lastNumber.ReplaceAllString(objects, " N") != tt.objects) || said(got.Operations) != tt.operations {
				t.Errorf("%s %s, objects %s, operations %s after %s", got.Outcome, got.ErrorKind, objects, said(got.Operations), answer)
			}
			if strings.Contains(text, hidden) {
				t.Errorf("inputs in %s", text)
			}
		})
	}
}

// What the boundaries refuse is told with what it was about, and what they do not
// let the tool read back was done all the same.
func TestBoundariesAreAudited(t *testing.T) {
	t.Parallel()
	elsewhere := answering(func(w http.ResponseWriter, r *http.Request, box http.Handler) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"123456","status":"current","title":"x","spaceId":"98306","version":{"number":1}}`)
			return
		}
		box.ServeHTTP(w, r)
	})
	for _, tt := range []struct {
		name, tool, inputs           string
		within                       tools.Boundaries
		outcome, objects, operations string
	}{
		{
			"another project", "Jira.AddLabelsToIssue", `{"issue":"PLAT-1","labels":["x"]}`,
			tools.Boundaries{WriteProjects: []string{"WEB"}},
			"failed", "issue PLAT-1", "PUT /rest/api/3/issue/{issueIdOrKey} not_done",
		},
		{
			"an answer about another space", "Confluence.CreatePage", `{"space_identifier":"DS","title":"x","content":"x"}`,
			tools.Boundaries{ReadSpaces: []string{"DS"}},
			"unverified", "page 123456", "POST /wiki/api/v2/pages done",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newBounded(t, elsewhere, tt.within)
			answer := a.call(t, tt.tool, tt.inputs)
			text, lines := a.lines(t)
			if len(lines) != 1 || lines[0].Outcome != tt.outcome || said(lines[0].Objects) != tt.objects || said(lines[0].Operations) != tt.operations {
				t.Errorf("got %s after %s", text, answer)
			}
		})
	}
}

// A repeated call has a line of its own, which says that nothing was done.
func TestReplaysAreAudited(t *testing.T) {
	t.Parallel()
	a := newAudited(t, sandbox.New(sandbox.Options{}))
	const inputs = `{"issue":"PLAT-1","body":"x"}`
	if first, again := a.call(t, "Jira.AddCommentToIssue", inputs), a.call(t, "Jira.AddCommentToIssue", inputs); first != again {
		t.Errorf("%s, then %s", first, again)
	}
	text, lines := a.lines(t)
	if len(lines) != 2 {
		t.Fatalf("got %s", text)
	}
	want := line{Protocol: "arcade", ExecutionID: "te_1", UserID: "ada@example.com", Tool: "Jira.AddCommentToIssue", Version: tools.Version, Objects: []map[string]string{}, Operations: []map[string]string{}, Outcome: "replayed"}
	if diff := cmp.Diff(want, lines[1]); lines[0].Outcome != "success" || diff != "" {
		t.Errorf("%s\n(-want +got) %s", text, diff)
	}
}

// What never became a call has no line.
func TestRefusedRequestsAreNotAudited(t *testing.T) {
	t.Parallel()
	a := newAudited(t, sandbox.New(sandbox.Options{}))
	for _, body := range []string{`{`, `{"tool":{"toolkit":"Jira","name":"AddNothing"},"inputs":{}}`} {
		a.post(t, body)
	}
	if text, _ := a.lines(t); text != "" {
		t.Errorf("got %s", text)
	}
}
