package jira

import (
	"context"
	"slices"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

var listSchemeProjects = atlassian.Get[schemeProjectsQuery, offsetPage[project]](
	"/rest/api/3/priorityscheme/{schemeId}/projects", readSchemes).
	Within(atlassian.ProjectList())

type schemeProjectsQuery struct {
	SchemeID   string   `path:"schemeId,scheme_id,digits"`
	ProjectID  []string `query:"projectId"`
	StartAt    int      `query:"startAt"`
	MaxResults int      `query:"maxResults"`
}

type listProjectsBySchemeIn struct {
	SchemeID string `json:"scheme_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The scheme's ID."`
	Project  string `json:"project,omitzero" jsonschema:"format=name,maxLength=255" doc:"Only this project: key, name or ID."`
	Limit    int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Projects per page."`
	Offset   int    `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Projects to skip: next_offset of the page before."`
	onSite
}

// Check refuses what is no ID.
func (in listProjectsBySchemeIn) Check() error { return checkNumber("scheme_id", in.SchemeID) }

type schemeProjectsOut struct {
	Projects   []projectView    `json:"projects" doc:"The projects. Long descriptions are cut."`
	Notes      []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

var _ = add(tool.Spec{
	Name:    "ListProjectsByScheme",
	Doc:     "List the projects that were given a Jira priority scheme, a page at a time. Only for administrators of Jira.",
	Returns: "The projects and where the next page starts.",
	Uses:    slices.Concat(projectLookup, uses{listSchemeProjects}),
}, func(ctx context.Context, s *atlassian.Site, in listProjectsBySchemeIn) (out schemeProjectsOut, err error) {
	q := schemeProjectsQuery{SchemeID: in.SchemeID, StartAt: in.Offset, MaxResults: in.Limit}
	if in.Project != "" {
		p, err := findProject(ctx, s, in.Project)
		if err != nil {
			return out, err
		}
		q.ProjectID = []string{p.ID}
	}
	page, err := listSchemeProjects.Do(ctx, s, q)
	if err != nil {
		return out, explainScheme(err)
	}
	page = page.first(in.Limit)
	out.Projects = each(page.Values, func(p project) projectView {
		p.Description = text.Clip(p.Description, longestDescription)
		return viewProject(s, p)
	})
	if len(page.Values) == 0 && in.Offset == 0 {
		out.Notes = []string{"The default scheme applies to every project that was given no other one; Jira lists none of those."}
	}
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
})
