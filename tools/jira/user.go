package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
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
var searchUsers = atlassian.Get[userQuery, userList]("/rest/api/3/user/search", "read:jira-user").
	Within(atlassian.Everywhere())

// searchAssignable finds, likewise, those to whom an issue can be assigned. It
// answers also those who may not browse users but assign issues.
var searchAssignable = atlassian.Get[assignableQuery, userList]("/rest/api/3/user/assignable/search", "read:jira-user").
	Within(atlassian.IssueInQuery("issueKey"), atlassian.ProjectInQuery("project"))

type userQuery struct {
	Query      string `query:"query,omitzero"`
	AccountID  string `query:"accountId,omitzero"`
	StartAt    int    `query:"startAt,omitzero"`
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
var getKnownMyself = atlassian.Get[struct{}, user]("/rest/api/3/myself", "read:jira-user").Remember(5 * time.Minute).
	Within(atlassian.Everywhere())

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

// getUser is refused to those who may not browse users (facts §9).
var getUser = atlassian.Get[accountRef, user]("/rest/api/3/user", "read:jira-user").
	Within(atlassian.Everywhere())

type accountRef struct {
	AccountID string `query:"accountId"`
}

// listUsers lists every account: also apps, customers and those who are not
// active any more. It is refused to those who may not browse users (facts §9).
var listUsers = atlassian.Get[userRange, userList]("/rest/api/3/users/search", "read:jira-user").
	Within(atlassian.Everywhere())

type userRange struct {
	StartAt    int `query:"startAt"`
	MaxResults int `query:"maxResults"`
}

// checkMayBrowse tells those who may not browse users so. Without the
// permission a search finds nobody and does not say why.
func checkMayBrowse(ctx context.Context, s *atlassian.Site) error {
	users, err := listUsers.Do(ctx, s, userRange{MaxResults: 1})
	if err == nil && len(users) == 0 {
		err = errNobodyShown()
	}
	return err
}

// errNobodyShown is the error of those to whom Jira does not even show
// themselves.
func errNobodyShown() error {
	return &tool.Error{
		Kind: tool.KindUpstreamAuth, Status: http.StatusForbidden,
		Message: "Jira shows no users to this user, who seems to lack the permission to browse users and groups.",
		Prompt:  "Ask the user, or an administrator of the site, for the permission. Repeating the call does not help.",
	}
}

// usersOut is the answer of the tools that list users.
type usersOut struct {
	Users      []userView       `json:"users" doc:"The users."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
	Notes      []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
}

// userPage is a wish for users: limit of those that fit, counted from the
// offset in a list that is read in portions of size.
type userPage struct {
	limit, offset, size int
	fits                func(user) bool
	fetch               func(ctx context.Context, startAt, maxResults int) ([]user, error)
	// shortIsLast says that a portion of less than was asked for is the last one,
	// and not only an empty one (facts §3).
	shortIsLast bool
}

// read reads portions until there are enough that fit, one is short, or there
// were many. seen are all that were read.
func (p userPage) read(ctx context.Context, s *atlassian.Site) (out usersOut, seen []user, err error) {
	const mostPortions = 10
	fitting, got := 0, 0
	list, err := lookup.Walk(ctx, lookup.Bounds{Pages: mostPortions}, func(ctx context.Context, next string) (page lookup.Page[user], err error) {
		at := p.offset
		if next != "" {
			if at, err = strconv.Atoi(next); err != nil {
				return page, err
			}
		}
		page.Items, err = p.fetch(ctx, at, p.size)
		page.Items = firstOf(page.Items, p.size)
		if got = len(page.Items); got == p.size {
			page.Next = strconv.Itoa(at + got)
		}
		return page, err
	}, func(portion []user) bool {
		for _, u := range portion {
			if p.fits(u) {
				fitting++
			}
		}
		return fitting >= p.limit
	})
	if err != nil {
		return out, nil, err
	}
	out.Users = []userView{}
	last := list.Complete && (p.shortIsLast || got == 0)
	next := p.offset + len(list.Items)
	for i, u := range list.Items {
		switch {
		case !p.fits(u):
		case len(out.Users) == p.limit:
			last, next = false, min(next, p.offset+i)
		default:
			out.Users = append(out.Users, viewUser(s, u))
		}
	}
	out.Pagination = shape.Pagination{Limit: p.limit, ReturnedCount: len(out.Users), IsLastPage: last}
	if !last {
		out.Pagination.NextOffset = next
	}
	return out, list.Items, nil
}
