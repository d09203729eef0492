package jira

import (
	"context"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

var listPrioritySchemes = atlassian.Get[prioritySchemeQuery, offsetPage[priorityScheme]]("/rest/api/3/priorityscheme", readSchemes).
	Within(atlassian.Everywhere())

type prioritySchemeQuery struct {
	Name       string `query:"schemeName,omitzero"`
	OrderBy    string `query:"orderBy"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

// schemeOrder is an order in which schemes are listed.
type schemeOrder string

const nameDescending schemeOrder = "name descending"

// Enum lists the orders.
func (schemeOrder) Enum() []string { return []string{"name ascending", string(nameDescending)} }

type listPrioritySchemesIn struct {
	SchemeName string      `json:"scheme_name,omitzero" jsonschema:"format=name,maxLength=255" doc:"Only schemes whose name contains this text, in any case."`
	Limit      int         `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Schemes per page."`
	Offset     int         `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Schemes to skip: next_offset of the page before."`
	OrderBy    schemeOrder `json:"order_by,omitzero" jsonschema:"default=name ascending" doc:"The order of the list."`
	onSite
}

type prioritySchemesOut struct {
	Schemes    []prioritySchemeView `json:"priority_schemes" doc:"The schemes. Long descriptions are cut."`
	Pagination shape.Pagination     `json:"pagination" doc:"Which page this is."`
}

type prioritySchemeView struct {
	ID          string `json:"id" doc:"The scheme's ID."`
	Name        string `json:"name" doc:"The scheme's name."`
	Description string `json:"description,omitzero" doc:"What it is for." untrusted:"true"`
	IsDefault   bool   `json:"is_default" doc:"Whether projects have it that have no other one."`
}

var _ = add(tool.Spec{
	Name:    "ListPrioritySchemes",
	Doc:     "List the priority schemes of a Jira site, a page at a time. Only for administrators of Jira.",
	Returns: "The schemes and where the next page starts.",
	Uses:    uses{listPrioritySchemes},
}, func(ctx context.Context, s *atlassian.Site, in listPrioritySchemesIn) (out prioritySchemesOut, err error) {
	order := "+name"
	if in.OrderBy == nameDescending {
		order = "-name"
	}
	page, err := listPrioritySchemes.Do(ctx, s, prioritySchemeQuery{strings.TrimSpace(in.SchemeName), order, in.Offset, in.Limit})
	if err != nil {
		return out, explainScheme(err)
	}
	page = page.first(in.Limit)
	out.Schemes = each(page.Values, func(p priorityScheme) prioritySchemeView {
		return prioritySchemeView{
			ID: p.ID, Name: p.Name, Description: text.Clip(p.Description, longestDescription), IsDefault: p.IsDefault || p.Default,
		}
	})
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
})
