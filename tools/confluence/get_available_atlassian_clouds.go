package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// availableCloudsOut has the list twice: Jira's toolkit has it at the top, and
// callers of Arcade's own Confluence toolkit look for it under "clouds".
type availableCloudsOut struct {
	Clouds  []shape.Site  `json:"clouds_available" doc:"The sites with Confluence that the user has authorized."`
	LeftOut int           `json:"clouds_left_out,omitzero" doc:"How many more there are, when there are too many to list."`
	Wrapped wrappedClouds `json:"clouds" doc:"The same list again."`
}

type wrappedClouds struct {
	Clouds []shape.Site `json:"clouds_available" doc:"The sites with Confluence that the user has authorized."`
}

var _ = addUser(tool.Spec{
	Name:    "GetAvailableAtlassianClouds",
	Doc:     "List the Atlassian sites (clouds) on which Confluence tools can act for the user.",
	Returns: "The available sites.",
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out availableCloudsOut, err error) {
	sites, err := u.ListSites(ctx, atlassian.Confluence)
	out.Clouds, out.LeftOut = shape.Sites(sites), sites.LeftOut
	out.Wrapped.Clouds = out.Clouds
	return out, err
})
