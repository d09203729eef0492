package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// accountType is a type of account, or all of them.
type accountType string

const (
	people      accountType = "atlassian"
	allAccounts accountType = "all"
)

// Enum lists the types.
func (accountType) Enum() []string {
	return []string{string(people), "app", "customer", "unknown", string(allAccounts)}
}

type listUsersIn struct {
	AccountType accountType `json:"account_type,omitzero" jsonschema:"default=atlassian" doc:"Only accounts of this type; atlassian are people."`
	Limit       int         `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Users per page."`
	Offset      int         `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Accounts to skip: next_offset of the page before."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "ListUsers",
	Doc:     "List the users of the Jira site, active or not, a page at a time.",
	Returns: "The users and where the next page starts.",
	Uses:    uses{listUsers},
}, func(ctx context.Context, s *atlassian.Site, in listUsersIn) (usersOut, error) {
	size := in.Limit
	if in.AccountType != allAccounts && in.AccountType != people { // few are of another type
		size = mostFound
	}
	out, seen, err := userPage{
		limit: in.Limit, offset: in.Offset, size: size,
		fits: func(u user) bool { return in.AccountType == allAccounts || u.AccountType == string(in.AccountType) },
		fetch: func(ctx context.Context, startAt, maxResults int) ([]user, error) {
			return listUsers.Do(ctx, s, userRange{startAt, maxResults})
		},
	}.read(ctx, s)
	if err == nil && len(seen) == 0 && in.Offset == 0 {
		err = errNobodyShown()
	}
	return out, err
})
