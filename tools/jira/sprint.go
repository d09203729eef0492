package jira

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/text"
)

// sprint is a sprint as Jira sends it in the field of an issue.
type sprint struct {
	ID        int    `json:"id"`
	Name      string `json:"name"`
	State     string `json:"state"`
	BoardID   int    `json:"boardId"`
	StartDate string `json:"startDate"`
	EndDate   string `json:"endDate"`
	Goal      string `json:"goal"`
}

// sprintView is a sprint as issues show it.
type sprintView struct {
	ID        int    `json:"id" doc:"The sprint's ID."`
	Name      string `json:"name" doc:"The sprint's name."`
	State     string `json:"state" doc:"future, active or closed."`
	BoardID   int    `json:"board_id,omitzero" doc:"The board it belongs to."`
	StartDate string `json:"start_date,omitzero" doc:"When it began or will."`
	EndDate   string `json:"end_date,omitzero" doc:"When it ends."`
	Goal      string `json:"goal,omitzero" doc:"What it is to achieve."`
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
		if s.State != "closed" {
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
