package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const treePath = acmeConfluence + "/wiki/api/v2"

var _ = examples(map[string]example{
	"GET /folders/{id}":                     {target: "/wiki/api/v2/folders/98503"},
	"GET /databases/{id}":                   {target: "/wiki/api/v2/databases/98506"},
	"GET /whiteboards/{id}":                 {target: "/wiki/api/v2/whiteboards/98507"},
	"GET /embeds/{id}":                      {target: "/wiki/api/v2/embeds/98508"},
	"GET /pages/{id}/direct-children":       {target: "/wiki/api/v2/pages/98403/direct-children?sort=title"},
	"GET /folders/{id}/direct-children":     {target: "/wiki/api/v2/folders/98503/direct-children"},
	"GET /databases/{id}/direct-children":   {target: "/wiki/api/v2/databases/98506/direct-children"},
	"GET /whiteboards/{id}/direct-children": {target: "/wiki/api/v2/whiteboards/98507/direct-children"},
	"GET /embeds/{id}/direct-children":      {target: "/wiki/api/v2/embeds/98508/direct-children"},
	"GET /pages/{id}/descendants":           {target: "/wiki/api/v2/pages/98403/descendants?depth=5"},
})

func TestContentWithoutBodies(t *testing.T) {
	t.Parallel()
	g := open(t)
	for path, want := range map[string]string{
		"/folders/98503":     "folder Runbooks /spaces/ENG/folder/98503",
		"/databases/98506":   "database Services /spaces/ENG/database/98506",
		"/whiteboards/98507": "whiteboard Architecture sketch /spaces/ENG/whiteboard/98507",
		"/embeds/98508":      "embed Status board /spaces/ENG/embed/98508",
	} {
		a := g.found(treePath + path).object()
		if got := fmt.Sprint(a["type"], " ", a["title"], " ", inner(a["_links"], "webui")); got != want || a["parentId"] != "98403" || inner(a["_links"], "base") == nil {
			t.Errorf("%s is %v", path, a)
		}
	}
	if got := g.found(treePath + "/embeds/98508").object()["embedUrl"]; got != "https://status.acme.example/board" {
		t.Errorf("the embed shows %v", got)
	}
	for path, status := range map[string]int{
		"/folders/98506": http.StatusNotFound, "/folders/x": http.StatusBadRequest, "/embeds/98508/direct-children?sort=size": http.StatusBadRequest,
		"/folders/98403/direct-children": http.StatusNotFound, "/pages/98510/direct-children": http.StatusNotFound,
		"/pages/98403/descendants?depth=11": http.StatusBadRequest, "/pages/98503/descendants": http.StatusNotFound,
	} {
		if a := g.get(treePath + path); a.status != status {
			t.Errorf("%s = %d %v, want %d", path, a.status, a.body, status)
		}
	}
}

func TestDirectChildren(t *testing.T) {
	t.Parallel()
	g := open(t)
	ids := func(token, path string) string {
		return strings.Join(texts(g.do(http.MethodGet, token, treePath+path).rows("results"), "id"), " ")
	}
	const home = "/pages/98403/direct-children"
	const byPosition = "98500 98501 98502 98503 98506 98507 98508 98511 98514"
	for path, want := range map[string]string{
		home:                           byPosition,
		home + "?sort=child-position":  byPosition,
		home + "?sort=-child-position": "98514 98511 98508 98507 98506 98503 98502 98501 98500",
		home + "?sort=title":           "98507 98514 98502 98511 98500 98501 98503 98506 98508",
		home + "?sort=created-date":    "98511 98500 98501 98503 98506 98507 98508 98502 98514",
		home + "?sort=-modified-date":  "98501 98500 98514 98502 98508 98507 98506 98503 98511",
		home + "?sort=-id&limit=2":     "98514 98511",

		"/folders/98503/direct-children":   "98504 98505",
		"/pages/98500/direct-children":     "98513",
		"/databases/98506/direct-children": "",
	} {
		if got := ids("sandbox", path); got != want {
			t.Errorf("%s has %s, want %s", path, got, want)
		}
	}
	// Bob sees his private page too.
	if got := ids("sandbox;user=bob", home); got != strings.Replace(byPosition, "98511", "98510 98511", 1) {
		t.Errorf("for Bob it has %s", got)
	}
	row := g.found(treePath + "/folders/98503/direct-children?limit=1").rows("results")[0]
	want := map[string]any{"id": "98504", "status": "current", "title": "Database failover", "type": "page", "spaceId": "98306", "childPosition": 1.0}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("a child (-want +got):\n%s", diff)
	}
	var got []string
	for next, pages := home+"?limit=4&sort=title", 0; next != "" && pages < 4; pages++ {
		a := g.found(treePath + next)
		got = append(got, texts(a.rows("results"), "id")...)
		link, _ := inner(a.object()["_links"], "next").(string)
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		if next = ""; link != "" {
			next = home + "?limit=4&sort=title&cursor=" + url.QueryEscape(u.Query().Get("cursor"))
		}
	}
	if got := strings.Join(got, " "); got != "98507 98514 98502 98511 98500 98501 98503 98506 98508" {
		t.Errorf("page by page it has %s", got)
	}
}

func TestDescendants(t *testing.T) {
	t.Parallel()
	g := open(t)
	list := func(query string) string {
		var all []string
		for _, row := range g.found(treePath + "/pages/98403/descendants" + query).rows("results") {
			all = append(all, fmt.Sprint(row["id"], ":", row["depth"]))
		}
		return strings.Join(all, " ")
	}
	const whole = "98500:1 98513:2 98501:1 98502:1 98503:1 98504:2 98505:2 98506:1 98507:1 98508:1 98511:1 98514:1"
	if got := list(""); got != whole {
		t.Errorf("below the home page is %s", got)
	}
	if got := list("?depth=1&limit=3"); got != "98500:1 98501:1 98502:1" {
		t.Errorf("directly below is %s", got)
	}
}
