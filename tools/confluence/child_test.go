package confluence_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
)

// onAcme passes requests on to the sandbox's site acme.
func onAcme(w http.ResponseWriter, r *http.Request, _ string) {
	r.URL.Path = strings.Replace(r.URL.Path, "/ex/confluence/0/", "/ex/confluence/ac3e0000-5a4d-4b0c-9c1e-0000000000a1/", 1)
	r.Header.Set("Authorization", "Bearer sandbox")
	sandbox.New(sandbox.Options{}).ServeHTTP(w, r)
}

// listedChildren is what a call of ListDirectChildren shows.
type listedChildren struct {
	Children []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"children"`
	Pagination struct {
		IsLast bool `json:"is_last_page"`
	} `json:"pagination"`
	Token string `json:"pagination_token"`
}

// Bug class B8: all children of a page are listed once, in order, whatever the
// limits of the pages, and only the last page is called so.
func TestB8ChildrenAreAllThere(t *testing.T) {
	t.Parallel()
	var titles []string
	token := ""
	for page := 0; page == 0 || token != ""; page++ {
		limit := 40 + page%2*9
		input := fmt.Sprintf(`{"parent_id":"786594","sort_by":"title-descending","limit":%d}`, limit)
		if token != "" {
			input = fmt.Sprintf(`{"pagination_token":%q,"limit":%d}`, token, limit)
		}
		value, failure, _ := asked(t, "ListDirectChildren", input, 1, onAcme)
		if failure != nil {
			t.Fatal(failure.Message)
		}
		var out listedChildren
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
		for _, c := range out.Children {
			titles = append(titles, c.Title)
			if want := "https://site0.atlassian.net/wiki/spaces/DOCS/pages/" + c.ID; c.URL != want {
				t.Errorf("%s is at %q, want %q", c.Title, c.URL, want)
			}
		}
		if token = out.Token; out.Pagination.IsLast != (token == "") || page > 10 {
			t.Fatalf("page %d: the last is %t and the token %q", page, out.Pagination.IsLast, token)
		}
	}
	if len(titles) != 300 || titles[0] != "Article 300" || !slices.IsSortedFunc(titles, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%d children: %.3q…", len(titles), titles)
	}
}

// A list that points to itself, or says that more follows but not where, is no
// complete list and no endless one.
func TestCursorsOfChildren(t *testing.T) {
	t.Parallel()
	followedBy := func(next string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, _ string) {
			if strings.Contains(r.URL.Path, "/spaces/") {
				_, _ = io.WriteString(w, `{"id":"1","key":"A"}`)
				return
			}
			_, _ = io.WriteString(w, `{"results":[{"id":"8","type":"page","title":"x","spaceId":"1"}],"_links":{"next":"/wiki/api/v2/pages/7/direct-children`+next+`"}}`)
		}
	}
	value, failure, _ := asked(t, "ListDirectChildren", `{"parent_id":"7"}`, 1, followedBy("?cursor=b&limit=10"))
	var out listedChildren
	if failure != nil || json.Unmarshal(value, &out) != nil || out.Token == "" {
		t.Fatalf("%s, %v", value, failure)
	}
	_, failure, _ = asked(t, "ListDirectChildren", fmt.Sprintf(`{"pagination_token":%q}`, out.Token), 1, followedBy("?cursor=b&limit=10"))
	if failure == nil || failure.Kind != tool.KindUpstreamUnmapped {
		t.Errorf("a cursor that comes back: %v", failure)
	}
	if _, failure, _ = asked(t, "ListDirectChildren", `{"parent_id":"7"}`, 1, followedBy("")); failure == nil || failure.Kind != tool.KindUpstreamUnmapped {
		t.Errorf("more without a cursor: %v", failure)
	}
}

// An address is made of what is known only: a child of a kind that is new, in
// another space, or in a space without a key has none.
func TestAddressesOfChildren(t *testing.T) {
	t.Parallel()
	children := `{"results":[{"id":"8","type":"page","spaceId":"1"},{"id":"9","type":"slide","spaceId":"1"},{"id":"10","type":"folder","spaceId":"2"},{"id":"a/b","type":"embed","spaceId":"1"}]}`
	for space, want := range map[string][]string{
		`{"id":"1","key":"~a b"}`: {"https://site0.atlassian.net/wiki/spaces/~a%20b/pages/8", "", "", "https://site0.atlassian.net/wiki/spaces/~a%20b/embed/a%2Fb"},
		"":                        {"", "", "", ""},
	} {
		value, failure, _ := asked(t, "ListDirectChildren", `{"parent_id":"7"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case !strings.Contains(r.URL.Path, "/spaces/"):
				_, _ = io.WriteString(w, children)
			case space == "":
				w.WriteHeader(http.StatusNotFound)
			default:
				_, _ = io.WriteString(w, space)
			}
		})
		var out listedChildren
		if failure != nil || json.Unmarshal(value, &out) != nil || len(out.Children) != len(want) {
			t.Fatalf("%s, %v", value, failure)
		}
		for i, c := range out.Children {
			if c.URL != want[i] {
				t.Errorf("%s in %s is at %q, want %q", c.ID, space, c.URL, want[i])
			}
		}
	}
}

// Answers that are no lists are no empty ones, and more than was asked for is no
// page.
func TestNoChildren(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"results":null}`, `{"results":[{}]}`, `{"results":[{"id":"1"}]}`, `{"results":[{"id":"1","type":"page"},{"id":"2","type":"page"}]}`} {
		for _, parent := range []string{`"parent_id":"7"`, `"parent_id":"7","parent_type":"space"`} {
			value, failure, _ := asked(t, "ListDirectChildren", `{`+parent+`,"limit":1}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
				_, _ = io.WriteString(w, strings.ReplaceAll(body, `"type"`, `"status":"current","type"`))
			})
			if failure == nil {
				t.Errorf("%s of %s becomes %s", body, parent, value)
			}
		}
	}
}
