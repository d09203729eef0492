package jira

import (
	"errors"
	"net/url"

	"arcade-atlassian/tools/internal/atlassian"
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
