package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// sprintState is a choice of the states that sprints may have.
type sprintState string

// Enum lists the choices.
func (sprintState) Enum() []string {
	return []string{"future", "active", "closed", "future_and_active", "future_and_closed", "active_and_closed", "all"}
}

// states are those of the choice; none is all.
func (s sprintState) states() []string {
	switch s {
	case "future_and_active":
		return []string{futureSprint, activeSprint}
	case "future_and_closed":
		return []string{futureSprint, closedSprint}
	case "active_and_closed":
		return []string{activeSprint, closedSprint}
	case "", "all":
		return nil
	}
	return []string{string(s)}
}

// mostBoardsOfSprints is how many boards one call lists the sprints of.
const mostBoardsOfSprints = 25

type listSprintsForBoardsIn struct {
	Identifiers  []string    `json:"board_identifiers_list,omitzero" jsonschema:"format=name,minLength=1,maxItems=25,maxLength=255" doc:"Names or IDs of boards. Without any: the first 25 that the user can see."`
	Most         int         `json:"max_sprints_per_board,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Sprints per board, the newest first."`
	Offset       int         `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Newest sprints to skip on each board: its next_offset."`
	State        sprintState `json:"state,omitzero" doc:"Only sprints in this state."`
	StartDate    string      `json:"start_date,omitzero" jsonschema:"format=name,maxLength=20" doc:"Only sprints that end on this day or later, YYYY-MM-DD."`
	EndDate      string      `json:"end_date,omitzero" jsonschema:"format=name,maxLength=20" doc:"Only sprints that start on this day or earlier, YYYY-MM-DD."`
	SpecificDate string      `json:"specific_date,omitzero" jsonschema:"format=name,maxLength=20" doc:"Only sprints of which this is a day, YYYY-MM-DD."`
	onSite
}

// Check refuses days that are none or exclude each other.
func (in listSprintsForBoardsIn) Check() error {
	from, fromErr := checkDay("start_date", in.StartDate)
	until, untilErr := checkDay("end_date", in.EndDate)
	on, onErr := checkDay("specific_date", in.SpecificDate)
	errs := []error{fromErr, untilErr, onErr}
	if !from.IsZero() && !until.IsZero() && until.Before(from) {
		errs = append(errs, tool.BadInput("end_date", "is before start_date", "Give a later day."))
	}
	if !on.IsZero() && (!from.IsZero() || !until.IsZero()) {
		errs = append(errs, tool.BadInput("specific_date", "must not be given beside start_date and end_date", "Give the one day, or the other two."))
	}
	return errors.Join(errs...)
}

// days are those that sprints have to take place on. Check has read them.
func (in listSprintsForBoardsIn) days() days {
	day := func(value string) string {
		if t, err := checkDay("", value); err == nil && !t.IsZero() {
			return t.Format(time.DateOnly)
		}
		return ""
	}
	if on := day(in.SpecificDate); on != "" {
		return days{on, on}
	}
	return days{day(in.StartDate), day(in.EndDate)}
}

type sprintsOut struct {
	Boards  []boardView             `json:"boards" doc:"The boards that have sprints."`
	Sprints map[string]boardSprints `json:"sprints_by_board" doc:"The sprints, by the ID of their board."`
	Errors  []boardError            `json:"errors" doc:"Identifiers that name no board, or several, and boards without sprints."`
	Notes   []string                `json:"notes,omitzero" doc:"What else to know about the answer."`
}

type boardSprints struct {
	Board         boardView         `json:"board" doc:"The board."`
	Sprints       []boardSprintView `json:"sprints" doc:"Its sprints, the newest first. Long goals are cut."`
	IsLast        bool              `json:"is_last" doc:"Whether no older sprint follows."`
	Total         *int              `json:"total,omitzero" doc:"How many sprints fit the state and dates in all."`
	CurrentOffset *int              `json:"current_offset,omitzero" doc:"The offset of this page, when older sprints follow."`
	MaxResults    int               `json:"max_results,omitzero" doc:"How many were asked for, when older sprints follow."`
	NextOffset    int               `json:"next_offset,omitzero" doc:"The offset at which the older ones follow."`
	Backlog       string            `json:"jira_backlog_gui_url,omitzero" doc:"The page on which the sprints are planned."`
	Notes         []string          `json:"notes,omitzero" doc:"What else to know about the sprints."`
}

var _ = add(tool.Spec{
	Name:    "ListSprintsForBoards",
	Doc:     "List the sprints of Jira boards, the newest first, by state or date. Name all boards in one call.",
	Returns: "The boards with their sprints, and what is wrong with identifiers that have none.",
	Uses:    slices.Concat(boardLookup, uses{listSprints}),
}, func(ctx context.Context, s *atlassian.Site, in listSprintsForBoardsIn) (out sprintsOut, err error) {
	found, failed, notes, err := boardsOfSprints(ctx, s, in.Identifiers)
	if err != nil {
		return out, err
	}
	listed, err := lookup.Map(ctx, mostAtOnce, found, func(ctx context.Context, b foundBoard) (sprintsOfBoard, error) {
		return readSprints(ctx, s, b.board, in)
	})
	if err != nil {
		return out, err
	}
	out.Boards, out.Sprints, out.Errors, out.Notes = []boardView{}, map[string]boardSprints{}, append([]boardError{}, failed...), notes
	for i, b := range found {
		v, id := viewBoard(s, b.board), strconv.Itoa(b.ID)
		if listed[i].problem != "" {
			out.Errors = append(out.Errors, boardError{Identifier: b.identifier, Error: listed[i].problem, Name: b.Name, ID: id})
			continue
		}
		shown := listed[i].boardSprints
		shown.Board, shown.Backlog = v, backlogURL(s, b.ID)
		v.FoundBy = b.by
		out.Boards, out.Sprints[id] = append(out.Boards, v), shown
	}
	return out, nil
})

// boardsOfSprints are the boards that are named, or the first of all.
func boardsOfSprints(ctx context.Context, s *atlassian.Site, identifiers []string) (found []foundBoard, failed []boardError, notes []string, err error) {
	if len(identifiers) > 0 {
		found, failed, err = findBoards(ctx, s, identifiers)
		return found, failed, nil, err
	}
	page, err := listBoards.Do(ctx, s, boardQuery{MaxResults: mostBoardsOfSprints})
	if err != nil {
		return nil, nil, nil, err
	}
	page = page.first(mostBoardsOfSprints)
	for _, b := range page.Values {
		found = append(found, foundBoard{board: b, identifier: strconv.Itoa(b.ID)})
	}
	if !page.isLast() {
		notes = []string{fmt.Sprintf("There are more than these %d boards; GetBoards lists them all, to be named in board_identifiers_list.", len(found))}
	}
	return found, nil, notes, nil
}

// sprintsOfBoard are sprints, or why there are none.
type sprintsOfBoard struct {
	boardSprints
	problem string
}

// readSprints reads the newest sprints of a board that fit.
func readSprints(ctx context.Context, s *atlassian.Site, b board, in listSprintsForBoardsIn) (out sprintsOfBoard, err error) {
	if b.Type == kanban {
		out.problem = "It is a kanban board, which has no sprints."
		return out, nil
	}
	reader := sprintReader{site: s, board: strconv.Itoa(b.ID), states: in.State.states()}
	var found []sprint
	if d := in.days(); d != (days{}) {
		var all []sprint
		if all, out.Notes, err = reader.all(ctx); err == nil {
			all = slices.DeleteFunc(all, func(s sprint) bool { return !d.overlap(s) })
			slices.SortFunc(all, newestSprintFirst)
			found = firstOf(all[min(in.Offset, len(all)):], in.Most)
			out.IsLast = in.Offset+len(found) >= len(all)
			if out.Notes == nil {
				out.Total = new(len(all))
			}
		}
	} else {
		found, out.IsLast, out.Total, err = reader.newest(ctx, in.Offset, in.Most)
	}
	if err != nil {
		out.problem = noSprints(err)
		if out.problem != "" {
			err = nil
		}
		return out, err
	}
	out.Sprints = make([]boardSprintView, len(found))
	for i, s := range found {
		out.Sprints[i] = viewBoardSprint(s)
	}
	if !out.IsLast {
		out.CurrentOffset, out.MaxResults, out.NextOffset = &in.Offset, in.Most, in.Offset+len(found)
	}
	return out, nil
}

// noSprints says why Jira refuses to list the sprints of this board, and is
// empty for errors that concern more than it.
func noSprints(err error) string {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if !ok || len(refused.Messages) == 0 || !slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound}, refused.Status) {
		return ""
	}
	return "Jira lists no sprints of it: " + clean(refused.Messages[0])
}
