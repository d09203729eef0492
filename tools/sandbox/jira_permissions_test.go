package sandbox_test

import (
	"net/http"
	"slices"
	"testing"
)

// A project that only administrators see is not there for anybody else, and neither is anything in it.
func TestProjectsThatSomeDoNotSee(t *testing.T) {
	t.Parallel()
	g := open(t)
	const bob = "sandbox;user=bob"
	for path, hidden := range map[string]int{
		"/project/EXEC":                                   http.StatusNotFound,
		"/project/10054":                                  http.StatusNotFound,
		"/issue/EXEC-1":                                   http.StatusNotFound,
		"/issue/EXEC-1/comment":                           http.StatusNotFound,
		"/issue/EXEC-1/transitions":                       http.StatusNotFound,
		"/issue/EXEC-1/editmeta":                          http.StatusNotFound,
		"/issue/createmeta/EXEC/issuetypes":               http.StatusNotFound,
		"/issuetype/project?projectId=10054":              http.StatusNotFound,
		"/user/assignable/search?query=a&project=EXEC":    http.StatusNotFound,
		"/user/assignable/search?query=a&issueKey=EXEC-1": http.StatusNotFound,
	} {
		if a := g.get(acmeJira + "/rest/api/3" + path); a.status != http.StatusOK {
			t.Errorf("Ada asks for %s = %d %v", path, a.status, a.body)
		}
		if a := g.do(http.MethodGet, bob, acmeJira+"/rest/api/3"+path); a.status != hidden {
			t.Errorf("Bob asks for %s = %d %v", path, a.status, a.body)
		}
	}
	keys := func(token, target string) []string {
		return texts(g.do(http.MethodGet, token, target).rows("values"), "key")
	}
	if target := projectSearch + "?query=exec"; !slices.Equal(keys("sandbox", target), []string{"EXEC"}) || len(keys(bob, target)) > 0 {
		t.Errorf("Ada finds %v and Bob finds %v", keys("sandbox", target), keys(bob, target))
	}
	if got := g.keys("sandbox", "labels = confidential"); got != "EXEC-1" {
		t.Errorf("Ada finds %s", got)
	}
	if got := g.keys(bob, "labels = confidential"); got != "" {
		t.Errorf("Bob finds %s", got)
	}
	for _, jql := range []string{"project = EXEC", "key = EXEC-1", "parent = EXEC-1"} {
		if a := g.send(http.MethodPost, bob, issueSearch, `{"jql":"`+jql+`"}`); a.status != http.StatusBadRequest {
			t.Errorf("Bob searches %s = %d %v", jql, a.status, a.body)
		}
	}
	labels := func(token string) []any {
		list, _ := g.do(http.MethodGet, token, acmeJira+"/rest/api/3/label").object()["values"].([]any)
		return list
	}
	if !slices.Contains(labels("sandbox"), any("confidential")) || slices.Contains(labels(bob), any("confidential")) {
		t.Errorf("Ada's labels are %v and Bob's are %v", labels("sandbox"), labels(bob))
	}
	if a := g.send(http.MethodPost, bob, issuePath, `{"fields":{"project":{"key":"EXEC"},"issuetype":{"name":"Task"},"summary":"x"}}`); a.status != http.StatusBadRequest {
		t.Errorf("Bob creates an issue = %d %v", a.status, a.body)
	}
	if a := g.send(http.MethodPut, bob, issuePath+"/EXEC-1", `{"fields":{"summary":"x"}}`); a.status != http.StatusNotFound {
		t.Errorf("Bob edits an issue = %d %v", a.status, a.body)
	}
}

// Who only sees a project is told so when they change it, and offered nothing to change.
func TestProjectsThatSomeOnlySee(t *testing.T) {
	t.Parallel()
	g := open(t)
	const bob = "sandbox;user=bob"
	if got := g.keys(bob, "project = COMP"); got != "COMP-1" {
		t.Errorf("Bob sees %s", got)
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodPut, "/issue/COMP-1", `{"fields":{"summary":"x"}}`, http.StatusForbidden},
		{http.MethodPost, "/issue", `{"fields":{"project":{"key":"COMP"},"issuetype":{"name":"Task"},"summary":"x"}}`, http.StatusForbidden},
		{http.MethodPost, "/issue/COMP-1/comment", `{"body":` + document("x") + `}`, http.StatusBadRequest},
		{http.MethodPost, "/issue/COMP-1/transitions", `{"transition":{"id":"51"}}`, http.StatusBadRequest},
		{http.MethodGet, "/issue/createmeta/COMP/issuetypes", "", http.StatusBadRequest},
	} {
		if a := g.send(tt.method, bob, acmeJira+"/rest/api/3"+tt.path, tt.body); a.status != tt.status {
			t.Errorf("%s %s = %d %v", tt.method, tt.path, a.status, a.body)
		}
		if a := g.send(tt.method, "sandbox", acmeJira+"/rest/api/3"+tt.path, tt.body); a.status >= 300 {
			t.Errorf("Ada's %s %s = %d %v", tt.method, tt.path, a.status, a.body)
		}
	}
	if rows := g.do(http.MethodGet, bob, issuePath+"/COMP-1/transitions").rows("transitions"); len(rows) > 0 {
		t.Errorf("transitions are %v", rows)
	}
	if fields, _ := g.do(http.MethodGet, bob, issuePath+"/COMP-1/editmeta").object()["fields"].(map[string]any); len(fields) > 0 {
		t.Errorf("fields are %v", fields)
	}
}
