package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
)

var searchProjects = atlassian.Get[projectQuery, projectPage](
	"/rest/api/3/project/search", "read:jira-work")

type projectQuery struct {
	Query      string `query:"query,omitzero"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

type projectPage struct {
	Values []project `json:"values"`
	IsLast *bool     `json:"isLast"`
	Total  *int      `json:"total"`
}

// projectsOut is the answer of the tools that list projects.
type projectsOut struct {
	Projects   []projectView    `json:"projects" doc:"The projects, by key."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

// listProjects fetches one page of the projects whose key or name contains
// query; an empty query is all of them.
func listProjects(ctx context.Context, s *atlassian.Site, query string, limit, offset int) (out projectsOut, err error) {
	page, err := searchProjects.Do(ctx, s, projectQuery{Query: query, StartAt: offset, MaxResults: limit})
	if err != nil {
		return out, err
	}
	out.Projects = make([]projectView, len(page.Values))
	for i, p := range page.Values {
		out.Projects[i] = viewProject(s, p)
	}
	out.Pagination = shape.ByOffset(limit, offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
}
