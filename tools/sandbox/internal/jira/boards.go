package jira

import (
	"cmp"
	_ "embed" // for boards.json
	"fmt"
	"net/http"
	"slices"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = software.Serve(map[string]service.Handler{
	"GET /rest/agile/1.0/board":                                        listBoards,
	"GET /rest/agile/1.0/board/{boardId}":                              getBoard,
	"GET /rest/agile/1.0/board/{boardId}/issue":                        byOffset(boardIssues),
	"GET /rest/agile/1.0/board/{boardId}/backlog":                      byOffset(backlogIssues),
	"POST /rest/agile/1.0/backlog/issue":                               moveToBacklogs,
	"POST /rest/agile/1.0/backlog/{boardId}/issue":                     moveToBacklog,
	"GET /rest/software/1.0/board/{boardId}/issue":                     byToken(boardIssues),
	"GET /rest/software/1.0/board/{boardId}/issue/approximate-count":   countedIssues(boardIssues),
	"GET /rest/software/1.0/board/{boardId}/backlog":                   byToken(backlogIssues),
	"GET /rest/software/1.0/board/{boardId}/backlog/approximate-count": countedIssues(backlogIssues),
})

// board shows the issues of a project.
type board struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"type"` // scrum, kanban or simple
	Project int64  `json:"project"`
	Sprints bool   `json:"sprints"` // whether it has sprints
}

//go:embed boards.json
var boardsJSON []byte

var boards = state.NewTable(&Service.Tables, state.Definition[board]{
	Name: "boards.json",
	Seed: boardsJSON,
	ID:   func(b *board) *int64 { return &b.ID },
	Check: func(_ *state.State, site *state.Site, b *board) error {
		if projects.Get(site, b.Project) == nil {
			return fmt.Errorf("there is no project %d", b.Project)
		}
		if !slices.Contains(boardTypes, b.Type) || b.Sprints && b.Type == "kanban" {
			return fmt.Errorf("no board of type %q is like this", b.Type)
		}
		return nil
	},
})

var boardTypes = []string{"scrum", "kanban", "simple"}

type boardView struct {
	ID        int64         `json:"id"`
	Self      string        `json:"self"`
	Name      string        `json:"name"`
	Type      string        `json:"type"`
	Location  boardLocation `json:"location"`
	IsPrivate bool          `json:"isPrivate"`
}

type boardLocation struct {
	ProjectID      int64  `json:"projectId"`
	ProjectKey     string `json:"projectKey"`
	ProjectName    string `json:"projectName"`
	ProjectTypeKey string `json:"projectTypeKey"`
	DisplayName    string `json:"displayName"`
	Name           string `json:"name"`
	AvatarURI      string `json:"avatarURI"`
}

func viewBoard(c *service.Call, b *board) boardView {
	p := viewProject(c, projects.Get(c.Site, b.Project), nil)
	title := p.Name + " (" + p.Key + ")"
	return boardView{
		ID:   b.ID,
		Self: c.Gateway + "/rest/agile/1.0/board/" + service.Decimal(b.ID),
		Name: b.Name,
		Type: b.Type,
		Location: boardLocation{
			ProjectID:      b.Project,
			ProjectKey:     p.Key,
			ProjectName:    p.Name,
			ProjectTypeKey: p.TypeKey,
			DisplayName:    title,
			Name:           title,
			AvatarURI:      p.AvatarURLs.Small,
		},
	}
}

// listBoards answers GET /rest/agile/1.0/board. A name need only be a part of a board's (facts §11).
func listBoards(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := softwareRange(params)
	types := params.Choices("type", boardTypes...)
	order := params.Choice("orderBy", "name", "+name", "-name")
	if params.Failed() {
		return params.BadRequest(c)
	}
	name, of := strings.ToLower(c.Query.Get("name")), c.Query.Get("projectKeyOrId")
	p := seenProject(c, func(p *project) bool { return p.isCalled(of) || service.Decimal(p.ID) == of })
	if of != "" && p == nil {
		return c.Refuse(http.StatusBadRequest, "No project could be found with key or id '"+service.Clip(of)+"'.")
	}
	found := boards.Select(c.Site, func(b *board) bool {
		return sees(c, projects.Get(c.Site, b.Project)) && strings.Contains(strings.ToLower(b.Name), name) &&
			(len(types) == 0 || slices.Contains(types, b.Type)) &&
			(p == nil || b.Project == p.ID)
	})
	if order != "" {
		slices.SortFunc(found, func(a, b *board) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	}
	if order == "-name" {
		slices.Reverse(found)
	}
	return softwareList(found, start, limit, func(b *board) boardView { return viewBoard(c, b) })
}

// wantedBoard is the board that the path names, or the answer that there is none.
func wantedBoard(c *service.Call) (*board, service.Reply) {
	b := boards.Get(c.Site, c.ID("boardId"))
	if b != nil && !sees(c, projects.Get(c.Site, b.Project)) {
		b = nil
	}
	return b, c.Refuse(http.StatusNotFound, "Requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
}

// getBoard answers GET /rest/agile/1.0/board/{boardId}.
func getBoard(c *service.Call) service.Reply {
	b, refusal := wantedBoard(c)
	if b == nil {
		return refusal
	}
	return service.OK(viewBoard(c, b))
}

// boardIssues are those of a board.
func boardIssues(c *service.Call) ([]*issue, *service.Reply) {
	b, refusal := wantedBoard(c)
	if b == nil {
		return nil, &refusal
	}
	return issuesOf(c.Site, projects.Get(c.Site, b.Project)), nil
}

// backlogIssues are those of a board that are unfinished and in no sprint that is open or to come.
func backlogIssues(c *service.Call) ([]*issue, *service.Reply) {
	found, refusal := boardIssues(c)
	if refusal != nil {
		return nil, refusal
	}
	return filter(found, func(i *issue) bool { return unfinished(c, i) && openSprint(c.Site, i) == nil }), nil
}

// moveToBacklogs answers POST /rest/agile/1.0/backlog/issue, which takes issues out of whatever sprint
// they are in (facts §11).
func moveToBacklogs(c *service.Call) service.Reply {
	var in struct {
		Issues []string `json:"issues"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	moved, refusal := movedIssues(c, in.Issues)
	if refusal != nil {
		return *refusal
	}
	for _, i := range moved {
		leaveOpenSprint(c, i)
	}
	return service.NoContent()
}

// movedIssue is what became of one of several issues.
type movedIssue struct {
	IssueID  int64    `json:"issueId"`
	IssueKey string   `json:"issueKey"`
	Status   int      `json:"status"`
	Errors   []string `json:"errors,omitzero"`
}

// moveToBacklog answers POST /rest/agile/1.0/backlog/{boardId}/issue. Issues that are not the board's
// stay where they are, and the others move.
func moveToBacklog(c *service.Call) service.Reply {
	var in move
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	b, none := wantedBoard(c)
	if b == nil {
		return none
	}
	moved, refusal := movedIssues(c, in.Issues)
	if refusal != nil {
		return *refusal
	}
	var entries []movedIssue
	partial := false
	for _, i := range moved {
		entry := movedIssue{IssueID: i.ID, IssueKey: issueKey(c.Site, i), Status: http.StatusOK}
		if i.Project == b.Project {
			leaveOpenSprint(c, i)
		} else {
			entry.Status, entry.Errors, partial = http.StatusBadRequest, []string{"The issue is not on the board."}, true
		}
		entries = append(entries, entry)
	}
	if !partial {
		return service.NoContent()
	}
	return service.Reply{Status: http.StatusMultiStatus, Body: map[string]any{"entries": entries}}
}
