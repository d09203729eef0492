package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var listSprintIssues = atlassian.Get[sprintIssuesQuery, issuePage](
	"/rest/software/1.0/sprint/{sprintId}/issue", "read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira").
	Within(atlassian.SprintIn("sprintId"), atlassian.JQLIn("query.jql"), atlassian.IssueList())

type sprintIssuesQuery struct {
	SprintID      string   `path:"sprintId,sprint_id,digits"`
	Fields        []string `query:"fields,comma"`
	Expand        []string `query:"expand,comma"`
	MaxResults    int      `query:"maxResults"`
	NextPageToken string   `query:"nextPageToken,omitzero"`
}

type getSprintIssuesIn struct {
	SprintID string `json:"sprint_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The sprint's ID; ListSprintsForBoards tells it."`
	issueListIn
}

// Check refuses what cannot be asked for.
func (in getSprintIssuesIn) Check() error {
	return errors.Join(checkNumber("sprint_id", in.SprintID), in.check())
}

type sprintIssuesOut struct {
	SprintID string          `json:"sprint_id" doc:"The sprint's ID, as it was given."`
	Sprint   boardSprintView `json:"sprint" doc:"The sprint."`
	Backlog  string          `json:"jira_backlog_gui_url,omitzero" doc:"The page on which the sprint is planned."`
	issueListOut
}

var _ = add(tool.Spec{
	Name:    "GetSprintIssues",
	Doc:     "List the issues of a Jira sprint, a page at a time.",
	Returns: "The sprint, its issues and where the next page starts.",
	Uses:    uses{getSprint, listSprintIssues},
}, func(ctx context.Context, s *atlassian.Site, in getSprintIssuesIn) (out sprintIssuesOut, err error) {
	out.SprintID = in.SprintID
	err = lookup.Parallel(ctx, 2,
		func(ctx context.Context) error {
			found, err := getSprint.Do(ctx, s, sprintRef{in.SprintID})
			if err == nil {
				out.Sprint, out.Backlog = viewBoardSprint(found), backlogURL(s, found.OriginBoardID)
			}
			return err
		},
		func(ctx context.Context) (err error) {
			out.issueListOut, err = listIssuesOf(ctx, s, in.issueListIn, func(ctx context.Context, q issueListQuery) (issuePage, error) {
				return listSprintIssues.Do(ctx, s, sprintIssuesQuery{in.SprintID, q.fields, q.expand, q.maxResults, q.token})
			})
			return err
		})
	return out, err
})
