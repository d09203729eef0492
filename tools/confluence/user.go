package confluence

import (
	"cmp"
	"errors"
	"net/url"

	"arcade-atlassian/tools/internal/atlassian"
)

// user is a person as Confluence sends it. An address or time zone that the
// person hides is empty.
type user struct {
	AccountID   string `json:"accountId"`
	AccountType string `json:"accountType"`
	DisplayName string `json:"displayName"`
	PublicName  string `json:"publicName"`
	Email       string `json:"email"`
	TimeZone    string `json:"timeZone"`
}

// Check holds that there is a user.
func (u user) Check() error {
	if u.AccountID == "" {
		return errors.New("a user without accountId")
	}
	return nil
}

// name is the name that the person shows.
func (u user) name() string { return cmp.Or(u.DisplayName, u.PublicName) }

// userURL is the page of the person with an account ID.
func userURL(s *atlassian.Site, accountID string) string {
	return s.Link("/wiki/people/" + url.PathEscape(accountID))
}
