package jira

import (
	_ "embed" // for issue_types.json
	"net/http"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/issuetype":         listIssueTypes,
	"GET /rest/api/3/issuetype/{id}":    getIssueType,
	"GET /rest/api/3/issuetype/project": listProjectIssueTypes,
})

// issueType is used by the projects of the types it names, except those that have types of their own,
// or by the projects that it names.
type issueType struct {
	ID             int64    `json:"id"`
	Name           string   `json:"name"`
	Untranslated   string   `json:"untranslated"` // the name before somebody translated it; empty when nobody did
	Description    string   `json:"description"`
	HierarchyLevel int      `json:"hierarchyLevel"`
	Subtask        bool     `json:"subtask"`
	AvatarID       int64    `json:"avatarId"`
	ProjectTypes   []string `json:"projectTypes"`
	Projects       []int64  `json:"projects"`
}

//go:embed issue_types.json
var issueTypesJSON []byte

var issueTypes = state.NewTable(&Service.Tables, state.Definition[issueType]{
	Name: "issue_types.json",
	Seed: issueTypesJSON,
	ID:   func(t *issueType) *int64 { return &t.ID },
})

// usedBy reports whether issues of a project may have the type.
func (t *issueType) usedBy(site *state.Site, p *project) bool {
	if slices.Contains(t.Projects, p.ID) {
		return true
	}
	own := issueTypes.Find(site, func(other *issueType) bool { return slices.Contains(other.Projects, p.ID) }) != nil
	return !own && slices.Contains(t.ProjectTypes, p.Type)
}

type issueTypeView struct {
	Self             string `json:"self"`
	ID               string `json:"id"`
	Description      string `json:"description"`
	IconURL          string `json:"iconUrl"`
	Name             string `json:"name"`
	UntranslatedName string `json:"untranslatedName"`
	Subtask          bool   `json:"subtask"`
	AvatarID         int64  `json:"avatarId"`
	HierarchyLevel   int    `json:"hierarchyLevel"`
}

func viewIssueType(c *service.Call, t *issueType) issueTypeView {
	v := issueTypeView{
		Self:             c.Gateway + "/rest/api/3/issuetype/" + service.Decimal(t.ID),
		ID:               service.Decimal(t.ID),
		Description:      t.Description,
		IconURL:          c.Gateway + "/rest/api/3/universal_avatar/view/type/issuetype/avatar/" + service.Decimal(t.AvatarID) + "?size=medium",
		Name:             t.Name,
		UntranslatedName: t.Untranslated,
		Subtask:          t.Subtask,
		AvatarID:         t.AvatarID,
		HierarchyLevel:   t.HierarchyLevel,
	}
	if v.UntranslatedName == "" {
		v.UntranslatedName = t.Name
	}
	return v
}

// viewIssueTypes are those that issues of a project may have.
func viewIssueTypes(c *service.Call, p *project) []issueTypeView {
	types := []issueTypeView{}
	for _, t := range issueTypes.Rows(c.Site) {
		if t.usedBy(c.Site, p) {
			types = append(types, viewIssueType(c, t))
		}
	}
	return types
}

// listIssueTypes answers GET /rest/api/3/issuetype.
func listIssueTypes(c *service.Call) service.Reply {
	views := []issueTypeView{}
	for _, t := range issueTypes.Rows(c.Site) {
		views = append(views, viewIssueType(c, t))
	}
	return service.OK(views)
}

// getIssueType answers GET /rest/api/3/issuetype/{id}.
func getIssueType(c *service.Call) service.Reply {
	t := issueTypes.Get(c.Site, c.ID("id"))
	if t == nil {
		return c.Refuse(http.StatusNotFound, "The issue type with ID "+service.Clip(c.Vars["id"])+" does not exist or you do not have permission to see it.")
	}
	return service.OK(viewIssueType(c, t))
}

// listProjectIssueTypes answers GET /rest/api/3/issuetype/project.
func listProjectIssueTypes(c *service.Call) service.Reply {
	params := c.Params()
	ids := params.IDs("projectId", 1)
	level := params.List("level", 1)
	if len(ids) == 0 {
		params.Problem("The parameter 'projectId' is required.")
	}
	if params.Failed() {
		return params.BadRequest(c)
	}
	p := projects.Get(c.Site, ids[0])
	if p == nil || p.Deleted != nil || !sees(c, p) {
		return c.Refuse(http.StatusNotFound, "No project could be found with id '"+service.Decimal(ids[0])+"'.")
	}
	return service.OK(filter(viewIssueTypes(c, p), func(t issueTypeView) bool {
		return len(level) == 0 || service.Decimal(int64(t.HierarchyLevel)) == level[0]
	}))
}
