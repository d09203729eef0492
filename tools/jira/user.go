package jira

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
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

// searchAssignable finds, likewise, those to whom an issue can be assigned. It
// answers also those who may not browse users but assign issues.
var searchAssignable = atlassian.Get[assignableQuery, userList]("/rest/api/3/user/assignable/search", "read:jira-user")

type userQuery struct {
	Query      string `query:"query,omitzero"`
	AccountID  string `query:"accountId,omitzero"`
	MaxResults int    `query:"maxResults"`
}

type assignableQuery struct {
	Query      string `query:"query,omitzero"`
	AccountID  string `query:"accountId,omitzero"`
	IssueKey   string `query:"issueKey,omitzero"`
	Project    string `query:"project,omitzero"`
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

// mostFound is how many users a search by name shows at most.
const mostFound = 50

// findUser finds the user that the parameter names by display name or e-mail
// address. Account IDs need no search.
func findUser(ctx context.Context, s *atlassian.Site, param, value string) (user, error) {
	users, err := searchUsers.Do(ctx, s, userQuery{Query: strings.TrimSpace(value), MaxResults: mostFound})
	if err != nil {
		return user{}, err
	}
	return chooseUser(param, value, users)
}

// getKnownMyself is getMyself for tools that need the user on the way to
// something else.
var getKnownMyself = atlassian.Get[struct{}, user]("/rest/api/3/myself", "read:jira-user").Remember(5 * time.Minute)

// personLookup are the operations of findPerson.
var personLookup = uses{getKnownMyself, searchUsers, searchAssignable}

// workplace is the issue, or the project of an issue to come, that a person is
// to have to do with.
type workplace struct{ issue, project string }

// findPerson finds the user that the parameter names by account ID, display
// name or e-mail address, or as me. Who may not browse users finds those to whom
// issues of the workplace can be assigned, if there is one. So does who looks for
// somebody by an address that is hidden.
func findPerson(ctx context.Context, s *atlassian.Site, param, value string, at workplace) (user, error) {
	value = strings.TrimSpace(value)
	if isMe(value) {
		return getKnownMyself.Do(ctx, s, struct{}{})
	}
	query, id := value, ""
	if atlassian.Fits("account", value) {
		query, id = "", value
	}
	users, err := searchUsers.Do(ctx, s, userQuery{Query: query, AccountID: id, MaxResults: mostFound})
	if err == nil && len(users) == 0 && at != (workplace{}) {
		users, err = searchAssignable.Do(ctx, s, assignableQuery{Query: query, AccountID: id, IssueKey: at.issue, Project: at.project, MaxResults: mostFound})
	}
	switch {
	case err != nil:
		return user{}, err
	case len(users) == 0:
		return user{}, nobodyFound(ctx, s, param, query)
	}
	return chooseUser(param, value, users)
}

// nobodyFound is the error for a name that finds nobody: it names those whose
// names begin alike.
func nobodyFound(ctx context.Context, s *atlassian.Site, param, query string) error {
	const beginning, most = 3, 5
	prompt := "Call again with the account ID or exact name in " + param + "."
	if letters := []rune(query); len(letters) > beginning && !strings.Contains(query, "@") {
		alike, err := searchUsers.Do(ctx, s, userQuery{Query: strings.TrimSpace(string(letters[:beginning])), MaxResults: most})
		if err != nil {
			return err
		}
		var names []string
		for _, u := range firstOf(alike, most) {
			names = append(names, describeUser(u).String())
		}
		if len(names) > 0 {
			prompt += " Names that begin alike: " + strings.Join(names, "; ") + "."
		}
	}
	message := param + ": there is no active user with this account ID, name or e-mail address, or the user may not see them."
	if schema.HasInvisible(query) {
		message += " The value holds invisible characters, which are part of it."
	}
	return tool.Retry(message, prompt)
}

// chooseUser finds the user that the parameter names among those that a search
// by its value found.
func chooseUser(param, value string, users []user) (user, error) {
	found, err := lookup.Choose(lookup.Query{
		Parameter: param, Value: value, Noun: "user", Plural: "users", Incomplete: len(users) >= mostFound,
	}, users, describeUser)
	if err == nil || !strings.Contains(value, "@") {
		return found, err
	}
	// Jira looks at hidden addresses too and does not show what it found there.
	// It takes the beginning of an address for the whole, so that nobody is
	// certain to be the one.
	var hidden []string
	for _, u := range users {
		if u.EmailAddress == "" {
			hidden = append(hidden, describeUser(u).String())
		}
	}
	if len(hidden) == 0 {
		return found, err
	}
	return found, tool.NeedContext(param+": somebody who hides the e-mail address was found by it, which is not certain to be the same.",
		"Ask the user who is meant, then call again with the account ID in "+param+". Candidates: "+strings.Join(firstOf(hidden, mostCandidates), "; ")+".")
}

// mostCandidates is how many candidates an error names.
const mostCandidates = 20

func describeUser(u user) lookup.Candidate {
	return lookup.Candidate{ID: u.AccountID, Name: u.DisplayName, Email: u.EmailAddress}
}

// isMe reports whether a value names the person who acts.
func isMe(value string) bool {
	value = strings.TrimSpace(value)
	return strings.EqualFold(value, "me") || strings.EqualFold(value, "currentUser()")
}
