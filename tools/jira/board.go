package jira

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// board is a board as Jira sends it. One that belongs to a person instead of a
// project has no project.
type board struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Location struct {
		ProjectID   int    `json:"projectId"`
		ProjectKey  string `json:"projectKey"`
		ProjectName string `json:"projectName"`
	} `json:"location"`
}

// Check holds that there is a board.
func (b board) Check() error {
	if b.ID == 0 {
		return errors.New("a board without id")
	}
	return nil
}

// kanban is the type of boards that never have sprints (facts §11).
const kanban = "kanban"

// boardView is a board as tools show it.
type boardView struct {
	ID      int             `json:"id" doc:"The board's ID."`
	Name    string          `json:"name" doc:"The board's name."`
	Type    string          `json:"type,omitzero" doc:"scrum, kanban or simple (team-managed)."`
	Project *projectRefView `json:"project,omitzero" doc:"The project it belongs to."`
	URL     string          `json:"jira_gui_url,omitzero" doc:"The board's page."`
	FoundBy string          `json:"found_by,omitzero" doc:"Whether the identifier was its id or name."`
}

func viewBoard(s *atlassian.Site, b board) boardView {
	v := boardView{ID: b.ID, Name: b.Name, Type: b.Type, URL: boardURL(s, b.ID)}
	if at := b.Location; at.ProjectID != 0 {
		v.Project = &projectRefView{ID: strconv.Itoa(at.ProjectID), Key: at.ProjectKey, Name: at.ProjectName}
	}
	return v
}

// boardURL is the address that leads to a board of every type, also to one that
// belongs to no project.
func boardURL(s *atlassian.Site, id int) string {
	return s.Link("/secure/RapidBoard.jspa?rapidView=" + strconv.Itoa(id))
}

// backlogURL leads to the page on which a board's sprints are planned.
func backlogURL(s *atlassian.Site, id int) string {
	if id == 0 {
		return ""
	}
	return s.Link("/secure/RapidBoard.jspa?rapidView=" + strconv.Itoa(id) + "&view=planning")
}

// listBoards lists the boards that the user can see. The name need only be a
// part of theirs (facts §11).
var listBoards = atlassian.Get[boardQuery, offsetPage[board]](
	"/rest/agile/1.0/board", "read:board-scope:jira-software", "read:project:jira").
	Within(atlassian.BoardList())

type boardQuery struct {
	Name       string `query:"name,omitzero"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

// mostBoards is the longest page of boards, and of sprints (facts §3).
const mostBoards = 50

// getBoard is remembered, because it is needed beside everything that is asked
// of a board.
var getBoard = atlassian.Get[boardRef, board](
	"/rest/agile/1.0/board/{boardId}", "read:board-scope:jira-software", "read:issue-details:jira").Remember(5 * time.Minute).
	Within(atlassian.BoardIn("boardId"))

type boardRef struct {
	ID string `path:"boardId,board_id,digits"`
}

// boardLookup are the operations of findBoards.
var boardLookup = uses{getBoard, listBoards}

// foundBoard is what became of an identifier.
type foundBoard struct {
	board
	identifier string // as it was given
	by         string // "id" or "name"
	problem    string // why there is none
}

// boardError says why an identifier has no answer.
type boardError struct {
	Identifier string `json:"board_identifier" doc:"The identifier, as it was given."`
	Error      string `json:"error" doc:"What is wrong with it, and what would be right."`
	Name       string `json:"board_name,omitzero" doc:"The board that it names."`
	ID         string `json:"board_id,omitzero" doc:"Its ID."`
}

// findBoards finds the boards that identifiers name. What is wrong with one of
// them does not keep the others from being found; only a failure of Jira does.
// A board that several identifiers name is there once.
func findBoards(ctx context.Context, s *atlassian.Site, identifiers []string) (found []foundBoard, failed []boardError, err error) {
	all, err := lookup.Map(ctx, mostAtOnce, identifiers, func(ctx context.Context, identifier string) (foundBoard, error) {
		b, err := findBoard(ctx, s, identifier)
		b.identifier = identifier
		if b.problem = problemOf(err); b.problem != "" {
			return b, nil
		}
		return b, err
	})
	if err != nil {
		return nil, nil, err
	}
	seen := map[int]bool{}
	for _, b := range all {
		switch {
		case b.problem != "":
			failed = append(failed, boardError{Identifier: b.identifier, Error: b.problem})
		case !seen[b.ID]:
			seen[b.ID] = true
			found = append(found, b)
		}
	}
	return found, failed, nil
}

// problemOf words an error that another value would mend, and is empty for
// others.
func problemOf(err error) string {
	if err == nil || !lookup.Mendable(err) {
		return ""
	}
	told := tool.Explain(err)
	return strings.TrimSpace(told.Message + " " + told.Prompt)
}

// findBoard finds a board by its ID, else by its exact name, else by a part of
// the name that only one board has.
func findBoard(ctx context.Context, s *atlassian.Site, identifier string) (found foundBoard, err error) {
	identifier = strings.TrimSpace(identifier)
	const longestID = 18 // digits; more are no number at Jira
	if isDigits(identifier) && len(identifier) <= longestID {
		b, err := getBoard.Do(ctx, s, boardRef{identifier})
		if err == nil || !atlassian.IsNotFound(err) {
			return foundBoard{board: b, by: "id"}, err
		}
	}
	list, err := boardsLike(ctx, s, identifier, 4)
	if err == nil && len(list.Items) == 0 { // what is there instead
		list, err = boardsLike(ctx, s, "", 1)
	}
	if err != nil {
		return found, err
	}
	b, err := lookup.Choose(lookup.Query{
		Parameter: "board_identifiers_list", Value: identifier, Noun: "board", Plural: "boards",
		Incomplete: !list.Complete, PartOfName: true,
	}, list.Items, func(b board) lookup.Candidate {
		c := lookup.Candidate{ID: strconv.Itoa(b.ID), Name: b.Name}
		if key := b.Location.ProjectKey; key != "" {
			c.Detail = "project " + key
		}
		return c
	})
	return foundBoard{board: b, by: "name"}, err
}

// boardsLike lists boards whose name contains the text, of so many pages.
func boardsLike(ctx context.Context, s *atlassian.Site, name string, pages int) (lookup.List[board], error) {
	return lookup.Walk(ctx, lookup.Bounds{Pages: pages}, func(ctx context.Context, next string) (page lookup.Page[board], err error) {
		start := 0
		if next != "" {
			if start, err = strconv.Atoi(next); err != nil {
				return page, err
			}
		}
		boards, err := listBoards.Do(ctx, s, boardQuery{name, start, mostBoards})
		if err != nil {
			return page, err
		}
		page.Items = boards.Values
		if !boards.isLast() {
			page.Next = strconv.Itoa(start + len(boards.Values))
		}
		return page, nil
	}, nil)
}
