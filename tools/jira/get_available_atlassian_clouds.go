package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

type availableCloudsOut struct {
	Clouds []shape.Cloud `json:"clouds_available" doc:"The sites with Jira that the user has authorized."`
}

var _ = addUser(tool.Spec{
	Name:    "GetAvailableAtlassianClouds",
	Doc:     "List the Atlassian sites (clouds) on which Jira tools can act for the user.",
	Returns: "The available sites.",
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out availableCloudsOut, err error) {
	sites, err := u.Sites(ctx)
	out.Clouds = shape.Clouds(sites, atlassian.Jira)
	return out, err
})
