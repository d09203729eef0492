package jira

import (
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

// userView is a person as tools show it.
type userView struct {
	ID          string `json:"id" doc:"The account ID."`
	Name        string `json:"name" doc:"The display name."`
	Active      bool   `json:"active" doc:"Whether the account is in use."`
	Email       string `json:"email,omitzero" doc:"The e-mail address, unless the user hides it."`
	AccountType string `json:"account_type,omitzero" doc:"atlassian, app or customer."`
	TimeZone    string `json:"timezone,omitzero" doc:"The user's time zone."`
	URL         string `json:"jira_gui_url" doc:"The user's page."`
}

func viewUser(s *atlassian.Site, u user) userView {
	return userView{
		ID: u.AccountID, Name: u.DisplayName, Active: u.Active, Email: u.EmailAddress,
		AccountType: u.AccountType, TimeZone: u.TimeZone,
		URL: s.URL + "/jira/people/" + url.PathEscape(u.AccountID),
	}
}

// project is a project as Jira sends it.
type project struct {
	ID          string    `json:"id"`
	Key         string    `json:"key"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Email       string    `json:"email"`
	Style       string    `json:"style"`
	Type        string    `json:"projectTypeKey"`
	Archived    bool      `json:"archived"`
	Category    *category `json:"projectCategory"`
	Lead        *user     `json:"lead"`
}

type category struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// projectView is a project as tools show it.
type projectView struct {
	ID          string        `json:"id" doc:"The project's ID."`
	Key         string        `json:"key" doc:"The project's key."`
	Name        string        `json:"name" doc:"The project's name."`
	Type        string        `json:"type,omitzero" doc:"software, business, service_desk or product_discovery."`
	Style       string        `json:"style,omitzero" doc:"classic (company-managed) or next-gen (team-managed)."`
	Description string        `json:"description,omitzero" doc:"What the project is about."`
	Email       string        `json:"email,omitzero" doc:"The address its notifications come from."`
	Archived    bool          `json:"archived,omitzero" doc:"Set when the project is archived."`
	Category    *categoryView `json:"category,omitzero" doc:"The project's category."`
	Lead        *userView     `json:"lead,omitzero" doc:"The project's lead."`
	URL         string        `json:"jira_gui_url" doc:"The project's page."`
}

type categoryView struct {
	ID          string `json:"id" doc:"The category's ID."`
	Name        string `json:"name" doc:"The category's name."`
	Description string `json:"description,omitzero" doc:"What the category is for."`
}

// viewProject links to /browse because that works for every type of project.
func viewProject(s *atlassian.Site, p project) projectView {
	v := projectView{
		ID: p.ID, Key: p.Key, Name: p.Name, Type: p.Type, Style: p.Style,
		Description: p.Description, Email: p.Email, Archived: p.Archived,
		URL: s.URL + "/browse/" + url.PathEscape(p.Key),
	}
	if p.Category != nil {
		v.Category = &categoryView{ID: p.Category.ID, Name: p.Category.Name, Description: p.Category.Description}
	}
	if p.Lead != nil {
		lead := viewUser(s, *p.Lead)
		v.Lead = &lead
	}
	return v
}
