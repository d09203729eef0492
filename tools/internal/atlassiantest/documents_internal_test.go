package atlassiantest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

func testDocuments(t *testing.T) documents {
	t.Helper()
	dir := documentsDir(t)
	if dir == "" {
		t.Skip("no OpenAPI documents")
	}
	return documents{dir}
}

type byKey struct {
	Key string `path:"projectIdOrKey,project,project"`
}

// The comparison has to find the mistakes it is there for.
func TestCompareFindsMistakes(t *testing.T) {
	t.Parallel()
	d := testDocuments(t)
	type misspelled struct {
		Quary string `query:"quary"`
	}
	for _, tt := range []struct {
		op   tool.Operation
		want string // "" is no problem
	}{
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work"), ""},
		{atlassian.Get[struct{}, struct{}]("/rest/agile/1.0/board", "read:board-scope:jira-software", "read:project:jira"), ""},
		{atlassian.Get[struct{}, struct{}]("/wiki/api/v2/spaces", "read:space:confluence"), ""},
		{atlassian.Get[struct{}, struct{}]("/wiki/rest/api/user/current", "read:content-details:confluence"), ""},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "write:jira-work"), "none of the documented sets"},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work", "read:jira-user"), "none of the documented sets"},
		{atlassian.Get[byKey, struct{}]("/rest/api/3/project/{projectIdOrKey}"), "none of the documented sets"},
		{atlassian.Get[misspelled, struct{}]("/rest/api/3/project/search", "read:jira-work"), `query parameter "quary"`},
		{atlassian.Post[struct{}, struct{}]("/rest/api/3/myself", "read:jira-user"), "is not in jira-platform-v3.json"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/3/projects", "read:jira-work"), "is not in jira-platform-v3.json"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/3/search", "read:jira-work"), "is deprecated"},
		{atlassian.Get[struct{}, struct{}]("/rest/api/2/myself", "read:jira-user"), "no document describes"},
	} {
		problems := strings.Join(d.Compare(tt.op), "; ")
		if tt.want == "" && problems != "" || !strings.Contains(problems, tt.want) {
			t.Errorf("%s %v: got %q, want %q", tt.op.Name(), tt.op.Scopes(), problems, tt.want)
		}
	}
}

// fitting is an operation whose path values have a shape.
type fitting struct {
	tool.Operation
	fits func(segment string) bool
}

func (f fitting) PathShapes() map[string]func(string) bool {
	return map[string]func(string) bool{"id": f.fits}
}

// A value that another path has as a literal would perform that one.
func TestCompareFindsSiblings(t *testing.T) {
	t.Parallel()
	d := testDocuments(t)
	type byID struct {
		ID string `path:"id,attachment_id"`
	}
	attachment := atlassian.Get[byID, struct{}]("/rest/api/3/attachment/{id}", "read:jira-work")
	page := atlassian.Get[byID, struct{}]("/wiki/api/v2/pages/{id}", "read:page:confluence")
	digits := func(v string) bool { return strings.Trim(v, "0123456789") == "" }
	anything := func(string) bool { return true }
	for _, tt := range []struct {
		op   fitting
		want string
	}{
		{fitting{attachment, anything}, `takes "meta" for a value of {id}, which would perform GET /rest/api/3/attachment/meta`},
		{fitting{attachment, digits}, ""},
		{fitting{page, anything}, ""},
	} {
		problems := strings.Join(d.Compare(tt.op), "; ")
		if tt.want == "" && problems != "" || !strings.Contains(problems, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.op.Name(), problems, tt.want)
		}
	}
}

// A request performs the operation that is most literal.
func TestOperation(t *testing.T) {
	t.Parallel()
	d := testDocuments(t)
	for request, want := range map[string]string{
		"GET /rest/api/3/project/search":         "GET /rest/api/3/project/search",
		"GET /rest/api/3/project/PLAT":           "GET /rest/api/3/project/{projectIdOrKey}",
		"GET /rest/agile/1.0/board/7/sprint":     "GET /rest/agile/1.0/board/{boardId}/sprint",
		"GET /wiki/api/v2/pages/7":               "GET /wiki/api/v2/pages/{id}",
		"GET /wiki/rest/api/search":              "GET /wiki/rest/api/search",
		"GET /oauth/token/accessible-resources":  "",
		"DELETE /rest/api/3/project/search/more": "",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := d.Operation(method, path); got != want {
			t.Errorf("%s: got %q, want %q", request, got, want)
		}
	}
}

func TestValidateFindsMistakes(t *testing.T) {
	t.Parallel()
	d := testDocuments(t)
	const create, get = "POST /rest/api/3/issue", "GET /rest/api/3/myself"
	jsonHeader := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for name, tt := range map[string]struct {
		operation string
		x         tooltest.Exchange
		want      string
	}{
		"a good request":                      {create, tooltest.Exchange{Body: []byte(`{"fields":{"summary":"x"}}`), Status: 201, Answer: []byte(`{"id":"1","key":"A-1","self":"https://x.example/1"}`)}, ""},
		"a body of the wrong shape":           {create, tooltest.Exchange{Body: []byte(`{"fields":["summary"]}`), Status: 400}, "the request's body"},
		"a body with an unknown member":       {"POST /rest/api/3/issueLink", tooltest.Exchange{Body: []byte(`{"type":{"name":"Blocks"},"inwardIssue":{"key":"A-1"},"outwardIssue":{"key":"A-2"},"cause":"x"}`), Status: 400}, "the request's body"},
		"a body that is no JSON":              {create, tooltest.Exchange{Body: []byte(`{`), Status: 400}, "the request's body"},
		"an unknown query parameter":          {create, tooltest.Exchange{Query: "updatehistory=true", Body: []byte(`{}`), Status: 400}, `"updatehistory"`},
		"an undocumented status":              {create, tooltest.Exchange{Body: []byte(`{}`), Status: 202}, "status 202 is not documented"},
		"an answer of the wrong shape":        {get, tooltest.Exchange{Status: 200, Answer: []byte(`{"accountId":7}`)}, "the sandbox's answer"},
		"a scripted answer may be anything":   {get, tooltest.Exchange{Status: 200, Answer: []byte(`{"accountId":7}`), Scripted: true}, ""},
		"an operation that nothing documents": {"GET /nowhere", tooltest.Exchange{Query: "x=1"}, ""},
	} {
		tt.x.Header, tt.x.AnswerHeader = jsonHeader, jsonHeader
		problems := strings.Join(d.Validate(tt.operation, tt.x), "; ")
		if tt.want == "" && problems != "" || !strings.Contains(problems, tt.want) {
			t.Errorf("%s: got %q, want %q", name, problems, tt.want)
		}
	}
}

// The tools that Arcade hosts and ours does not have yet are listed, so that a
// misspelled name is not taken for a tool of our own.
func TestPublishedNames(t *testing.T) {
	t.Parallel()
	declared := func(name string, parameters ...string) []string {
		d := &tool.Tool{Spec: tool.Spec{Name: name}, Toolkit: tool.Toolkit{Name: "Jira"}}
		return comparePublished(d)
	}
	if problems := declared("ListProject"); !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "has ListProjects") }) {
		t.Errorf("a misspelled name passes: %v", problems)
	}
	if problems := declared("GetProjectLead"); len(problems) > 0 {
		t.Errorf("a tool of our own is refused: %v", problems)
	}
	if problems := declared("GetProjectById"); !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, `has a parameter "project"`) }) {
		t.Errorf("a missing parameter passes: %v", problems)
	}
}
