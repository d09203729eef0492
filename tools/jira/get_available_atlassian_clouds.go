package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

type availableCloudsOut struct {
	Clouds  []shape.Site `json:"clouds_available" doc:"The sites with Jira that the user has authorized."`
	LeftOut int          `json:"clouds_left_out,omitzero" doc:"How many more there are, when there are too many to list."`
}

var _ = addUser(tool.Spec{
	Name:    "GetAvailableAtlassianClouds",
	Doc:     "List the Atlassian sites (clouds) on which Jira tools can act for the user.",
	Returns: "The available sites.",
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out availableCloudsOut, err error) {
	sites, err := u.ListSites(ctx, atlassian.Jira)
	out.Clouds, out.LeftOut = shape.Sites(sites), sites.LeftOut
	return out, err
})
