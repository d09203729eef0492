package jira

import (
	"math"
	"net/http"
	"strings"
	"unicode"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/user":                   getUser,
	"GET /rest/api/3/user/search":            searchUsers,
	"GET /rest/api/3/users/search":           listUsers,
	"GET /rest/api/3/user/assignable/search": searchAssignableUsers,
})

// browsers is the group that has the global permission "Browse users and groups".
const browsers = "jira-users"

// onlyAccountID refuses to look for a person by what Jira called them before accounts had ids (facts §9).
const onlyAccountID = "'accountId' must be the only user identifying query parameter in GDPR strict mode."

// retired reports whether a request names a person as Jira does not any more.
func retired(c *service.Call) bool { return c.Query.Has("username") || c.Query.Has("key") }

// getUser answers GET /rest/api/3/user.
func getUser(c *service.Call) service.Reply {
	id := c.Query.Get("accountId")
	switch {
	case retired(c):
		return c.Refuse(http.StatusBadRequest, onlyAccountID)
	case id == "":
		return c.Refuse(http.StatusBadRequest, "The 'accountId' query parameter needs to be provided")
	case !c.State.InGroup(c.User, browsers):
		return c.Refuse(http.StatusForbidden, "You do not have permission to browse users.")
	}
	p := c.State.Account(id)
	if p == nil {
		return c.Refuse(http.StatusNotFound, "Specified user does not exist or you do not have required permissions")
	}
	return service.OK(viewMembership(c, p))
}

// searchUsers answers GET /rest/api/3/user/search: people and apps that are active, filtered first and
// paged then. Who may not browse users finds nobody, and is not told why (facts §9).
func searchUsers(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := usersRange(params)
	matches, refusal := userFilter(c)
	switch {
	case params.Failed():
		return params.BadRequest(c)
	case refusal != nil:
		return *refusal
	case !c.State.InGroup(c.User, browsers):
		return service.OK([]userView{})
	}
	// No more than the first thousand can be reached.
	found := cut(filter(c.State.People, func(p *state.Person) bool { return p.Active && matches(p) }), 0, 1000)
	return service.OK(viewProfiles(c, cut(found, start, limit)))
}

// listUsers answers GET /rest/api/3/users/search: every account, whatever its type and whether it is
// active.
func listUsers(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := usersRange(params)
	switch {
	case params.Failed():
		return params.BadRequest(c)
	case !c.State.InGroup(c.User, browsers):
		return c.Refuse(http.StatusForbidden, "You do not have permission to browse users.")
	}
	return service.OK(viewProfiles(c, cut(c.State.People, start, limit)))
}

// searchAssignableUsers answers GET /rest/api/3/user/assignable/search. It takes the range of all
// accounts first and filters them then, so that a page that is short or empty is not the last (facts §9).
func searchAssignableUsers(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := usersRange(params)
	matches, refusal := userFilter(c)
	switch {
	case params.Failed():
		return params.BadRequest(c)
	case refusal != nil:
		return *refusal
	}
	p, refusal := assignedProject(c)
	if refusal != nil {
		return *refusal
	}
	found := filter(cut(c.State.People, start, limit), func(who *state.Person) bool {
		return assignable(c.State, p, who) && matches(who)
	})
	return service.OK(viewProfiles(c, found))
}

// assignedProject is the project of the issue that is to be assigned, or the answer that there is none.
func assignedProject(c *service.Call) (*project, *service.Reply) {
	name := c.Query.Get("issueKey")
	if name == "" {
		name = c.Query.Get("issueId")
	}
	wanted := c.Query.Get("project")
	switch {
	case name != "":
		i := issueNamed(c, name)
		if i == nil {
			re := c.Refuse(http.StatusNotFound, noSuchIssue)
			return nil, &re
		}
		return projects.Get(c.Site, i.Project), nil
	case wanted != "":
		p := seenProject(c, func(p *project) bool {
			return p.status() == "live" && (p.isCalled(wanted) || service.Decimal(p.ID) == wanted)
		})
		if p == nil {
			re := c.Refuse(http.StatusNotFound, "No project could be found with key '"+service.Clip(wanted)+"'.")
			return nil, &re
		}
		return p, nil
	default:
		re := c.Refuse(http.StatusBadRequest, "The 'project', 'issueKey' or 'issueId' query parameter needs to be provided")
		return nil, &re
	}
}

// assignable reports whether a person may be assigned the issues of a project: who is active and may use
// the application that the project belongs to, which customers and apps may not.
func assignable(s *state.State, p *project, who *state.Person) bool {
	application := "jira-software"
	if p.Type == "service_desk" {
		application = "jira-servicedesk"
	}
	return who.Active && s.HasRole(who, application)
}

// usersRange reads which of the people are asked for.
func usersRange(params *service.Params) (start, limit int64) {
	return params.Integer("startAt", 0, 0, math.MaxInt32), min(params.Integer("maxResults", 50, 1, math.MaxInt32), 1000)
}

// userFilter is the condition that a search for people states, or the refusal of one that states none.
func userFilter(c *service.Call) (func(*state.Person) bool, *service.Reply) {
	query, id := c.Query.Get("query"), c.Query.Get("accountId")
	var re service.Reply
	switch {
	case retired(c):
		re = c.Refuse(http.StatusBadRequest, onlyAccountID)
	case c.Query.Has("query") && c.Query.Has("accountId"):
		re = c.Refuse(http.StatusBadRequest, "The 'query' and 'accountId' query parameters cannot be provided together")
	case c.Query.Has("query"):
		return func(p *state.Person) bool { return calledLike(p, query) }, nil
	case id != "":
		return func(p *state.Person) bool { return p.AccountID == id }, nil
	default:
		re = c.Refuse(http.StatusBadRequest, "The 'query' or 'accountId' query parameter needs to be provided")
	}
	return nil, &re
}

// calledLike reports whether each word of a query begins a word of the person's name or e-mail address.
// An address that is hidden finds nobody.
func calledLike(p *state.Person, query string) bool {
	known := []string{p.DisplayName}
	if !p.EmailHidden {
		known = append(known, p.EmailAddress)
	}
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		found := false
		for _, text := range known {
			found = found || beginsWord(strings.ToLower(text), word)
		}
		if !found {
			return false
		}
	}
	return true
}

// beginsWord reports whether a text continues with a prefix where one of its words begins.
func beginsWord(text, prefix string) bool {
	before := ' '
	for at, r := range text {
		letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
		if letter(r) && !letter(before) && strings.HasPrefix(text[at:], prefix) {
			return true
		}
		before = r
	}
	return false
}

func viewProfiles(c *service.Call, people []*state.Person) []userView {
	views := []userView{}
	for _, p := range people {
		views = append(views, viewProfile(c, p))
	}
	return views
}

// cut is the part of a list that begins at start and has at most limit items.
func cut[T any](items []T, start, limit int64) []T {
	from := min(start, int64(len(items)))
	return items[from : from+min(limit, int64(len(items))-from)]
}

// filter is the part of a list that fits.
func filter[T any](items []T, fits func(T) bool) []T {
	var found []T
	for _, item := range items {
		if fits(item) {
			found = append(found, item)
		}
	}
	return found
}
