package sandbox_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/project":                  {target: "/rest/api/3/project?expand=description,lead"},
	"GET /rest/api/3/project/search":           {target: "/rest/api/3/project/search?expand=description,lead&orderBy=key"},
	"GET /rest/api/3/project/{projectIdOrKey}": {target: "/rest/api/3/project/PLAT"},
})

const projectSearch = acmeJira + "/rest/api/3/project/search"

func TestProjectPagesHoldEachProjectOnce(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, size := range []int{1, 7, 50, 64, 100} {
		seen := map[string]bool{}
		for start, last := 0, false; !last; start += size {
			a := g.found(projectSearch + "?orderBy=-name&startAt=" + strconv.Itoa(start) + "&maxResults=" + strconv.Itoa(size))
			body := a.object()
			keys := texts(a.rows("values"), "key")
			for _, key := range keys {
				if seen[key] {
					t.Errorf("pages of %d: %s comes twice", size, key)
				}
				seen[key] = true
			}
			last, _ = body["isLast"].(bool)
			next, more := body["nextPage"].(string)
			if more == last {
				t.Errorf("pages of %d at %d: isLast = %t but nextPage = %q", size, start, last, next)
			}
			if more {
				u, err := url.Parse(next)
				if err != nil || !strings.HasPrefix(next, g.url+projectSearch+"?") || u.Query().Get("startAt") != strconv.Itoa(start+size) || u.Query().Get("orderBy") != "-name" {
					t.Errorf("pages of %d at %d: nextPage = %q (%v)", size, start, next, err)
				}
			}
			if !last && len(keys) != size || body["total"] != 64.0 || body["startAt"] != float64(start) || body["maxResults"] != float64(size) {
				t.Fatalf("pages of %d at %d: %d keys of %v", size, start, len(keys), body)
			}
		}
		if len(seen) != 64 {
			t.Errorf("pages of %d held %d projects, want 64", size, len(seen))
		}
	}
}

func TestProjectSearch(t *testing.T) {
	t.Parallel()
	g := open(t)
	tests := []struct {
		query string
		want  []string
	}{
		{"?query=plat", []string{"DATA", "PLAT", "PLNT", "PLTN", "PSEC", "TPL"}},
		{"?query=PLAT&maxResults=2", []string{"DATA", "PLAT"}},
		{"?query=plat&startAt=4", []string{"PSEC", "TPL"}},
		{"?query=plat&startAt=9223372036854775807", nil},
		{"?query=R%26D+%22moonshot%22+%C3%9CBER", []string{"RND"}},
		{"?query=.*", nil},
		{"?query=plat&orderBy=-key", []string{"TPL", "PSEC", "PLTN", "PLNT", "PLAT", "DATA"}},
		{"?query=plat&orderBy=%2Bkey", []string{"DATA", "PLAT", "PLNT", "PLTN", "PSEC", "TPL"}},
		{"?query=plat&orderBy=name", []string{"DATA", "PLAT", "PSEC", "PLNT", "PLTN", "TPL"}},
		{"?query=plat&orderBy=category", []string{"TPL", "PLTN", "DATA", "PLAT", "PSEC", "PLNT"}},
		{"?query=plat&orderBy=owner", []string{"PLAT", "PSEC", "TPL", "DATA", "PLNT", "PLTN"}},
		{"?query=plat&orderBy=-issueCount", []string{"PLAT", "PSEC", "DATA", "PLNT", "PLTN", "TPL"}},
		{"?keys=PLAT,WEB,DEMO&orderBy=-issueCount", []string{"PLAT", "WEB", "DEMO"}},
		{"?keys=PLAT,WEB,DEMO&orderBy=lastIssueUpdatedDate", []string{"DEMO", "PLAT", "WEB"}},
		{"?keys=WEB&keys=PLAT&keys=NOPE", []string{"PLAT", "WEB"}},
		{"?keys=plat", nil},
		{"?id=10000&id=10001&id=99999", []string{"DEMO", "PLAT"}},
		{"?typeKey=business&query=plat", []string{"TPL"}},
		{"?typeKey=business,service_desk&query=plat", []string{"PLTN", "TPL"}},
		{"?categoryId=10002&query=plat", []string{"PLTN"}},
		{"?propertyQuery=%5Bteam%5D.size%3D1", nil},
		{"?status=archived", []string{"FAX", "OLD"}},
		{"?status=archived&orderBy=archivedDate", []string{"OLD", "FAX"}},
		{"?status=deleted", []string{"OOPS"}},
		{"?status=archived&status=deleted&orderBy=-deletedDate", []string{"OOPS", "FAX", "OLD"}},
		{"?query=plat&action=create&unknown=ignored", []string{"DATA", "PLAT", "PLNT", "PLTN", "PSEC", "TPL"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, texts(g.found(projectSearch+tt.query).rows("values"), "key")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
	if got := g.found(projectSearch + "?maxResults=5000").object()["maxResults"]; got != 100.0 {
		t.Errorf("maxResults=5000 became %v, want 100", got)
	}
	if got := g.found(projectSearch).object()["maxResults"]; got != 50.0 {
		t.Errorf("maxResults is %v when nothing is asked, want 50", got)
	}
	globex := g.do(http.MethodGet, bothSites, "/ex/jira/"+globexID+"/rest/api/3/project/search")
	if got := globex.object()["total"]; got != 12.0 {
		t.Errorf("globex has %v projects, want 12", got)
	}
}

func TestProjectExpansion(t *testing.T) {
	t.Parallel()
	g := open(t)
	optional := []string{"description", "lead", "issueTypes", "url"}
	shown := func(query string) []string {
		row := g.found(projectSearch + "?keys=PLAT" + query).rows("values")[0]
		return slices.DeleteFunc(slices.Clone(optional), func(name string) bool { return row[name] == nil })
	}
	for query, want := range map[string][]string{
		"":                                    {},
		"&expand=description":                 {"description"},
		"&expand=lead,issueTypes":             {"lead", "issueTypes"},
		"&expand=description,lead&expand=url": {"description", "lead", "url"},
		"&expand=unknown":                     {},
	} {
		if diff := cmp.Diff(want, shown(query)); diff != "" {
			t.Errorf("%q shows (-want +got):\n%s", query, diff)
		}
	}
}

func TestProjectSearchRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	many := strings.Repeat("&keys=K", 51)
	for query, want := range map[string]string{
		"?startAt=two":                   "The value 'two' of the parameter 'startAt' is not a whole number between 0 and 9223372036854775807.",
		"?startAt=-1":                    "The value '-1' of the parameter 'startAt' is not a whole number between 0 and 9223372036854775807.",
		"?startAt=9223372036854775808":   "The value '9223372036854775808' of the parameter 'startAt' is not a whole number between 0 and 9223372036854775807.",
		"?maxResults=1.5":                "The value '1.5' of the parameter 'maxResults' is not a whole number between 1 and 2147483647.",
		"?maxResults=0":                  "The value '0' of the parameter 'maxResults' is not a whole number between 1 and 2147483647.",
		"?orderBy=mood":                  "The value 'mood' of the parameter 'orderBy' is not one of category, -category, +category, key, -key, +key, name, -name, +name, owner, -owner, +owner, issueCount, -issueCount, +issueCount, lastIssueUpdatedDate, -lastIssueUpdatedDate, +lastIssueUpdatedDate, archivedDate, -archivedDate, +archivedDate, deletedDate, -deletedDate, +deletedDate.",
		"?typeKey=software,hardware":     "The value 'hardware' of the parameter 'typeKey' is not one of business, service_desk, software.",
		"?status=lost":                   "The value 'lost' of the parameter 'status' is not one of live, archived, deleted.",
		"?action=destroy":                "The value 'destroy' of the parameter 'action' is not one of view, browse, edit, create.",
		"?id=PLAT":                       "The value 'PLAT' of the parameter 'id' is not a number.",
		"?" + many[1:]:                   "The parameter 'keys' has 51 values; at most 50 are allowed.",
		"?id=" + strings.Repeat("é", 90): "The value '" + strings.Repeat("é", 50) + "…' of the parameter 'id' is not a number.",
	} {
		a := g.get(projectSearch + query)
		body := map[string]any{"errorMessages": []any{want}, "errors": map[string]any{}}
		if diff := cmp.Diff(body, a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", query, a.status, diff)
		}
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	g := open(t)
	byKey := g.found(acmeJira + "/rest/api/3/project/RND")
	byID := g.found(acmeJira + "/rest/api/3/project/" + byKey.object()["id"].(string))
	if diff := cmp.Diff(byKey.body, byID.body); diff != "" {
		t.Errorf("by key and by id differ:\n%s", diff)
	}
	lead, _ := byKey.object()["lead"].(map[string]any)
	if got, want := byKey.object()["name"], `R&D "Moonshot" Überblick`; got != want {
		t.Errorf("name = %q, want %q", got, want)
	}
	if byKey.object()["description"] == "" || lead["displayName"] != "Ada Moreau" || lead["emailAddress"] != nil {
		t.Errorf("description and lead = %v, %v", byKey.object()["description"], lead)
	}
	if empty, some := g.found(acmeJira + "/rest/api/3/project/FIN").object()["description"]; !some || empty != "" {
		t.Errorf("a project without a description has %v, want an empty one", empty)
	}
	if archived := g.found(acmeJira + "/rest/api/3/project/OLD").object()["archived"]; archived != true {
		t.Errorf("archived = %v, want true", archived)
	}
	for wanted, message := range map[string]string{
		"NOPE":                 "No project could be found with key 'NOPE'.",
		"plat":                 "No project could be found with key 'plat'.",
		"OOPS":                 "No project could be found with key 'OOPS'.",
		"123":                  "No project could be found with id '123'.",
		"99999999999999999999": "No project could be found with id '99999999999999999999'.",
	} {
		a := g.get(acmeJira + "/rest/api/3/project/" + wanted)
		want := map[string]any{"errorMessages": []any{message}, "errors": map[string]any{}}
		if diff := cmp.Diff(want, a.body); a.status != http.StatusNotFound || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", wanted, a.status, diff)
		}
	}
}

// TestProjectsFitTheDocument asks in many ways; each answer is compared with the document.
func TestProjectsFitTheDocument(t *testing.T) {
	t.Parallel()
	needDocuments(t)
	g := open(t)
	for _, id := range []string{acmeID, globexID} {
		projects := "/ex/jira/" + id + "/rest/api/3/project/"
		for _, query := range []string{
			"", "?maxResults=100", "?startAt=3&maxResults=7", "?startAt=1000", "?maxResults=1",
			"?query=plat", "?query=nothing-is-called-this", "?keys=OPS&keys=LAB", "?id=10000&id=10001",
			"?typeKey=software,business", "?orderBy=-name", "?orderBy=%2Bcategory", "?categoryId=10001",
			"?maxResults=100&expand=description,lead,issueTypes,url,projectKeys,insight",
			"?status=live&status=archived&status=deleted&maxResults=100&expand=lead",
		} {
			if a := g.do(http.MethodGet, bothSites, projects+"search"+query); a.status != http.StatusOK {
				t.Errorf("%s = %d %v", query, a.status, a.body)
			}
		}
		all := g.do(http.MethodGet, bothSites, projects+"search?maxResults=100&status=live&status=archived")
		for _, key := range texts(all.rows("values"), "key") {
			if a := g.do(http.MethodGet, bothSites, projects+key+"?expand=lead"); a.status != http.StatusOK {
				t.Errorf("%s = %d %v", key, a.status, a.body)
			}
		}
	}
}
