package confluence

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"unicode"

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

// searchPeople finds people who have access to Confluence, guests included. CQL
// has no field for e-mail addresses (facts §14).
var searchPeople = atlassian.Get[peopleQuery, peoplePage]("/wiki/rest/api/search/user", "read:content-details:confluence").
	Within(atlassian.Everywhere())

type peopleQuery struct {
	CQL   string `query:"cql"`
	Limit int    `query:"limit"`
	Kind  string `query:"sitePermissionTypeFilter"`
}

type peoplePage struct {
	Results []foundPerson `json:"results"`
	Total   int           `json:"totalSize"`
}

type foundPerson struct {
	User user `json:"user"`
}

// Check holds that there is a list, of people.
func (p peoplePage) Check() error {
	if p.Results == nil {
		return errors.New("a page without results")
	}
	for _, found := range p.Results {
		if err := found.User.Check(); err != nil {
			return err
		}
	}
	return nil
}

// nameWords are the words of a name, or of an e-mail address before its domain,
// without what means something in a search.
func nameWords(name string) string {
	if local, _, isAddress := strings.Cut(name, "@"); isAddress {
		name = local
	}
	words := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Number) && r != '\''
	})
	return strings.ToLower(strings.Join(words, " "))
}
