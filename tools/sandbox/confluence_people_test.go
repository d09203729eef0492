package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /wiki/rest/api/user/current": {target: "/wiki/rest/api/user/current?expand=personalSpace"},
	"GET /wiki/rest/api/search/user":  {target: "/wiki/rest/api/search/user?cql=user.fullname~%22bob%22"},
})

func TestConfluenceCurrentUser(t *testing.T) {
	t.Parallel()
	g := open(t)
	for user, want := range map[string][]any{ // display name, e-mail, account type, time zone, whether a guest
		"ada":   {"Ada Moreau", "ada@acme.example", "atlassian", "Europe/Paris", false},
		"kim":   {"Alex Kim", "", "atlassian", "Asia/Seoul", false},
		"grace": {"Grace Okafor", "grace@contractor.example", "atlassian", "Africa/Lagos", true},
		"robot": {"Release Robot", "", "app", "Etc/UTC", false},
	} {
		me := g.do(http.MethodGet, "sandbox;user="+user, acmeConfluence+"/wiki/rest/api/user/current").object()
		got := []any{me["displayName"], me["email"], me["accountType"], me["timeZone"], me["isGuest"]}
		if diff := cmp.Diff(want, got); diff != "" || me["type"] != "known" || me["personalSpace"] != nil {
			t.Errorf("%s is %v (-want +got):\n%s", user, me, diff)
		}
	}
	me := g.found(acmeConfluence + "/wiki/rest/api/user/current?expand=personalSpace").object()
	if inner(me["personalSpace"], "name") != "Ada Moreau" || inner(me["_links"], "base") != "https://acme.atlassian.net/wiki" {
		t.Errorf("with the personal space: %v", me)
	}
	a := g.do(http.MethodGet, "sandbox;user=chris", acmeConfluence+"/wiki/rest/api/user/current")
	if a.status != http.StatusForbidden || a.object()["message"] != "Current user not permitted to use Confluence" {
		t.Errorf("a customer = %d %v", a.status, a.body)
	}
}

func TestConfluenceUserSearch(t *testing.T) {
	t.Parallel()
	g := open(t)
	const people = acmeConfluence + "/wiki/rest/api/search/user?cql="
	for cql, want := range map[string]string{
		`user.fullname~"bob"`:                                      "Bob Tanaka",
		`user.fullname ~ "al"`:                                     "Alex Kim; Alex Kim",
		`user.fullname ~ "\"Ada Moreau\""`:                         "Ada Moreau",
		`user.fullname ~ "mor ada"`:                                "Ada Moreau",
		`user.fullname ~ "oreau"`:                                  "",
		`user.fullname ~ "carla"`:                                  "", // not active any more
		`user.fullname ~ "grace"`:                                  "", // a guest
		`user = "5f8a1c2e9d3b4a0069e1f7b2"`:                        "Bob Tanaka",
		`user.accountid in ("5f8a1c2e9d3b4a0069e1f7b2", "nobody")`: "Bob Tanaka",
		`type = user and user.fullname ~ "release"`:                "Release Robot",
	} {
		a := g.found(people + url.QueryEscape(cql))
		if got := strings.Join(texts(a.rows("results"), "title"), "; "); got != want {
			t.Errorf("%s finds %s, want %s", cql, got, want)
		}
	}
	for query, want := range map[string]int{"type%3Duser": 5, "type%3Duser&sitePermissionTypeFilter=all": 6, "type%3Duser&sitePermissionTypeFilter=externalCollaborator": 1} {
		if a := g.found(people + query); a.object()["totalSize"] != float64(want) {
			t.Errorf("%s finds %v", query, a.object()["totalSize"])
		}
	}
	var got []string
	for next := "type%3Duser&limit=2"; next != ""; {
		a := g.found(people + next)
		got = append(got, texts(a.rows("results"), "title")...)
		link, _ := inner(a.object()["_links"], "next").(string)
		_, next, _ = strings.Cut(link, "cql=")
		if len(got) > 5 {
			t.Fatal("no end")
		}
	}
	if strings.Join(got, "; ") != "Ada Moreau; Bob Tanaka; Alex Kim; Alex Kim; Release Robot" {
		t.Errorf("page by page: %v", got)
	}
	for cql, want := range map[string]string{
		`title ~ "x"`:         "No field exists with name: title",
		`user.fullname = bob`: "The operator = is not supported by the field user.fullname",
		``:                    "Could not parse cql : ",
	} {
		if a := g.get(people + url.QueryEscape(cql)); a.status != http.StatusBadRequest || a.object()["message"] != want {
			t.Errorf("%s = %d %v", cql, a.status, a.body)
		}
	}
	if a := g.get(people + "type%3Duser&limit=-1"); a.status != http.StatusBadRequest {
		t.Errorf("a limit of -1 = %d", a.status)
	}
}

// What version 2 has replaced is gone for OAuth tokens, whatever the method, and what stands beside it is not.
func TestConfluenceV1ContentIsGone(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, path := range []string{"content", "content/98403", "content/search?cql=type%3Dpage", "content/98403/child/attachment", "space", "space/ENG/content"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			a := g.do(method, "sandbox", acmeConfluence+"/wiki/rest/api/"+path)
			message, _ := a.object()["message"].(string)
			if a.status != http.StatusGone || !strings.Contains(message, "This deprecated endpoint has been removed.") {
				t.Errorf("%s %s = %d %v", method, path, a.status, a.body)
			}
		}
	}
	for _, path := range []string{"content-states", "contents", "spaces"} {
		if a := g.get(acmeConfluence + "/wiki/rest/api/" + path); a.status != http.StatusNotFound {
			t.Errorf("%s = %d", path, a.status)
		}
	}
	for _, path := range []string{"search?cql=type%3Dspace", "search/user?cql=type%3Duser", "user/current"} {
		g.found(acmeConfluence + "/wiki/rest/api/" + path)
	}
	if a := g.get(acmeJira + "/wiki/rest/api/content"); a.status != http.StatusNotFound {
		t.Errorf("below Jira = %d", a.status)
	}
}
