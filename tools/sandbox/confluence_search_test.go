package sandbox_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /wiki/rest/api/search": {target: "/wiki/rest/api/search?cql=type%3Dspace&limit=3"},
})

const contentSearch = acmeConfluence + "/wiki/rest/api/search"

func TestConfluenceSearch(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	for cql, want := range map[string]string{
		`space = PLAT`:                        "Platform",
		`space in (ENG, plat) order by title`: "Engineering; Platform",
		`title ~ "doc*"`:                      "Documentation Team",
		`text ~ "\"style guide\""`:            "Documentation Team",
		`label = support and type = space`:    "Support Knowledge Base; IT",
		`label = support and space != IT`:     "Support Knowledge Base",

		`space.type = personal and title ~ "alex" order by created desc`: "Alex Kim; Alex Kim",
		`created > now("-82w") and created < "2025-03-01"`:               "Carla Núñez",

		`title ~ intranet`: "", // it is archived
		`type = page`:      "",
	} {
		a := g.found(contentSearch + "?cql=" + url.QueryEscape(cql))
		if got := strings.Join(texts(a.rows("results"), "title"), "; "); got != want {
			t.Errorf("%s finds %s, want %s", cql, got, want)
		}
	}
	if a := g.found(contentSearch + "?includeArchivedSpaces=true&excerpt=none&cql=" + url.QueryEscape("title ~ intranet")); len(a.rows("results")) != 1 || a.rows("results")[0]["excerpt"] != "" {
		t.Errorf("with archived spaces: %v", a.body)
	}
	refused := func(message string) map[string]any {
		return map[string]any{"statusCode": 400.0, "message": message, "data": map[string]any{
			"authorized": true, "valid": false, "errors": []any{}, "successful": false,
		}}
	}
	// A cursor that somebody made of a real one, to begin before the first.
	next, _ := inner(g.found(contentSearch + "?cql=type%3Dspace&limit=1").object()["_links"], "next").(string)
	link, err := url.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	held, err := base64.RawURLEncoding.DecodeString(link.Query().Get("cursor"))
	if err != nil || !strings.HasSuffix(string(held), ":1") {
		t.Fatalf("the cursor holds %q: %v", held, err)
	}
	forged := base64.RawURLEncoding.EncodeToString([]byte(strings.TrimSuffix(string(held), "1") + "-1"))
	for query, want := range map[string]string{
		"":                                   "Could not parse cql : ",
		"?cql=title+~":                       "Could not parse cql : title ~",
		"?cql=user+%3D+ada":                  "No field exists with name: user",
		"?cql=type%3Dspace&limit=all":        "The value 'all' of the parameter 'limit' is not a whole number between 0 and 2147483647.",
		"?cql=type%3Dspace&cursor=x":         "The cursor is not valid for this request.",
		"?cql=type%3Dspace&cursor=" + forged: "The cursor is not valid for this request.",
	} {
		a := g.get(contentSearch + query)
		if diff := cmp.Diff(any(refused(want)), a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", query, a.status, diff)
		}
	}
}

func TestConfluenceSearchPages(t *testing.T) {
	t.Parallel()
	g := open(t)
	const all = "?cql=type%3Dspace+order+by+title"
	want := texts(g.found(contentSearch+all+"&limit=100").rows("results"), "title")
	var got []string
	for next := all + "&limit=10"; next != ""; {
		a := g.found(contentSearch + next)
		got = append(got, texts(a.rows("results"), "title")...)
		if a.object()["totalSize"] != 29.0 || a.object()["size"] != float64(len(a.rows("results"))) || len(got) > 29 {
			t.Fatalf("a page says %v", a.body)
		}
		link, _ := inner(a.object()["_links"], "next").(string)
		path, query, more := strings.Cut(link, "?")
		if next = ""; more {
			next = "?" + query
		}
		if more && path != "/rest/api/search" {
			t.Errorf("next = %q", link)
		}
		if other := strings.Replace(next, "title", "created", 1); more {
			if a := g.get(contentSearch + other); a.status != http.StatusBadRequest {
				t.Errorf("the cursor of another query = %d", a.status)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}
