package sandbox

import (
	"math"
	"net/url"
	"slices"
)

type jiraUser struct {
	Self             string                 `json:"self"`
	AccountID        string                 `json:"accountId"`
	AccountType      string                 `json:"accountType"`
	EmailAddress     string                 `json:"emailAddress,omitzero"`
	AvatarURLs       avatars                `json:"avatarUrls"`
	DisplayName      string                 `json:"displayName"`
	Active           bool                   `json:"active"`
	TimeZone         string                 `json:"timeZone,omitzero"`
	Locale           string                 `json:"locale,omitzero"`
	Groups           *jiraList[groupView]   `json:"groups,omitzero"`
	ApplicationRoles *jiraList[jiraAppRole] `json:"applicationRoles,omitzero"`
	Expand           string                 `json:"expand,omitzero"`
}

// jiraList counts its items even when it does not show them.
type jiraList[T any] struct {
	Size  int `json:"size"`
	Items []T `json:"items"`
}

type groupView struct {
	Name    string `json:"name"`
	GroupID string `json:"groupId"`
	Self    string `json:"self"`
}

type jiraAppRole struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// userRef is a user as other things mention one: an e-mail address is not part of it.
func (c *call) userRef(p *person) jiraUser {
	return jiraUser{
		Self:        c.site.URL + "/rest/api/3/user?accountId=" + url.QueryEscape(p.AccountID),
		AccountID:   p.AccountID,
		AccountType: p.AccountType,
		AvatarURLs:  avatarsAt(c.site.URL + "/rest/api/3/universal_avatar/view/type/user/owner/" + url.PathEscape(p.AccountID)),
		DisplayName: p.DisplayName,
		Active:      p.Active,
	}
}

// userDetails is a user in full, as far as their profile shows it.
func (c *call) userDetails(p *person) jiraUser {
	u := c.userRef(p)
	u.TimeZone, u.Locale = p.TimeZone, p.Locale
	if !p.EmailHidden {
		u.EmailAddress = p.EmailAddress
	}
	return u
}

// myself answers GET /rest/api/3/myself. Groups and roles are counted always and listed on demand.
func myself(c *call) reply {
	p := params{values: c.query}
	expand := p.list("expand", math.MaxInt)
	u := c.userDetails(c.user)
	u.Expand = "groups,applicationRoles"
	u.Groups, u.ApplicationRoles = new(jiraList[groupView]), new(jiraList[jiraAppRole])
	for _, g := range c.world.Groups {
		if !slices.Contains(g.Members, c.user.Handle) {
			continue
		}
		u.Groups.Size++
		if slices.Contains(expand, "groups") {
			u.Groups.Items = append(u.Groups.Items, groupView{
				Name:    g.Name,
				GroupID: g.ID,
				Self:    c.site.URL + "/rest/api/3/group?groupId=" + g.ID,
			})
		}
	}
	for _, r := range c.world.ApplicationRoles {
		if !slices.Contains(r.Members, c.user.Handle) {
			continue
		}
		u.ApplicationRoles.Size++
		if slices.Contains(expand, "applicationRoles") {
			u.ApplicationRoles.Items = append(u.ApplicationRoles.Items, jiraAppRole{Key: r.Key, Name: r.Name})
		}
	}
	return ok(u)
}
