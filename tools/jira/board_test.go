package jira_test

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

// listedSprints is what ListSprintsForBoards answers with.
type listedSprints struct {
	Boards []struct {
		ID int `json:"id"`
	} `json:"boards"`
	Sprints map[string]struct {
		Sprints []struct {
			ID int `json:"id"`
		} `json:"sprints"`
		IsLast     bool `json:"is_last"`
		Total      *int `json:"total"`
		NextOffset int  `json:"next_offset"`
	} `json:"sprints_by_board"`
	Errors []struct {
		Identifier string `json:"board_identifier"`
		Error      string `json:"error"`
	} `json:"errors"`
}

// answerSprints is a page of a board with so many sprints, the oldest first, as
// Jira lists them, which may tell how many there are. The dates of the last are
// in 2026, of the others before.
func answerSprints(w io.Writer, r *http.Request, total int, told bool) {
	start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
	most, _ := strconv.Atoi(r.URL.Query().Get("maxResults"))
	var rows []string
	end := min(start+min(most, 50), total)
	for id := start + 1; id <= end; id++ {
		state, year := "closed", 2025
		if id == total {
			state, year = "active", 2026
		}
		rows = append(rows, fmt.Sprintf(`{"id":%d,"name":"s","state":%q,"startDate":"%d-01-01T09:00:00.000Z","endDate":"%d-01-14T09:00:00.000+0000"}`, id, state, year, year))
	}
	count := ""
	if told {
		count = fmt.Sprintf(`,"total":%d`, total)
	}
	_, _ = fmt.Fprintf(w, `{"values":[%s],"isLast":%t%s}`, strings.Join(rows, ","), end == total, count)
}

// Bug class B8: the newest sprints come first although Jira lists them last,
// every page says what follows, and following the pages gives each once.
func TestB8NewestSprintsComeFirst(t *testing.T) {
	t.Parallel()
	const total = 216
	for _, tt := range []struct {
		most, requests int
		told           bool
	}{{7, 4, true}, {50, 4, true}, {50, 7, false}} {
		var got []int
		for offset, last := 0, false; !last; {
			value, failure, requests := asked(t, "ListSprintsForBoards", fmt.Sprintf(`{"board_identifiers_list":["1"],"max_sprints_per_board":%d,"offset":%d}`, tt.most, offset), 1,
				func(w http.ResponseWriter, r *http.Request, _ string) {
					if strings.HasSuffix(r.URL.Path, "/board/1") {
						_, _ = io.WriteString(w, `{"id":1,"name":"b","type":"scrum"}`)
						return
					}
					answerSprints(w, r, total, tt.told)
				})
			if failure != nil {
				t.Fatal(failure.Message)
			}
			var out listedSprints
			if err := json.Unmarshal(value, &out); err != nil {
				t.Fatal(err)
			}
			page := out.Sprints["1"]
			if page.Total == nil || *page.Total != total || page.IsLast != (page.NextOffset == 0) || requests > tt.requests {
				t.Fatalf("%d requests for %s", requests, value)
			}
			for _, s := range page.Sprints {
				got = append(got, s.ID)
			}
			if offset, last = page.NextOffset, page.IsLast; len(got) > total {
				t.Fatal("there is no end")
			}
		}
		want := make([]int, total)
		for i := range want {
			want[i] = total - i
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt, diff)
		}
	}
}

// Sprints of a day are looked for on every page, and where there are too many
// pages the answer says so.
func TestSprintsOfDays(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{216: "", 1216: "newest 1000"} {
		value, failure, _ := asked(t, "ListSprintsForBoards", `{"board_identifiers_list":["1"],"specific_date":"2025-01-14","max_sprints_per_board":2,"offset":100}`, 1,
			func(w http.ResponseWriter, r *http.Request, _ string) {
				if strings.HasSuffix(r.URL.Path, "/board/1") {
					_, _ = io.WriteString(w, `{"id":1,"name":"b","type":"scrum"}`)
					return
				}
				answerSprints(w, r, total, true)
			})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		var out listedSprints
		if err := json.Unmarshal(value, &out); err != nil {
			t.Fatal(err)
		}
		page := out.Sprints["1"]
		if len(page.Sprints) != 2 || page.Sprints[0].ID != total-101 || page.NextOffset != 102 {
			t.Errorf("of %d: %s", total, value)
		}
		if known := page.Total != nil && *page.Total == total-1; known != (want == "") || !strings.Contains(string(value), want) {
			t.Errorf("of %d: %s", total, value)
		}
	}
}

// Bug class B8: the issues of a board are complete by offset as by token, and a
// total is there only when the list was read to its end.
func TestB8IssuesOfBoardsAreAllThere(t *testing.T) {
	t.Parallel()
	const total = 216
	list := func(w http.ResponseWriter, r *http.Request, _ string) {
		if !strings.HasSuffix(r.URL.Path, "/backlog") {
			_, _ = io.WriteString(w, `{"id":1,"name":"b","type":"scrum"}`)
			return
		}
		q := r.URL.Query()
		most, _ := strconv.Atoi(q.Get("maxResults"))
		from := 0
		if _, err := fmt.Sscanf(q.Get("nextPageToken"), "from-%d", &from); err != nil && q.Has("nextPageToken") {
			t.Error(err)
		}
		if most > 200 {
			t.Errorf("a page of %d is asked for", most)
		}
		end := min(from+min(most, 60), total) // pages may be short (facts §3)
		var rows []string
		for id := from + 1; id <= end; id++ {
			rows = append(rows, fmt.Sprintf(`{"id":"%d","key":"A-%d"}`, id, id))
		}
		next := ""
		if end < total {
			next = fmt.Sprintf(`,"nextPageToken":"from-%d"`, end)
		}
		_, _ = fmt.Fprintf(w, `{"issues":[%s],"isLast":%t%s}`, strings.Join(rows, ","), end == total, next)
	}
	for _, by := range []string{"offset", "token"} {
		var got []string
		input := `{"board_id":"1","limit":100}`
		for last := false; !last; {
			value, failure, _ := asked(t, "GetBoardBacklogIssues", input, 1, list)
			if failure != nil {
				t.Fatal(failure.Message)
			}
			var out struct {
				Issues []struct {
					Key string `json:"key"`
				} `json:"issues"`
				Total      *int `json:"total"`
				Pagination struct {
					ReturnedCount int    `json:"returned_count"`
					IsLastPage    bool   `json:"is_last_page"`
					NextOffset    int    `json:"next_offset"`
					NextPageToken string `json:"next_page_token"`
				} `json:"pagination"`
			}
			if err := json.Unmarshal(value, &out); err != nil {
				t.Fatal(err)
			}
			for _, i := range out.Issues {
				got = append(got, i.Key)
			}
			p := out.Pagination
			last = p.IsLastPage
			if p.ReturnedCount != len(out.Issues) || last == (p.NextOffset > 0 || p.NextPageToken != "") || len(got) > total ||
				(out.Total != nil) != (last && by == "offset") || out.Total != nil && *out.Total != total {
				t.Fatalf("by %s after %d issues: %s", by, len(got), value)
			}
			if by == "offset" {
				input = fmt.Sprintf(`{"board_id":"1","limit":100,"offset":%d}`, p.NextOffset)
			} else {
				input = fmt.Sprintf(`{"board_id":"1","limit":100,"next_page_token":%q}`, p.NextPageToken)
			}
		}
		want := make([]string, total)
		for i := range want {
			want[i] = fmt.Sprintf("A-%d", i+1)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
	}
}

// Bug class B9: Jira shows an empty list to those who may not see the board,
// which is not told as one.
func TestB9InvisibleBoardsAreNotEmpty(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"GetBoardBacklogIssues": `{"board_id":"1"}`,
		"GetSprintIssues":       `{"sprint_id":"1"}`,
	} {
		value, failure, _ := asked(t, name, input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			if strings.Contains(r.URL.Path, "/rest/software/") {
				_, _ = io.WriteString(w, `{"issues":[],"isLast":true}`)
				return
			}
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"errorMessages":["It cannot be viewed."]}`)
		})
		if failure == nil || failure.Kind != tool.KindUpstreamNotFound || !strings.Contains(failure.Message, "It cannot be viewed.") {
			t.Errorf("%s: %s, %v", name, value, failure)
		}
	}
}

// Bug class B12: lists of boards and sprints ask for the fields that are shown,
// and show no others.
func TestB12IssuesOfBoardsHaveTheFieldsAskedFor(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"GetBoardBacklogIssues": `{"board_id":"1","fields":["summary","Status"]}`,
		"GetSprintIssues":       `{"sprint_id":"1","fields":["summary","Status"]}`,
	} {
		value, failure, _ := asked(t, name, input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			if !strings.Contains(r.URL.Path, "/rest/software/") {
				_, _ = io.WriteString(w, `{"id":1,"name":"x","state":"active"}`)
				return
			}
			if q := r.URL.Query(); q.Get("fields") != "summary,status" || q.Has("expand") {
				t.Errorf("%s asks for %s", name, r.URL.RawQuery)
			}
			_, _ = io.WriteString(w, `{"issues":[{"id":"1","key":"A-1","fields":{"summary":"s","labels":["l"],"sprint":{"id":1},"customfield_1":"x"}}],"isLast":true}`)
		})
		if failure != nil {
			t.Fatal(failure.Message)
		}
		for member := range decodeFound(t, value).Issues[0] {
			if member != "id" && member != "key" && member != "url" && member != "title" {
				t.Errorf("%s shows %s", name, member)
			}
		}
	}
}

// Bug class B11: a page of the worst issues of a board is small, and so are the
// sprints of many boards.
func TestB11ListsOfBoardsAreSmall(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("words ", 5000)
	issue := fmt.Sprintf(`{"id":"1","key":"A-1","fields":{"summary":"s","description":%q,"customfield_1":%q}}`, long, long)
	sprint := fmt.Sprintf(`{"id":1,"name":"s","state":"closed","goal":%q,"startDate":"2026-01-01T09:00:00.000Z","endDate":"2026-01-14T09:00:00.000Z"}`, long)
	for _, tt := range []struct {
		tool, input string
		most        int
	}{
		{"GetBoardBacklogIssues", `{"board_id":"1","limit":100}`, 20_000},
		{"GetBoardBacklogIssues", `{"board_id":"1","limit":100,"fields":["description","custom_fields"]}`, 300_000},
		{"GetSprintIssues", `{"sprint_id":"1","limit":100}`, 20_000},
		{"ListSprintsForBoards", `{"board_identifiers_list":["1"]}`, 30_000},
	} {
		value, failure, _ := asked(t, tt.tool, tt.input, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case strings.Contains(r.URL.Path, "/rest/software/"):
				_, _ = io.WriteString(w, `{"issues":[`+strings.Repeat(issue+",", 99)+issue+`],"isLast":true}`)
			case strings.HasSuffix(r.URL.Path, "/sprint"):
				_, _ = io.WriteString(w, `{"values":[`+strings.Repeat(sprint+",", 49)+sprint+`],"isLast":true}`)
			default:
				_, _ = io.WriteString(w, `{"id":1,"name":"x","state":"active"}`)
			}
		})
		if failure != nil || len(value) > tt.most {
			t.Errorf("%s %s: %d bytes, %v", tt.tool, tt.input, len(value), failure)
		}
	}
}

// Bug class B24: a board that cannot be shown does not take the others away.
func TestB24OneBoardDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	value, failure, _ := asked(t, "ListSprintsForBoards", `{"board_identifiers_list":["1","2","3","4","none"]}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		parts := strings.Split(strings.TrimSuffix(r.URL.Path, "/sprint"), "/")
		id := parts[len(parts)-1]
		switch {
		case id == "3":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"errorMessages":["It cannot be viewed."]}`)
		case id == "board":
			_, _ = io.WriteString(w, `{"values":[{"id":9,"name":"Other"}],"isLast":true}`)
		case !strings.HasSuffix(r.URL.Path, "/sprint"):
			_, _ = fmt.Fprintf(w, `{"id":%s,"name":"b","type":"simple"}`, id)
		case id == "2":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"errorMessages":["The board does not support sprints"]}`)
		default:
			answerSprints(w, r, 3, true)
		}
	})
	if failure != nil {
		t.Fatal(failure.Message)
	}
	var out listedSprints
	if err := json.Unmarshal(value, &out); err != nil {
		t.Fatal(err)
	}
	problems := map[string]bool{}
	for _, e := range out.Errors {
		problems[e.Identifier] = e.Error != ""
	}
	if diff := cmp.Diff(map[string]bool{"2": true, "3": true, "none": true}, problems); diff != "" || len(out.Boards) != 2 || len(out.Sprints["4"].Sprints) != 3 {
		t.Errorf("%s (-want +got):\n%s", value, diff)
	}
}
