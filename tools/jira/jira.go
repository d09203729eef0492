// Package jira declares the Jira tools, one file each. What several tools
// share stands in files named after the object, such as project.go: how Jira
// sends it, how tools show it, and the operations on it.
package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// Kit holds the Jira tools.
var Kit = tool.NewKit[*atlassian.Client](tool.Toolkit{
	Name:        "Jira",
	Description: "Tools for Jira Cloud, acting as the user who authorized them.",
	Domain:      "project_management",
	Provider:    "atlassian",
})

type (
	uses   = []tool.Operation
	onSite = atlassian.OnSite // embed it in the input of a tool that works on one site
)

// add declares a tool that works on one Jira site. In must embed onSite.
func add[In atlassian.SiteInput, Out any](s tool.Spec, handler func(context.Context, *atlassian.Site, In) (Out, error)) tool.Declared {
	return atlassian.AddOnSite(Kit, atlassian.Jira, s, handler)
}

// addUser declares a tool that works on the user rather than on a site.
func addUser[In, Out any](s tool.Spec, handler func(context.Context, *atlassian.User, In) (Out, error)) tool.Declared {
	return atlassian.AddForUser(Kit, s, handler)
}
