package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type searchIssuesWithJQLIn struct {
	JQL string `json:"jql" jsonschema:"format=name,minLength=1,maxLength=10000" doc:"The query. One without any restriction is limited to a year."`
	issuesPage
}

var _ = add(tool.Spec{
	Name:    "SearchIssuesWithJql",
	Doc:     "Search Jira issues with JQL, a page at a time.",
	Returns: "The issues in the order of the query, and the token of the next page.",
	Uses:    issueSearchUses,
}, func(ctx context.Context, s *atlassian.Site, in searchIssuesWithJQLIn) (issuesOut, error) {
	return findIssues(ctx, s, issueSearch{jql: in.JQL}, in.issuesPage)
})
