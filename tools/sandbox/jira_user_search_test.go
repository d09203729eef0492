package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /rest/api/3/user":                   {target: "/rest/api/3/user?accountId=5f8a1c2e9d3b4a0069e1f7b2"},
	"GET /rest/api/3/user/search":            {target: "/rest/api/3/user/search?query=a"},
	"GET /rest/api/3/users/search":           {target: "/rest/api/3/users/search"},
	"GET /rest/api/3/user/assignable/search": {target: "/rest/api/3/user/assignable/search?project=PLAT&query=a"},
})

// people are the names in an answer that is a list of users.
func people(a answer) string {
	rows, _ := a.body.([]any)
	return strings.Join(texts(answer{body: map[string]any{"rows": rows}}.rows("rows"), "displayName"), ", ")
}

func TestUserSearch(t *testing.T) {
	t.Parallel()
	g := open(t)
	for target, want := range map[string]string{
		"/user/search?query=alex":                                                 "Alex Kim, Alex Kim, Chris Alexander", // a customer is found too
		"/user/search?query=ALEX%20K":                                             "Alex Kim, Alex Kim",
		"/user/search?query=kim%20alex":                                           "Alex Kim, Alex Kim",
		"/user/search?query=exander":                                              "", // not where a word begins
		"/user/search?query=bob%40acme":                                           "Bob Tanaka",
		"/user/search?query=alex.kim%40":                                          "Alex Kim", // the other's address is hidden
		"/user/search?query=alex.kim%40contractor.example":                        "",
		"/user/search?query=carla":                                                "", // not active
		"/user/search?query=robot":                                                "Release Robot",
		"/user/search?query=":                                                     "Ada Moreau, Bob Tanaka, Alex Kim, Alex Kim, Release Robot, Grace Okafor, Chris Alexander",
		"/user/search?query=a&maxResults=1&startAt=1":                             "Bob Tanaka", // filtered first: he is at acme
		"/user/search?query=a&startAt=99":                                         "",
		"/user/search?accountId=5f8a1c2e9d3b4a0069e1f7b2":                         "Bob Tanaka",
		"/user/search?accountId=5b10ac8d82e05b22cc7d4e9a":                         "",
		"/users/search":                                                           "Ada Moreau, Bob Tanaka, Alex Kim, Alex Kim, Carla Núñez, Release Robot, Grace Okafor, Chris Alexander",
		"/users/search?startAt=4&maxResults=2":                                    "Carla Núñez, Release Robot",
		"/users/search?startAt=8":                                                 "",
		"/user/assignable/search?project=PLAT&query=":                             "Ada Moreau, Bob Tanaka, Alex Kim, Alex Kim, Grace Okafor",
		"/user/assignable/search?project=10007&query=":                            "Ada Moreau, Bob Tanaka", // a service desk
		"/user/assignable/search?issueKey=plat-1&query=g":                         "Grace Okafor",
		"/user/assignable/search?issueId=10000&query=carla":                       "",
		"/user/assignable/search?project=PLAT&query=&maxResults=2&startAt=4":      "", // the range first: nobody in it is assignable
		"/user/assignable/search?project=PLAT&query=&maxResults=2&startAt=6":      "Grace Okafor",
		"/user/assignable/search?project=PLAT&accountId=qm%3A7f2d1c44":            "",
		"/user/assignable/search?project=PLAT&accountId=5f8a1c2e9d3b4a0069e1f7b2": "Bob Tanaka",
	} {
		if got := people(g.found(acmeJira + "/rest/api/3" + target)); got != want {
			t.Errorf("%s finds %s, want %s", target, got, want)
		}
	}

	// Who may not browse users finds nobody and is not told, but may assign issues.
	const grace = "sandbox;user=grace"
	if a := g.do(http.MethodGet, grace, acmeJira+"/rest/api/3/user/search?query=alex"); a.status != http.StatusOK || len(a.body.([]any)) > 0 {
		t.Errorf("without the permission a search = %d %v", a.status, a.body)
	}
	if a := g.do(http.MethodGet, grace, acmeJira+"/rest/api/3/user/assignable/search?project=PLAT&query=bob"); people(a) != "Bob Tanaka" {
		t.Errorf("without the permission assignable are %v", a.body)
	}

	// An address that is hidden is in no answer.
	for _, user := range g.found(acmeJira + "/rest/api/3/users/search").body.([]any) {
		address, shown := inner(user, "emailAddress").(string)
		if shown && address != map[any]string{
			"Ada Moreau": "ada@acme.example", "Bob Tanaka": "bob@acme.example", "Alex Kim": "alex.kim@acme.example",
			"Carla Núñez": "carla@acme.example", "Grace Okafor": "grace@contractor.example", "Chris Alexander": "chris@customer.example",
		}[inner(user, "displayName")] {
			t.Errorf("%v shows %s", inner(user, "displayName"), address)
		}
	}
}

func TestOneUser(t *testing.T) {
	t.Parallel()
	g := open(t)
	const user = acmeJira + "/rest/api/3/user"
	bob := g.found(user + "?accountId=5f8a1c2e9d3b4a0069e1f7b2&expand=groups").object()
	items, _ := inner(bob["groups"], "items").([]any)
	got := []any{bob["displayName"], bob["emailAddress"], bob["active"], inner(bob["groups"], "size"), len(items), inner(bob["applicationRoles"], "size")}
	if diff := cmp.Diff([]any{"Bob Tanaka", "bob@acme.example", true, 2.0, 2, 2.0}, got); diff != "" {
		t.Errorf("Bob (-want +got):\n%s", diff)
	}
	if carla := g.found(user + "?accountId=5b10ac8d82e05b22cc7d4e9a").object(); carla["active"] != false {
		t.Errorf("who is not active is %v", carla)
	}
	if robot := g.found(user + "?accountId=712020%3Adda3d761-ca00-5629-9655-ce071efc4f17").object(); robot["accountType"] != "app" {
		t.Errorf("the app is %v", robot)
	}
}

func TestUserRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	const strict = "'accountId' must be the only user identifying query parameter in GDPR strict mode."
	for _, tt := range []struct {
		user, target string
		status       int
		want         string
	}{
		{"ada", "/user", 400, "The 'accountId' query parameter needs to be provided"},
		{"ada", "/user?username=bob", 400, strict},
		{"ada", "/user?key=bob&accountId=5f8a1c2e9d3b4a0069e1f7b2", 400, strict},
		{"ada", "/user?accountId=bob", 404, "Specified user does not exist or you do not have required permissions"},
		{"grace", "/user?accountId=5f8a1c2e9d3b4a0069e1f7b2", 403, "You do not have permission to browse users."},
		{"ada", "/user/search", 400, "The 'query' or 'accountId' query parameter needs to be provided"},
		{"ada", "/user/search?username=bob", 400, strict},
		{"ada", "/user/search?query=bob&accountId=x", 400, "The 'query' and 'accountId' query parameters cannot be provided together"},
		{"ada", "/user/search?query=bob&startAt=-1", 400, "The value '-1' of the parameter 'startAt' is not a whole number between 0 and 2147483647."},
		{"ada", "/users/search?maxResults=many", 400, "The value 'many' of the parameter 'maxResults' is not a whole number between 1 and 2147483647."},
		{"grace", "/users/search", 403, "You do not have permission to browse users."},
		{"ada", "/user/assignable/search?query=bob", 400, "The 'project', 'issueKey' or 'issueId' query parameter needs to be provided"},
		{"ada", "/user/assignable/search?project=PLAT", 400, "The 'query' or 'accountId' query parameter needs to be provided"},
		{"ada", "/user/assignable/search?project=plat&query=bob", 404, "No project could be found with key 'plat'."},
		{"ada", "/user/assignable/search?project=OLD&query=bob", 404, "No project could be found with key 'OLD'."},
		{"ada", "/user/assignable/search?issueKey=PLAT-999&query=bob", 404, "Issue does not exist or you do not have permission to see it."},
	} {
		a := g.do(http.MethodGet, "sandbox;user="+tt.user, acmeJira+"/rest/api/3"+tt.target)
		want := map[string]any{"errorMessages": []any{tt.want}, "errors": map[string]any{}}
		if diff := cmp.Diff(any(want), a.body); a.status != tt.status || diff != "" {
			t.Errorf("%s = %d, want %d (-want +got):\n%s", tt.target, a.status, tt.status, diff)
		}
	}
}
