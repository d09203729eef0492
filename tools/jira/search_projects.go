package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type searchProjectsIn struct {
	Keywords string `json:"keywords,omitzero" jsonschema:"format=name,maxLength=255" doc:"Text that the project's key or name contains, literally but in any case. Empty finds all."`
	Limit    int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"Projects per page."`
	Offset   int    `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Projects to skip: next_offset of the page before."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "SearchProjects",
	Doc:     "Find Jira projects by a part of their key or name.",
	Returns: "The matching projects and where the next page starts.",
	Uses:    uses{searchProjects},
}, func(ctx context.Context, s *atlassian.Site, in searchProjectsIn) (projectsOut, error) {
	return listProjects(ctx, s, in.Keywords, in.Limit, in.Offset)
})
