package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var getMyself = atlassian.Get[struct{}, user]("/rest/api/3/myself", "read:jira-user")

type whoAmIOut struct {
	CurrentUser userView      `json:"current_user" doc:"The user on whose behalf tools act."`
	Clouds      []shape.Cloud `json:"clouds_available" doc:"The sites with Jira that the user has authorized."`
}

var _ = addUser(tool.Spec{
	Name:    "WhoAmI",
	Doc:     "Tell who the current Jira user is and which Atlassian sites are available.",
	Returns: "The user and the available sites.",
	Uses:    uses{getMyself},
}, func(ctx context.Context, u *atlassian.User, _ struct{}) (out whoAmIOut, err error) {
	sites, err := u.SitesWith(ctx, atlassian.Jira)
	if err != nil {
		return out, err
	}
	// A person is the same on every site, so any site that answers will do: a
	// listed one may refuse because the app is gone from it.
	var me user
	for _, s := range sites {
		if me, err = getMyself.Do(ctx, s, struct{}{}); err == nil {
			out.CurrentUser = viewUser(s, me)
			break
		}
	}
	for _, s := range sites {
		out.Clouds = append(out.Clouds, shape.Cloud{ID: s.ID, Name: s.Name, URL: s.URL})
	}
	return out, err
})
