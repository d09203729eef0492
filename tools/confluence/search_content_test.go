package confluence_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// Bug class B8: following the tokens meets everything once although pages are
// shorter than their limit, and neither the limit nor the total that Confluence
// tells is taken for the end.
func TestB8ResultsAreAllThere(t *testing.T) {
	t.Parallel()
	const total = 216
	var got []string
	for token, pages := "", 0; ; pages++ {
		value, failure, _ := asked(t, "SearchContent", fmt.Sprintf(`{"must_contain_all":["a"],"limit":100,"pagination_token":%q}`, token), 1,
			func(w http.ResponseWriter, r *http.Request, _ string) {
				from, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Query().Get("cursor"), "from="))
				end := min(from+50, total)
				var rows []string
				for id := from + 1; id <= end; id++ {
					rows = append(rows, fmt.Sprintf(`{"content":{"id":"%d","type":"page","status":"current","title":"t"},"title":"t","url":"/x","excerpt":""}`, id))
				}
				next := ""
				if end < total {
					next = fmt.Sprintf(`"next":"/rest/api/search?next=true&cursor=from%%3D%d&limit=100&start=%d&cql=x",`, end, end)
				}
				_, _ = fmt.Fprintf(w, `{"results":[%s],"limit":100,"size":%d,"totalSize":90,"_links":{%s"base":"https://site0.atlassian.net/wiki"}}`, strings.Join(rows, ","), end-from, next)
			})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		var out struct {
			Results    []struct{ ID string } `json:"results"`
			Pagination struct {
				Returned int  `json:"returned_count"`
				IsLast   bool `json:"is_last_page"`
				Total    *int `json:"total_results"`
			} `json:"pagination"`
			Approximate int    `json:"approximate_total"`
			Token       string `json:"pagination_token"`
		}
		if err := json.Unmarshal(value, &out, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Results {
			got = append(got, r.ID)
		}
		if out.Pagination.Returned != len(out.Results) || out.Pagination.IsLast != (out.Token == "") || out.Pagination.Total != nil || out.Approximate != 90 || pages > total {
			t.Fatalf("%s", value)
		}
		if token = out.Token; token == "" {
			break
		}
	}
	want := make([]string, total)
	for i := range want {
		want[i] = strconv.Itoa(i + 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Rows are content, spaces or users, and have what they have.
func TestSearchRows(t *testing.T) {
	t.Parallel()
	const link = `,"url":"/x"`
	for row, want := range map[string]string{
		`{"content":{"id":"1","type":"page","status":"current","title":"a @ b"},"title":"@@@hl@@@a@@@endhl@@@ @ b","excerpt":"x &amp; @@@hl@@@a@@@endhl@@@\n\n &lt;b&gt; &#x202e;&#8203;c"` + link + `,"resultGlobalContainer":{"title":"Eng","displayUrl":"/spaces/ENG"},"lastModified":"2026-01-01T00:00:00.000Z"}`: `{"id":"1","title":"a @ b","type":"page","status":"current","excerpt":"x & a <b> c","lastModified":"2026-01-01T00:00:00.000Z","space":{"key":"ENG","name":"Eng","url":"https://site0.atlassian.net/wiki/spaces/ENG"},"url":"https://site0.atlassian.net/wiki/x"}`,
		`{"content":{"id":"1","type":"page"},"title":"@@@hl@@@a@@@endhl@@@"` + link + `,"resultGlobalContainer":{"title":"Eng","displayUrl":"/display/~ada"}}`:                                                                                                                                                        `{"id":"1","title":"a","type":"page","space":{"name":"Eng","url":"https://site0.atlassian.net/wiki/display/~ada"},"url":"https://site0.atlassian.net/wiki/x"}`,
		`{"content":null,"space":{"id":98306,"key":"ENG","name":"Eng","status":"current","type":"global"},"title":"Eng","excerpt":"","url":"/spaces/ENG","entityType":"space"}`:                                                                                                                                       `{"id":"98306","title":"Eng","type":"space","status":"current","space":{"key":"ENG","name":"Eng","url":"https://site0.atlassian.net/wiki/spaces/ENG"},"url":"https://site0.atlassian.net/wiki/spaces/ENG"}`,
		`{"space":{"key":"ENG","name":"Eng"},"title":"Eng"}`:                                                `{"title":"Eng","type":"space","space":{"key":"ENG","name":"Eng"}}`,
		`{"user":{"type":"known","accountId":"ada"},"title":"Ada","url":"/people/ada","entityType":"user"}`: `{"id":"ada","title":"Ada","type":"user","url":"https://site0.atlassian.net/wiki/people/ada"}`,
		`{"title":"Something new","entityType":"wonder"}`:                                                   `{"title":"Something new","type":"wonder"}`,
		`{"title":"a","excerpt":"` + strings.Repeat("word ", 1000) + `"}`:                                   `{"title":"a","excerpt":"` + strings.Repeat("word ", 99) + "wo" + `…"}`,
		`{}`:   "",
		`null`: "",
	} {
		value, failure, _ := asked(t, "SearchContent", `{"cql":"type = space","limit":1}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
			_, _ = io.WriteString(w, `{"results":[`+row+`],"_links":{"base":"https://site0.atlassian.net/wiki"}}`)
		})
		if want == "" && failure == nil || want != "" && (failure != nil || !strings.Contains(string(value), `"results":[`+want+`]`)) {
			t.Errorf("%s\nbecomes %s %v\nwant    %s", row, value, failure, want)
		}
		if strings.Contains(string(value), "approximate_total") {
			t.Errorf("a total that nobody told: %s", value)
		}
	}
	for _, body := range []string{`{}`, `null`, `{"results":null}`, `{"message":"x"}`, `{"results":[{"title":"a"},{"title":"b"}]}`, `{"results":[],"_links":{"next":"/rest/api/search?cql=x"}}`} {
		value, failure, _ := asked(t, "SearchContent", `{"cql":"type = space","limit":1}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, body) })
		if failure == nil {
			t.Errorf("%s becomes %s", body, value)
		}
	}
}

// Bug class B9: nothing found is told with what was not looked at, which the end
// of a longer list is not.
func TestB9NothingFoundIsNotNothingThere(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]int{ // how many notes
		`{"must_contain_all":["x"]}`:                           2,
		`{"cql":"type = space"}`:                               1, // the caller says what is looked for
		`{"must_contain_all":["x"],"pagination_token":"last"}`: 0,
	} {
		value, failure, _ := asked(t, "SearchContent", input, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
			_, _ = io.WriteString(w, `{"results":[],"totalSize":0,"_links":{}}`)
		})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		var out struct {
			Notes []string `json:"notes"`
		}
		if err := json.Unmarshal(value, &out); err != nil || len(out.Notes) != want {
			t.Errorf("%s has the notes %v", input, out.Notes)
		}
	}
}
