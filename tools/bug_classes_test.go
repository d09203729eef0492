package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// The classes of bugs that users of other Atlassian servers report, as far as
// they concern every tool: through the worker, on the sandbox. Those of single
// toolkits are tested beside them, under names with the same numbers.

const acmeID = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"

// engine calls a worker as Arcade's Engine does. Behind the worker is a sandbox.
type engine struct {
	t        *testing.T
	url      string
	upstream string // the sandbox's address

	mu    sync.Mutex
	asked []string // what reached the sandbox: "METHOD path status"
}

func start(t *testing.T, config tools.Config, scripted ...sandbox.Scripted) *engine {
	t.Helper()
	e := &engine{t: t}
	upstream := httptest.NewServer(sandbox.New(sandbox.Options{Scripted: scripted, Log: func(r sandbox.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.asked = append(e.asked, fmt.Sprintf("%s %s %d", r.Method, r.Path, r.Status))
	}}))
	t.Cleanup(upstream.Close)
	e.upstream = upstream.URL
	if config.AtlassianURL == "" { // that of another engine is of no interest to requests
		config.AtlassianURL = e.upstream
	}
	catalog, err := tools.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server, err := worker.New(catalog, worker.Options{NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	own := httptest.NewServer(server.Handler())
	t.Cleanup(own.Close)
	e.url = own.URL
	return e
}

// requests are those that reached the sandbox and contain the text.
func (e *engine) requests(containing string) (found []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, request := range e.asked {
		if strings.Contains(request, containing) {
			found = append(found, request)
		}
	}
	return found
}

// outcome is what the Engine gets for a call that was one.
type outcome struct {
	Output struct {
		Value jsontext.Value `json:"value"`
		Error *struct {
			Kind       tool.Kind `json:"kind"`
			Message    string    `json:"message"`
			Prompt     string    `json:"additional_prompt_content"`
			CanRetry   bool      `json:"can_retry"`
			RetryAfter int       `json:"retry_after_ms"`
		} `json:"error"`
	} `json:"output"`
}

// said is all that a model reads of a failure, or what it gets instead.
func (o outcome) said() string {
	if o.Output.Error == nil {
		return "it succeeds: " + string(o.Output.Value)
	}
	return fmt.Sprintf("%s: %s %s", o.Output.Error.Kind, o.Output.Error.Message, o.Output.Error.Prompt)
}

// post sends a call of Jira's tool, or of "Toolkit.Tool", and returns status and body.
func (e *engine) post(name, inputs, token string) (int, []byte) {
	toolkit, tool, ok := strings.Cut(name, ".")
	if !ok {
		toolkit, tool = "Jira", name
	}
	call := fmt.Sprintf(`{"tool":{"toolkit":%q,"name":%q},"inputs":%s,"context":{"authorization":{"token":%q}}}`, toolkit, tool, inputs, token)
	res, err := http.Post(e.url+worker.PathInvoke, "application/json", strings.NewReader(call))
	if err != nil {
		e.t.Error(err)
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Error(err)
	}
	return res.StatusCode, body
}

func (e *engine) call(name, inputs, token string) (o outcome) {
	status, body := e.post(name, inputs, token)
	if err := json.Unmarshal(body, &o); err != nil || status != http.StatusOK {
		e.t.Errorf("%s: %d %s", name, status, body)
	}
	return o
}

// fails calls and wants a failure of the kind whose texts hold all words.
func (e *engine) fails(name, inputs, token string, kind tool.Kind, words ...string) outcome {
	e.t.Helper()
	o := e.call(name, inputs, token)
	said := o.said()
	missing := slices.DeleteFunc(words, func(word string) bool { return strings.Contains(said, word) })
	if o.Output.Error == nil || o.Output.Error.Kind != kind || len(missing) > 0 {
		e.t.Errorf("%s %s: %s, want %s with %q", name, inputs, said, kind, missing)
	}
	return o
}

// A removed operation is a failure that names it, never an empty list. That no
// tool uses a deprecated one is a rule of the battery.
func TestB6RemovedOperationsAreNotEmptyLists(t *testing.T) {
	t.Parallel()
	const gone = `{"errorMessages":["The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."],"errors":{}}`
	e := start(t, tools.Config{}, sandbox.Scripted{Path: "/rest/api/3/{x}/{y}", Status: http.StatusGone, Body: gone})
	for name, inputs := range map[string]string{"SearchIssuesWithJql": `{"jql":"project = PLAT"}`, "ListProjects": `{}`} {
		o := e.fails(name, inputs, "sandbox", tool.KindUpstreamBadRequest, "/rest/api/3/", "has been removed")
		if o.Output.Error != nil && o.Output.Error.CanRetry {
			t.Errorf("%s invites to call again", name)
		}
	}
}

// A missing scope is named, with the operation that needs it.
func TestB7MissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{})
	for name, inputs := range map[string]string{
		"GetIssueById":        `{"issue":"PLAT-1"}`,
		"SearchIssuesWithJql": `{"jql":"project = PLAT"}`,
	} {
		o := e.fails(name, inputs, "sandbox;scopes=read:jira-user", tool.KindUpstreamAuth, "read:jira-work", "/rest/api/3/")
		if o.Output.Error != nil && o.Output.Error.CanRetry {
			t.Errorf("%s invites to call again", name)
		}
	}
}

// Calls of several people at once get their own answers, and a dead token gets
// none of anybody's.
func TestB10IdentitiesDoNotMix(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{})
	people := map[string]string{"ada": "Ada Moreau", "bob": "Bob Tanaka", "kim": "Alex Kim"}
	var calls sync.WaitGroup
	for handle, name := range people {
		for range 20 {
			calls.Go(func() {
				o := e.call("WhoAmI", `{}`, "sandbox;user="+handle)
				if !strings.Contains(string(o.Output.Value), name) {
					t.Errorf("%s is told: %s", handle, o.said())
				}
			})
		}
	}
	calls.Wait()
	e.fails("WhoAmI", `{}`, "expired", tool.KindUpstreamAuth)
	e.fails("GetIssueById", `{"issue":"PLAT-1"}`, "expired", tool.KindUpstreamAuth)
}

// Whatever names a site leads to its gateway, and nothing else does.
func TestB16SitesAreNotConfused(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{})
	const both = "sandbox;sites=acme,globex"
	for _, cloud := range []string{"acme", "acme.atlassian.net", "https://acme.atlassian.net/browse/PLAT-1", acmeID} {
		if o := e.call("GetIssueById", fmt.Sprintf(`{"issue":"PLAT-1","atlassian_cloud_id":%q}`, cloud), both); o.Output.Error != nil {
			t.Errorf("%s: %s", cloud, o.said())
		}
	}
	if got, want := len(e.requests("/ex/jira/"+acmeID)), 4; got != want || len(e.requests("/ex/jira/")) != want {
		t.Errorf("%d of %d requests are for the site, want %d", got, len(e.requests("/ex/jira/")), want)
	}
	e.fails("GetIssueById", `{"issue":"PLAT-1"}`, both, tool.KindContextRequired, "acme", "globex")
	e.fails("GetIssueById", `{"issue":"PLAT-1","atlassian_cloud_id":"https://initech.atlassian.net"}`, both, tool.KindRetry, "acme", "globex")
	if got := len(e.requests("/ex/jira/")); got != 4 {
		t.Errorf("a product was asked without a site: %v", e.requests("/ex/jira/"))
	}
}

// Definitions use nothing that breaks a client: every list says what it holds,
// results are objects, names fit.
func TestB18DefinitionsSuitEveryClient(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	types := []string{schema.TypeString, schema.TypeInteger, schema.TypeNumber, schema.TypeBoolean, schema.TypeJSON, schema.TypeArray}
	var check func(at string, v schema.Value)
	check = func(at string, v schema.Value) {
		if !slices.Contains(types, v.Type) {
			t.Errorf("%s has the type %q", at, v.Type)
		}
		if (v.Type == schema.TypeArray) != (v.Inner != nil) {
			t.Errorf("%s: a list says what it holds, and nothing else does", at)
		}
		for _, p := range slices.Concat(v.Properties, v.InnerProperties) {
			check(at+"."+p.Name, p.Value)
		}
	}
	for _, d := range catalog.Definitions() {
		if len(d.FullyQualifiedName) > 50 {
			t.Errorf("%s is too long a name", d.FullyQualifiedName)
		}
		for _, p := range d.Input.Parameters {
			check(d.FullyQualifiedName+": "+p.Name, p.ValueSchema)
		}
		if d.Output.ValueSchema.Type != schema.TypeJSON {
			t.Errorf("%s returns %s, not an object", d.FullyQualifiedName, d.Output.ValueSchema.Type)
		}
		check(d.FullyQualifiedName+" returns", *d.Output.ValueSchema)
	}
}

// What Atlassian says about a refusal arrives, whichever of its shapes it has.
func TestB19ErrorsSayWhatAtlassianSays(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"messages":         `{"errorMessages":["The value is odd."],"errors":{}}`,
		"fields":           `{"errorMessages":[],"errors":{"summary":"The value is odd."}}`,
		"one message":      `{"message":"The value is odd."}`,
		"gateway":          `{"code":400,"message":"The value is odd."}`,
		"titles":           `{"errors":[{"status":400,"code":"INVALID","title":"The value is odd.","detail":null}]}`,
		"routing":          `{"timestamp":"2026-01-01T00:00:00Z","status":400,"error":"Bad Request","message":"The value is odd.","path":"/x"}`,
		"nested":           `{"data":{"errors":[{"message":{"key":"x","translation":"The value is odd."}}]},"message":"The value is odd."}`,
		"messages of more": `{"errorMessages":["One.","The value is odd."],"errors":{"a":"b"}}`,
	} {
		e := start(t, tools.Config{}, sandbox.Scripted{Path: "/rest/api/3/issue/{key}", Status: http.StatusBadRequest, Body: body})
		if said := e.fails("GetIssueById", `{"issue":"PLAT-1"}`, "sandbox", tool.KindUpstreamBadRequest).said(); !strings.Contains(said, "The value is odd.") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// A read is repeated when Atlassian asks for it and as often as makes sense; a
// write whose fate is unknown is not.
func TestB20RateLimits(t *testing.T) {
	t.Parallel()
	const issue = "/rest/api/3/issue/{key}"
	once := start(t, tools.Config{}, sandbox.Scripted{Path: issue, Nth: 1, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}})
	if o := once.call("GetIssueById", `{"issue":"PLAT-1"}`, "sandbox"); o.Output.Error != nil || len(once.requests("/issue/")) != 2 {
		t.Errorf("%s after %v", o.said(), once.requests("/issue/"))
	}
	always := start(t, tools.Config{}, sandbox.Scripted{Path: issue, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}})
	always.fails("GetIssueById", `{"issue":"PLAT-1"}`, "sandbox", tool.KindUpstreamRateLimit)
	if got := len(always.requests("/issue/")); got < 2 || got > 4 {
		t.Errorf("asked %d times", got)
	}
	later := start(t, tools.Config{}, sandbox.Scripted{Path: issue, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1800"}}})
	o := later.fails("GetIssueById", `{"issue":"PLAT-1"}`, "sandbox", tool.KindUpstreamRateLimit)
	if got := len(later.requests("/issue/")); got != 1 || o.Output.Error == nil || o.Output.Error.RetryAfter != 1_800_000 {
		t.Errorf("asked %d times: %s", got, o.said())
	}
	write := start(t, tools.Config{}, sandbox.Scripted{Method: http.MethodPost, Path: "/rest/api/3/issue/{key}/comment", Status: http.StatusServiceUnavailable})
	o = write.fails("AddCommentToIssue", `{"issue":"PLAT-1","body":"Hello"}`, "sandbox", tool.KindUpstreamServer)
	if got := len(write.requests("POST")); got != 1 || o.Output.Error == nil || o.Output.Error.CanRetry {
		t.Errorf("written %d times: %s", got, o.said())
	}
}

// What a model sends names things and is never a path, and a token goes to no
// other host.
func TestB22NothingLeavesTheGateway(t *testing.T) {
	t.Parallel()
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere = append(elsewhere, r.URL.Path) }))
	e := start(t, tools.Config{}, sandbox.Scripted{Path: "/rest/api/3/issue/PLAT-1", Status: http.StatusFound, Header: http.Header{"Location": {other.URL + "/login"}}})
	for _, key := range []string{"../../x", "PLAT-1/../../../myself", "PLAT-1?expand=x", "PLAT-1#", `PLAT-1\..\x`, "%2e%2e"} {
		e.fails("GetIssueById", fmt.Sprintf(`{"issue":%q}`, key), "sandbox", tool.KindBadInput, "issue")
	}
	for _, cloud := range []string{"evil.example#", "https://evil.example/ex/jira", acmeID + "/../x", "acme.atlassian.net@evil.example"} {
		if o := e.call("GetIssueById", fmt.Sprintf(`{"issue":"PLAT-2","atlassian_cloud_id":%q}`, cloud), "sandbox"); o.Output.Error == nil {
			t.Errorf("%s: %s", cloud, o.said())
		}
	}
	if got := e.requests("/ex/"); got != nil {
		t.Errorf("Jira was asked: %v", got)
	}
	if o := e.call("GetIssueById", `{"issue":"PLAT-1"}`, "sandbox"); o.Output.Error == nil {
		t.Errorf("a redirect to another host: %s", o.said())
	}
	other.Close() // waits for what is under way
	if elsewhere != nil {
		t.Errorf("another host was asked: %v", elsewhere)
	}
}

// A tool that is switched off cannot be called, under no spelling of its name.
func TestB23DisabledToolsCannotBeCalled(t *testing.T) {
	t.Parallel()
	for _, config := range []tools.Config{
		{DisabledTools: []string{"Jira.AddCommentToIssue"}}, {Disable: []string{"Jira.Add*"}}, {Enable: []string{"*.Get*"}}, {ReadOnly: true},
	} {
		cannotAddComments(t, config)
	}
}

func cannotAddComments(t *testing.T, config tools.Config) {
	t.Helper()
	e := start(t, config)
	_, unknown := e.post("NoSuchTool", `{}`, "sandbox")
	for _, name := range []string{"AddCommentToIssue", "addcommenttoissue", "AddCommentToIssue\u200b", "\uff21ddCommentToIssue", "AddCommentTo\u0131ssue", " AddCommentToIssue"} {
		if status, body := e.post(name, `{"issue":"PLAT-1","body":"Hello"}`, "sandbox"); status != http.StatusNotFound || strings.ReplaceAll(string(body), name, "NoSuchTool") != string(unknown) {
			t.Errorf("%q: %d %s", name, status, body)
		}
	}
	if got := e.requests(""); got != nil {
		t.Errorf("Atlassian was asked: %v", got)
	}
}

// One broken answer among many at once fails one call.
func TestB24ParallelCallsAreOnTheirOwn(t *testing.T) {
	t.Parallel()
	e := start(t, tools.Config{}, sandbox.Scripted{Path: "/rest/api/3/issue/PLAT-2", Body: `{"id":`})
	var mu sync.Mutex
	kinds := map[tool.Kind]int{}
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			key := "PLAT-1"
			if i == 7 {
				key = "PLAT-2"
			}
			o := e.call("GetIssueById", fmt.Sprintf(`{"issue":%q}`, key), "sandbox")
			mu.Lock()
			defer mu.Unlock()
			if o.Output.Error != nil {
				kinds[o.Output.Error.Kind]++
			} else {
				kinds["success"]++
			}
		})
	}
	calls.Wait()
	if diff := cmp.Diff(map[tool.Kind]int{"success": 19, tool.KindNetworkUnmapped: 1}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
