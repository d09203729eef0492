package jira

import (
	"cmp"
	_ "embed" // for sprints.json
	"fmt"
	"net/http"
	"slices"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = software.Serve(map[string]service.Handler{
	"GET /rest/agile/1.0/board/{boardId}/sprint":                     listSprints,
	"GET /rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue":    byOffset(boardSprintIssues),
	"GET /rest/software/1.0/board/{boardId}/sprint/{sprintId}/issue": byToken(boardSprintIssues),
	"GET /rest/agile/1.0/sprint/{sprintId}":                          getSprint,
	"GET /rest/agile/1.0/sprint/{sprintId}/issue":                    byOffset(sprintIssues),
	"GET /rest/software/1.0/sprint/{sprintId}/issue":                 byToken(sprintIssues),
	"POST /rest/agile/1.0/sprint/{sprintId}/issue":                   moveToSprint,
})

// sprint is a span of time on a board. Moments that have not come are zero.
type sprint struct {
	ID       int64     `json:"id"`
	Board    int64     `json:"board"`
	Name     string    `json:"name"`
	State    string    `json:"state"` // closed, active or future
	Goal     string    `json:"goal"`
	Created  time.Time `json:"created"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Complete time.Time `json:"complete"`
}

//go:embed sprints.json
var sprintsJSON []byte

var sprints = state.NewTable(&Service.Tables, state.Definition[sprint]{
	Name:  "sprints.json",
	Seed:  sprintsJSON,
	Older: manySprints,
	ID:    func(s *sprint) *int64 { return &s.ID },
	Check: func(_ *state.State, site *state.Site, s *sprint) error {
		if b := boards.Get(site, s.Board); b == nil || !b.Sprints || !slices.Contains(sprintStates, s.State) {
			return fmt.Errorf("no board has a sprint that is %q", s.State)
		}
		return nil
	},
})

// sprintStates are in the order in which a board lists its sprints.
var sprintStates = []string{"closed", "active", "future"}

// manySprints are fifty-eight that are over, on one board of acme: more than a page holds.
func manySprints(site string) []*sprint {
	if site != "acme" {
		return nil
	}
	var many []*sprint
	at := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
	for n := int64(1); n <= 58; n++ {
		end := at.AddDate(0, 0, 11)
		many = append(many, &sprint{
			ID: n, Board: 1, Name: fmt.Sprintf("PLAT Sprint %d", n), State: "closed",
			Created: at.AddDate(0, 0, -7), Start: at, End: end, Complete: end.Add(time.Hour),
		})
		at = at.AddDate(0, 0, 14)
	}
	return many
}

type sprintView struct {
	ID            int64  `json:"id"`
	Self          string `json:"self"`
	State         string `json:"state"`
	Name          string `json:"name"`
	StartDate     string `json:"startDate,omitzero"`
	EndDate       string `json:"endDate,omitzero"`
	CompleteDate  string `json:"completeDate,omitzero"`
	CreatedDate   string `json:"createdDate"`
	OriginBoardID int64  `json:"originBoardId"`
	Goal          string `json:"goal,omitzero"`
}

// issueSprint is a sprint as an issue mentions it.
type issueSprint struct {
	ID           int64  `json:"id"`
	Name         string `json:"name"`
	State        string `json:"state"`
	BoardID      int64  `json:"boardId"`
	Goal         string `json:"goal"`
	StartDate    string `json:"startDate,omitzero"`
	EndDate      string `json:"endDate,omitzero"`
	CompleteDate string `json:"completeDate,omitzero"`
}

// moment is how the API of sprints writes one: not as the rest of Jira does (facts §7).
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000Z07:00")
}

func viewSprint(c *service.Call, s *sprint) sprintView {
	return sprintView{
		ID:            s.ID,
		Self:          c.Gateway + "/rest/agile/1.0/sprint/" + service.Decimal(s.ID),
		State:         s.State,
		Name:          s.Name,
		StartDate:     moment(s.Start),
		EndDate:       moment(s.End),
		CompleteDate:  moment(s.Complete),
		CreatedDate:   moment(s.Created),
		OriginBoardID: s.Board,
		Goal:          s.Goal,
	}
}

// listSprints answers GET /rest/agile/1.0/board/{boardId}/sprint: those that are over first, the oldest
// of each state first (facts §3).
func listSprints(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := softwareRange(params)
	states := params.Choices("state", sprintStates...)
	if params.Failed() {
		return params.BadRequest(c)
	}
	b, refusal := wantedBoard(c)
	if b == nil {
		return refusal
	}
	if !b.Sprints {
		return c.Refuse(http.StatusBadRequest, "The board does not support sprints")
	}
	found := sprints.Select(c.Site, func(s *sprint) bool {
		return s.Board == b.ID && (len(states) == 0 || slices.Contains(states, s.State))
	})
	slices.SortFunc(found, func(a, b *sprint) int {
		return cmp.Or(slices.Index(sprintStates, a.State)-slices.Index(sprintStates, b.State), cmp.Compare(a.ID, b.ID))
	})
	return softwareList(found, start, limit, func(s *sprint) sprintView { return viewSprint(c, s) })
}

// wantedSprint is the sprint that the path names, or the answer that there is none.
func wantedSprint(c *service.Call) (*sprint, service.Reply) {
	return sprints.Get(c.Site, c.ID("sprintId")), c.Refuse(http.StatusNotFound, "Sprint does not exist.")
}

// getSprint answers GET /rest/agile/1.0/sprint/{sprintId}.
func getSprint(c *service.Call) service.Reply {
	s, refusal := wantedSprint(c)
	if s == nil {
		return refusal
	}
	return service.OK(viewSprint(c, s))
}

// sprintIssues are those that are or, when it is over, were in a sprint.
func sprintIssues(c *service.Call) ([]*issue, *service.Reply) {
	s, refusal := wantedSprint(c)
	if s == nil {
		return nil, &refusal
	}
	return seenIssues(c, func(i *issue) bool { return slices.Contains(i.Sprints, s.ID) }), nil
}

// boardSprintIssues are the issues of a board that are in a sprint.
func boardSprintIssues(c *service.Call) ([]*issue, *service.Reply) {
	b, refusal := wantedBoard(c)
	if b == nil {
		return nil, &refusal
	}
	found, none := sprintIssues(c)
	return filter(found, func(i *issue) bool { return i.Project == b.Project }), none
}

// openSprint is the sprint of an issue that is active or to come, or nil: there is one at most.
func openSprint(site *state.Site, i *issue) *sprint {
	for _, id := range i.Sprints {
		if s := sprints.Get(site, id); s.State != "closed" {
			return s
		}
	}
	return nil
}

// leaveOpenSprint takes an issue out of the sprint that is active or to come.
func leaveOpenSprint(c *service.Call, i *issue) {
	if s := openSprint(c.Site, i); s != nil {
		i.Sprints = filter(i.Sprints, func(id int64) bool { return id != s.ID })
		i.Updated = c.State.Now()
	}
}

// moveToSprint answers POST /rest/agile/1.0/sprint/{sprintId}/issue. The issues leave the sprints in
// which they are, and nothing says so (facts §11).
func moveToSprint(c *service.Call) service.Reply {
	var in move
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	s, none := wantedSprint(c)
	if s == nil {
		return none
	}
	moved, refusal := movedIssues(c, in.Issues)
	if refusal != nil {
		return *refusal
	}
	if s.State == "closed" {
		return c.Refuse(http.StatusBadRequest, "Issues cannot be moved to a sprint that is closed.")
	}
	for _, i := range moved {
		leaveOpenSprint(c, i)
		i.Sprints = append(slices.Clone(i.Sprints), s.ID)
		i.Updated = c.State.Now()
	}
	return service.NoContent()
}
