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

	"arcade-atlassian/tools/tool"
)

// Bug class B8: following the tokens of pages, which may be short, meets every
// attachment once, and an end is told only where there is one.
func TestB8AttachmentsAreAllThere(t *testing.T) {
	t.Parallel()
	const total = 130
	list := func(w http.ResponseWriter, r *http.Request, _ string) {
		q := r.URL.Query()
		from, _ := strconv.Atoi(strings.TrimPrefix(q.Get("cursor"), "from-"))
		limit, err := strconv.Atoi(q.Get("limit"))
		if err != nil {
			t.Error(err)
		}
		end := min(from+min(limit, 40), total)
		var rows []string
		for id := from + 1; id <= end; id++ {
			rows = append(rows, fmt.Sprintf(`{"id":"att%d","title":"file %d","status":"current","pageId":"1"}`, id, id))
		}
		next := ""
		if end < total {
			next = fmt.Sprintf(`"next":"/wiki/api/v2/attachments?cursor=from-%d&limit=%d",`, end, limit)
		}
		_, _ = fmt.Fprintf(w, `{"results":[%s],"_links":{%s"base":"https://site0.atlassian.net/wiki"}}`, strings.Join(rows, ","), next)
	}
	for name, input := range map[string]string{"ListAttachments": `"limit":100`, "GetAttachmentsForPage": `"limit":100,"page_identifier":"1"`} {
		var got []string
		for token, pages := "", 0; ; pages++ {
			value, failure, _ := asked(t, name, fmt.Sprintf(`{%s,"pagination_token":%q}`, input, token), 1, list)
			if failure != nil {
				t.Fatal(failure.Message)
			}
			var out struct {
				Attachments []struct{ ID string }
				Pagination  struct {
					ReturnedCount int  `json:"returned_count"`
					IsLastPage    bool `json:"is_last_page"`
				}
				Token string `json:"pagination_token"`
			}
			if err := json.Unmarshal(value, &out, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			for _, a := range out.Attachments {
				got = append(got, a.ID)
			}
			if out.Pagination.ReturnedCount != len(out.Attachments) || out.Pagination.IsLastPage != (out.Token == "") || pages > total {
				t.Fatalf("%s: %s", name, value)
			}
			if token = out.Token; token == "" {
				break
			}
		}
		want := make([]string, total)
		for i := range want {
			want[i] = fmt.Sprintf("att%d", i+1)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Addresses are whole and safe, or left out; what is no list of files is no
// empty one.
func TestAttachmentsOfOddAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"results":[{"id":"att1","title":"a b","_links":{"webui":"/x?a=1","download":"/download/a%20b"}}]}`:              `"url":"https://site0.atlassian.net/wiki/x?a=1","download_link":"https://site0.atlassian.net/wiki/download/a%20b"`,
		`{"results":[{"id":"att1","title":"a","_links":{"download":"/d"}}],"_links":{"base":"http://evil.example"}}`:      `"fileSize":0}`,
		`{"results":[{"id":"att1","title":"a","mediaTypeDescription":null,"version":null,"blogPostId":"7"}],"_links":{}}`: `"blogPostId":"7","fileSize":0}`,
		`{"results":[],"_links":{}}`:  `"attachments":[]`,
		`{"results":null}`:            "",
		`{}`:                          "",
		`{"results":[{}]}`:            "",
		`{"results":[{"id":"att1"}]}`: "",
		`{"results":[{"id":"1","title":"a"},{"id":"2","title":"b"}]}`: "", // more than was asked for
		`{"results":[],"_links":{"next":"/wiki/api/v2/attachments"}}`: "",
	} {
		value, failure, _ := asked(t, "ListAttachments", `{"limit":1}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, body) })
		if want == "" && failure == nil || want != "" && (failure != nil || !strings.Contains(string(value), want)) {
			t.Errorf("%s becomes %s %v", body, value, failure)
		}
	}
	_, failure, _ := asked(t, "ListAttachments", `{"pagination_token":"old"}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER","title":"bad cursor"}]}`)
	})
	if failure == nil || failure.Kind != tool.KindUpstreamBadRequest || !strings.Contains(failure.Prompt, "without the token") {
		t.Errorf("a token that is refused: %v", failure)
	}
}
