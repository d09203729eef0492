package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

var _ = examples(map[string]example{
	"POST /rest/api/3/issue":                            {target: "/rest/api/3/issue", body: `{"fields":{"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":"Tidy up"}}`},
	"GET /rest/api/3/issue/{issueIdOrKey}":              {target: "/rest/api/3/issue/PLAT-1"},
	"DELETE /rest/api/3/issue/{issueIdOrKey}":           {target: "/rest/api/3/issue/PLAT-1"},
	"GET /rest/api/3/issue/{issueIdOrKey}/transitions":  {target: "/rest/api/3/issue/PLAT-1/transitions"},
	"POST /rest/api/3/issue/{issueIdOrKey}/transitions": {target: "/rest/api/3/issue/PLAT-1/transitions", body: `{"transition":{"id":"21"}}`},
	"POST /rest/api/3/search/jql":                       {target: "/rest/api/3/search/jql", body: `{"jql":"project = PLAT","fields":["*all"]}`},
})

const (
	issuePath   = acmeJira + "/rest/api/3/issue"
	issueSearch = acmeJira + "/rest/api/3/search/jql"
)

// clocked is a sandbox whose time stands still on a Wednesday.
func clocked(t *testing.T) gateway {
	t.Helper()
	now := time.Date(2026, 7, 15, 11, 30, 0, 0, time.UTC)
	server := httptest.NewServer(sandbox.New(sandbox.Options{Clock: func() time.Time { return now }}))
	t.Cleanup(server.Close)
	return gateway{t: t, url: server.URL}
}

// fields are an issue's.
func fields(a answer) map[string]any {
	f, _ := a.object()["fields"].(map[string]any)
	return f
}

func inner(v any, name string) any {
	o, _ := v.(map[string]any)
	return o[name]
}

func TestIssuesAreCreatedAndDeleted(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	created := g.send(http.MethodPost, "sandbox;user=bob", issuePath, `{"fields": {
		"project": {"id": "10000"}, "issuetype": {"id": "10003"}, "summary": " It breaks ",
		"description": {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Often"}]}, {"type": "paragraph", "content": [{"type": "text", "text": "dai"}, {"type": "text", "text": "ly"}]}]},
		"assignee": {"accountId": "712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404"}, "labels": ["b", "a", "b"],
		"components": [{"name": "Billing"}, {"id": "10000"}], "duedate": "2026-08-01"
	}}`)
	want := map[string]any{"id": "10006", "key": "PLAT-5", "self": g.url + issuePath + "/10006"}
	if diff := cmp.Diff(any(want), created.body); created.status != http.StatusCreated || diff != "" {
		t.Fatalf("created = %d (-want +got):\n%s", created.status, diff)
	}
	f := fields(g.found(issuePath + "/plat-5"))
	got := []any{
		inner(f["project"], "key"), inner(f["issuetype"], "name"), f["summary"], inner(f["assignee"], "displayName"), inner(f["reporter"], "displayName"),
		inner(f["status"], "name"), f["labels"], f["components"], f["duedate"], f["created"], f["updated"], inner(f["description"], "type"),
	}
	if diff := cmp.Diff([]any{
		"PLAT", "Bug", "It breaks", "Ada Moreau", "Bob Tanaka", "To Do",
		[]any{"a", "b"},
		[]any{map[string]any{"id": "10001", "name": "Billing"}, map[string]any{"id": "10000", "name": "Gateway"}},
		"2026-08-01", "2026-07-15T11:30:00.000+0000", "2026-07-15T11:30:00.000+0000", "doc",
	}, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if got := g.keys("sandbox", "description ~ 'often daily'"); got != "PLAT-5" {
		t.Errorf("its description is not found: %q", got)
	}
	if diff := cmp.Diff(map[string]any{"summary": "It breaks", "labels": []any{"a", "b"}}, fields(g.found(issuePath+"/10006?fields=labels,summary,nothing"))); diff != "" {
		t.Errorf("some fields (-want +got):\n%s", diff)
	}
	if f := fields(g.found(issuePath + "/10006?fields=*all,-summary")); f["summary"] != nil || f["labels"] == nil {
		t.Errorf("all fields but one: %v", f)
	}
	if a := g.do(http.MethodDelete, "sandbox;user=bob", issuePath+"/PLAT-5"); a.status != http.StatusForbidden {
		t.Errorf("deleted by somebody = %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodDelete, "sandbox", issuePath+"/PLAT-5"); a.status != http.StatusNoContent {
		t.Errorf("deleted = %d %v", a.status, a.body)
	}
	a := g.get(issuePath + "/10006")
	if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{"Issue does not exist or you do not have permission to see it."}, "errors": map[string]any{}}), a.body); a.status != http.StatusNotFound || diff != "" {
		t.Errorf("after that = %d (-want +got):\n%s", a.status, diff)
	}
}

func TestNullIsNoValue(t *testing.T) {
	t.Parallel()
	g := open(t)
	created := g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"WEB"},"issuetype":{"name":"Bug"},"summary":"x","assignee":null,"duedate":null,"description":null}}`)
	if created.object()["key"] != "WEB-3" {
		t.Errorf("created = %d %v", created.status, created.body)
	}
}

func TestIssueRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	const screen = "Field 'color' cannot be set. It is not on the appropriate screen, or unknown."
	valid := `"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":"Tidy up"`
	for body, want := range map[string]map[string]any{
		"": {"project": "Specify a valid project ID or key", "issuetype": "Specify a valid issue type", "summary": "You must specify a summary of the issue."},
		`"project":{"key":"plat"},"issuetype":{"name":"Task"},"summary":"x"`:                                {"project": "valid project is required", "issuetype": "Specify a valid issue type"},
		`"project":{"key":"OLD"},"issuetype":{"name":"Task"},"summary":"x"`:                                 {"project": "valid project is required", "issuetype": "Specify a valid issue type"},
		`"project":"PLAT","issuetype":{"name":"Task"},"summary":"x"`:                                        {"project": "data was not an object", "issuetype": "Specify a valid issue type"},
		`"project":{"key":"PLAT"},"issuetype":{"name":"Incident"},"summary":""`:                             {"issuetype": "Specify a valid issue type", "summary": "You must specify a summary of the issue."},
		`"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":null`:                               {"summary": "You must specify a summary of the issue."},
		`"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":"a\nb"`:                             {"summary": "The summary is invalid because it contains newline characters."},
		`"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":"` + strings.Repeat("é", 256) + `"`: {"summary": "Summary can't exceed 255 characters."},
		valid + `,"description":"plain"`:                                                                    {"description": "Operation value must be an Atlassian Document (see the Atlassian Document Format)"},
		valid + `,"assignee":{"id":"bob"}`:                                                                  {"assignee": "User 'bob' cannot be assigned issues."},
		valid + `,"assignee":{"accountId":"5b10ac8d82e05b22cc7d4e9a"}`:                                      {"assignee": "User '5b10ac8d82e05b22cc7d4e9a' cannot be assigned issues."},
		valid + `,"labels":["a b"]`:                                                                         {"labels": "The label 'a b' contains spaces which is invalid."},
		valid + `,"labels":"a"`:                                                                             {"labels": "Operation value must be an array of strings"},
		valid + `,"components":[{"name":"Checkout"}]`:                                                       {"components": "Component name 'Checkout' is not valid"},
		valid + `,"duedate":"tomorrow"`:                                                                     {"duedate": "Operation value must be a string in the format yyyy-MM-dd"},
		valid + `,"color":"red","status":{"name":"Done"}`:                                                   {"color": screen, "status": strings.Replace(screen, "color", "status", 1)},
	} {
		a := g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{`+body+`}}`)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": want}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%.100s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
	if a := g.send(http.MethodPost, "sandbox", issueSearch, `{"jql":"project = PLAT","fields":["summary"]}`); len(a.rows("issues")) != 4 {
		t.Errorf("a refused issue was created: %v", a.body)
	}
}

// keys are those of the issues that a query finds, in order.
func (g gateway) keys(token, text string) string {
	g.t.Helper()
	a := g.send(http.MethodPost, token, issueSearch, `{"fields":["summary"],"jql":`+strconv.Quote(text)+`}`)
	if a.status != http.StatusOK {
		g.t.Errorf("%s = %d %v", text, a.status, a.body)
	}
	return strings.Join(texts(a.rows("issues"), "key"), " ")
}

func TestIssueSearch(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	for text, want := range map[string]string{
		"project = PLAT":                                           "PLAT-4 PLAT-3 PLAT-2 PLAT-1",
		"project = 'Website' order by key":                         "WEB-1 WEB-2",
		"project in (plat, 10002) and type = bug":                  "WEB-1 PLAT-1",
		"assignee = currentUser() order by created":                "EXEC-1 PSEC-2 PLAT-3 PLAT-4",
		"assignee is empty":                                        "PLAT-2 PSEC-3 COMP-1",
		"assignee = 'bob@acme.example'":                            "PLAT-1",
		"reporter = 'alex kim'":                                    "PLAT-4 PLAT-2 PSEC-3 PSEC-2 PSEC-1", // two people have the name
		"assignee = '712020:0b8d6eab-9675-546d-85e6-cfe75600bb6c'": "WEB-1 PSEC-1",
		"status = 'in progress' and labels = GATEWAY":              "PLAT-1",
		"status was 'To Do' and project = PLAT":                    "PLAT-2",
		"component = Gateway":                                      "PLAT-1",
		"component is empty order by updated desc":                 "PLAT-4 WEB-2 PLAT-3 PSEC-3 PSEC-2 PSEC-1 COMP-1 EXEC-1",
		"due <= 3d":            "PLAT-1",
		"duedate is not empty": "PLAT-1",
		"created >= startOfMonth() order by created desc": "PLAT-4 WEB-1",
		"updated < -60d order by status, summary":         "PSEC-3 PSEC-1 EXEC-1 PSEC-2 COMP-1 WEB-2 PLAT-3",
		`summary ~ "\"site reliability\""`:                "PLAT-4",
		"description ~ megabyte":                          "PLAT-1",
		"text ~ '413' or text ~ überarbeitung":            "WEB-2 PLAT-1",
		"key in (web-1, PLAT-2) order by key":             "PLAT-2 WEB-1",
		"id = 10000":                                      "PLAT-1",
	} {
		if got := g.keys("sandbox", text); got != want {
			t.Errorf("%s finds %s, want %s", text, got, want)
		}
	}
	// A time is the user's: PLAT-4 was created at 14:00 in Paris, which is 21:00 in Tokyo.
	if ada, bob := g.keys("sandbox", "created >= '2026-07-06 14:00'"), g.keys("sandbox;user=bob", "created >= '2026-07-06 21:00'"); ada != "PLAT-4" || bob != "PLAT-4" {
		t.Errorf("14:00 in Paris finds %q, 21:00 in Tokyo %q", ada, bob)
	}
	if later := g.keys("sandbox", "created >= '2026-07-06 14:01'"); later != "" {
		t.Errorf("a minute later finds %q", later)
	}

	for body, want := range map[string]string{
		`{"jql":""}`:                  "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
		`{}`:                          "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
		`{"jql":"order by created"}`:  "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
		`{"jql":"project = NOPE"}`:    "The value 'NOPE' does not exist for the field 'project'.",
		`{"jql":"status = Sleeping"}`: "The value 'Sleeping' does not exist for the field 'status'.",
		`{"jql":"assignee = nobody"}`: "The value 'nobody' does not exist for the field 'assignee'.",
		`{"jql":"assignee = 'alex.kim@contractor.example'"}`: "The value 'alex.kim@contractor.example' does not exist for the field 'assignee'.", // it is hidden
		`{"jql":"assignee = a@b"}`:                           `Error in the JQL Query: The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\u0040' instead. (line 1, character 13)`,
		`{"jql":"mood = good"}`:                              "Field 'mood' does not exist or you do not have permission to view it.",
		`{"jql":"id = 1","maxResults":0}`:                    "The maxResults value must be between 1 and 5000.",
		`{"jql":"id = 1","maxResults":5001}`:                 "The maxResults value must be between 1 and 5000.",
		`{"jql":"id > 0","nextPageToken":"x"}`:               "The operator '>' is not supported by the 'id' field.",
		`{"jql":"id = 10000","nextPageToken":"x"}`:           "The nextPageToken is not valid.",
		`{"jql":"id = 10000","startAt":1}`:                   "Invalid request payload. Refer to the REST API documentation and try again.",
	} {
		a := g.send(http.MethodPost, "sandbox", issueSearch, body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
}

func TestIssueSearchPages(t *testing.T) {
	t.Parallel()
	g := open(t)
	page := func(text, token string) answer {
		return g.send(http.MethodPost, "sandbox", issueSearch, `{"maxResults":3,"jql":"`+text+`","nextPageToken":"`+token+`"}`)
	}
	const text = "project in (PLAT, WEB) order by key"
	first := page(text, "")
	token, _ := first.object()["nextPageToken"].(string)
	second := page(text, token)
	got := append(texts(first.rows("issues"), "id"), texts(second.rows("issues"), "id")...)
	if diff := cmp.Diff([]string{"10000", "10001", "10002", "10003", "10004", "10005"}, got); diff != "" {
		t.Errorf("two pages (-want +got):\n%s", diff)
	}
	if first.object()["isLast"] != false || second.object()["isLast"] != true || second.object()["nextPageToken"] != nil {
		t.Errorf("the ends of the pages are %v and %v", first.body, second.body)
	}
	if row := first.rows("issues")[0]; len(row) != 1 {
		t.Errorf("without fields a row is %v, want its id alone", row)
	}
	if a := page("project = PLAT", token); a.status != http.StatusBadRequest {
		t.Errorf("the token of another query = %d", a.status)
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	const path = issuePath + "/PLAT-2/transitions"
	available := func() string {
		return strings.Join(texts(g.found(path).rows("transitions"), "name"), ", ")
	}
	move := func(id string) answer {
		return g.send(http.MethodPost, "sandbox", path, `{"transition":{"id":"`+id+`"}}`)
	}
	for _, step := range []struct{ before, id string }{
		{"Start work, Back to To Do", "11"},
		{"Ask for review, Back to To Do, Resolve", "21"},
		{"Reject, Approve, Back to To Do", "31"},
		{"Ask for review, Back to To Do, Resolve", "21"},
		{"Reject, Approve, Back to To Do", "41"},
	} {
		if got := available(); got != step.before {
			t.Errorf("available are %s, want %s", got, step.before)
		}
		if a := move(step.id); a.status != http.StatusNoContent {
			t.Fatalf("transition %s = %d %v", step.id, a.status, a.body)
		}
	}
	f := fields(g.found(issuePath + "/PLAT-2"))
	if inner(f["status"], "name") != "Done" || f["updated"] != "2026-07-15T11:30:00.000+0000" {
		t.Errorf("status %v, updated %v", f["status"], f["updated"])
	}
	if got := g.keys("sandbox", "status was 'In Review' and status = Done"); got != "PLAT-2" {
		t.Errorf("the past of PLAT-2 is not found: %q", got)
	}
	for id, want := range map[string]string{
		"11":   "It seems that you have tried to perform an illegal workflow operation.",
		"9999": "It seems that you have tried to perform an illegal workflow operation.",
		"":     "Missing 'transition' identifier",
		"Done": "Missing 'transition' identifier",
	} {
		a := move(id)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("transition %q = %d (-want +got):\n%s", id, a.status, diff)
		}
	}

	// The screen of a transition at globex asks for an assignee.
	const closing = "/ex/jira/" + globexID + "/rest/api/3/issue/DOME-1/transitions"
	for body, want := range map[string]map[string]any{
		`{"transition":{"id":"11"}}`:                                                                       {"assignee": "Assignee is required."},
		`{"transition":{"id":"11"},"fields":{"assignee":{"id":"x"}}}`:                                      {"assignee": "User 'x' cannot be assigned issues."},
		`{"transition":{"id":"11"},"fields":{"assignee":{"id":"5f8a1c2e9d3b4a0069e1f7b2"},"summary":"x"}}`: {"summary": "Field 'summary' cannot be set. It is not on the appropriate screen, or unknown."},
	} {
		a := g.send(http.MethodPost, bothSites, closing, body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": want}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
	dome := "/ex/jira/" + globexID + "/rest/api/3/issue/DOME-1"
	if f := fields(g.do(http.MethodGet, bothSites, dome)); inner(f["status"], "name") != "Open" || f["assignee"] != nil {
		t.Errorf("a refused transition changed the issue: %v", f)
	}
	if a := g.send(http.MethodPost, bothSites, closing, `{"transition":{"id":"11"},"fields":{"assignee":{"id":"5f8a1c2e9d3b4a0069e1f7b2"}}}`); a.status != http.StatusNoContent {
		t.Errorf("closed = %d %v", a.status, a.body)
	}
	if f := fields(g.do(http.MethodGet, bothSites, dome)); inner(f["status"], "name") != "Closed" || inner(f["assignee"], "displayName") != "Bob Tanaka" {
		t.Errorf("after closing: %v", f)
	}
}

func TestDeletedComponentsLeaveIssues(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]any{
		"":                    {},
		"?moveIssuesTo=10001": {map[string]any{"id": "10001", "name": "Billing"}},
	} {
		g := open(t)
		both := g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"PLAT"},"issuetype":{"name":"Bug"},"summary":"x","components":[{"id":"10000"},{"id":"10001"}]}}`)
		if a := g.do(http.MethodDelete, "sandbox", componentPath+"/10000"+query); a.status != http.StatusNoContent {
			t.Errorf("%s = %d %v", query, a.status, a.body)
		}
		if diff := cmp.Diff(any(want), fields(g.found(issuePath + "/PLAT-1"))["components"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		key, _ := both.object()["key"].(string)
		billing := []any{map[string]any{"id": "10001", "name": "Billing"}}
		if diff := cmp.Diff(any(billing), fields(g.found(issuePath + "/" + key))["components"]); diff != "" {
			t.Errorf("%s, of two components (-want +got):\n%s", query, diff)
		}
	}
}
