package jira_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// sprintMoveService is a Jira with the active sprint 5 and a future sprint 6, in
// which every issue is that inSprint names. Moves are refused from the given one
// on.
type sprintMoveService struct {
	t *testing.T

	mu       sync.Mutex
	inSprint map[string]int // by ID
	deaf     bool           // accepts moves and does not make them
	refuse   int            // moves that are accepted; negative is all
	status   int            // with which the others are refused
	unread   bool           // from the first move on, issues cannot be read
	moves    []int          // how many issues each request had
}

func (s *sprintMoveService) ServeHTTP(w http.ResponseWriter, r *http.Request, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body struct {
		IDs    []string `json:"issueIdsOrKeys"`
		Issues []string `json:"issues"`
	}
	if r.Method == http.MethodPost {
		if err := json.UnmarshalRead(r.Body, &body); err != nil {
			s.t.Error(err)
		}
	}
	switch path := strings.SplitN(r.URL.Path, "/rest/", 2)[1]; {
	case path == "agile/1.0/sprint/5":
		_, _ = io.WriteString(w, `{"id":5,"name":"Five","state":"active","originBoardId":1}`)
	case path == "api/3/field":
		_, _ = io.WriteString(w, `[{"id":"customfield_7","name":"Sprint","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}}]`)
	case path == "api/3/issue/bulkfetch" && s.unread && s.moves != nil:
		w.WriteHeader(http.StatusForbidden)
	case path == "api/3/issue/bulkfetch":
		if len(body.IDs) > 100 {
			s.t.Errorf("%d issues are asked for", len(body.IDs))
		}
		var rows []string
		for _, id := range body.IDs {
			rows = append(rows, fmt.Sprintf(`{"id":%q,"key":"A-%s","fields":{"customfield_7":[{"id":4,"name":"Four","state":"closed"}%s]}}`, id, id,
				map[int]string{5: `,{"id":5,"name":"Five","state":"active"}`, 6: `,{"id":6,"name":"Six","state":"future"}`}[s.inSprint[id]]))
		}
		_, _ = io.WriteString(w, `{"issues":[`+strings.Join(rows, ",")+`]}`)
	case path == "software/1.0/board/1/issue":
		ids := r.URL.Query()["reconcileIssues"]
		if want := "id in (" + strings.Join(ids, ", ") + ")"; r.URL.Query().Get("jql") != want || len(ids) > 50 {
			s.t.Errorf("the board is asked for %s", r.URL.RawQuery)
		}
		var rows []string
		for _, id := range ids {
			rows = append(rows, fmt.Sprintf(`{"id":%q,"key":"A-%s"}`, id, id))
		}
		_, _ = io.WriteString(w, `{"issues":[`+strings.Join(rows, ",")+`],"isLast":true}`)
	case path == "agile/1.0/sprint/5/issue" || path == "agile/1.0/backlog/issue":
		s.moves = append(s.moves, len(body.Issues))
		if s.refuse >= 0 && len(s.moves) > s.refuse {
			w.WriteHeader(s.status)
			_, _ = io.WriteString(w, `{"errorMessages":["The rank is broken."]}`)
			return
		}
		for _, id := range body.Issues {
			switch {
			case s.deaf:
			case strings.HasSuffix(path, "backlog/issue"):
				delete(s.inSprint, id)
			default:
				s.inSprint[id] = 5
			}
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		s.t.Errorf("%s %s", r.Method, r.URL)
	}
}

// movedAnswer is what both tools answer with.
type movedAnswer struct {
	Added []struct {
		ID string `json:"issue_id"`
	} `json:"successfully_added"`
	InOther []struct {
		ID string `json:"issue_id"`
	} `json:"in_other_sprint"`
	Removed []struct {
		ID string `json:"id"`
	} `json:"successfully_removed"`
	Errors []struct {
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"errors"`
	Verified bool `json:"verified"`
}

// moveAll asks for the issues 1 to count.
func (s *sprintMoveService) moveAll(name string, count int) (out movedAnswer, failure string) {
	s.t.Helper()
	ids := make([]string, count)
	for i := range ids {
		ids[i] = fmt.Sprintf("%q", fmt.Sprint(i+1))
	}
	parameter := map[string]string{"AddIssuesToSprint": "issue_ids", "MoveIssuesFromSprintToBacklog": "issue_identifiers"}[name]
	value, err, _ := asked(s.t, name, fmt.Sprintf(`{"sprint_id":"5",%q:[%s]}`, parameter, strings.Join(ids, ",")), 1, s.ServeHTTP)
	if err != nil {
		return out, err.Message
	}
	if err := json.Unmarshal(value, &out); err != nil {
		s.t.Fatal(err)
	}
	return out, ""
}

// all puts issues 1 to count into a sprint.
func all(count, sprint int) map[string]int {
	in := map[string]int{}
	for i := range count {
		in[fmt.Sprint(i+1)] = sprint
	}
	return in
}

// Bug class B5: a move that Jira accepts and does not make is no success.
func TestB5SprintMovesAreReadBack(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]int{"AddIssuesToSprint": 0, "MoveIssuesFromSprintToBacklog": 5} {
		s := &sprintMoveService{t: t, inSprint: all(3, in), refuse: -1, deaf: true}
		out, failure := s.moveAll(name, 3)
		if failure != "" || out.Verified || len(out.Added) != 0 || len(out.Removed) != 0 || len(out.Errors) != 3 {
			t.Errorf("%s: %+v, %s", name, out, failure)
		}
		s = &sprintMoveService{t: t, inSprint: all(3, in), refuse: -1}
		out, failure = s.moveAll(name, 3)
		if failure != "" || !out.Verified || len(out.Added)+len(out.Removed) != 3 || len(out.Errors) != 0 {
			t.Errorf("%s: %+v, %s", name, out, failure)
		}
		s = &sprintMoveService{t: t, inSprint: all(3, in), refuse: -1, unread: true}
		if out, failure = s.moveAll(name, 3); failure != "" || out.Verified {
			t.Errorf("%s, not read back: %+v, %s", name, out, failure)
		}
	}
}

// Issues are moved fifty at a time, and each has an outcome of its own.
func TestSprintMovesOfMany(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]int{"AddIssuesToSprint": 0, "MoveIssuesFromSprintToBacklog": 5} {
		for _, tt := range []struct {
			refuse, status int
			unread         bool
			moves          []int
			moved          int
			why            string
		}{
			{-1, 0, false, []int{50, 50, 20}, 120, ""},
			{2, 400, false, []int{50, 50, 20}, 100, "It was not moved: "},
			{1, 403, false, []int{50, 50}, 50, "It was not moved: "},
			{1, 400, true, []int{50, 50}, 50, "Whether it was moved is unknown: "},
			{0, 400, false, []int{50}, 0, ""}, // then there is no answer
		} {
			s := &sprintMoveService{t: t, inSprint: all(120, in), refuse: tt.refuse, status: tt.status, unread: tt.unread}
			out, failure := s.moveAll(name, 120)
			if diff := cmp.Diff(tt.moves, s.moves); diff != "" {
				t.Errorf("%s %+v: requests (-want +got):\n%s", name, tt, diff)
			}
			if tt.moved == 0 {
				if !strings.Contains(failure, "The rank is broken.") {
					t.Errorf("%s: %q", name, failure)
				}
				continue
			}
			if failure != "" || len(out.Added)+len(out.Removed) != tt.moved || len(out.Errors) != 120-tt.moved || out.Verified == tt.unread {
				t.Errorf("%s %+v: %d moved, %d not, %s", name, tt, len(out.Added)+len(out.Removed), len(out.Errors), failure)
			}
			for _, e := range out.Errors {
				if text := e.Message + e.Error; !strings.HasPrefix(text, tt.why) || !strings.Contains(text, "The rank is broken.") {
					t.Errorf("%s %+v: %s", name, tt, text)
				}
			}
		}
	}
}

// No issue is taken out of a sprint that the call does not name.
func TestIssuesStayInOtherSprints(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AddIssuesToSprint", "MoveIssuesFromSprintToBacklog"} {
		s := &sprintMoveService{t: t, inSprint: all(3, 6), refuse: -1}
		out, failure := s.moveAll(name, 3)
		if failure != "" || s.moves != nil || len(out.InOther)+len(out.Errors) != 3 || len(out.Added)+len(out.Removed) != 0 {
			t.Errorf("%s: %v, %+v, %s", name, s.moves, out, failure)
		}
	}
}
