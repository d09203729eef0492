package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var listLabels = atlassian.Get[labelQuery, labelPage]("/rest/api/3/label", "read:jira-work").
	Within(atlassian.Nowhere())

type labelQuery struct {
	StartAt    int `query:"startAt"`
	MaxResults int `query:"maxResults"`
}

type labelPage struct {
	Values []string `json:"values"`
	IsLast *bool    `json:"isLast"`
	Total  *int     `json:"total"`
}

// Check holds that there is a list.
func (p labelPage) Check() error {
	if p.Values == nil {
		return errors.New("a page without values")
	}
	return nil
}

type listLabelsIn struct {
	Limit  int `json:"limit,omitzero" jsonschema:"minimum=1,maximum=200,default=200" doc:"Labels per page."`
	Offset int `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Labels to skip: next_offset of the page before."`
	onSite
}

type labelsOut struct {
	Labels     []string         `json:"labels" doc:"The labels."`
	Total      *int             `json:"total,omitzero" doc:"How many there are in all."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

var _ = add(tool.Spec{
	Name:    "ListLabels",
	Doc:     "List the labels that issues of the Jira site have, a page at a time.",
	Returns: "The labels and where the next page starts.",
	Uses:    uses{listLabels},
}, func(ctx context.Context, s *atlassian.Site, in listLabelsIn) (out labelsOut, err error) {
	page, err := listLabels.Do(ctx, s, labelQuery{in.Offset, in.Limit})
	if err != nil {
		return out, err
	}
	out.Labels, out.Total = page.Values, page.Total
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
})
