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
	plain := strings.NewReplacer("@@@hl@@@", "", "@@@endhl@@@", "").Replace
	for cql, want := range map[string]string{
		`space = PLAT and type = space`:                        "Platform",
		`space = PLAT and type in (page, space)`:               "Platform; Meeting notes; Roadmap 2026; Decisions; Glossary; Platform",
		`type = space and space in (ENG, plat) order by title`: "Engineering; Platform",
		`title ~ "doc*"`:                   "Documentation Team; Documentation Team",
		`text ~ "\"style guide\""`:         "Documentation Team",
		`label = support and type = space`: "Support Knowledge Base; IT",
		`label = support and space != IT`:  "Support Knowledge Base",
		`type = space and space.type = personal and title ~ "alex" order by created desc`: "Alex Kim; Alex Kim",
		`type = space and created > now("-82w") and created < "2025-03-01"`:               "Carla Núñez",

		`title = "Meeting notes"`:                                            "Meeting notes; Meeting notes",
		`title ~ "meting~"`:                                                  "Meeting notes; Meeting notes",
		`title ~ "slow"`:                                                     "Search is slow & how to fix <it>",
		`text ~ "article 298"`:                                               "Article 298",
		`siteSearch ~ "checklist"`:                                           "Release checklist",
		`type in (folder, database, whiteboard, embed)`:                      "Runbooks; Services; Architecture sketch; Status board",
		`type = attachment and title ~ "costs"`:                              "Costs & plans 2026.xlsx",
		`container = 98501 order by lastmodified desc`:                       "release-plan.png; Costs & plans 2026.xlsx; notes.txt",
		`label = runbook order by title desc`:                                "Search is slow & how to fix <it>; Database failover",
		`parent = 98503`:                                                     "Database failover; Search is slow & how to fix <it>",
		`ancestor = 98500 or id = 98500`:                                     "Onboarding guide; First week",
		`creator = currentUser() and space = ENG and type=page`:              "Engineering; Onboarding guide; Release checklist",
		`contributor = "5f8a1c2e9d3b4a0069e1f7b2" and label = onboarding`:    "Onboarding guide; First week",
		`type = page and lastmodified >= "2026-02-01" order by lastmodified`: "Onboarding guide; Release checklist",

		`title ~ intranet`:                         "", // it is archived
		`title ~ salary`:                           "", // somebody's own
		`title ~ untitled`:                         "", // a draft
		`title ~ cookie`:                           "", // in the trash
		`title ~ "on call"`:                        "", // archived too
		`type = attachment and title ~ "salaries"`: "",
	} {
		a := g.found(contentSearch + "?cql=" + url.QueryEscape(cql))
		if got := plain(strings.Join(texts(a.rows("results"), "title"), "; ")); got != want {
			t.Errorf("%s finds %s, want %s", cql, got, want)
		}
	}
	if a := g.found(contentSearch + "?includeArchivedSpaces=true&excerpt=none&cql=" + url.QueryEscape("type = space and title ~ intranet")); len(a.rows("results")) != 1 || a.rows("results")[0]["excerpt"] != "" {
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

func TestConfluenceSearchRows(t *testing.T) {
	t.Parallel()
	g := open(t)
	row := func(query string) map[string]any {
		rows := g.found(contentSearch + query).rows("results")
		if len(rows) != 1 {
			t.Fatalf("%s finds %d rows", query, len(rows))
		}
		return rows[0]
	}
	page := row("?cql=" + url.QueryEscape(`text ~ "slow" and type = page`))
	want := []any{
		"Search is @@@hl@@@slow@@@endhl@@@ & how to fix <it>", "/spaces/ENG/pages/98505/Search+is+slow+%26+how+to+fix+%3Cit%3E", "98505", "page",
		"Search is slow & how to fix <it>", "Engineering", "/spaces/ENG",
	}
	got := []any{
		page["title"], page["url"], inner(page["content"], "id"), inner(page["content"], "type"), inner(page["content"], "title"),
		inner(page["resultGlobalContainer"], "title"), inner(page["resultGlobalContainer"], "displayUrl"),
	}
	if diff := cmp.Diff(want, got); diff != "" || page["space"] != nil {
		t.Errorf("a page is %v (-want +got):\n%s", page, diff)
	}
	if found := row("?cql=" + url.QueryEscape(`type = space and space = PLAT`)); found["content"] != nil || inner(found["space"], "key") != "PLAT" || found["url"] != "/spaces/PLAT" {
		t.Errorf("a space is %v", found)
	}
	if found := row("?cql=" + url.QueryEscape(`id = att98602`)); inner(found["content"], "type") != "attachment" || inner(found["resultParentContainer"], "title") != "Release checklist" {
		t.Errorf("a file is %v", found)
	}
	for mode, want := range map[string]string{
		"":                    "Draft, &lt;do not&gt; @@@hl@@@share@@@endhl@@@",
		"highlight":           "Draft, &lt;do not&gt; @@@hl@@@share@@@endhl@@@",
		"highlight_unescaped": "Draft, <do not> @@@hl@@@share@@@endhl@@@",
		"indexed":             "Draft, &lt;do not&gt; share",
		"indexed_unescaped":   "Draft, <do not> share",
		"none":                "",
	} {
		if got := row("?excerpt=" + mode + "&cql=" + url.QueryEscape(`type = attachment and text ~ "share"`))["excerpt"]; got != want {
			t.Errorf("%s shows %s", mode, got)
		}
	}
	// The part of a long text that has the word, and no more of it.
	long, _ := row("?cql=" + url.QueryEscape(`text ~ "40" and id = 98514`))["excerpt"].(string)
	if plain := strings.NewReplacer("@@@hl@@@", "", "@@@endhl@@@", "").Replace(long); !strings.Contains(long, "Part @@@hl@@@40@@@endhl@@@ Measure") || len(plain) != 300 {
		t.Errorf("of a long page is shown %s", long)
	}
	// A large limit is told back, and not kept.
	if a := g.found(contentSearch + "?limit=100&cql=type%3Dpage"); len(a.rows("results")) != 50 || a.object()["limit"] != 100.0 || a.object()["size"] != 50.0 {
		t.Errorf("with a limit of 100 came %d rows", len(a.rows("results")))
	}
}
