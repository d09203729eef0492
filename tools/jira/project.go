package jira

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

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

	IssueTypes []issueType `json:"issueTypes"` // of a single project only
}

type category struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Check holds that there is a project.
func (p project) Check() error {
	if p.ID == "" || p.Key == "" {
		return errors.New("a project without id or key")
	}
	return nil
}

// projectView is a project as tools show it.
type projectView struct {
	ID          string        `json:"id" doc:"The project's ID."`
	Key         string        `json:"key" doc:"The project's key."`
	Name        string        `json:"name" doc:"The project's name."`
	Type        string        `json:"type,omitzero" doc:"software, business, service_desk or product_discovery."`
	Style       string        `json:"style,omitzero" doc:"classic (company-managed) or next-gen (team-managed)."`
	Description string        `json:"description,omitzero" doc:"What the project is about." untrusted:"true"`
	Email       string        `json:"email,omitzero" doc:"The address its notifications come from."`
	Archived    bool          `json:"archived,omitzero" doc:"Set when the project is archived."`
	Category    *categoryView `json:"category,omitzero" doc:"The project's category."`
	Lead        *userView     `json:"lead,omitzero" doc:"The project's lead."`
	URL         string        `json:"jira_gui_url,omitzero" doc:"The project's page."`
}

type categoryView struct {
	ID          string `json:"id" doc:"The category's ID."`
	Name        string `json:"name" doc:"The category's name."`
	Description string `json:"description,omitzero" doc:"What the category is for." untrusted:"true"`
}

// projectRefView is a project as other things name it.
type projectRefView struct {
	ID   string `json:"id" doc:"The project's ID."`
	Key  string `json:"key" doc:"The project's key."`
	Name string `json:"name" doc:"The project's name."`
}

func viewProjectRef(p project) projectRefView {
	return projectRefView{ID: p.ID, Key: p.Key, Name: p.Name}
}

// viewProject links to /browse because that works for every type of project.
func viewProject(s *atlassian.Site, p project) projectView {
	v := projectView{
		ID: p.ID, Key: p.Key, Name: p.Name, Type: p.Type, Style: p.Style,
		Description: p.Description, Email: p.Email, Archived: p.Archived,
		URL: s.Link("/browse/" + url.PathEscape(p.Key)),
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

var searchProjects = atlassian.Get[projectQuery, offsetPage[project]](
	"/rest/api/3/project/search", "read:jira-work").
	Within(atlassian.ProjectList())

type projectQuery struct {
	Query      string `query:"query,omitzero"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
	OrderBy    string `query:"orderBy"`
	Expand     string `query:"expand,omitzero"`
}

// projectsOut is the answer of the tools that list projects.
type projectsOut struct {
	Projects   []projectView    `json:"projects" doc:"The projects, by key. Long descriptions are cut."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

// longestDescription is how much of a description a list shows, in bytes.
const longestDescription = 300

// listProjects fetches one page of the projects whose key or name contains
// query; an empty query is all of them.
func listProjects(ctx context.Context, s *atlassian.Site, query string, limit, offset int) (out projectsOut, err error) {
	page, err := searchProjects.Do(ctx, s, projectQuery{
		Query: query, StartAt: offset, MaxResults: limit,
		OrderBy: "key", Expand: "description,lead", // without it they look as if there were none
	})
	if err != nil {
		return out, err
	}
	out.Projects = make([]projectView, len(page.Values))
	for i, p := range page.Values {
		p.Description = text.Clip(p.Description, longestDescription)
		out.Projects[i] = viewProject(s, p)
	}
	out.Pagination = shape.ByOffset(limit, offset, len(page.Values), page.IsLast, page.Total)
	return out, nil
}

// getKnownProject is getProject for tools that need a project on the way to
// something else.
var getKnownProject = atlassian.Get[projectRef, project](
	"/rest/api/3/project/{projectIdOrKey}", "read:jira-work").Remember(5 * time.Minute).
	Within(atlassian.ProjectAnswer("projectIdOrKey"))

// projectLookup are the operations of findProject.
var projectLookup = uses{getKnownProject, searchProjects}

// findProject finds the project that the parameter project names by ID, key or
// name. An ID or key costs one request, which is remembered, and a name two.
func findProject(ctx context.Context, s *atlassian.Site, value string) (p project, err error) {
	// Keys are upper-case and Jira compares them as they are written (facts §7).
	if ref := (projectRef{strings.ToUpper(strings.TrimSpace(value))}); atlassian.Fits("project", ref.IDOrKey) {
		p, err = getKnownProject.Do(ctx, s, ref)
		if err == nil || !atlassian.IsNotFound(err) {
			return p, err
		}
	}
	if p, err = searchProject(ctx, s, value); err != nil {
		return p, err
	}
	return getKnownProject.Do(ctx, s, projectRef{p.ID})
}

// findProjectRef is findProject for who needs no more than the project's ID, key
// and name. What is not written as a key costs one request.
func findProjectRef(ctx context.Context, s *atlassian.Site, value string) (project, error) {
	if ref := strings.TrimSpace(value); atlassian.Fits("project", ref) {
		p, err := getKnownProject.Do(ctx, s, projectRef{ref})
		if err == nil || !atlassian.IsNotFound(err) {
			return p, err
		}
	}
	return searchProject(ctx, s, value)
}

// searchProject finds the project that the parameter project names by key or
// name.
func searchProject(ctx context.Context, s *atlassian.Site, value string) (p project, err error) {
	page, err := projectsLike(ctx, s, strings.TrimSpace(value))
	if err == nil && len(page.Values) == 0 { // what is there instead
		page, err = projectsLike(ctx, s, "")
	}
	if err != nil {
		return p, err
	}
	return chooseProject(value, page)
}

// onlyProject is the project of a site that has one. Of several a person has to
// choose.
func onlyProject(ctx context.Context, s *atlassian.Site) (p project, err error) {
	page, err := projectsLike(ctx, s, "")
	switch {
	case err != nil:
		return p, err
	case len(page.Values) == 0:
		return p, tool.BadInput("project", "cannot be left out: the user can see no project", "Ask an administrator of the site for access to a project.")
	case len(page.Values) == 1 && page.IsLast != nil && *page.IsLast:
		return page.Values[0], nil
	}
	var names []string
	for _, p := range firstOf(page.Values, mostCandidates) {
		names = append(names, describeProject(p).String())
	}
	return p, tool.NeedContext("project: there are several projects; one has to be chosen.",
		"Ask the user which project is meant, then call again with its key in project. Candidates: "+strings.Join(names, "; ")+moreThan(len(page.Values), mostCandidates)+".")
}

// moreThan tells that a list goes on.
func moreThan(count, shown int) string {
	if count <= shown {
		return ""
	}
	return "; and more"
}

// projectsLike lists projects whose key or name contains the text.
func projectsLike(ctx context.Context, s *atlassian.Site, text string) (offsetPage[project], error) {
	return searchProjects.Do(ctx, s, projectQuery{Query: text, MaxResults: 100, OrderBy: "key"})
}

// chooseProject finds the project that the parameter project names, or says
// which there are.
func chooseProject(value string, page offsetPage[project]) (project, error) {
	return lookup.Choose(lookup.Query{
		Parameter: "project", Value: value, Noun: "project", Plural: "projects",
		Incomplete: page.IsLast == nil || !*page.IsLast,
	}, page.Values, describeProject)
}

func describeProject(p project) lookup.Candidate {
	return lookup.Candidate{ID: p.ID, Key: p.Key, Name: p.Name}
}
