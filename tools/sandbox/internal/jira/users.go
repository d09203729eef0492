package jira

import (
	"math"
	"net/url"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/myself": getMyself,
})

type userView struct {
	Self             string              `json:"self"`
	AccountID        string              `json:"accountId"`
	AccountType      string              `json:"accountType"`
	EmailAddress     string              `json:"emailAddress,omitzero"`
	AvatarURLs       avatars             `json:"avatarUrls"`
	DisplayName      string              `json:"displayName"`
	Active           bool                `json:"active"`
	TimeZone         string              `json:"timeZone,omitzero"`
	Locale           string              `json:"locale,omitzero"`
	Groups           *counted[groupView] `json:"groups,omitzero"`
	ApplicationRoles *counted[roleView]  `json:"applicationRoles,omitzero"`
	Expand           string              `json:"expand,omitzero"`
}

// counted counts its items even when it does not show them.
type counted[T any] struct {
	Size  int `json:"size"`
	Items []T `json:"items"`
}

type groupView struct {
	Name    string `json:"name"`
	GroupID string `json:"groupId"`
	Self    string `json:"self"`
}

type roleView struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// viewUser is a user as other things mention one: an e-mail address is not part of it.
func viewUser(c *service.Call, p *state.Person) userView {
	return userView{
		Self:        c.Gateway + "/rest/api/3/user?accountId=" + url.QueryEscape(p.AccountID),
		AccountID:   p.AccountID,
		AccountType: p.AccountType,
		AvatarURLs:  avatarsAt(c.Gateway + "/rest/api/3/universal_avatar/view/type/user/owner/" + url.PathEscape(p.AccountID)),
		DisplayName: p.DisplayName,
		Active:      p.Active,
	}
}

// userCalled is the user with a handle, as other things mention one.
func userCalled(c *service.Call, handle string) *userView {
	u := viewUser(c, c.State.Person(handle))
	return &u
}

// viewProfile is a user in full, as far as their profile shows it.
func viewProfile(c *service.Call, p *state.Person) userView {
	u := viewUser(c, p)
	u.TimeZone, u.Locale = p.TimeZone, p.Locale
	if !p.EmailHidden {
		u.EmailAddress = p.EmailAddress
	}
	return u
}

// getMyself answers GET /rest/api/3/myself.
func getMyself(c *service.Call) service.Reply { return service.OK(viewMembership(c, c.User)) }

// viewMembership is a user with their groups and roles, which are counted always and listed on demand.
func viewMembership(c *service.Call, p *state.Person) userView {
	expand := c.Params().List("expand", math.MaxInt)
	u := viewProfile(c, p)
	u.Expand = "groups,applicationRoles"
	u.Groups, u.ApplicationRoles = new(counted[groupView]), new(counted[roleView])
	for _, g := range c.State.Groups {
		if !slices.Contains(g.Members, p.Handle) {
			continue
		}
		u.Groups.Size++
		if slices.Contains(expand, "groups") {
			u.Groups.Items = append(u.Groups.Items, groupView{
				Name:    g.Name,
				GroupID: g.ID,
				Self:    c.Gateway + "/rest/api/3/group?groupId=" + g.ID,
			})
		}
	}
	for _, r := range c.State.ApplicationRoles {
		if !slices.Contains(r.Members, p.Handle) {
			continue
		}
		u.ApplicationRoles.Size++
		if slices.Contains(expand, "applicationRoles") {
			u.ApplicationRoles.Items = append(u.ApplicationRoles.Items, roleView{Key: r.Key, Name: r.Name})
		}
	}
	return u
}
