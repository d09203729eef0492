package atlassian

import (
	"context"

	"arcade-atlassian/tools/tool"
)

// Kit is a toolkit whose tools work with Atlassian.
type Kit = tool.Kit[*Client]

// siteParameter is the parameter that names a site, in every tool that works
// on one.
const siteParameter = "atlassian_cloud_id"

// OnSite is embedded by the input of every tool that works on one site. Its
// field is named so that no field beside it has the same name.
type OnSite struct {
	AtlassianCloudID string `json:"atlassian_cloud_id,omitzero" jsonschema:"format=name,maxLength=500" doc:"Site ID, name or URL, if there are several."`
}

func (o OnSite) givenSite() string { return o.AtlassianCloudID }

// SiteInput is the input of a tool that works on one site: a struct that
// embeds OnSite.
type SiteInput interface{ givenSite() string }

// AddOnSite declares a tool that works on one site through product p.
func AddOnSite[In SiteInput, Out any](k *Kit, p Product, s tool.Spec, handler func(context.Context, *Site, In) (Out, error)) tool.Declared {
	return tool.Add(k, s, func(ctx context.Context, c *Client, inv *tool.Invocation, in In) (out Out, err error) {
		site, err := c.User(inv, s.Uses).Site(ctx, p, in.givenSite())
		if err != nil {
			return out, err
		}
		inv.WorksOn(site.ID)
		return handler(ctx, site, in)
	})
}

// AddForUser declares a tool that works on the user rather than on a site.
func AddForUser[In, Out any](k *Kit, s tool.Spec, handler func(context.Context, *User, In) (Out, error)) tool.Declared {
	return tool.Add(k, s, func(ctx context.Context, c *Client, inv *tool.Invocation, in In) (Out, error) {
		return handler(ctx, c.User(inv, s.Uses), in)
	})
}
