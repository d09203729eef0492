// Package confluence declares the Confluence tools, one file each. What
// several tools share stands in files named after the object, such as
// space.go: how Confluence sends it, how tools show it, and the operations on
// it.
package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// Kit holds the Confluence tools.
var Kit = tool.NewKit[*atlassian.Client](tool.Toolkit{
	Name:        "Confluence",
	Description: "Tools for Confluence Cloud, acting as the user who authorized them.",
	Domain:      "documents",
	Provider:    "atlassian",
})

type (
	uses   = []tool.Operation
	onSite = atlassian.OnSite // embed it in the input of a tool that works on one site
)

// add declares a tool that works on one Confluence site. In must embed onSite.
func add[In atlassian.SiteInput, Out any](s tool.Spec, handler func(context.Context, *atlassian.Site, In) (Out, error)) tool.Declared {
	return atlassian.AddOnSite(Kit, atlassian.Confluence, s, handler)
}

// addUser declares a tool that works on the user rather than on a site.
func addUser[In, Out any](s tool.Spec, handler func(context.Context, *atlassian.User, In) (Out, error)) tool.Declared {
	return atlassian.AddForUser(Kit, s, handler)
}
