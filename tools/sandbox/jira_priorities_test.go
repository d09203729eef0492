package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/priority":                             {target: "/rest/api/3/priority"},
	"GET /rest/api/3/priority/search":                      {target: "/rest/api/3/priority/search?projectId=10007&expand=schemes"},
	"GET /rest/api/3/priority/{id}":                        {target: "/rest/api/3/priority/10000"},
	"GET /rest/api/3/priorityscheme":                       {target: "/rest/api/3/priorityscheme?expand=priorities,projects"},
	"GET /rest/api/3/priorityscheme/{schemeId}/priorities": {target: "/rest/api/3/priorityscheme/10000/priorities"},
	"GET /rest/api/3/priorityscheme/{schemeId}/projects":   {target: "/rest/api/3/priorityscheme/10000/projects"},
	"GET /rest/api/3/label":                                {target: "/rest/api/3/label"},
})

func TestPriorities(t *testing.T) {
	t.Parallel()
	g := open(t)
	const site = acmeJira + "/rest/api/3"
	for target, want := range map[string]string{
		"/priority/search":                                 "Highest, High, Medium, Low, Lowest, Outage, Degraded",
		"/priority/search?projectId=10007":                 "Low, Outage, Degraded",
		"/priority/search?projectId=10007&projectId=10002": "High, Medium, Low, Outage, Degraded",
		"/priority/search?projectId=4":                     "",
		"/priority/search?priorityName=LOW":                "Low, Lowest",
		"/priority/search?id=1&id=3":                       "Highest, Medium",
		"/priority/search?onlyDefault=true":                "Medium",
		"/priority/search?startAt=5&maxResults=1":          "Outage",
		"/priorityscheme":                                  "Default priority scheme, Service desk, Three is enough",
		"/priorityscheme?orderBy=-name":                    "Three is enough, Service desk, Default priority scheme",
		"/priorityscheme?schemeName=desk":                  "Service desk",
		"/priorityscheme?priorityId=1":                     "Default priority scheme",
		"/priorityscheme?schemeId=10001&onlyDefault=false": "Three is enough",
		"/priorityscheme?onlyDefault=true":                 "Default priority scheme",
		"/priorityscheme/10000/priorities":                 "Outage, Degraded, Low",
		"/priorityscheme/10000/priorities?startAt=2":       "Low",
		"/priorityscheme/10000/projects":                   "IT Service Desk, Customer Support, Platinum Support",
		"/priorityscheme/10000/projects?query=support":     "Customer Support, Platinum Support",
		"/priorityscheme/10000/projects?projectId=10007":   "IT Service Desk",
		"/priorityscheme/1/projects":                       "", // of every project that no other one names
	} {
		if got := strings.Join(texts(g.found(site+target).rows("values"), "name"), ", "); got != want {
			t.Errorf("%s lists %s, want %s", target, got, want)
		}
	}
	if got := people(answer{body: g.found(site + "/priority").body}); strings.Count(got, ",") != 6 {
		t.Errorf("the list that is deprecated has %q", got)
	}
	one := g.found(site + "/priority/10000").object()
	if diff := cmp.Diff([]any{"Outage", "Customers cannot work.", "#ff0000", false}, []any{one["name"], one["description"], one["statusColor"], one["isDefault"]}); diff != "" {
		t.Errorf("a priority (-want +got):\n%s", diff)
	}
	expanded := g.found(site + "/priorityscheme?schemeId=10000&expand=priorities,projects").rows("values")[0]
	list, _ := expanded["priorities"].(map[string]any)
	ranked := answer{body: list}.rows("values")
	if len(ranked) != 3 || ranked[1]["isDefault"] != true || ranked[1]["sequence"] != "1" || ranked[2]["isDefault"] != false || inner(expanded["projects"], "total") != 3.0 || expanded["default"] != false {
		t.Errorf("a scheme in full is %v", expanded)
	}

	// Who does not administer Jira reads priorities, but no schemes (facts §10).
	for _, target := range []string{"/priorityscheme", "/priorityscheme/10000/priorities", "/priorityscheme/10000/projects", "/priorityscheme/4/projects"} {
		a := g.do(http.MethodGet, "sandbox;user=bob", site+target)
		want := map[string]any{"errorMessages": []any{"Only Jira administrators can perform this operation."}, "errors": map[string]any{}}
		if diff := cmp.Diff(any(want), a.body); a.status != http.StatusForbidden || diff != "" {
			t.Errorf("%s for Bob = %d (-want +got):\n%s", target, a.status, diff)
		}
	}
	if a := g.do(http.MethodGet, "sandbox;user=bob", site+"/priority/1"); a.status != http.StatusOK {
		t.Errorf("a priority for Bob = %d %v", a.status, a.body)
	}
	for target, want := range map[string]string{
		"/priority/99":                    "The issue priority with ID '99' does not exist.",
		"/priorityscheme/99/projects":     "The priority scheme with ID 99 does not exist.",
		"/priority/search?projectId=PLAT": "The value 'PLAT' of the parameter 'projectId' is not a number.",
		"/priorityscheme?orderBy=id":      "The value 'id' of the parameter 'orderBy' is not one of name, +name, -name.",
	} {
		a := g.get(site + target)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}), a.body); diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", target, a.status, diff)
		}
	}
}

func TestPrioritiesOfIssues(t *testing.T) {
	t.Parallel()
	g := open(t)
	create := func(project, priority string) answer {
		return g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"`+project+`"},"issuetype":{"name":"Task"},"summary":"x"`+priority+`}}`)
	}
	for _, tt := range []struct{ project, priority, want string }{
		{"PLAT", "", "Medium"},
		{"ITSM", "", "Degraded"},
		{"ITSM", `,"priority":{"name":"outage"}`, "Outage"},
		{"PLAT", `,"priority":{"id":"5"}`, "Lowest"},
	} {
		key, _ := create(tt.project, tt.priority).object()["key"].(string)
		if got := inner(fields(g.found(issuePath + "/" + key))["priority"], "name"); got != tt.want {
			t.Errorf("%s with %q has the priority %v, want %s", tt.project, tt.priority, got, tt.want)
		}
	}
	for priority, want := range map[string]string{
		`{"name":"Outage"}`: "Priority name 'Outage' is not valid", // it is another scheme's
		`{"name":"Urgent"}`: "Priority name 'Urgent' is not valid",
		`{"id":"10000"}`:    "The priority selected is invalid.",
		`"High"`:            "data was not an object",
	} {
		a := create("PLAT", `,"priority":`+priority)
		if diff := cmp.Diff(any(map[string]any{"errorMessages": []any{}, "errors": map[string]any{"priority": want}}), a.body); diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", priority, a.status, diff)
		}
	}
	for query, want := range map[string]string{
		"priority = High":                            "WEB-1 PLAT-1",
		"priority > Medium":                          "WEB-1 PLAT-1",
		"project in (PLAT, WEB) and priority <= low": "PLAT-6 WEB-2 PLAT-4",
		"project = WEB order by priority":            "WEB-2 WEB-1",
		"project = WEB order by priority desc":       "WEB-1 WEB-2",
		"priority = 10000":                           "ITSM-2",
	} {
		if got := g.keys("sandbox", query); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	g := open(t)
	list := func(query string) (string, any) {
		a := g.found(acmeJira + "/rest/api/3/label" + query).object()
		var all []string
		values, _ := a["values"].([]any)
		for _, v := range values {
			text, _ := v.(string)
			all = append(all, text)
		}
		return strings.Join(all, " "), a["isLast"]
	}
	if got, last := list(""); got != "Billing confidential customer gateway security" || last != true {
		t.Errorf("labels are %s, the last page %v", got, last)
	}
	if got, last := list("?startAt=1&maxResults=2"); got != "confidential customer" || last != false {
		t.Errorf("some labels are %s, the last page %v", got, last)
	}
	g.send(http.MethodPost, "sandbox", issuePath, `{"fields":{"project":{"key":"PLAT"},"issuetype":{"name":"Task"},"summary":"x","labels":["billing","audit"]}}`)
	if got, _ := list(""); got != "audit Billing billing confidential customer gateway security" {
		t.Errorf("with a new issue labels are %s", got)
	}
}
