package jira

import (
	"context"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var getProject = atlassian.Get[projectRef, project](
	"/rest/api/3/project/{projectIdOrKey}", "read:jira-work").
	Within(atlassian.ProjectAnswer("projectIdOrKey"))

type projectRef struct {
	IDOrKey string `path:"projectIdOrKey,project,project"`
}

type getProjectByIDIn struct {
	Project string `json:"project" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The project's ID or key."`
	onSite
}

type projectOut struct {
	Project projectView `json:"project" doc:"The project."`
}

var _ = add(tool.Spec{
	Name:    "GetProjectById",
	Doc:     "Get one Jira project by its ID or key.",
	Returns: "The project, with its description and lead.",
	Uses:    uses{getProject},
}, func(ctx context.Context, s *atlassian.Site, in getProjectByIDIn) (out projectOut, err error) {
	// Keys are upper-case and Jira compares them as they are written.
	p, err := getProject.Do(ctx, s, projectRef{strings.ToUpper(strings.TrimSpace(in.Project))})
	if err != nil {
		return out, err
	}
	out.Project = viewProject(s, p)
	return out, nil
})
