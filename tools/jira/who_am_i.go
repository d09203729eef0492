package jira

import (
	"cmp"
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var getMyself = atlassian.Get[struct{}, user]("/rest/api/3/myself", "read:jira-user")

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
	out.CurrentUser, err = whoAmI(ctx, sites.List)
	return out, err
})

// whoAmI asks the first site that answers: a person is the same on every site,
// and a listed one may refuse because the app is gone from it (facts §1.2).
// Whatever is not one site's own trouble ends the search.
func whoAmI(ctx context.Context, sites []*atlassian.Site) (userView, error) {
	var first error
	for _, s := range sites {
		me, err := getMyself.Do(ctx, s, struct{}{})
		if err == nil {
			return viewUser(s, me), nil
		}
		first = cmp.Or(first, err)
		if !atlassian.IsSiteFailure(err) {
			return userView{}, err
		}
	}
	return userView{}, first
}
