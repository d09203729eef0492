package jira

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
)

// sprint is a sprint as Jira sends it: alone, in lists, and in the field of an
// issue. Which dates it has depends on its state (facts §11).
type sprint struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	State         string `json:"state"`
	BoardID       int    `json:"boardId"`       // in the field
	OriginBoardID int    `json:"originBoardId"` // everywhere else
	StartDate     string `json:"startDate"`
	EndDate       string `json:"endDate"`
	CompleteDate  string `json:"completeDate"`
	Goal          string `json:"goal"`
}

// Check holds that there is a sprint.
func (s sprint) Check() error {
	if s.ID == 0 || s.State == "" {
		return errors.New("a sprint without id or state")
	}
	return nil
}

// The states of sprints.
const (
	futureSprint = "future"
	activeSprint = "active"
	closedSprint = "closed"
)

// sprintView is a sprint as issues show it.
type sprintView struct {
	ID        int    `json:"id" doc:"The sprint's ID."`
	Name      string `json:"name" doc:"The sprint's name."`
	State     string `json:"state" doc:"future, active or closed."`
	BoardID   int    `json:"board_id,omitzero" doc:"The board it belongs to."`
	StartDate string `json:"start_date,omitzero" doc:"When it began or will."`
	EndDate   string `json:"end_date,omitzero" doc:"When it ends."`
	Goal      string `json:"goal,omitzero" doc:"What it is to achieve." untrusted:"true"`
}

// viewSprints shows the sprint of an issue that is not closed, of which there
// is at most one (facts §11), else the last one, and the names of the others.
func viewSprints(value jsontext.Value) (*sprintView, []string) {
	var sprints []sprint
	if json.Unmarshal(value, &sprints) != nil || len(sprints) == 0 {
		return nil, nil
	}
	at := len(sprints) - 1
	for i, s := range sprints {
		if s.State != closedSprint {
			at = i
		}
	}
	var past []string
	for i, s := range sprints {
		if i != at && len(past) < mostItems {
			past = append(past, text.Line(s.Name, longestName))
		}
	}
	return viewSprint(sprints[at]), past
}

// viewSprint cleans what no decoding has cleaned.
func viewSprint(s sprint) *sprintView {
	const longestDate, longestState, longestGoal = 40, 20, 1000
	return &sprintView{
		ID: s.ID, Name: text.Line(s.Name, longestName), State: text.Line(s.State, longestState), BoardID: s.BoardID,
		StartDate: text.Line(s.StartDate, longestDate), EndDate: text.Line(s.EndDate, longestDate), Goal: text.Line(s.Goal, longestGoal),
	}
}

// boardSprintView is a sprint as boards show it, with the names that Jira gives
// its dates.
type boardSprintView struct {
	ID            int    `json:"id" doc:"The sprint's ID."`
	Name          string `json:"name" doc:"The sprint's name."`
	State         string `json:"state" doc:"future, active or closed."`
	StartDate     string `json:"startDate,omitzero" doc:"When it began or will."`
	EndDate       string `json:"endDate,omitzero" doc:"When it ends."`
	CompleteDate  string `json:"completeDate,omitzero" doc:"When it was closed."`
	OriginBoardID int    `json:"originBoardId,omitzero" doc:"The board it was created on."`
	Goal          string `json:"goal,omitzero" doc:"What it is to achieve." untrusted:"true"`
}

func viewBoardSprint(s sprint) boardSprintView {
	return boardSprintView{
		ID: s.ID, Name: s.Name, State: s.State, StartDate: s.StartDate, EndDate: s.EndDate, CompleteDate: s.CompleteDate,
		OriginBoardID: s.OriginBoardID, Goal: text.Clip(s.Goal, longestDescription),
	}
}

// getSprint gets one sprint.
var getSprint = atlassian.Get[sprintRef, sprint]("/rest/agile/1.0/sprint/{sprintId}", "read:sprint:jira-software").
	Within(atlassian.SprintIn("sprintId"))

type sprintRef struct {
	ID string `path:"sprintId,sprint_id,digits"`
}

// listSprints lists the sprints of a board: those that are closed first, then
// the active and the future ones, the oldest of each first (facts §3).
var listSprints = atlassian.Get[sprintQuery, offsetPage[sprint]]("/rest/agile/1.0/board/{boardId}/sprint", "read:sprint:jira-software").
	Within(atlassian.SprintList("boardId"))

type sprintQuery struct {
	BoardID    string   `path:"boardId,board_identifiers_list,digits"`
	States     []string `query:"state,comma"`
	StartAt    int      `query:"startAt"`
	MaxResults int      `query:"maxResults"`
}

// readMoment reads a moment in one of the ways in which Jira writes them for
// sprints (facts §7), and is zero for anything else.
func readMoment(value string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999-0700"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t
		}
	}
	return time.Time{}
}

// newestSprintFirst compares two sprints in the order of a board read from its end:
// future sprints, active and closed ones, each by end, start and ID. One without
// dates comes after those of its state that have some.
func newestSprintFirst(a, b sprint) int {
	states := []string{closedSprint, activeSprint, futureSprint}
	return -cmp.Or(
		cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State)),
		readMoment(a.EndDate).Compare(readMoment(b.EndDate)),
		readMoment(a.StartDate).Compare(readMoment(b.StartDate)),
		cmp.Compare(a.ID, b.ID),
	)
}

// days are the days on which a sprint has to take place, each YYYY-MM-DD or
// empty for any.
type days struct{ from, until string }

// overlap reports whether a sprint has dates, and one of its days is among
// these. A day is that of the sprint's own time zone.
func (d days) overlap(s sprint) bool {
	start, end := readMoment(s.StartDate), readMoment(s.EndDate)
	if start.IsZero() || end.IsZero() {
		return false
	}
	return (d.from == "" || end.Format(time.DateOnly) >= d.from) && (d.until == "" || start.Format(time.DateOnly) <= d.until)
}
