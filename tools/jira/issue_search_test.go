package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/tool"
)

// searchRequest is what a search sends.
type searchRequest struct {
	JQL           string   `json:"jql"`
	Fields        []string `json:"fields"`
	MaxResults    int      `json:"maxResults"`
	NextPageToken string   `json:"nextPageToken"`
	Expand        string   `json:"expand"`
}

// foundIssues is what a search answers with.
type foundIssues struct {
	Issues     []map[string]jsontext.Value `json:"issues"`
	Fields     []string                    `json:"fields"`
	Notes      []string                    `json:"notes"`
	Pagination struct {
		Limit         int    `json:"limit"`
		ReturnedCount int    `json:"returned_count"`
		IsLastPage    bool   `json:"is_last_page"`
		NextPageToken string `json:"next_page_token"`
	} `json:"pagination"`
}

func decodeSearch(t *testing.T, r *http.Request) (sent searchRequest) {
	t.Helper()
	if err := json.UnmarshalRead(r.Body, &sent, json.RejectUnknownMembers(true)); err != nil {
		t.Error(err)
	}
	return sent
}

func decodeFound(t *testing.T, value jsontext.Value) (found foundIssues) {
	t.Helper()
	if err := json.Unmarshal(value, &found); err != nil {
		t.Fatalf("%v: %s", err, value)
	}
	return found
}

// Bug class B8: a page that is not the last one never looks complete, and
// following the tokens gives every issue once.
func TestB8PagesAreNotComplete(t *testing.T) {
	t.Parallel()
	const total = 216
	var tokens []string
	seen := map[string]int{}
	for token := ""; ; {
		input := fmt.Sprintf(`{"jql":"project = PLAT","limit":50,"next_page_token":%q}`, token)
		value, failure, _ := asked(t, "SearchIssuesWithJql", input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			sent := decodeSearch(t, r)
			from := 0
			_, _ = fmt.Sscanf(sent.NextPageToken, "from-%d", &from)
			to := min(from+sent.MaxResults-from%7, total) // pages may be short (facts §3)
			var rows []string
			for i := from; i < to; i++ {
				rows = append(rows, fmt.Sprintf(`{"id":"%d","key":"PLAT-%d","fields":{"summary":"s"}}`, i+1, i+1))
			}
			next := ""
			if to < total {
				next = fmt.Sprintf(`,"isLast":false,"nextPageToken":"from-%d"`, to)
			}
			_, _ = fmt.Fprintf(w, `{"issues":[%s]%s}`, strings.Join(rows, ","), next)
		})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		found := decodeFound(t, value)
		for _, i := range found.Issues {
			seen[string(i["key"])]++
		}
		p := found.Pagination
		if p.ReturnedCount != len(found.Issues) || p.IsLastPage != (p.NextPageToken == "") {
			t.Errorf("%d issues with %+v", len(found.Issues), p)
		}
		if p.IsLastPage {
			break
		}
		if token = p.NextPageToken; len(tokens) > total {
			t.Fatal("there is no end")
		}
		tokens = append(tokens, token)
	}
	if len(seen) != total {
		t.Errorf("%d issues were seen, want %d", len(seen), total)
	}
	for key, times := range seen {
		if times != 1 {
			t.Errorf("%s was seen %d times", key, times)
		}
	}
}

// Bug class B9: what is not there, or invisible, is told as that, and only what
// is really empty as empty.
func TestB9NotThereIsNotEmpty(t *testing.T) {
	t.Parallel()
	const (
		empty   = `{"issues":[],"isLast":true}`
		unknown = "The value 'NOPE' does not exist for the field 'project'."
	)
	search := func(status int, found, parsed string) (jsontext.Value, *tool.Error) {
		value, failure, _ := asked(t, "SearchIssuesWithJql", `{"jql":"project = NOPE"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/search/jql"):
				w.WriteHeader(status)
				_, _ = io.WriteString(w, found)
			case r.URL.Path == "/ex/jira/0/rest/api/3/jql/parse" && r.URL.RawQuery == "validation=strict":
				_, _ = io.WriteString(w, parsed)
			default:
				t.Errorf("%s %s", r.Method, r.URL)
			}
		})
		return value, failure
	}
	for name, answers := range map[string]struct {
		status        int
		found, parsed string
	}{
		"refused":             {400, `{"errorMessages":["` + unknown + `"]}`, ""},
		"empty but told":      {200, empty, `{"queries":[{"query":"x","errors":["` + unknown + `"]}]}`},
		"checked in two ways": {200, `{"issues":[]}`, `{"queries":[{"query":"x","errors":["` + unknown + `","Another."]}]}`},
	} {
		if value, failure := search(answers.status, answers.found, answers.parsed); failure == nil || !strings.Contains(failure.Message, unknown) {
			t.Errorf("%s: %s, %v", name, value, failure)
		}
	}
	value, failure := search(200, empty, `{"queries":[{"query":"x"}]}`)
	if failure != nil {
		t.Fatal(failure.Message)
	}
	if found := decodeFound(t, value); len(found.Issues) != 0 || len(found.Notes) != 0 {
		t.Errorf("nothing found is told as %s", value)
	}
	if value, failure := search(200, empty, `{}`); failure == nil {
		t.Errorf("without the check it is told as %s", value)
	}
}

// Bug class B12: Jira is asked for the named fields and no other, and no other
// is shown, whatever Jira sends.
func TestB12FieldsAreHonouredExactly(t *testing.T) {
	t.Parallel()
	const everything = `{"id":"1","key":"PLAT-1","fields":{"summary":"s","status":{"name":"Done"},"labels":["a"],"assignee":{"accountId":"ada"},"customfield_1":"x","votes":{"votes":1}}}`
	for _, tt := range []struct {
		tool, input string
	}{
		{"SearchIssuesWithJql", `{"jql":"key = PLAT-1","fields":["summary","Status"]}`},
		{"GetIssueById", `{"issue":"PLAT-1","fields":["summary","Status"]}`},
	} {
		value, failure, requests := asked(t, tt.tool, tt.input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			fields, expand := r.URL.Query().Get("fields"), r.URL.Query().Get("expand")
			if r.Method == http.MethodPost {
				sent := decodeSearch(t, r)
				fields, expand = strings.Join(sent.Fields, ","), sent.Expand
			}
			if fields != "summary,status" || expand != "" {
				t.Errorf("%s: asked for %q and %q", tt.tool, fields, expand)
			}
			if r.Method == http.MethodPost {
				_, _ = io.WriteString(w, `{"issues":[`+everything+`],"isLast":true}`)
			} else {
				_, _ = io.WriteString(w, everything)
			}
		})
		if failure != nil || requests != 2 {
			t.Fatalf("%s: %v, %d requests", tt.tool, failure, requests)
		}
		var out struct {
			Issue  map[string]jsontext.Value   `json:"issue"`
			Issues []map[string]jsontext.Value `json:"issues"`
			Fields []string                    `json:"fields"`
		}
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
		if out.Issue == nil {
			out.Issue = out.Issues[0]
		}
		for name := range out.Issue {
			switch name {
			case "id", "key", "url", "jira_gui_url", "title", "status":
			default:
				t.Errorf("%s shows %s", tt.tool, name)
			}
		}
		if diff := cmp.Diff([]string{"title", "status"}, out.Fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.tool, diff)
		}
	}
}

// Bug class B11: a row of a list is small, and so is a page of the worst issues.
func TestB11RowsAreSmall(t *testing.T) {
	t.Parallel()
	const longest = 480 // bytes, some 120 tokens
	usual := `{"id":"10123","key":"PLAT-1234","fields":{"summary":"Uploads of more than one megabyte end in an error","issuetype":{"id":"10003","name":"Bug","description":"d"},` +
		`"status":{"id":"3","name":"In Progress","statusCategory":{"name":"In Progress"}},"priority":{"id":"2","name":"High"},` +
		`"assignee":{"accountId":"712020:1b7f7ada-8c91-56cc-8393-47f38c4ea404","displayName":"Ada Moreau","active":true},"labels":["gateway","customer"],"duedate":"2026-07-17","updated":"2026-07-01T09:30:00.000+0000"}}`
	value, failure, _ := asked(t, "SearchIssuesWithJql", `{"jql":"key = PLAT-1"}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
		_, _ = io.WriteString(w, `{"issues":[`+usual+`],"isLast":true}`)
	})
	if failure != nil {
		t.Fatal(failure.Message)
	}
	row, err := json.Marshal(decodeFound(t, value).Issues[0], json.Deterministic(true))
	if err != nil || len(row) > longest || len(row) < longest/2 {
		t.Errorf("a row has %d bytes: %s", len(row), row)
	}

	worst := fmt.Sprintf(`{"id":"1","key":"PLAT-1","fields":{"summary":"s","description":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%q}]}]}`, strings.Repeat("words ", 5000))
	for i := range 200 {
		worst += fmt.Sprintf(`,"customfield_%d":"a value of some length that nobody needs"`, i)
	}
	page := strings.Repeat(worst+"}},", 99) + worst + "}}"
	for input, most := range map[string]int{
		`{"jql":"project = PLAT","limit":100}`:                            20_000,
		`{"jql":"project = PLAT","limit":100,"fields":["description"]}`:   150_000,
		`{"jql":"project = PLAT","limit":100,"fields":["custom_fields"]}`: tool.MaxOutput / 2,
	} {
		value, failure, _ := asked(t, "SearchIssuesWithJql", input, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
			_, _ = io.WriteString(w, `{"issues":[`+page+`],"isLast":true}`)
		})
		if failure != nil {
			t.Fatalf("%s: %s", input, failure.Message)
		}
		if len(value) > most {
			t.Errorf("%s: %d bytes", input, len(value))
		}
		if strings.Contains(input, "description") && !strings.Contains(string(value), "description: the rest is left out") {
			t.Errorf("%s: a cut text does not say so", input)
		}
	}
}
