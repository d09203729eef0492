package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ = examples(map[string]example{
	"GET /pages":             {target: "/wiki/api/v2/pages?limit=3&body-format=storage"},
	"GET /pages/{id}":        {target: "/wiki/api/v2/pages/98501?body-format=view&include-labels=true"},
	"GET /spaces/{id}":       {target: "/wiki/api/v2/spaces/98306?include-labels=true&include-icon=true"},
	"GET /spaces/{id}/pages": {target: "/wiki/api/v2/spaces/98306/pages?depth=root"},
})

const pageList = acmeConfluence + "/wiki/api/v2/pages"

func TestPageLists(t *testing.T) {
	t.Parallel()
	g := open(t)
	titles := func(token, query string) string {
		a := g.do(http.MethodGet, token, query)
		return strings.Join(texts(a.rows("results"), "title"), "; ")
	}
	for query, want := range map[string]string{
		"?title=Meeting+notes":                                          "Meeting notes; Meeting notes",
		"?title=meeting+notes":                                          "",
		"?title=Meeting+notes&space-id=131077":                          "Meeting notes",
		"?id=98513,98500&id=1":                                          "Onboarding guide; First week",
		"?id=98511,98512,98509,98503":                                   "Old on-call guide",
		"?status=trashed":                                               "Cookie policy",
		"?status=archived&status=trashed&sort=-title":                   "Old on-call guide; Cookie policy",
		"?space-id=98306&limit=4&sort=-modified-date":                   "Release checklist; Onboarding guide; Long read; Meeting notes",
		"?space-id=131077&sort=created-date&limit=2":                    "Platform; Meeting notes",
		"?space-id=98306&sort=title&limit=2&subtype=page":               "Database failover; Engineering",
		"?space-id=98306&subtype=live":                                  "",
		"?title=Salary+talk":                                            "",
		"?title=Untitled+idea":                                          "",
		"?title=" + url.QueryEscape("Search is slow & how to fix <it>"): "Search is slow & how to fix <it>",
	} {
		if got := titles("sandbox", pageList+query); got != want {
			t.Errorf("%s lists %s, want %s", query, got, want)
		}
	}
	if got := titles("sandbox;user=bob", pageList+"?title=Salary+talk"); got != "Salary talk" {
		t.Errorf("Bob does not see his own page: %s", got)
	}
	const plat = spaceList + "/131077/pages"
	if got := titles("sandbox", plat+"?depth=root"); got != "Platform; Glossary" {
		t.Errorf("at the root of PLAT are %s", got)
	}
	if got := titles("sandbox", plat+"?sort=-id"); got != "Glossary; Decisions; Roadmap 2026; Meeting notes; Platform" {
		t.Errorf("in PLAT are %s", got)
	}
	for target, status := range map[string]int{
		spaceList + "/99/pages":        http.StatusNotFound,
		spaceList + "/PLAT/pages":      http.StatusBadRequest,
		plat + "?depth=2":              http.StatusBadRequest,
		pageList + "?body-format=view": http.StatusBadRequest,
		pageList + "?status=draft":     http.StatusBadRequest,
		pageList + "?id=Meeting":       http.StatusBadRequest,
	} {
		if a := g.get(target); a.status != status || len(a.rows("errors")) != 1 {
			t.Errorf("%s = %d %v, want %d", target, a.status, a.body, status)
		}
	}
}

// Three hundred pages in one space are more than one page of answers holds.
func TestPagesOfManyPages(t *testing.T) {
	t.Parallel()
	g := open(t)
	var got []string
	cursor := ""
	for range 4 {
		a := g.found(spaceList + "/786497/pages?limit=120&sort=-title&cursor=" + url.QueryEscape(cursor))
		got = append(got, texts(a.rows("results"), "title")...)
		next, _ := inner(a.object()["_links"], "next").(string)
		if next == "" {
			break
		}
		u, err := url.Parse(next)
		if err != nil || u.Path != "/wiki/api/v2/spaces/786497/pages" {
			t.Fatalf("next = %q (%v)", next, err)
		}
		cursor = u.Query().Get("cursor")
	}
	if len(got) != 301 || got[0] != "Documentation Team" || got[1] != "Article 300" || got[300] != "Article 001" {
		t.Errorf("%d pages: %.3q", len(got), got)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	g := open(t)
	got := g.found(pageList + "/98500?body-format=storage&include-labels=true").object()
	body, _ := inner(inner(got["body"], "storage"), "value").(string)
	if !strings.HasPrefix(body, "<h1>Welcome</h1><p>Read this first.") {
		t.Errorf("the body is %s", body)
	}
	delete(got, "body")
	want := map[string]any{
		"id": "98500", "status": "current", "title": "Onboarding guide", "spaceId": "98306",
		"parentId": "98403", "parentType": "page", "position": 1.0,
		"authorId": "712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404", "ownerId": "712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404", "lastOwnerId": nil,
		"createdAt": "2025-01-13T09:00:00.000Z",
		"version": map[string]any{
			"number": 3.0, "message": "Fix a typo", "minorEdit": true,
			"authorId": "712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404", "createdAt": "2026-02-03T10:15:00.000Z",
		},
		"labels": map[string]any{
			"results": []any{
				map[string]any{"id": "1", "name": "onboarding", "prefix": "global"},
				map[string]any{"id": "2", "name": "guide", "prefix": "global"},
			},
			"meta":   map[string]any{"hasMore": false},
			"_links": map[string]any{"self": "/wiki/api/v2/pages/98500/labels"},
		},
		"_links": map[string]any{
			"base":   "https://acme.atlassian.net/wiki",
			"webui":  "/spaces/ENG/pages/98500/Onboarding+guide",
			"editui": "/pages/resumedraft.action?draftId=98500",
			"tinyui": "/x/xIAB",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the page (-want +got):\n%s", diff)
	}

	home := g.found(pageList + "/98403").object()
	if home["parentId"] != nil || home["parentType"] != nil || home["position"] != nil || inner(home["_links"], "webui") != "/spaces/ENG/overview" {
		t.Errorf("the home page is %v", home)
	}
	if diff := cmp.Diff(any(map[string]any{}), home["body"]); diff != "" {
		t.Errorf("a body that nobody asked for (-want +got):\n%s", diff)
	}
	if in := g.found(pageList + "/98504").object(); in["parentId"] != "98503" || in["parentType"] != "folder" {
		t.Errorf("a page in a folder is in %v %v", in["parentType"], in["parentId"])
	}
	// The short name of this one has a character that base64 has not.
	if odd := g.found(pageList + "/786939").object(); inner(odd["_links"], "tinyui") != "/x/_wEM" {
		t.Errorf("links are %v", odd["_links"])
	}
}

func TestOlderVersionsAndDrafts(t *testing.T) {
	t.Parallel()
	g := open(t)
	for query, want := range map[string]string{
		"98500":                             "current 3",
		"98500?version=3":                   "current 3",
		"98500?version=1":                   "historical 1",
		"98500?get-draft=true":              "draft 1",
		"98500?status=current":              "current 3",
		"98500?status=historical&version=2": "historical 2",
		"98509?get-draft=true":              "draft 1",
		"98509?status=draft":                "draft 1",
		"98511":                             "archived 1",
		"98512":                             "trashed 1",
	} {
		a := g.found(pageList + "/" + query).object()
		if got := fmt.Sprint(a["status"], " ", inner(a["version"], "number")); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
	for query, status := range map[string]int{
		"98500?version=4":       http.StatusNotFound,
		"98500?status=archived": http.StatusNotFound,
		"98509":                 http.StatusNotFound,
		"98510":                 http.StatusNotFound,
		"98503":                 http.StatusNotFound, // it is a folder
		"1":                     http.StatusNotFound,
		"Meeting":               http.StatusBadRequest,
		"98500?version=0":       http.StatusBadRequest,
		"98500?body-format=x":   http.StatusBadRequest,
		"98500?get-draft=maybe": http.StatusBadRequest,
	} {
		if a := g.get(pageList + "/" + query); a.status != status || len(a.rows("errors")) != 1 {
			t.Errorf("%s = %d %v, want %d", query, a.status, a.body, status)
		}
	}
	for token, status := range map[string]int{"sandbox;user=bob": http.StatusOK, "sandbox;user=kim": http.StatusNotFound} {
		if a := g.do(http.MethodGet, token, pageList+"/98510"); a.status != status {
			t.Errorf("%s reads the private page: %d", token, a.status)
		}
	}
	if a := g.do(http.MethodGet, "sandbox;user=bob", pageList+"/98509?get-draft=true"); a.status != http.StatusNotFound {
		t.Errorf("Bob reads a draft of Ada: %d", a.status)
	}
	if a := g.found(pageList + "/98500?include-version=false"); a.object()["version"] != nil {
		t.Errorf("version = %v", a.object()["version"])
	}
}

// What was written in one format is read in every other.
func TestBodyFormats(t *testing.T) {
	t.Parallel()
	g := open(t)
	value := func(id, format string) string {
		a := g.found(pageList + "/" + id + "?body-format=" + format)
		got := inner(inner(a.object()["body"], format), "value")
		text, _ := got.(string)
		return text
	}
	for _, id := range []string{"98500", "98501", "98514", "131202"} {
		for _, format := range []string{"storage", "atlas_doc_format", "view", "export_view", "editor"} {
			if value(id, format) == "" {
				t.Errorf("%s has no %s", id, format)
			}
		}
	}
	if got := value("98505", "view"); got != "<p>Look at queries with &lt;5 &amp; &gt;100 results first.</p>" {
		t.Errorf("view = %s", got)
	}
	if got := value("98502", "atlas_doc_format"); !strings.Contains(got, `"marks":[{"type":"strong"}]`) {
		t.Errorf("atlas_doc_format = %s", got)
	}
	if got := value("131202", "storage"); !strings.Contains(got, "<ac:adf-extension>") {
		t.Errorf("storage = %s", got)
	}
	fixture := value("98501", "storage")
	for _, element := range []string{
		`ac:name="toc"`, `ac:name="status"`, "<ri:user", `ac:name="info"`, "<ac:inline-comment-marker", "<ac:image", `colspan="2"`, `rowspan="2"`,
		"<td><table>", "<![CDATA[", "]]]]><![CDATA[>", "<ac:task-list>", "<ac:layout>", `ac:name="expand"`, `ac:name="excerpt"`, `ac:name="roadmap"`,
		"<ac:emoticon", "<ri:page", "<time",
	} {
		if !strings.Contains(fixture, element) {
			t.Errorf("the page with everything has no %s", element)
		}
	}
}

// Whatever has a parent has one that is there, in the same space.
func TestParents(t *testing.T) {
	t.Parallel()
	g := open(t)
	all := g.found(pageList + "?limit=250&space-id=98306,131077,163848,196619").rows("results")
	if len(all) < 15 {
		t.Fatalf("there are %d pages", len(all))
	}
	for _, page := range all {
		if page["parentType"] != "page" {
			continue
		}
		parent := g.found(pageList + "/" + fmt.Sprint(page["parentId"])).object()
		if parent["spaceId"] != page["spaceId"] {
			t.Errorf("%v is in another space than its parent", page["title"])
		}
	}
	homes := texts(g.found(spaceList+"?limit=250").rows("results"), "homepageId")
	a := g.found(pageList + "?limit=250&id=" + strings.Join(homes, ","))
	if got := texts(a.rows("results"), "id"); len(got) != len(homes) || !slices.Contains(got, "98403") {
		t.Errorf("%d of %d spaces have a home page", len(got), len(homes))
	}
}

func TestSpace(t *testing.T) {
	t.Parallel()
	g := open(t)
	got := g.found(spaceList + "/98306?description-format=plain&include-labels=true").object()
	if got["key"] != "ENG" || inner(got["_links"], "base") != "https://acme.atlassian.net/wiki" || inner(got["_links"], "webui") != "/spaces/ENG" {
		t.Errorf("the space is %v", got)
	}
	labels, _ := inner(got["labels"], "results").([]any)
	if len(labels) != 1 || inner(labels[0], "name") != "engineering" {
		t.Errorf("labels are %v", labels)
	}
	if inner(inner(got["description"], "plain"), "value") != "How we build: guides, decisions and runbooks." {
		t.Errorf("the description is %v", got["description"])
	}
	for target, status := range map[string]int{
		"/ENG": http.StatusBadRequest, "/99": http.StatusNotFound, "/98306?description-format=storage": http.StatusBadRequest,
	} {
		if a := g.get(spaceList + target); a.status != status {
			t.Errorf("%s = %d", target, a.status)
		}
	}
}
