package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"PUT /rest/api/3/issue/{issueIdOrKey}": {target: "/rest/api/3/issue/PLAT-1", body: `{"fields":{"summary":"Better"}}`},
})

func TestIssuesAreEdited(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	const path = issuePath + "/PLAT-1"
	edit := func(body string) map[string]any {
		t.Helper()
		if a := g.send(http.MethodPut, "sandbox", path, body); a.status != http.StatusNoContent {
			t.Fatalf("%s = %d %v", body, a.status, a.body)
		}
		return fields(g.found(path))
	}
	f := edit(`{"fields":{"summary":" Better ","assignee":null,"description":null,"duedate":null,"priority":{"name":"Low"},"components":[{"name":"Billing"}]}}`)
	got := []any{f["summary"], f["assignee"], f["description"], f["duedate"], inner(f["priority"], "name"), f["components"], f["labels"], f["updated"]}
	if diff := cmp.Diff([]any{
		"Better", nil, nil, nil, "Low", []any{map[string]any{"id": "10001", "name": "Billing"}}, []any{"gateway", "customer"}, "2026-07-15T11:30:00.000+0000",
	}, got); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	f = edit(`{"update":{"labels":[{"add":"new"},{"remove":"gateway"},{"remove":"nothing"},{"add":"customer"}],"components":[{"add":{"id":"10000"}}]}}`)
	if diff := cmp.Diff([]any{"customer", "new"}, f["labels"]); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if list, _ := f["components"].([]any); len(list) != 2 {
		t.Errorf("components are %v", list)
	}
	if f = edit(`{"fields":{"labels":[]},"update":{"summary":[{"set":"Best"}]}}`); f["summary"] != "Best" || len(f["labels"].([]any)) > 0 {
		t.Errorf("at last %v %v", f["summary"], f["labels"])
	}
	shown := g.send(http.MethodPut, "sandbox", path+"?returnIssue=true&expand=names&notifyUsers=false", `{"fields":{"assignee":{"id":"5f8a1c2e9d3b4a0069e1f7b2"}}}`)
	if shown.status != http.StatusOK || inner(fields(shown)["assignee"], "displayName") != "Bob Tanaka" || inner(shown.object()["names"], "summary") != "Summary" {
		t.Errorf("shown = %d %v", shown.status, shown.body)
	}
}

// An edit is done as a whole or not at all.
func TestRefusedEdits(t *testing.T) {
	t.Parallel()
	g := open(t)
	const path = issuePath + "/PLAT-1"
	before := g.found(path).body
	const screen = "' cannot be set. It is not on the appropriate screen, or unknown."
	for body, want := range map[string]map[string]any{
		`{"fields":{"labels":["x"],"color":"red"}}`:                                            {"color": "Field 'color" + screen},
		`{"fields":{"project":{"key":"WEB"},"status":{"name":"Done"}}}`:                        {"project": "Field 'project" + screen, "status": "Field 'status" + screen},
		`{"fields":{"summary":null,"labels":["x"]}}`:                                           {"summary": "You must specify a summary of the issue."},
		`{"fields":{"labels":["a"]},"update":{"labels":[{"add":"b"}]}}`:                        {"labels": "Field 'labels' cannot appear in both 'fields' and 'update'"},
		`{"update":{"labels":[{"add":"b"},{"add":"two words"}]}}`:                              {"labels": "The label 'two words' contains spaces which is invalid."},
		`{"update":{"labels":[{"toggle":"b"}]}}`:                                               {"labels": "Field 'labels' does not support operation 'toggle'"},
		`{"update":{"summary":[{"add":"b"}]}}`:                                                 {"summary": "Field 'summary' does not support operation 'add'"},
		`{"fields":{"assignee":{"accountId":"nobody"}},"update":{"duedate":[{"set":"soon"}]}}`: {"assignee": "User 'nobody' cannot be assigned issues.", "duedate": "Operation value must be a string in the format yyyy-MM-dd"},
		`{"update":{"components":[{"add":{"name":"Checkout"}}]}}`:                              {"components": "Component name 'Checkout' is not valid"},
	} {
		a := g.send(http.MethodPut, "sandbox", path, body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": want}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
	if diff := cmp.Diff(before, g.found(path).body); diff != "" {
		t.Errorf("a refused edit changed the issue (-before +after):\n%s", diff)
	}
	if a := g.send(http.MethodPut, "sandbox", issuePath+"/PLAT-99", `{"fields":{}}`); a.status != http.StatusNotFound {
		t.Errorf("an issue that is not there = %d", a.status)
	}
}
