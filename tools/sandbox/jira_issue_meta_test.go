package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const createMeta = "/rest/api/3/issue/createmeta"

var _ = examples(map[string]example{
	"GET /rest/api/3/field":                                                      {target: "/rest/api/3/field"},
	"GET /rest/api/3/issuetype":                                                  {target: "/rest/api/3/issuetype"},
	"GET /rest/api/3/issuetype/{id}":                                             {target: "/rest/api/3/issuetype/10010"},
	"GET /rest/api/3/issuetype/project":                                          {target: "/rest/api/3/issuetype/project?projectId=10000"},
	"GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes":               {target: createMeta + "/PLNT/issuetypes"},
	"GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": {target: createMeta + "/PLAT/issuetypes/10003"},
	"GET /rest/api/3/issue/{issueIdOrKey}/editmeta":                              {target: "/rest/api/3/issue/PLAT-1/editmeta"},
})

func TestIssueTypes(t *testing.T) {
	t.Parallel()
	g := open(t)
	const site = acmeJira + "/rest/api/3"
	for target, want := range map[string]string{
		"/issue/createmeta/PLAT/issuetypes":                        "Epic, Story, Task, Bug, Subtask",
		"/issue/createmeta/10000/issuetypes":                       "Epic, Story, Task, Bug, Subtask",
		"/issue/createmeta/PLAT/issuetypes?startAt=3&maxResults=1": "Bug",
		"/issue/createmeta/PLNT/issuetypes":                        "Tâche, Bogue, Sous-tâche", // it has types of its own
		"/issue/createmeta/MKT/issuetypes":                         "Task, Subtask",
	} {
		a := g.found(site + target)
		if got := strings.Join(texts(a.rows("issueTypes"), "name"), ", "); got != want {
			t.Errorf("%s lists %s, want %s", target, got, want)
		}
		if last, some := a.object()["isLast"]; some {
			t.Errorf("%s: isLast = %v", target, last)
		}
	}
	task := g.found(site + "/issuetype/10010").object()
	if task["name"] != "Tâche" || task["untranslatedName"] != "Task" {
		t.Errorf("a type with a translated name is %v", task)
	}
	if got := people(answer{body: g.found(site + "/issuetype").body}); strings.Count(got, ",") != 9 {
		t.Errorf("all types are %q", got)
	}
	for target, want := range map[string]string{"": "Epic,Story,Task,Bug,Subtask", "&level=1": "Epic"} {
		rows, _ := g.found(site + "/issuetype/project?projectId=10000" + target).body.([]any)
		if got := strings.Join(texts(answer{body: map[string]any{"rows": rows}}.rows("rows"), "name"), ","); got != want {
			t.Errorf("types of a project %s are %s, want %s", target, got, want)
		}
	}
	create := func(name string) answer {
		return g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"PLNT"},"issuetype":{"name":"`+name+`"},"summary":"x"}}`)
	}
	if a := create("Bogue"); a.object()["key"] != "PLNT-1" || inner(fields(g.found(issuePath + "/PLNT-1"))["issuetype"], "name") != "Bogue" {
		t.Errorf("created = %d %v", a.status, a.body)
	}
	if a := create("Bug"); a.status != http.StatusBadRequest {
		t.Errorf("created with a type of other projects = %d %v", a.status, a.body)
	}

	for target, want := range map[string]string{
		"/issuetype/Bug":                                "The issue type with ID Bug does not exist or you do not have permission to see it.",
		"/issuetype/99":                                 "The issue type with ID 99 does not exist or you do not have permission to see it.",
		"/issuetype/project":                            "The parameter 'projectId' is required.",
		"/issuetype/project?projectId=1":                "No project could be found with id '1'.",
		"/issue/createmeta/NOPE/issuetypes":             "No project could be found with key 'NOPE'.",
		"/issue/createmeta/plat/issuetypes":             "No project could be found with key 'plat'.",
		"/issue/createmeta/OLD/issuetypes":              "You do not have permission to create issues in this project.",
		"/issue/createmeta/PLAT/issuetypes/10010":       "The issue type with ID 10010 is not used by the project.",
		"/issue/PLAT-99/editmeta":                       "Issue does not exist or you do not have permission to see it.",
		"/issue/createmeta/PLAT/issuetypes/1?startAt=x": "The value 'x' of the parameter 'startAt' is not a whole number between 0 and 9223372036854775807.",
	} {
		a := g.get(site + target)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}), a.body); diff != "" || a.status < 400 {
			t.Errorf("%s = %d (-want +got):\n%s", target, a.status, diff)
		}
	}
}

func TestFieldsOfScreens(t *testing.T) {
	t.Parallel()
	g := open(t)
	const create = acmeJira + createMeta
	named := func(rows []map[string]any, key string) map[string]any {
		i := slices.IndexFunc(rows, func(row map[string]any) bool { return row["key"] == key })
		if i < 0 {
			return nil
		}
		return rows[i]
	}
	allowed := func(field map[string]any) string {
		return strings.Join(texts(answer{body: field}.rows("allowedValues"), "name"), ", ")
	}
	bug := g.found(create + "/PLAT/issuetypes/10003").rows("fields")
	for key, want := range map[string]string{
		"priority": "Highest, High, Medium, Low, Lowest", "components": "Accounts & Access, Billing, Gateway",
		"project": "Platform", "issuetype": "Bug", "summary": "",
	} {
		if got := allowed(named(bug, key)); got != want {
			t.Errorf("%s may be %s, want %s", key, got, want)
		}
	}
	if got := allowed(named(g.found(create+"/ITSM/issuetypes/10005").rows("fields"), "priority")); got != "Outage, Degraded, Low" {
		t.Errorf("at a service desk the priority may be %s", got)
	}
	for key, want := range map[string][]any{ // required, name, schema, operations
		"summary":    {true, "Summary", map[string]any{"type": "string", "system": "summary"}, []any{"set"}},
		"labels":     {false, "Labels", map[string]any{"type": "array", "items": "string", "system": "labels"}, []any{"add", "set", "remove"}},
		"duedate":    {false, "Due date", map[string]any{"type": "date", "system": "duedate"}, []any{"set"}},
		"components": {false, "Components", map[string]any{"type": "array", "items": "component", "system": "components"}, []any{"add", "set", "remove"}},
	} {
		f := named(bug, key)
		if diff := cmp.Diff(want, []any{f["required"], f["name"], f["schema"], f["operations"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if named(bug, "created") != nil || named(bug, "comment") != nil {
		t.Error("a screen asks for what nobody can write")
	}
	total, _ := g.found(create + "/PLAT/issuetypes/10003?maxResults=2").object()["total"].(float64)
	if page := g.found(create + "/PLAT/issuetypes/10003?maxResults=2&startAt=1").rows("fields"); len(page) != 2 || page[0]["key"] != bug[1]["key"] || int(total) != len(bug) {
		t.Errorf("a page of two of %v has %d", total, len(page))
	}

	edit, _ := g.found(issuePath + "/WEB-1/editmeta").object()["fields"].(map[string]any)
	priority, _ := edit["priority"].(map[string]any)
	if got := allowed(priority); got != "High, Medium, Low" || edit["project"] != nil || edit["summary"] == nil {
		t.Errorf("an edit may set the priority to %s, the fields are %d", got, len(edit))
	}

	rows, _ := g.found(acmeJira + "/rest/api/3/field").body.([]any)
	due := named(answer{body: map[string]any{"rows": rows}}.rows("rows"), "duedate")
	if diff := cmp.Diff([]any{"duedate", "Due date", false, []any{"duedate", "due"}}, []any{due["id"], due["name"], due["custom"], due["clauseNames"]}); diff != "" {
		t.Errorf("the due date (-want +got):\n%s", diff)
	}
}
