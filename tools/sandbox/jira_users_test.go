package sandbox_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/myself": {target: "/rest/api/3/myself?expand=groups,applicationRoles"},
})

func TestMyself(t *testing.T) {
	t.Parallel()
	g := open(t)
	ids := map[string]bool{}
	for user, want := range map[string][]any{ // display name, e-mail, account type, time zone, locale
		"ada":   {"Ada Moreau", "ada@acme.example", "atlassian", "Europe/Paris", "en_GB"},
		"bob":   {"Bob Tanaka", "bob@acme.example", "atlassian", "Asia/Tokyo", "en_US"},
		"alex":  {"Alex Kim", "alex.kim@acme.example", "atlassian", "America/New_York", "en_US"},
		"kim":   {"Alex Kim", nil, "atlassian", "Asia/Seoul", "ko_KR"},
		"robot": {"Release Robot", nil, "app", "Etc/UTC", "en_US"},
	} {
		me := g.do(http.MethodGet, "sandbox;user="+user, acmeJira+"/rest/api/3/myself").object()
		got := []any{me["displayName"], me["emailAddress"], me["accountType"], me["timeZone"], me["locale"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", user, diff)
		}
		if _, some := me["emailAddress"]; some && want[1] == nil {
			t.Errorf("%s: the hidden e-mail is there", user)
		}
		id, _ := me["accountId"].(string)
		ids[id] = true
	}
	if len(ids) != 5 {
		t.Errorf("five people have %d account ids", len(ids))
	}

	groups := func(query string) (float64, []string) {
		me := g.found(acmeJira + "/rest/api/3/myself" + query).object()
		list, _ := me["groups"].(map[string]any)
		size, _ := list["size"].(float64)
		return size, texts(answer{body: list}.rows("items"), "name")
	}
	if size, names := groups(""); size != 2 || names != nil {
		t.Errorf("groups = %v %v, want 2 and no names", size, names)
	}
	if _, names := groups("?expand=applicationRoles,groups"); !slices.Equal(names, []string{"jira-users", "site-admins"}) {
		t.Errorf("expanded groups = %v", names)
	}
}
