package atlassian

import (
	"context"

	"arcade-atlassian/tools/tool"
)

// Kit is a toolkit whose tools work with Atlassian.
type Kit = tool.Kit[*Client]

// Cloud is embedded by the input of every tool that works on one site.
type Cloud struct {
	ID string `json:"atlassian_cloud_id,omitzero" jsonschema:"maxLength=500" doc:"Site ID, name or URL, if there are several."`
}

// CloudID is what the caller gave, for User.Site.
func (c Cloud) CloudID() string { return c.ID }

// OnSite is the input of a tool that works on one site: a struct that embeds
// Cloud.
type OnSite interface{ CloudID() string }

// AddOnSite declares a tool that works on one site through product p.
func AddOnSite[In OnSite, Out any](k *Kit, p Product, s tool.Spec, handler func(context.Context, *Site, In) (Out, error)) tool.Declared {
	return tool.Add(k, s, func(ctx context.Context, c *Client, inv *tool.Invocation, in In) (out Out, err error) {
		site, err := c.User(inv, s.Uses).Site(ctx, p, in.CloudID())
		if err != nil {
			return out, err
		}
		return handler(ctx, site, in)
	})
}

// AddForUser declares a tool that works on the user rather than on a site.
func AddForUser[In, Out any](k *Kit, s tool.Spec, handler func(context.Context, *User, In) (Out, error)) tool.Declared {
	return tool.Add(k, s, func(ctx context.Context, c *Client, inv *tool.Invocation, in In) (Out, error) {
		return handler(ctx, c.User(inv, s.Uses), in)
	})
}
