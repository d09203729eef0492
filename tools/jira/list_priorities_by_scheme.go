package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var listSchemePriorities = atlassian.Get[schemePrioritiesQuery, offsetPage[priority]](
	"/rest/api/3/priorityscheme/{schemeId}/priorities", readSchemes).
	Within(atlassian.Everywhere())

type schemePrioritiesQuery struct {
	SchemeID   string `path:"schemeId,scheme_id,digits"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

type listPrioritiesBySchemeIn struct {
	SchemeID string `json:"scheme_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The scheme's ID."`
	Limit    int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Priorities per page."`
	Offset   int    `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Priorities to skip: next_offset of the page before."`
	onSite
}

// Check refuses what is no ID.
func (in listPrioritiesBySchemeIn) Check() error { return checkNumber("scheme_id", in.SchemeID) }

type schemePrioritiesOut struct {
	Priorities []priorityView   `json:"priorities" doc:"The priorities, in their order."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

var _ = add(tool.Spec{
	Name:    "ListPrioritiesByScheme",
	Doc:     "List the priorities of a Jira priority scheme, a page at a time. Only for administrators of Jira.",
	Returns: "The priorities and where the next page starts.",
	Uses:    uses{listSchemePriorities},
}, func(ctx context.Context, s *atlassian.Site, in listPrioritiesBySchemeIn) (out schemePrioritiesOut, err error) {
	page, err := listSchemePriorities.Do(ctx, s, schemePrioritiesQuery{in.SchemeID, in.Offset, in.Limit})
	if err != nil {
		return out, explainScheme(err)
	}
	page = page.first(in.Limit)
	out.Priorities = each(page.Values, viewListedPriority)
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
})
