package jira

import (
	"context"
	"fmt"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getUsersWithoutIDIn struct {
	NameOrEmail string `json:"name_or_email" jsonschema:"format=name,minLength=1,maxLength=255" doc:"Beginnings of words of the name, or of the e-mail address."`
	Exact       bool   `json:"enforce_exact_match,omitzero" doc:"Only users whose whole name or e-mail address it is, in any case."`
	Limit       int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Users per page."`
	Offset      int    `json:"offset,omitzero" jsonschema:"minimum=0,maximum=999" doc:"Users to skip: next_offset of the page before."`
	onSite
}

// mostFindable is how many users Jira shows of those that a search finds
// (facts §3).
const mostFindable = 1000

var _ = add(tool.Spec{
	Name:    "GetUsersWithoutId",
	Doc:     "Find active Jira users by name or e-mail address, a page at a time.",
	Returns: "The users and where the next page starts.",
	Uses:    uses{searchUsers, listUsers},
}, func(ctx context.Context, s *atlassian.Site, in getUsersWithoutIDIn) (usersOut, error) {
	wanted := strings.Join(strings.Fields(in.NameOrEmail), " ")
	is := func(text string) bool { return strings.EqualFold(strings.Join(strings.Fields(text), " "), wanted) }
	page := userPage{
		limit: in.Limit, offset: in.Offset, size: in.Limit, shortIsLast: true,
		fits: func(u user) bool { return !in.Exact || is(u.DisplayName) || is(u.EmailAddress) },
		fetch: func(ctx context.Context, startAt, maxResults int) ([]user, error) {
			if startAt >= mostFindable {
				return nil, nil
			}
			return searchUsers.Do(ctx, s, userQuery{Query: wanted, StartAt: startAt, MaxResults: min(maxResults, mostFindable-startAt)})
		},
	}
	if in.Exact { // of very many with a similar name a few may fit
		page.size = mostFound
	}
	out, seen, err := page.read(ctx, s)
	if err != nil {
		return out, err
	}
	if len(seen) == 0 && in.Offset == 0 {
		if err = checkMayBrowse(ctx, s); err != nil {
			return out, err
		}
	}
	hidden := 0
	for _, u := range seen {
		if u.EmailAddress == "" && !page.fits(u) {
			hidden++
		}
	}
	switch isAddress := strings.Contains(wanted, "@"); {
	case isAddress && hidden > 0:
		out.Notes = append(out.Notes, fmt.Sprintf("Left out, because they hide their e-mail address and nobody can tell whether it is this one: %d. Without enforce_exact_match they are shown.", hidden))
	case isAddress && len(out.Users) == 0:
		out.Notes = append(out.Notes, "People can hide their e-mail address: search for the name to be sure.")
	}
	if p := &out.Pagination; p.NextOffset >= mostFindable || p.IsLastPage && in.Offset+len(seen) >= mostFindable {
		p.IsLastPage, p.NextOffset = true, 0 // nothing that could be read follows
		out.Notes = append(out.Notes, fmt.Sprintf("Jira shows no more than the first %d that it finds. Make the search narrower.", mostFindable))
	}
	return out, nil
})
