package jira

import (
	_ "embed" // for priority_schemes.json
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/priorityscheme":                       listSchemes,
	"GET /rest/api/3/priorityscheme/{schemeId}/priorities": listSchemePriorities,
	"GET /rest/api/3/priorityscheme/{schemeId}/projects":   listSchemeProjects,
})

// scheme is the priorities of some projects.
type scheme struct {
	ID              int64   `json:"id"`
	Name            string  `json:"name"`
	Description     string  `json:"description"`
	DefaultPriority int64   `json:"defaultPriority"`
	Priorities      []int64 `json:"priorities"`
	Projects        []int64 `json:"projects"`
}

//go:embed priority_schemes.json
var schemesJSON []byte

// schemes are those of a site. The first is that of every project which no other one names.
var schemes = state.NewTable(&Service.Tables, state.Definition[scheme]{
	Name:  "priority_schemes.json",
	Seed:  schemesJSON,
	ID:    func(s *scheme) *int64 { return &s.ID },
	Check: checkScheme,
})

func checkScheme(_ *state.State, site *state.Site, s *scheme) error {
	var problems []error
	for _, id := range s.Priorities {
		if priorities.Get(site, id) == nil {
			problems = append(problems, fmt.Errorf("there is no priority %d", id))
		}
	}
	if !slices.Contains(s.Priorities, s.DefaultPriority) {
		problems = append(problems, errors.New("its default is none of its priorities"))
	}
	for _, id := range s.Projects {
		if projects.Get(site, id) == nil {
			problems = append(problems, fmt.Errorf("there is no project %d", id))
		}
	}
	return errors.Join(problems...)
}

func defaultScheme(site *state.Site) *scheme { return schemes.Rows(site)[0] }

// schemeOf is the scheme of the project with an id.
func schemeOf(site *state.Site, projectID int64) *scheme {
	if s := schemes.Find(site, func(s *scheme) bool { return slices.Contains(s.Projects, projectID) }); s != nil {
		return s
	}
	return defaultScheme(site)
}

type schemeView struct {
	Self            string `json:"self"`
	ID              string `json:"id"`
	Name            string `json:"name"`
	Description     string `json:"description"`
	Default         bool   `json:"default"`
	IsDefault       bool   `json:"isDefault"` // the same, as older clients read it (facts §10)
	DefaultPriority string `json:"defaultPriorityId"`

	Priorities *page[rankedPriority] `json:"priorities,omitzero"`
	Projects   *page[projectDetails] `json:"projects,omitzero"`
}

// rankedPriority is a priority with its place in a scheme.
type rankedPriority struct {
	priorityView

	Sequence string `json:"sequence"`
}

// schemeReference is a scheme as a priority mentions it.
type schemeReference struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
}

// onlyAdministrators refuses what needs the global permission "Administer Jira" (facts §10).
func onlyAdministrators(c *service.Call) *service.Reply {
	if c.State.InGroup(c.User, "site-admins") {
		return nil
	}
	re := c.Refuse(http.StatusForbidden, "Only Jira administrators can perform this operation.")
	return &re
}

// listSchemes answers GET /rest/api/3/priorityscheme.
func listSchemes(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := schemeRange(params)
	ids := params.IDs("schemeId", math.MaxInt)
	with := params.IDs("priorityId", math.MaxInt)
	order := params.Choice("orderBy", "name", "+name", "-name")
	expand := params.Choices("expand", "priorities", "projects")
	onlyDefault := params.Choice("onlyDefault", "true", "false") == "true"
	if params.Failed() {
		return params.BadRequest(c)
	}
	if refusal := onlyAdministrators(c); refusal != nil {
		return *refusal
	}
	name := strings.ToLower(c.Query.Get("schemeName"))
	found := schemes.Select(c.Site, func(s *scheme) bool {
		return (len(ids) == 0 || slices.Contains(ids, s.ID)) &&
			(len(with) == 0 || slices.ContainsFunc(with, func(id int64) bool { return slices.Contains(s.Priorities, id) })) &&
			(!onlyDefault || s == defaultScheme(c.Site)) &&
			strings.Contains(strings.ToLower(s.Name), name)
	})
	slices.SortFunc(found, func(a, b *scheme) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	if order == "-name" {
		slices.Reverse(found)
	}
	return offsetPage(c, found, start, limit, func(s *scheme) schemeView {
		v := schemeView{
			Self:            c.Gateway + "/rest/api/3/priorityscheme/" + service.Decimal(s.ID),
			ID:              service.Decimal(s.ID),
			Name:            s.Name,
			Description:     s.Description,
			Default:         s == defaultScheme(c.Site),
			IsDefault:       s == defaultScheme(c.Site),
			DefaultPriority: service.Decimal(s.DefaultPriority),
		}
		if slices.Contains(expand, "priorities") {
			v.Priorities = new(pageOf(c, s.Priorities, 0, 50, ranked(c, s)))
		}
		if slices.Contains(expand, "projects") {
			v.Projects = new(pageOf(c, s.Projects, 0, 50, detailedProject(c)))
		}
		return v
	})
}

// schemeRange reads which part of a list is asked for.
func schemeRange(params *service.Params) (start, limit int64) {
	return params.Integer("startAt", 0, 0, math.MaxInt64), min(params.Integer("maxResults", 50, 1, math.MaxInt32), 50)
}

// viewSchemesWith are the schemes that have a priority.
func viewSchemesWith(c *service.Call, p *priority) *page[schemeReference] {
	found := schemes.Select(c.Site, func(s *scheme) bool { return slices.Contains(s.Priorities, p.ID) })
	return new(pageOf(c, found, 0, 50, func(s *scheme) schemeReference {
		return schemeReference{ID: service.Decimal(s.ID), Name: s.Name, IsDefault: s == defaultScheme(c.Site)}
	}))
}

// ranked shows a priority of a scheme.
func ranked(c *service.Call, s *scheme) func(int64) rankedPriority {
	return func(id int64) rankedPriority {
		v := rankedPriority{
			priorityView: viewPriority(c, priorities.Get(c.Site, id)),
			Sequence:     service.Decimal(int64(slices.Index(s.Priorities, id))),
		}
		v.IsDefault = id == s.DefaultPriority
		return v
	}
}

func shownProject(c *service.Call) func(int64) projectView {
	return func(id int64) projectView { return viewProject(c, projects.Get(c.Site, id), nil) }
}

// projectDetails is a project as a scheme mentions it.
type projectDetails struct {
	Self       string        `json:"self"`
	ID         string        `json:"id"`
	Key        string        `json:"key"`
	Name       string        `json:"name"`
	TypeKey    string        `json:"projectTypeKey"`
	Simplified bool          `json:"simplified"`
	AvatarURLs avatars       `json:"avatarUrls"`
	Category   *categoryView `json:"projectCategory,omitzero"`
}

func detailedProject(c *service.Call) func(int64) projectDetails {
	return func(id int64) projectDetails {
		v := shownProject(c)(id)
		return projectDetails{v.Self, v.ID, v.Key, v.Name, v.TypeKey, v.Simplified, v.AvatarURLs, v.Category}
	}
}

// wantedScheme is the scheme that the path names, or the answer that there is none or that it is not for
// the user.
func wantedScheme(c *service.Call) (*scheme, service.Reply) {
	if refusal := onlyAdministrators(c); refusal != nil {
		return nil, *refusal
	}
	return schemes.Get(c.Site, c.ID("schemeId")),
		c.Refuse(http.StatusNotFound, "The priority scheme with ID "+service.Clip(c.Vars["schemeId"])+" does not exist.")
}

// listSchemePriorities answers GET /rest/api/3/priorityscheme/{schemeId}/priorities.
func listSchemePriorities(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := schemeRange(params)
	if params.Failed() {
		return params.BadRequest(c)
	}
	s, refusal := wantedScheme(c)
	if s == nil {
		return refusal
	}
	return offsetPage(c, s.Priorities, start, limit, ranked(c, s))
}

// listSchemeProjects answers GET /rest/api/3/priorityscheme/{schemeId}/projects: those that were given
// the scheme, which those with the default one were not (facts §10).
func listSchemeProjects(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := schemeRange(params)
	ids := params.IDs("projectId", math.MaxInt)
	if params.Failed() {
		return params.BadRequest(c)
	}
	s, refusal := wantedScheme(c)
	if s == nil {
		return refusal
	}
	text := strings.ToLower(c.Query.Get("query"))
	found := filter(s.Projects, func(id int64) bool {
		p := projects.Get(c.Site, id)
		return (len(ids) == 0 || slices.Contains(ids, id)) &&
			(strings.Contains(strings.ToLower(p.Name), text) || strings.Contains(strings.ToLower(p.Key), text))
	})
	return offsetPage(c, found, start, limit, shownProject(c))
}
