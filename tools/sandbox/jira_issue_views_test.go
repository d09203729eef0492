package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/search/jql": {target: "/rest/api/3/search/jql?jql=project%20%3D%20PLAT&fields=summary"},
})

// The same question can be asked in the address.
func TestSearchByQuery(t *testing.T) {
	t.Parallel()
	g := open(t)
	const target = issueSearch + "?jql=project%20%3D%20PLAT&fields=summary,labels&maxResults=3&expand=names"
	first := g.found(target)
	token, _ := first.object()["nextPageToken"].(string)
	second := g.found(target + "&nextPageToken=" + token)
	if got := append(texts(first.rows("issues"), "key"), texts(second.rows("issues"), "key")...); !slices.Equal(got, []string{"PLAT-4", "PLAT-3", "PLAT-2", "PLAT-1"}) {
		t.Errorf("found %v", got)
	}
	if f := fields(answer{body: first.body.(map[string]any)["issues"].([]any)[0]}); len(f) != 2 || inner(first.object()["names"], "labels") != "Labels" {
		t.Errorf("shown are %v", first.body)
	}
	for query, status := range map[string]int{"?jql=project%20%3D%20PLAT&maxResults=0": 400, "?jql=project%20%3D%20PLAT&maxResults=x": 400, "": 400, "?jql=order%20by%20key": 400} {
		if a := g.get(issueSearch + query); a.status != status {
			t.Errorf("%s = %d %v", query, a.status, a.body)
		}
	}
}

// What expand asks for comes beside the fields: as a page shows them, what people call them, what kind
// of values they have.
func TestExpandedIssues(t *testing.T) {
	t.Parallel()
	g := open(t)
	const want = "<p>Uploads above one megabyte end in <tt>413</tt>.</p>"
	one := g.found(issuePath + "/PLAT-1?expand=renderedFields,names,schema").object()
	rendered, _ := one["renderedFields"].(map[string]any)
	if rendered["description"] != want || rendered["summary"] != nil || inner(one["names"], "duedate") != "Due date" || inner(inner(one["schema"], "customfield_10020"), "custom") != "com.pyxis.greenhopper.jira:gh-sprint" {
		t.Errorf("expanded: %v", one)
	}
	thread, _ := rendered["comment"].(map[string]any)
	if comments := (answer{body: thread}).rows("comments"); len(comments) != 3 || !strings.HasPrefix(comments[1]["renderedBody"].(string), "<h2>") {
		t.Errorf("its comments are rendered as %v", rendered["comment"])
	}
	some := g.found(issuePath + "/PLAT-1?fields=summary,creator&expand=names").object()
	if diff := cmp.Diff(map[string]any{"summary": "Summary", "creator": "Creator"}, some["names"]); diff != "" || some["renderedFields"] != nil || some["schema"] != nil {
		t.Errorf("some names (-want +got):\n%s", diff)
	}
	if got := inner(fields(g.found(issuePath + "/PLAT-1"))["creator"], "displayName"); got != "Ada Moreau" {
		t.Errorf("PLAT-1 was created by %v", got)
	}
	if got := g.keys("sandbox", "creator = currentUser() and project = PLAT"); got != "PLAT-3 PLAT-1" {
		t.Errorf("Ada created %s", got)
	}
	editable, _ := g.found(issuePath + "/PLAT-1?fields=summary&expand=editmeta").object()["editmeta"].(map[string]any)
	if diff := cmp.Diff(g.found(issuePath+"/PLAT-1/editmeta").body, any(editable)); diff != "" || inner(inner(editable["fields"], "priority"), "name") != "Priority" {
		t.Errorf("what can be edited (-want +got):\n%s", diff)
	}

	// A search has names and kinds once, and every issue rendered.
	found := g.send(http.MethodPost, "sandbox", issueSearch, `{"jql":"key = PLAT-1","fields":["description"],"expand":"names,schema,renderedFields"}`)
	row := found.rows("issues")[0]
	if inner(row["renderedFields"], "description") != want || row["names"] != nil || inner(found.object()["names"], "description") != "Description" || inner(inner(found.object()["schema"], "description"), "type") != "string" {
		t.Errorf("found: %v", found.body)
	}
	list := g.found(agilePath + "/sprint/59/issue?fields=description&expand=renderedFields,names").rows("issues")[0]
	if inner(list["renderedFields"], "description") != want || list["names"] != nil {
		t.Errorf("in a sprint: %v", list)
	}
	page := g.found(softwarePath + "/sprint/59/issue?fields=duedate&expand=names,schema").object()
	if diff := cmp.Diff(any(map[string]any{"duedate": "Due date"}), page["names"]); diff != "" || inner(inner(page["schema"], "duedate"), "type") != "date" {
		t.Errorf("names of a page by token (-want +got):\n%s", diff)
	}
}

// A project of globex has two hundred and sixteen issues.
func TestManyIssues(t *testing.T) {
	t.Parallel()
	g := open(t)
	const site = "/ex/jira/" + globexID
	seen := map[string]bool{}
	pages, token := 0, ""
	for more := true; more && pages < 99; pages++ {
		a := g.send(http.MethodPost, bothSites, site+"/rest/api/3/search/jql", `{"jql":"project = OPS","maxResults":100,"fields":["summary"],"nextPageToken":"`+token+`"}`)
		for _, key := range texts(a.rows("issues"), "key") {
			seen[key] = true
		}
		token, more = a.object()["nextPageToken"].(string)
	}
	if len(seen) != 216 || pages != 3 || !seen["OPS-1"] || !seen["OPS-216"] {
		t.Errorf("%d pages have %d issues", pages, len(seen))
	}
	created := g.send(http.MethodPost, bothSites, site+"/rest/api/3/issue", `{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Task"},"summary":"One more"}}`)
	if created.object()["key"] != "OPS-217" || created.object()["id"] != "10001" {
		t.Errorf("the next is %v", created.body)
	}
}
