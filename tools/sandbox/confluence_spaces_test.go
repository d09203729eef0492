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
	"GET /spaces": {target: "/wiki/api/v2/spaces?limit=3"},
})

const spaceList = acmeConfluence + "/wiki/api/v2/spaces"

// nextCursor is the cursor of the next page, or empty on the last. It makes sure that the link in the
// body, the one in the header and their form agree.
func nextCursor(t *testing.T, a answer, limit string) string {
	t.Helper()
	links, _ := a.object()["_links"].(map[string]any)
	next, _ := links["next"].(string)
	header := `<https://acme.atlassian.net/wiki>; rel="base"`
	if next != "" {
		header = "<" + next + `>; rel="next", ` + header
	}
	if got := a.header.Get("Link"); got != header || links["base"] != "https://acme.atlassian.net/wiki" {
		t.Errorf("Link = %s, want %s; links = %v", got, header, links)
	}
	if next == "" {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Path != "/wiki/api/v2/spaces" || u.Query().Get("limit") != limit || len(u.Query()) != 2 {
		t.Errorf("next = %q (%v)", next, err)
	}
	return u.Query().Get("cursor")
}

func TestSpacePagesHoldEachSpaceOnce(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, filters := range []string{"", "&sort=-name", "&sort=key&status=current", "&type=global"} {
		all := texts(g.found(spaceList+"?limit=250"+filters).rows("results"), "id")
		for _, limit := range []string{"1", "4", "29", "30"} {
			var got []string
			cursor := ""
			for range len(all) + 1 {
				a := g.found(spaceList + "?limit=" + limit + filters + "&cursor=" + url.QueryEscape(cursor))
				got = append(got, texts(a.rows("results"), "id")...)
				if cursor = nextCursor(t, a, limit); cursor == "" {
					break
				}
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("pages of %s with %q (-want +got):\n%s", limit, filters, diff)
			}
		}
	}
	if got := len(g.found(spaceList).rows("results")); got != 25 {
		t.Errorf("a page has %d spaces when nothing is asked, want 25", got)
	}
	if got := len(g.found(spaceList + "?limit=250").rows("results")); got != 30 {
		t.Errorf("acme has %d spaces, want 30", got)
	}
	globex := g.do(http.MethodGet, bothSites, "/ex/confluence/"+globexID+"/wiki/api/v2/spaces")
	if got := len(globex.rows("results")); got != 6 {
		t.Errorf("globex has %d spaces, want 6", got)
	}
}

func TestSpaceFilters(t *testing.T) {
	t.Parallel()
	g := open(t)
	ada := g.found(acmeJira + "/rest/api/3/myself").object()["accountId"].(string)
	plat := g.found(spaceList + "?keys=PLAT").rows("results")[0]["id"].(string)
	tests := []struct {
		query string
		want  []string
	}{
		{"?keys=PLAT,ENG", []string{"ENG", "PLAT"}},
		{"?keys=PLAT&keys=ENG,NOPE", []string{"ENG", "PLAT"}},
		{"?keys=plat", nil},
		{"?ids=" + plat + ",1", []string{"PLAT"}},
		{"?ids=" + plat + "&keys=ENG", nil},
		{"?type=knowledge_base", []string{"SUP"}},
		{"?type=system", nil},
		{"?status=archived", []string{"OLD"}},
		{"?status=trashed", nil},
		{"?labels=platform,support&sort=-key", []string{"SUP", "PLAT", "IT"}},
		{"?favorited-by=" + ada, []string{"ENG", "PLAT", "DS"}},
		{"?favorited-by=" + ada + "&sort=name", []string{"DS", "ENG", "PLAT"}},
		{"?favorited-by=nobody", nil},
		{"?keys=ENG,HR&not-favorited-by=" + ada, []string{"HR"}},
		{"?keys=ENG,HR,OPS&sort=-id", []string{"OPS", "HR", "ENG"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, texts(g.found(spaceList+tt.query).rows("results"), "key")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
	for _, row := range g.found(spaceList + "?type=personal").rows("results") {
		if key, _ := row["key"].(string); !strings.HasPrefix(key, "~") {
			t.Errorf("a personal space has the key %q", key)
		}
	}
	ids := texts(g.found(spaceList+"?limit=250").rows("results"), "id")
	if !slices.IsSortedFunc(ids, func(a, b string) int { return number(a) - number(b) }) {
		t.Errorf("spaces are not by id: %v", ids)
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func TestSpaceDescriptions(t *testing.T) {
	t.Parallel()
	g := open(t)
	of := func(query string) any {
		return g.found(spaceList + "?keys=DOCS" + query).rows("results")[0]["description"]
	}
	const words = `Style guide: "plain words", no jargon, <b>no</b> shouting.`
	if got := of(""); got != nil {
		t.Errorf("a description nobody asked for: %v", got)
	}
	if diff := cmp.Diff(any(map[string]any{"plain": map[string]any{"representation": "plain", "value": words}}), of("&description-format=plain")); diff != "" {
		t.Errorf("plain (-want +got):\n%s", diff)
	}
	const markup = `Style guide: &#34;plain words&#34;, no jargon, &lt;b&gt;no&lt;/b&gt; shouting.`
	if diff := cmp.Diff(any(map[string]any{"view": map[string]any{"representation": "view", "value": markup}}), of("&description-format=view")); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

func TestSpaceListRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	cursor := nextCursor(t, g.found(spaceList+"?limit=2&type=global&sort=key"), "2")
	if a := g.found(spaceList + "?limit=9&type=global&sort=key&cursor=" + cursor); len(a.rows("results")) != 9 {
		t.Errorf("a cursor with another limit shows %d spaces, want 9", len(a.rows("results")))
	}
	const foreign = "The cursor is not valid for this request."
	var (
		tooManyKeys   = "?keys=" + strings.Repeat("K,", 251)
		noFilter      = "?cursor=" + cursor
		noSort        = "?type=global&cursor=" + cursor
		anotherSort   = "?type=global&sort=-key&cursor=" + cursor
		anotherFilter = "?type=personal&sort=key&cursor=" + cursor
	)
	for query, want := range map[string]string{
		"?limit=0":                    "The value '0' of the parameter 'limit' is not a whole number between 1 and 250.",
		"?limit=251":                  "The value '251' of the parameter 'limit' is not a whole number between 1 and 250.",
		"?limit=all":                  "The value 'all' of the parameter 'limit' is not a whole number between 1 and 250.",
		"?ids=ENG":                    "The value 'ENG' of the parameter 'ids' is not a number.",
		"?type=hidden":                "The value 'hidden' of the parameter 'type' is not one of global, collaboration, knowledge_base, personal, system, onboarding, xflow_sample_space.",
		"?status=live":                "The value 'live' of the parameter 'status' is not one of current, archived, trashed.",
		"?sort=mood":                  "The value 'mood' of the parameter 'sort' is not one of id, -id, key, -key, name, -name.",
		"?description-format=storage": "The value 'storage' of the parameter 'description-format' is not one of plain, view.",
		"?include-icon=perhaps":       "The value 'perhaps' of the parameter 'include-icon' is not one of true, false.",
		tooManyKeys:                   "The parameter 'keys' has 251 values; at most 250 are allowed.",
		"?cursor=garbage":             foreign,
		"?cursor=%FF":                 foreign,
		noFilter:                      foreign,
		noSort:                        foreign,
		anotherSort:                   foreign,
		anotherFilter:                 foreign,
	} {
		a := g.get(spaceList + query)
		body := map[string]any{"errors": []any{map[string]any{"status": 400.0, "code": "INVALID_REQUEST_PARAMETER", "title": want, "detail": ""}}}
		if diff := cmp.Diff(body, a.body); a.status != http.StatusBadRequest || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", query, a.status, diff)
		}
	}
	globex := "/ex/confluence/" + globexID + "/wiki/api/v2/spaces?type=global&sort=key&cursor=" + cursor
	if a := g.do(http.MethodGet, bothSites, globex); a.status != http.StatusBadRequest {
		t.Errorf("a cursor of another site = %d, want 400", a.status)
	}
	if a := g.get(spaceList + "?limit=0&sort=mood"); len(a.rows("errors")) != 2 {
		t.Errorf("two mistakes make %v, want two errors", a.body)
	}
}

// TestSpacesFitTheDocument asks in many ways; each answer is compared with the document.
func TestSpacesFitTheDocument(t *testing.T) {
	t.Parallel()
	needDocuments(t)
	g := open(t)
	for _, id := range []string{acmeID, globexID} {
		for _, query := range []string{
			"", "?limit=250", "?limit=3", "?keys=OPS,HR", "?ids=98306,65538", "?type=personal", "?status=archived",
			"?sort=-name", "?limit=250&description-format=plain", "?limit=250&description-format=view",
			"?include-icon=true", "?labels=company", "?keys=NONE",
		} {
			if a := g.do(http.MethodGet, bothSites, "/ex/confluence/"+id+"/wiki/api/v2/spaces"+query); a.status != http.StatusOK {
				t.Errorf("%s = %d %v", query, a.status, a.body)
			}
		}
	}
}
