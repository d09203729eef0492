package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var getMyself = atlassian.Get[struct{}, user]("/rest/api/3/myself", "read:jira-user").
	Within(atlassian.Everywhere())

type whoAmIOut struct {
	CurrentUser userView     `json:"current_user" doc:"The user on whose behalf tools act."`
	Clouds      []shape.Site `json:"clouds_available" doc:"The sites with Jira that the user has authorized."`
	LeftOut     int          `json:"clouds_left_out,omitzero" doc:"How many more there are, when there are too many to list."`
}

var _ = addUser(tool.Spec{
	Name:    "WhoAmI",
	Doc:     "Tell who the current Jira user is and which Atlassian sites are available.",
	Returns: "The user and the available sites.",
	Uses:    uses{getMyself},
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out whoAmIOut, err error) {
	sites, err := u.Sites(ctx, atlassian.Jira)
	if err != nil {
		return out, err
	}
	out.Clouds, out.LeftOut = shape.Sites(sites), sites.LeftOut
	me, on, err := getMyself.DoOnAny(ctx, sites.List, struct{}{})
	if err != nil {
		return out, err
	}
	out.CurrentUser = viewUser(on, me)
	return out, nil
})
