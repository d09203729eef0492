package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

const (
	kimID = "712020:0b8d6eab-9675-546d-85e6-cfe75600bb6c"
	bobID = "5f8a1c2e9d3b4a0069e1f7b2"
)

// document is a document of one paragraph.
func document(text string) string {
	return `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}]}`
}

// Of every kind there is a field that can be written, and shows what was written.
func TestCustomFields(t *testing.T) {
	t.Parallel()
	g := open(t)
	created := g.send(http.MethodPost, "sandbox", issuePath, `{"fields": {
		"project": {"key": "PLAT"}, "issuetype": {"name": "Bug"}, "summary": "Everything", "environment": `+document("Linux")+`,
		"fixVersions": [{"name": "1.1"}], "versions": [{"id": "10000"}], "reporter": {"accountId": "`+bobID+`"}, "customfield_10020": 59,
		"customfield_10016": 5, "customfield_10101": {"value": "Minor"}, "customfield_10102": `+document("It works.")+`, "customfield_10103": "Initech",
		"customfield_10104": 12.5, "customfield_10105": "2026-10-01", "customfield_10106": "2026-10-01T10:00:00.000+0200",
		"customfield_10107": [{"value": "Test"}, {"id": "10211"}, {"value": "Test"}], "customfield_10108": [{"id": "10222"}],
		"customfield_10109": {"value": "Europe", "child": {"value": "Berlin"}}, "customfield_10110": {"accountId": "`+kimID+`"},
		"customfield_10111": [{"id": "`+kimID+`"}, {"accountId": "`+bobID+`"}], "customfield_10112": {"name": "platform-team"},
		"customfield_10113": [{"groupId": "1a3ca388-37d0-5650-b758-2be38e6c5974"}], "customfield_10114": {"name": "1.1"}, "customfield_10115": [{"id": "10000"}],
		"customfield_10116": ["a", "b"], "customfield_10117": "https://run.example/book", "customfield_10118": {"key": "WEB"}, "customfield_10119": {"value": "Low"}
	}}`)
	if created.status != http.StatusCreated {
		t.Fatalf("created = %d %v", created.status, created.body)
	}
	f := fields(g.found(issuePath + "/PLAT-5"))
	names := func(value any, name string) string {
		list, _ := value.([]any)
		var all []string
		for _, one := range list {
			s, _ := inner(one, name).(string)
			all = append(all, s)
		}
		return strings.Join(all, ", ")
	}
	got := []any{
		f["customfield_10016"], inner(f["customfield_10101"], "value"), inner(f["customfield_10102"], "type"), f["customfield_10103"], f["customfield_10104"],
		f["customfield_10105"], f["customfield_10106"], names(f["customfield_10107"], "value"), names(f["customfield_10108"], "value"),
		inner(f["customfield_10109"], "value"), inner(inner(f["customfield_10109"], "child"), "value"), inner(f["customfield_10110"], "displayName"),
		names(f["customfield_10111"], "displayName"), inner(f["customfield_10112"], "name"), names(f["customfield_10113"], "name"),
		inner(f["customfield_10114"], "name"), names(f["customfield_10115"], "name"), f["customfield_10116"], f["customfield_10117"],
		inner(f["customfield_10118"], "key"), inner(f["customfield_10119"], "value"), names(f["fixVersions"], "name"), names(f["versions"], "name"),
		inner(f["environment"], "type"), inner(f["reporter"], "displayName"), names(f["customfield_10020"], "name"), f["customfield_10121"],
	}
	want := []any{
		5.0, "Minor", "doc", "Initech", 12.5, "2026-10-01", "2026-10-01T08:00:00.000+0000", "Test, Production", "Android", "Europe", "Berlin", "Alex Kim",
		"Alex Kim, Bob Tanaka", "platform-team", "site-admins", "1.1", "1.0",
		[]any{"a", "b"},
		"https://run.example/book", "WEB", "Low", "1.1", "1.0",
		"doc", "Bob Tanaka", "PLAT Sprint 59", nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if _, some := f["customfield_10122"]; some {
		t.Error("an issue shows a field of other projects")
	}
	for jql, want := range map[string]string{
		"Severity = Minor":                      "PLAT-5",
		"severity in (Minor, Major)":            "PLAT-5 PLAT-1",
		"cf[10109] = Lyon":                      "PLAT-1",
		"cf[10104] > 12":                        "PLAT-5",
		`"Story point estimate" <= 3`:           "PLAT-1",
		`"Release notes" ~ works`:               "PLAT-5",
		"Go-live >= 2026-09-30":                 "PLAT-5",
		"Customer ~ initech and fixVersion=1.1": "PLAT-5 PLAT-1",
		"environment ~ regions":                 "PLAT-1",
		`Approver = "` + kimID + `"`:            "PLAT-5 PLAT-1",
		`"Target version" = 1.1`:                "PLAT-5",
		"Tags = b":                              "PLAT-5",
	} {
		if got := g.keys("sandbox", jql); got != want {
			t.Errorf("%s finds %s, want %s", jql, got, want)
		}
	}

	edit := func(body string) map[string]any {
		t.Helper()
		if a := g.send(http.MethodPut, "sandbox", issuePath+"/PLAT-5", body); a.status != http.StatusNoContent {
			t.Fatalf("%s = %d %v", body, a.status, a.body)
		}
		return fields(g.found(issuePath + "/PLAT-5"))
	}
	f = edit(`{"update":{"customfield_10107":[{"remove":{"value":"Test"}},{"add":{"value":"Staging"}}],"customfield_10116":[{"add":"c"},{"remove":"a"}],"fixVersions":[{"add":{"name":"1.0"}}]},
		"fields":{"customfield_10103":null,"customfield_10111":[],"customfield_10020":60}}`)
	got = []any{names(f["customfield_10107"], "value"), f["customfield_10116"], names(f["fixVersions"], "name"), f["customfield_10103"], f["customfield_10111"], names(f["customfield_10020"], "name")}
	if diff := cmp.Diff([]any{"Production, Staging", []any{"b", "c"}, "1.1, 1.0", nil, nil, "PLAT Sprint 60"}, got); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	if f = edit(`{"fields":{"customfield_10020":null}}`); f["customfield_10020"] != nil {
		t.Errorf("in the sprints %v", f["customfield_10020"])
	}
}

// A value of the wrong shape is refused in Jira's own words, and so is one that is not there.
func TestRefusedCustomFields(t *testing.T) {
	t.Parallel()
	g := open(t)
	before := g.found(issuePath + "/PLAT-1").body
	const (
		noOption = "Could not find valid 'id' or 'value' in the Parent Option object."
		screen   = "' cannot be set. It is not on the appropriate screen, or unknown."
	)
	wrong := map[string]map[string]string{ // field → value → what is wrong with it
		"customfield_10016": {`"5"`: "Operation value must be a number", `{"value":5}`: "Operation value must be a number"},
		"customfield_10101": {
			`"Minor"`: noOption, `{}`: noOption, `[{"value":"Minor"}]`: noOption,
			`{"value":"minor"}`: "Option value 'minor' is not valid", `{"id":"1"}`: "Option id '1' is not valid",
		},
		"customfield_10102": {`"plain"`: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"},
		"customfield_10103": {`5`: "Operation value must be a string", `"` + strings.Repeat("x", 256) + `"`: "The entered text is too long. It exceeds the allowed limit of 255 characters."},
		"customfield_10105": {`"1.10.2026"`: "Operation value must be a string in the format yyyy-MM-dd", `5`: "Operation value must be a string in the format yyyy-MM-dd"},
		"customfield_10106": {`"2026-10-01"`: "Operation value must be a string in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ"},
		"customfield_10107": {`{"value":"Test"}`: "data was not an array", `["Test"]`: noOption},
		"customfield_10109": {`{"value":"Europe","child":{"value":"Austin"}}`: "Option value 'Austin' is not valid", `"Europe"`: noOption},
		"customfield_10110": {`"kim"`: "data was not an object", `{"accountId":"nobody"}`: "User 'nobody' was not found in the system."},
		"customfield_10111": {`{"accountId":"nobody"}`: "data was not an array"},
		"customfield_10112": {`{"name":"nobodies"}`: "Could not find group names: nobodies", `"x"`: "data was not an object"},
		"customfield_10114": {`{"name":"Summer"}`: "Version name 'Summer' is not valid", `{"id":"9"}`: "Version id '9' is not valid", `"1.0"`: "data was not an object"},
		"customfield_10116": {`["two words"]`: "The label 'two words' contains spaces which is invalid.", `[5]`: "Operation value must be a string"},
		"customfield_10117": {`"run.example"`: "Not a valid URL"},
		"customfield_10118": {`{"key":"NOPE"}`: "valid project is required"},
		"customfield_10020": {`"59"`: "Number value expected as the Sprint id.", `58`: "Issue can be assigned only active or future sprints.", `99`: "Sprint with id '99' does not exist."},
		"customfield_10122": {`"x"`: "Field 'customfield_10122" + screen},
		"customfield_99999": {`"x"`: "Field 'customfield_99999" + screen},
		"fixVersions":       {`{"name":"1.0"}`: "data was not an array", `[{"name":"9"}]`: "Version name '9' is not valid"},
		"environment":       {`"Linux"`: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"},
		"reporter":          {`{"accountId":"nobody"}`: "The reporter specified is not a user."},
		"resolution":        {`{"name":"Done"}`: "Field 'resolution" + screen},
	}
	for field, values := range wrong {
		for value, want := range values {
			for method, request := range map[string]string{
				http.MethodPut:  `{"fields":{"` + field + `":` + value + `}}`,
				http.MethodPost: `{"fields":{"project":{"key":"PLAT"},"issuetype":{"name":"Bug"},"summary":"x","` + field + `":` + value + `}}`,
			} {
				path := map[string]string{http.MethodPut: issuePath + "/PLAT-1", http.MethodPost: issuePath}[method]
				a := g.send(method, "sandbox", path, request)
				if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": map[string]any{field: want}}), a.body); a.status != http.StatusBadRequest || diff != "" {
					t.Errorf("%s %s = %d (-want +got):\n%s", method, request, a.status, diff)
				}
			}
		}
	}
	if diff := cmp.Diff(before, g.found(issuePath+"/PLAT-1").body); diff != "" {
		t.Errorf("a refused edit changed the issue (-before +after):\n%s", diff)
	}
}

// A field can be required in one project and one type.
func TestRequiredCustomFields(t *testing.T) {
	t.Parallel()
	g := open(t)
	for request, want := range map[string]map[string]any{
		`"project":{"key":"PSEC"},"issuetype":{"name":"Bug"}`:                                                   {"customfield_10101": "Severity is required."},
		`"project":{"key":"PSEC"},"issuetype":{"name":"Bug"},"customfield_10101":null`:                          {"customfield_10101": "Severity is required."},
		`"project":{"key":"FIN"},"issuetype":{"name":"Task"}`:                                                   {"customfield_10122": "Cost center is required."},
		`"project":{"key":"PSEC"},"issuetype":{"name":"Task"}`:                                                  nil,
		`"project":{"key":"PLAT"},"issuetype":{"name":"Bug"}`:                                                   nil,
		`"project":{"key":"PSEC"},"issuetype":{"name":"Bug"},"customfield_10101":{"value":"Critical"}`:          nil,
		`"project":{"key":"FIN"},"issuetype":{"name":"Task"},"customfield_10122":"4711","customfield_10104":12`: nil,
	} {
		a := g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"summary":"x",`+request+`}}`)
		if want == nil && a.status == http.StatusCreated {
			continue
		}
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": want}), a.body); diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", request, a.status, diff)
		}
	}
	field := func(target, key string) map[string]any {
		rows := g.found(acmeJira + createMeta + target).rows("fields")
		if i := slices.IndexFunc(rows, func(row map[string]any) bool { return row["key"] == key }); i >= 0 {
			return rows[i]
		}
		return nil
	}
	if field("/PSEC/issuetypes/10003", "customfield_10101")["required"] != true || field("/PLAT/issuetypes/10003", "customfield_10101")["required"] != false || field("/PLAT/issuetypes/10002", "customfield_10101") != nil {
		t.Error("a severity is required otherwise than in bugs of PSEC")
	}
	location := field("/PLAT/issuetypes/10003", "customfield_10109")
	if got := inner(answer{body: location}.rows("allowedValues")[0]["children"].([]any)[1], "value"); got != "Lyon" {
		t.Errorf("below the first location is %v", got)
	}
	if field("/PLAT/issuetypes/10003", "resolution") != nil {
		t.Error("an issue can be created resolved")
	}
	if a := g.send(http.MethodPut, "sandbox", issuePath+"/PSEC-1", `{"fields":{"customfield_10104":null}}`); a.status != http.StatusNoContent {
		t.Errorf("cleared = %d %v", a.status, a.body)
	}
}

func TestParentsAndLinks(t *testing.T) {
	t.Parallel()
	g := open(t)
	keysOf := func(value any) string {
		list, _ := value.([]any)
		var all []string
		for _, one := range list {
			s, _ := inner(one, "key").(string)
			all = append(all, s)
		}
		return strings.Join(all, " ")
	}
	f := fields(g.found(issuePath + "/PSEC-2"))
	if inner(f["parent"], "key") != "PSEC-1" || inner(inner(inner(f["parent"], "fields"), "issuetype"), "name") != "Epic" || keysOf(f["subtasks"]) != "PSEC-3" || f["customfield_10014"] != "PSEC-1" {
		t.Errorf("PSEC-2 is between %v and %v", f["parent"], f["subtasks"])
	}
	if got := g.keys("sandbox", "parent = PSEC-2 or parent = PSEC-1"); got != "PSEC-3 PSEC-2" {
		t.Errorf("below are %s", got)
	}
	links, _ := fields(g.found(issuePath + "/PLAT-1"))["issuelinks"].([]any)
	if len(links) != 2 || inner(inner(links[0], "outwardIssue"), "key") != "PLAT-2" || inner(inner(links[0], "type"), "outward") != "blocks" || inner(inner(links[1], "inwardIssue"), "key") != "WEB-1" {
		t.Errorf("links are %v", links)
	}
	if f := fields(g.found(issuePath + "/PLAT-3")); inner(f["resolution"], "name") != "Done" || f["resolutiondate"] != "2026-02-03T11:00:00.000+0000" {
		t.Errorf("PLAT-3 is resolved as %v", f["resolution"])
	}

	const hierarchy = "Given parent work item does not belong to appropriate hierarchy."
	create := func(kind, parent string) answer {
		return g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"PSEC"},"issuetype":{"name":"`+kind+`"},"summary":"x"`+parent+`}}`)
	}
	for _, tt := range []struct{ kind, parent, name, want string }{
		{"Subtask", "", "issuetype", "Issue type is a sub-task but parent issue key or id not specified."},
		{"Subtask", `,"parent":{"key":"PSEC-1"}`, "parentId", hierarchy},
		{"Subtask", `,"parent":{"key":"PLAT-1"}`, "parentId", hierarchy},
		{"Story", `,"parent":{"key":"PSEC-2"}`, "parentId", hierarchy},
		{"Story", `,"parent":{"key":"PSEC-99"}`, "parent", "Could not find issue by id or key."},
		{"Story", `,"parent":"PSEC-1"`, "parent", "data was not an object"},
		{"Story", `,"customfield_10014":"PSEC-2"`, "customfield_10014", "Issue 'PSEC-2' is not an epic."},
	} {
		a := create(tt.kind, tt.parent)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": map[string]any{tt.name: tt.want}}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s with %s = %d (-want +got):\n%s", tt.kind, tt.parent, a.status, diff)
		}
	}
	for _, tt := range []struct{ kind, parent, under string }{
		{"Subtask", `,"parent":{"key":"psec-2"}`, "PSEC-2"},
		{"Story", `,"parent":{"id":"9001"}`, "PSEC-1"},
		{"Task", `,"customfield_10014":"PSEC-1"`, "PSEC-1"},
		{"Task", ``, ""},
	} {
		a := create(tt.kind, tt.parent)
		key, _ := a.object()["key"].(string)
		if got, _ := inner(fields(g.found(issuePath + "/" + key))["parent"], "key").(string); got != tt.under {
			t.Errorf("%s with %s is under %q", tt.kind, tt.parent, got)
		}
	}
	for body, want := range map[string]int{
		`{"update":{"parent":[{"set":{"none":true}}]}}`: http.StatusNoContent,
		`{"fields":{"parent":{"key":"PSEC-1"}}}`:        http.StatusNoContent,
		`{"fields":{"parent":null}}`:                    http.StatusNoContent,
		`{"fields":{"parent":{"key":"PSEC-2"}}}`:        http.StatusBadRequest,
	} {
		if a := g.send(http.MethodPut, "sandbox", issuePath+"/PSEC-5", body); a.status != want {
			t.Errorf("%s = %d %v", body, a.status, a.body)
		}
	}
	if a := g.send(http.MethodPut, "sandbox", issuePath+"/PSEC-3", `{"fields":{"parent":null}}`); a.status != http.StatusBadRequest {
		t.Errorf("a subtask without a parent = %d", a.status)
	}
	if a := g.do(http.MethodDelete, "sandbox", issuePath+"/PSEC-2"); a.status != http.StatusBadRequest {
		t.Errorf("an issue with subtasks is deleted = %d", a.status)
	}
	if a := g.do(http.MethodDelete, "sandbox", issuePath+"/PSEC-2?deleteSubtasks=true"); a.status != http.StatusNoContent || g.get(issuePath+"/PSEC-3").status != http.StatusNotFound {
		t.Errorf("deleted = %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodDelete, "sandbox", issuePath+"/WEB-1"); a.status != http.StatusNoContent {
		t.Errorf("deleted = %d %v", a.status, a.body)
	}
	if links, _ := fields(g.found(issuePath + "/PLAT-1"))["issuelinks"].([]any); len(links) != 1 {
		t.Errorf("after that links are %v", links)
	}
}

// The fields of a transition's screen are told with the transition, and written with it.
func TestTransitionScreens(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	path := issuePath + "/PLAT-1/transitions"
	row := g.found(path + "?expand=transitions.fields&transitionId=61").rows("transitions")[0]
	screen, _ := row["fields"].(map[string]any)
	if row["hasScreen"] != true || len(screen) != 4 || inner(screen["resolution"], "required") != true || inner(screen["customfield_10123"], "required") != true || inner(screen["assignee"], "required") != false {
		t.Errorf("the screen has %v", screen)
	}
	if g.found(path + "?transitionId=61").rows("transitions")[0]["fields"] != nil {
		t.Error("fields are told without being asked for")
	}
	for body, want := range map[string]map[string]any{
		`{"transition":{"id":"61"}}`: {"resolution": "Resolution is required.", "customfield_10123": "Root cause is required."},
		`{"transition":{"id":"61"},"fields":{"resolution":{"name":"Later"},"customfield_10123":{"value":"Code"}}}`:                                       {"resolution": "Could not find resolution with name 'Later'"},
		`{"transition":{"id":"61"},"fields":{"resolution":null},"update":{"customfield_10123":[{"set":{"value":"Code"}}],"summary":[{"set":"x"}]}}`:      {"resolution": "Resolution is required.", "summary": "Field 'summary' cannot be set. It is not on the appropriate screen, or unknown."},
		`{"transition":{"id":"61"},"fields":{"resolution":{"name":"Done"},"customfield_10123":{"value":"Code"},"summary":"x"}}`:                          {"summary": "Field 'summary' cannot be set. It is not on the appropriate screen, or unknown."},
		`{"transition":{"id":"61"},"fields":{"resolution":{"name":"Done"},"customfield_10123":{"value":"Code"}},"update":{"resolution":[{"set":null}]}}`: {"resolution": "Field 'resolution' cannot appear in both 'fields' and 'update'"},
	} {
		a := g.send(http.MethodPost, "sandbox", path, body)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": want}), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", body, a.status, diff)
		}
	}
	a := g.send(http.MethodPost, "sandbox", path, `{"transition":{"id":"61"},"fields":{"resolution":{"name":"Won't Do"},"assignee":null},"update":{"customfield_10123":[{"set":{"value":"Code"}}],"fixVersions":[{"add":{"name":"1.0"}}]}}`)
	f := fields(g.found(issuePath + "/PLAT-1"))
	if list, _ := f["fixVersions"].([]any); a.status != http.StatusNoContent || inner(f["resolution"], "name") != "Won't Do" || inner(f["customfield_10123"], "value") != "Code" || f["assignee"] != nil || len(list) != 2 {
		t.Errorf("resolved = %d %v, is %v", a.status, a.body, f)
	}
	if a := g.send(http.MethodPost, "sandbox", path, `{"transition":{"id":"51"}}`); a.status != http.StatusNoContent || fields(g.found(issuePath + "/PLAT-1"))["resolution"] != nil {
		t.Errorf("reopened = %d %v", a.status, a.body)
	}
	// Of a task nobody asks for a root cause.
	if a := g.send(http.MethodPut, "sandbox", issuePath+"/PLAT-1", `{"fields":{"issuetype":{"name":"Task"}}}`); a.status != http.StatusNoContent {
		t.Fatalf("a task = %d %v", a.status, a.body)
	}
}

// An issue of globex has two hundred custom fields, each with a value.
func TestIssueOfManyFields(t *testing.T) {
	t.Parallel()
	g := open(t)
	const site = "/ex/jira/" + globexID + "/rest/api/3"
	f := fields(g.do(http.MethodGet, bothSites, site+"/issue/LAB-1"))
	filled := 0
	for name, value := range f {
		if strings.HasPrefix(name, "customfield_11") && value != nil {
			filled++
		}
	}
	if filled != 200 || f["customfield_11001"] != "Reading 1" || inner(f["customfield_11004"], "value") != "Fail" {
		t.Errorf("%d custom fields have a value", filled)
	}
	if _, some := fields(g.do(http.MethodGet, bothSites, site+"/issue/OPS-1"))["customfield_11001"]; some {
		t.Error("an issue of another project has them too")
	}
}

// Whatever the value of whatever field, an edit is done or refused, and what is done can be shown.
func TestHostileValuesOfEveryField(t *testing.T) {
	t.Parallel()
	fields, _ := open(t).found(acmeJira + "/rest/api/3/field").body.([]any)
	if len(fields) < 40 {
		t.Fatalf("there are %d fields", len(fields))
	}
	hostile := []string{
		`null`, `true`, `0`, `-1`, `1e99`, `""`, `" "`, `"x"`, `[]`, `{}`, `[null]`, `[[]]`, `[{}]`, `[0]`, `["x","x"]`, `[{"id":"10211"},{"id":"10211"}]`,
		`{"id":1}`, `{"id":null}`, `{"id":"1","value":"x"}`, `{"value":null}`, `{"value":"Europe","child":null}`, `{"value":"Europe","child":{}}`,
		`{"value":"Europe","child":"Lyon"}`, `{"accountId":""}`, `{"accountId":"` + bobID + `","id":"x"}`, `{"key":""}`, `{"none":true}`, `{"none":"x"}`,
		`{"name":"\u0000"}`, `"99999-99-99"`, `{"type":"doc","version":1,"content":[null]}`, `{"type":"doc","version":1,"content":[]}`,
	}
	s := sandbox.New(sandbox.Options{})
	ask := func(method, target, body string, allowed ...int) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header = http.Header{"Authorization": {"Bearer sandbox"}, "Content-Type": {"application/json"}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !slices.Contains(allowed, w.Code) {
			t.Errorf("%s %s %s = %d %s", method, target, body, w.Code, w.Body)
		}
	}
	for _, field := range fields {
		id, _ := inner(field, "id").(string)
		for _, value := range hostile {
			for _, body := range []string{
				`{"fields":{"` + id + `":` + value + `}}`,
				`{"update":{"` + id + `":[{"add":` + value + `}]}}`,
				`{"update":{"` + id + `":[{"remove":` + value + `}]}}`,
				`{"update":{"` + id + `":[{"set":` + value + `},{"set":null}]}}`,
				`{"update":{"` + id + `":[]}}`,
			} {
				ask(http.MethodPut, issuePath+"/PLAT-1", body, http.StatusNoContent, http.StatusBadRequest)
			}
			// Without a parent it is refused, so that the many issues are not kept.
			ask(http.MethodPost, issuePath, `{"fields":{"project":{"key":"PSEC"},"issuetype":{"name":"Subtask"},"summary":"x","`+id+`":`+value+`}}`, http.StatusBadRequest)
			ask(http.MethodGet, issuePath+"/PLAT-1?fields="+id, "", http.StatusOK)
		}
	}
}
