package confluence

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/cql"
	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = v1.Serve(map[string]service.Handler{
	"GET /wiki/rest/api/user/current": getCurrentUser,
	"GET /wiki/rest/api/search/user":  searchUsers,
})

// guests is the group of people from outside, whom a search for people leaves out unless it is told
// otherwise.
const guests = "contractors"

// mayUse reports whether a person has access to Confluence: whoever is active, except customers.
func mayUse(p *state.Person) bool { return p.Active && p.AccountType != "customer" }

// userView is a person as version 1 of the API shows one.
type userView struct {
	Type          string            `json:"type"`
	AccountID     string            `json:"accountId"`
	AccountType   string            `json:"accountType"`
	Email         string            `json:"email"` // empty when it is hidden
	PublicName    string            `json:"publicName"`
	Picture       picture           `json:"profilePicture"`
	DisplayName   string            `json:"displayName"`
	TimeZone      *string           `json:"timeZone"`
	IsGuest       bool              `json:"isGuest"`
	IsExternal    bool              `json:"isExternalCollaborator"`
	PersonalSpace *foundSpace       `json:"personalSpace,omitzero"`
	Expandable    map[string]string `json:"_expandable"`
	Links         map[string]string `json:"_links"`
}

type picture struct {
	Path      string `json:"path"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	IsDefault bool   `json:"isDefault"`
}

// viewUser shows a person, with the personal space on demand.
func viewUser(c *service.Call, p *state.Person) userView {
	isGuest := c.State.InGroup(p, guests)
	v := userView{
		Type:        "known",
		AccountID:   p.AccountID,
		AccountType: p.AccountType,
		PublicName:  p.DisplayName,
		Picture:     picture{Path: "/wiki/aa-avatar/" + url.PathEscape(p.AccountID), Width: 48, Height: 48},
		DisplayName: p.DisplayName,
		IsGuest:     isGuest,
		IsExternal:  isGuest,
		Expandable:  map[string]string{"operations": "", "personalSpace": ""},
		Links:       map[string]string{"self": c.Site.URL + "/wiki/rest/api/user?accountId=" + url.QueryEscape(p.AccountID)},
	}
	if !p.EmailHidden {
		v.Email, v.TimeZone = p.EmailAddress, &p.TimeZone
	}
	if slices.Contains(c.Params().List("expand", math.MaxInt), "personalSpace") {
		if s := spaces.Find(c.Site, func(s *space) bool { return s.Type == "personal" && s.Owner == p.Handle }); s != nil {
			v.PersonalSpace = new(viewFoundSpace(s))
			delete(v.Expandable, "personalSpace")
		}
	}
	return v
}

// getCurrentUser answers GET /wiki/rest/api/user/current.
func getCurrentUser(c *service.Call) service.Reply {
	if !mayUse(c.User) {
		return c.Refuse(http.StatusForbidden, "Current user not permitted to use Confluence")
	}
	v := viewUser(c, c.User)
	v.TimeZone = &c.User.TimeZone // nobody hides it from themselves
	maps.Copy(v.Links, map[string]string{"base": c.Site.URL + "/wiki", "context": "/wiki"})
	return service.OK(v)
}

type foundUser struct {
	User         userView   `json:"user"`
	Title        string     `json:"title"`
	Excerpt      string     `json:"excerpt"`
	URL          string     `json:"url"`
	Breadcrumbs  []struct{} `json:"breadcrumbs"`
	EntityType   string     `json:"entityType"`
	IconCSSClass string     `json:"iconCssClass"`
	LastModified string     `json:"lastModified"`
	Score        float64    `json:"score"`
}

// searchUsers answers GET /wiki/rest/api/search/user: people who have access, paged by offset.
func searchUsers(c *service.Call) service.Reply {
	p := c.Params()
	limit := int(p.Integer("limit", 25, 0, math.MaxInt32))
	start := int(p.Integer("start", 0, 0, math.MaxInt32))
	kind := p.Choice("sitePermissionTypeFilter", "all", "externalCollaborator", "none")
	if p.Failed() {
		return p.BadRequest(c)
	}
	text := c.Query.Get("cql")
	_, plan, err := compileCQL(text, userEnvironment(c))
	if err != nil {
		return c.Refuse(http.StatusBadRequest, err.Error())
	}
	var found []*state.Person
	for _, person := range c.State.People {
		isGuest := c.State.InGroup(person, guests)
		wanted := kind == "all" || isGuest == (kind == "externalCollaborator")
		if mayUse(person) && wanted && plan.Match(person) {
			found = append(found, person)
		}
	}
	slices.SortStableFunc(found, plan.Compare)
	from := min(start, len(found))
	to := from + min(limit, len(found)-from)
	shown := newSearchPage[foundUser](c, text, start, limit, to-from, len(found))
	for _, person := range found[from:to] {
		shown.Results = append(shown.Results, foundUser{
			User:         viewUser(c, person),
			Title:        person.DisplayName,
			URL:          "/people/" + url.PathEscape(person.AccountID),
			EntityType:   "user",
			LastModified: c.State.Now().Format(timeFormat),
		})
	}
	if to < len(found) && limit > 0 {
		shown.Links.Next = strings.TrimPrefix(c.Path, "/wiki") + "?" + url.Values{
			"cql": {text}, "limit": {strconv.Itoa(limit)}, "start": {strconv.Itoa(to)},
		}.Encode()
	}
	return service.OK(shown)
}

// userEnvironment is what CQL knows of people here, and of nothing else (facts §14).
func userEnvironment(c *service.Call) query.Environment[*state.Person] {
	account := query.Field[*state.Person]{Values: func(p *state.Person) []string { return []string{p.AccountID} }}
	return cql.Environment(map[string]query.Field[*state.Person]{
		"type":           {Values: func(*state.Person) []string { return []string{"user"} }},
		"user":           account,
		"user.accountid": account,
		"user.userkey":   account,
		"user.fullname":  {Texts: nameTexts},
	}, query.Clock{Now: c.State.Now()})
}

// nameTexts are the texts in which a name is looked for: itself, and the beginnings of its words, each of
// which finds it.
func nameTexts(p *state.Person) []string {
	var beginnings []string
	for word := range strings.FieldsSeq(p.DisplayName) {
		letters := []rune(word)
		for i := range letters {
			beginnings = append(beginnings, string(letters[:i+1]))
		}
	}
	return []string{p.DisplayName, strings.Join(beginnings, " ")}
}
