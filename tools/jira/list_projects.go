package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type listProjectsIn struct {
	Query  string `json:"query,omitzero" jsonschema:"format=name,maxLength=255" doc:"Only projects whose key or name contains this text, in any case. Empty lists all."`
	Limit  int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"Projects per page."`
	Offset int    `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Projects to skip: next_offset of the page before."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "ListProjects",
	Doc:     "List the Jira projects that the user can see, a page at a time.",
	Returns: "The projects and where the next page starts.",
	Uses:    uses{searchProjects},
}, func(ctx context.Context, s *atlassian.Site, in listProjectsIn) (projectsOut, error) {
	return listProjects(ctx, s, in.Query, in.Limit, in.Offset)
})
