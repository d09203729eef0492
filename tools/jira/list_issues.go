package jira

import (
	"context"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type listIssuesIn struct {
	Project string `json:"project,omitzero" jsonschema:"format=name,maxLength=255" doc:"Project key, name or ID. Without one: all projects, of the last year."`
	issuesPage
}

var _ = add(tool.Spec{
	Name:    "ListIssues",
	Doc:     "List the Jira issues of a project, or of all projects, a page at a time.",
	Returns: "The issues and the token of the next page.",
	Uses:    slices.Concat(issueSearchUses, uses{searchProjects}),
}, func(ctx context.Context, s *atlassian.Site, in listIssuesIn) (issuesOut, error) {
	search := issueSearch{parameters: map[string]string{"project": "project"}, suggest: suggestProject(s, in.Project)}
	if project := strings.TrimSpace(in.Project); project != "" {
		search.jql = "project = " + valueJQL(project)
	}
	return findIssues(ctx, s, search, in.issuesPage)
})
