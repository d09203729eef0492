package jira

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
)

// user is a person as Jira sends it.
type user struct {
	AccountID    string `json:"accountId"`
	AccountType  string `json:"accountType"`
	DisplayName  string `json:"displayName"`
	EmailAddress string `json:"emailAddress"`
	Active       bool   `json:"active"`
	TimeZone     string `json:"timeZone"`
}

// Check holds that there is a user.
func (u user) Check() error {
	if u.AccountID == "" {
		return errors.New("a user without accountId")
	}
	return nil
}

// userView is a person as tools show it.
type userView struct {
	ID          string `json:"id" doc:"The account ID."`
	Name        string `json:"name" doc:"The display name."`
	Active      bool   `json:"active" doc:"Whether the account is in use."`
	Email       string `json:"email,omitzero" doc:"The e-mail address, unless the user hides it."`
	AccountType string `json:"account_type,omitzero" doc:"atlassian, app or customer."`
	TimeZone    string `json:"timezone,omitzero" doc:"The user's time zone."`
	URL         string `json:"jira_gui_url,omitzero" doc:"The user's page."`
}

func viewUser(s *atlassian.Site, u user) userView {
	return userView{
		ID: u.AccountID, Name: u.DisplayName, Active: u.Active, Email: u.EmailAddress,
		AccountType: u.AccountType, TimeZone: u.TimeZone,
		URL: s.Link("/jira/people/" + url.PathEscape(u.AccountID)),
	}
}

// personView is a person as issues show them. GetUserById tells more.
type personView struct {
	ID     string `json:"id" doc:"The account ID."`
	Name   string `json:"name" doc:"The display name."`
	Email  string `json:"email,omitzero" doc:"The e-mail address, unless the user hides it."`
	Active *bool  `json:"active,omitzero" doc:"Whether the account is in use."`
}

// viewPerson is a person in an issue: in lists ID and name alone.
func viewPerson(u *user, f issueFormat) *personView {
	switch {
	case u == nil:
		return nil
	case f.inList:
		return &personView{ID: u.AccountID, Name: u.DisplayName}
	}
	return &personView{ID: u.AccountID, Name: u.DisplayName, Email: u.EmailAddress, Active: &u.Active}
}

// searchUsers finds active users by the beginnings of words of their name or of
// an e-mail address that they show. It finds nobody for those who may not
// browse users (facts §9).
var searchUsers = atlassian.Get[userQuery, userList]("/rest/api/3/user/search", "read:jira-user")

type userQuery struct {
	Query      string `query:"query"`
	MaxResults int    `query:"maxResults"`
}

type userList []user

// Check holds that the list is one of users.
func (l userList) Check() error {
	for _, u := range l {
		if err := u.Check(); err != nil {
			return err
		}
	}
	return nil
}

// findUser finds the user that the parameter names by display name or e-mail
// address. Account IDs need no search.
func findUser(ctx context.Context, s *atlassian.Site, param, value string) (user, error) {
	const most = 50
	users, err := searchUsers.Do(ctx, s, userQuery{strings.TrimSpace(value), most})
	if err != nil {
		return user{}, err
	}
	return lookup.Choose(lookup.Query{
		Parameter: param, Value: value, Noun: "user", Plural: "users", Incomplete: len(users) >= most,
	}, users, func(u user) lookup.Candidate {
		return lookup.Candidate{ID: u.AccountID, Name: u.DisplayName, Email: u.EmailAddress}
	})
}

var accountID = regexp.MustCompile(`^([0-9a-f]{24}|[0-9A-Za-z-]{1,64}:[0-9A-Za-z:-]{1,100})$`)

// isMe reports whether a value names the person who acts.
func isMe(value string) bool {
	value = strings.TrimSpace(value)
	return strings.EqualFold(value, "me") || strings.EqualFold(value, "currentUser()")
}
