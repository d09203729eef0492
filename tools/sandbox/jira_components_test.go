package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"POST /rest/api/3/component":                          {target: "/rest/api/3/component", body: `{"project":"PLAT","name":"Search"}`},
	"GET /rest/api/3/component/{id}":                      {target: "/rest/api/3/component/10000"},
	"DELETE /rest/api/3/component/{id}":                   {target: "/rest/api/3/component/10001"},
	"GET /rest/api/3/project/{projectIdOrKey}/components": {target: "/rest/api/3/project/PLAT/components"},
})

const componentPath = acmeJira + "/rest/api/3/component"

// listed are the names of a project's components.
func listed(g gateway, project string) []string {
	g.t.Helper()
	rows, _ := g.found(acmeJira + "/rest/api/3/project/" + project + "/components").body.([]any)
	return texts(answer{body: map[string]any{"rows": rows}}.rows("rows"), "name")
}

func TestComponentsAreCreatedAndDeleted(t *testing.T) {
	t.Parallel()
	g := open(t)
	if diff := cmp.Diff([]string{"Accounts & Access", "Billing", "Gateway"}, listed(g, "PLAT")); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	created := g.send(http.MethodPost, "sandbox", componentPath, `{
		"project": "PLAT", "name": " Búsqueda ", "description": "Finds things.",
		"leadAccountId": "5f8a1c2e9d3b4a0069e1f7b2", "assigneeType": "COMPONENT_LEAD"
	}`)
	body := created.object()
	lead, _ := body["lead"].(map[string]any)
	if created.status != http.StatusCreated || body["id"] != "10004" || body["name"] != "Búsqueda" || body["project"] != "PLAT" ||
		lead["displayName"] != "Bob Tanaka" || body["realAssigneeType"] != "COMPONENT_LEAD" {
		t.Errorf("created = %d %v", created.status, body)
	}
	one := componentPath + "/10004"
	if diff := cmp.Diff(created.body, g.found(one).body); diff != "" {
		t.Errorf("what is stored is not what was created:\n%s", diff)
	}
	if got := g.found(acmeJira + "/rest/api/3/project/PLAT").rows("components"); len(got) != 4 {
		t.Errorf("the project shows %d components, want 4", len(got))
	}
	if diff := cmp.Diff([]string{"Accounts & Access", "Billing", "Búsqueda", "Gateway"}, listed(g, "10000")); diff != "" {
		t.Errorf("after creating (-want +got):\n%s", diff)
	}
	if other := open(t).get(one); other.status != http.StatusNotFound {
		t.Errorf("another sandbox has the component too: %v", other.body)
	}

	if a := g.do(http.MethodDelete, "sandbox", one); a.status != http.StatusNoContent {
		t.Errorf("deleted = %d %v", a.status, a.body)
	}
	gone := map[string]any{"errorMessages": []any{"The component with id 10004 does not exist."}, "errors": map[string]any{}}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		a := g.do(method, "sandbox", one)
		if diff := cmp.Diff(any(gone), a.body); a.status != http.StatusNotFound || diff != "" {
			t.Errorf("%s of a deleted component = %d (-want +got):\n%s", method, a.status, diff)
		}
	}
	if again := g.send(http.MethodPost, "sandbox", componentPath, `{"project":"PLAT","name":"Búsqueda"}`); again.object()["id"] != "10005" {
		t.Errorf("the id of a deleted component is used again: %v", again.body)
	}
}

func TestComponentRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	said := func(message string) map[string]any {
		return map[string]any{"errorMessages": []any{message}, "errors": map[string]any{}}
	}
	wrong := func(name, message string) map[string]any {
		return map[string]any{"errorMessages": []any{}, "errors": map[string]any{name: message}}
	}
	const forbidden = "You cannot edit the configuration of this project."
	tests := []struct {
		name, method, user, target, body string
		status                           int
		want                             map[string]any
	}{
		{"the name is taken", "POST", "ada", componentPath, `{"project":"PLAT","name":"Billing"}`, 400, wrong("name", "A component with the name Billing already exists in this project.")},
		{"the name is taken in another case", "POST", "ada", componentPath, `{"project":"PLAT","name":"bILLING "}`, 400, wrong("name", "A component with the name bILLING already exists in this project.")},
		{"the name is blank", "POST", "ada", componentPath, `{"project":"PLAT","name":" "}`, 400, wrong("name", "The component name specified is invalid - cannot be an empty string.")},
		{"the name is long", "POST", "ada", componentPath, `{"project":"PLAT","name":"` + strings.Repeat("é", 256) + `"}`, 400, wrong("name", "The component name must not exceed 255 characters in length.")},
		{"no project", "POST", "ada", componentPath, `{"name":"Search"}`, 400, wrong("project", "The project is required.")},
		{"no such project", "POST", "ada", componentPath, `{"project":"plat","name":"Search"}`, 404, said("No project could be found with key 'plat'.")},
		{"no such lead", "POST", "ada", componentPath, `{"project":"PLAT","name":"Search","leadAccountId":"bob"}`, 400, wrong("leadAccountId", "The user bob does not exist.")},
		{"no such assignee type", "POST", "ada", componentPath, `{"project":"PLAT","name":"Search","assigneeType":"ANYONE"}`, 400, wrong("assigneeType", "The assignee type ANYONE is not valid.")},
		{"nobody's project", "POST", "bob", componentPath, `{"project":"PLAT","name":"Search"}`, 403, said(forbidden)},
		{"nobody's component", "DELETE", "alex", componentPath + "/10003", "", 403, said(forbidden)},
		{"issues moved to nothing", "DELETE", "ada", componentPath + "/10000?moveIssuesTo=9", "", 404, said("The component with id 9 does not exist.")},
		{"issues moved to another project", "DELETE", "ada", componentPath + "/10000?moveIssuesTo=10003", "", 404, said("The component with id 10003 does not exist.")},
		{"issues moved to itself", "DELETE", "ada", componentPath + "/10000?moveIssuesTo=10000", "", 404, said("The component with id 10000 does not exist.")},
		{"unknown source", "GET", "ada", acmeJira + "/rest/api/3/project/PLAT/components?componentSource=moon", "", 400, said("The value 'moon' of the parameter 'componentSource' is not one of jira, compass, auto.")},
	}
	for _, tt := range tests {
		a := g.send(tt.method, "sandbox;user="+tt.user, tt.target, tt.body)
		if diff := cmp.Diff(any(tt.want), a.body); a.status != tt.status || diff != "" {
			t.Errorf("%s = %d, want %d (-want +got):\n%s", tt.name, a.status, tt.status, diff)
		}
	}
	if diff := cmp.Diff([]string{"Accounts & Access", "Billing", "Gateway"}, listed(g, "PLAT")); diff != "" {
		t.Errorf("a refused request changed something (-want +got):\n%s", diff)
	}
	// Who leads a project may configure it without being an administrator of Jira.
	if a := g.send(http.MethodPost, "sandbox;user=bob", componentPath, `{"project":"WEB","name":"Billing"}`); a.status != http.StatusCreated {
		t.Errorf("the lead's component = %d %v", a.status, a.body)
	}
}

func TestComponentAssignees(t *testing.T) {
	t.Parallel()
	g := open(t)
	for id, want := range map[string][]any{ // type, real type, whether it is valid, real assignee
		"10000": {"COMPONENT_LEAD", "COMPONENT_LEAD", true, "Bob Tanaka"},
		"10001": {"PROJECT_DEFAULT", "PROJECT_DEFAULT", true, nil},
		"10002": {"PROJECT_LEAD", "PROJECT_LEAD", true, "Ada Moreau"},
		"10003": {"UNASSIGNED", "UNASSIGNED", true, nil},
	} {
		c := g.found(componentPath + "/" + id).object()
		assignee, _ := c["realAssignee"].(map[string]any)
		if diff := cmp.Diff(want, []any{c["assigneeType"], c["realAssigneeType"], c["isAssigneeTypeValid"], assignee["displayName"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for _, lead := range []string{"", `,"leadAccountId":"5b10ac8d82e05b22cc7d4e9a"`} { // nobody, and one who is not active
		c := g.send(http.MethodPost, "sandbox", componentPath, `{"project":"PLAT","name":"Lead`+strings.ReplaceAll(lead, `"`, "")+`","assigneeType":"COMPONENT_LEAD"`+lead+`}`).object()
		if c["isAssigneeTypeValid"] != false || c["realAssigneeType"] != "PROJECT_DEFAULT" || c["realAssignee"] != nil {
			t.Errorf("led by %q: %v", lead, c)
		}
	}
}

// A body that is not called JSON is refused before it is read (facts §5).
func TestBodiesAreJSON(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json;="} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+componentPath, strings.NewReader(`{"project":"PLAT","name":"Search"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer sandbox")
		r.Header.Set("Content-Type", media)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusUnsupportedMediaType || resp.Header.Get("Content-Type") != "application/problem+json" ||
			!strings.HasPrefix(string(body), `{"title":"Unsupported Media Type"`) {
			t.Errorf("%q = %d %s %v", media, resp.StatusCode, body, err)
		}
	}
}
