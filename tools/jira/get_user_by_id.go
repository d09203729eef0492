package jira

import (
	"context"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getUserByIDIn struct {
	UserID string `json:"user_id" jsonschema:"format=name,minLength=1,maxLength=128" doc:"The account ID; me for the current user."`
	onSite
}

// Check refuses names, which another tool takes.
func (in getUserByIDIn) Check() error {
	if id := strings.TrimSpace(in.UserID); !isMe(id) && !atlassian.Fits("account", id) {
		return tool.BadInput("user_id", "is not an account ID", "Give the account ID, which GetUsersWithoutId finds by name or e-mail address.")
	}
	return nil
}

type userOut struct {
	User userView `json:"user" doc:"The user."`
}

var _ = add(tool.Spec{
	Name:    "GetUserById",
	Doc:     "Get one Jira user by the account ID.",
	Returns: "The user.",
	Uses:    uses{getUser, getMyself},
}, func(ctx context.Context, s *atlassian.Site, in getUserByIDIn) (out userOut, err error) {
	var u user
	if id := strings.TrimSpace(in.UserID); isMe(id) {
		u, err = getMyself.Do(ctx, s, struct{}{})
	} else {
		u, err = getUser.Do(ctx, s, accountRef{id})
	}
	out.User = viewUser(s, u)
	return out, err
})
