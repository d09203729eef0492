package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

type listSpacesIn struct {
	Limit int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=250,default=25" doc:"Spaces per page."`
	Token string `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"pagination_token of the page before."`
	onSite
}

type listSpacesOut struct {
	Spaces     []spaceView      `json:"spaces" doc:"The spaces, by name."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
	Token      string           `json:"pagination_token,omitzero" doc:"The token of the next page, if there is one."`
}

var _ = add(tool.Spec{
	Name:    "ListSpaces",
	Doc:     "List the Confluence spaces that the user can see, by name, a page at a time.",
	Returns: "The spaces and the token of the next page.",
	Uses:    uses{getSpaces},
}, func(ctx context.Context, s *atlassian.Site, in listSpacesIn) (out listSpacesOut, err error) {
	page, err := getSpaces.Do(ctx, s, spaceQuery{Sort: "name", Limit: in.Limit, Cursor: in.Token})
	if err != nil {
		return out, explainToken(in.Token, err)
	}
	if out.Token, err = page.Links.cursor(in.Token); err != nil {
		return out, err
	}
	out.Spaces = make([]spaceView, len(page.Results))
	for i, p := range page.spaces() {
		out.Spaces[i] = viewSpace(s, p)
	}
	out.Pagination = shape.ByToken(in.Limit, len(page.Results), out.Token)
	return out, nil
})
