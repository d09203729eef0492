package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var listBacklog = atlassian.Get[backlogQuery, issuePage](
	"/rest/software/1.0/board/{boardId}/backlog", "read:board-scope:jira-software", "read:issue-details:jira").
	Within(atlassian.BoardIn("boardId"), atlassian.JQLIn("query.jql"), atlassian.IssueList())

type backlogQuery struct {
	BoardID       string   `path:"boardId,board_id,digits"`
	Fields        []string `query:"fields,comma"`
	Expand        []string `query:"expand,comma"`
	MaxResults    int      `query:"maxResults"`
	NextPageToken string   `query:"nextPageToken,omitzero"`
}

type getBoardBacklogIssuesIn struct {
	BoardID string `json:"board_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The board's ID; GetBoards finds it by name."`
	issueListIn
}

// Check refuses what cannot be asked for.
func (in getBoardBacklogIssuesIn) Check() error {
	return errors.Join(checkNumber("board_id", in.BoardID), in.check())
}

type backlogIssuesOut struct {
	Board boardView `json:"board" doc:"The board."`
	issueListOut
}

var _ = add(tool.Spec{
	Name:    "GetBoardBacklogIssues",
	Doc:     "List the unfinished issues of a Jira board that are in no active or future sprint, a page at a time.",
	Returns: "The board, its issues and where the next page starts.",
	Uses:    uses{getBoard, listBacklog},
}, func(ctx context.Context, s *atlassian.Site, in getBoardBacklogIssuesIn) (out backlogIssuesOut, err error) {
	// Who may not see the board gets an empty backlog from Jira, so it has to be
	// asked for by itself.
	err = lookup.Parallel(ctx, 2,
		func(ctx context.Context) error {
			b, err := getBoard.Do(ctx, s, boardRef{in.BoardID})
			if err == nil {
				out.Board = viewBoard(s, b)
			}
			return err
		},
		func(ctx context.Context) (err error) {
			out.issueListOut, err = listIssuesOf(ctx, s, in.issueListIn, func(ctx context.Context, q issueListQuery) (issuePage, error) {
				return listBacklog.Do(ctx, s, backlogQuery{in.BoardID, q.fields, q.expand, q.maxResults, q.token})
			})
			return err
		})
	return out, err
})
