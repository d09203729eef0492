package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var getCurrentUser = atlassian.Get[struct{}, user]("/wiki/rest/api/user/current", "read:content-details:confluence").
	Within(atlassian.Everywhere())

// currentUserView has the keys of WhoAmI in the Jira toolkit, so that whoever
// has read one of them can read the other.
type currentUserView struct {
	ID          string `json:"id" doc:"The account ID."`
	Name        string `json:"name" doc:"The display name."`
	Active      bool   `json:"active" doc:"Whether the account is in use."`
	Email       string `json:"email,omitzero" doc:"The e-mail address, unless the user hides it."`
	AccountType string `json:"account_type,omitzero" doc:"atlassian or app."`
	TimeZone    string `json:"timezone,omitzero" doc:"The user's time zone."`
	URL         string `json:"confluence_gui_url,omitzero" doc:"The user's page."`
}

type whoAmIOut struct {
	CurrentUser currentUserView `json:"current_user" doc:"The user on whose behalf tools act."`
	Clouds      []shape.Site    `json:"clouds_available" doc:"The sites with Confluence that the user has authorized."`
	LeftOut     int             `json:"clouds_left_out,omitzero" doc:"How many more there are, when there are too many to list."`
}

var _ = addUser(tool.Spec{
	Name:    "WhoAmI",
	Doc:     "Tell who the current Confluence user is and which Atlassian sites are available.",
	Returns: "The user and the available sites.",
	Uses:    uses{getCurrentUser},
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out whoAmIOut, err error) {
	sites, err := u.Sites(ctx, atlassian.Confluence)
	if err != nil {
		return out, err
	}
	out.Clouds, out.LeftOut = shape.Sites(sites), sites.LeftOut
	me, on, err := getCurrentUser.DoOnAny(ctx, sites.List, struct{}{})
	if err != nil {
		return out, err
	}
	out.CurrentUser = currentUserView{
		ID: me.AccountID, Name: me.name(), Email: me.Email,
		AccountType: me.AccountType, TimeZone: me.TimeZone, URL: userURL(on, me.AccountID),
		Active: true, // who is not cannot act, and is not answered (facts §1.4)
	}
	return out, nil
})
