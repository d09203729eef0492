package jira

import (
	_ "embed" // for components.json
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"POST /rest/api/3/component":                          createComponent,
	"GET /rest/api/3/component/{id}":                      getComponent,
	"DELETE /rest/api/3/component/{id}":                   deleteComponent,
	"GET /rest/api/3/project/{projectIdOrKey}/components": listComponents,
})

// component is a part of a project. Its name is its project's alone, whatever the case.
type component struct {
	ID           int64  `json:"id"`
	Project      int64  `json:"project"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	Lead         string `json:"lead"` // empty when it has none
	AssigneeType string `json:"assigneeType"`
}

//go:embed components.json
var componentsJSON []byte

var components = state.NewTable(&Service.Tables, state.Definition[component]{
	Name:  "components.json",
	Seed:  componentsJSON,
	ID:    func(c *component) *int64 { return &c.ID },
	Check: checkComponent,
})

func checkComponent(s *state.State, site *state.Site, comp *component) error {
	var problems []error
	if projects.Get(site, comp.Project) == nil {
		problems = append(problems, fmt.Errorf("there is no project %d", comp.Project))
	}
	if comp.Lead != "" {
		problems = append(problems, s.CheckPerson(comp.Lead))
	}
	if !slices.Contains(assigneeTypes, comp.AssigneeType) {
		problems = append(problems, fmt.Errorf("nobody is assigned by %q", comp.AssigneeType))
	}
	return errors.Join(problems...)
}

// assigneeTypes are the ways to choose who is assigned an issue of a component; the first is usual.
var assigneeTypes = []string{"PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED"}

type componentView struct {
	Self                string    `json:"self"`
	ID                  string    `json:"id"`
	Name                string    `json:"name"`
	Description         string    `json:"description,omitzero"`
	Lead                *userView `json:"lead,omitzero"`
	AssigneeType        string    `json:"assigneeType"`
	Assignee            *userView `json:"assignee,omitzero"`
	RealAssigneeType    string    `json:"realAssigneeType"`
	RealAssignee        *userView `json:"realAssignee,omitzero"`
	IsAssigneeTypeValid bool      `json:"isAssigneeTypeValid"`
	Project             string    `json:"project"`
	ProjectID           int64     `json:"projectId"`
}

// viewComponent shows a component. Projects assign to nobody by default, and an account that is not
// active is assigned nothing.
func viewComponent(c *service.Call, comp *component) componentView {
	p := projects.Get(c.Site, comp.Project)
	v := componentView{
		Self:             c.Gateway + "/rest/api/3/component/" + service.Decimal(comp.ID),
		ID:               service.Decimal(comp.ID),
		Name:             comp.Name,
		Description:      comp.Description,
		AssigneeType:     comp.AssigneeType,
		RealAssigneeType: "PROJECT_DEFAULT",
		Project:          p.Key,
		ProjectID:        p.ID,
	}
	if comp.Lead != "" {
		v.Lead = userCalled(c, comp.Lead)
	}
	switch comp.AssigneeType {
	case "COMPONENT_LEAD":
		v.Assignee = v.Lead
	case "PROJECT_LEAD":
		v.Assignee = userCalled(c, p.Lead)
	}
	v.IsAssigneeTypeValid = v.Assignee != nil && v.Assignee.Active || comp.AssigneeType == "PROJECT_DEFAULT" || comp.AssigneeType == "UNASSIGNED"
	if v.IsAssigneeTypeValid {
		v.RealAssigneeType, v.RealAssignee = comp.AssigneeType, v.Assignee
	}
	return v
}

// componentsOf shows a project's components by name.
func componentsOf(c *service.Call, p *project) []componentView {
	views := []componentView{}
	for _, comp := range components.Select(c.Site, func(comp *component) bool { return comp.Project == p.ID }) {
		views = append(views, viewComponent(c, comp))
	}
	slices.SortFunc(views, func(a, b componentView) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return views
}

// listComponents answers GET /rest/api/3/project/{projectIdOrKey}/components. Compass is not there, so
// that its components are none.
func listComponents(c *service.Call) service.Reply {
	params := c.Params()
	source := params.Choice("componentSource", "jira", "compass", "auto")
	if params.Failed() {
		return params.BadRequest(c)
	}
	p, refusal := wantedProject(c)
	if p == nil {
		return refusal
	}
	if source == "compass" {
		return service.OK([]componentView{})
	}
	return service.OK(componentsOf(c, p))
}

// getComponent answers GET /rest/api/3/component/{id}.
func getComponent(c *service.Call) service.Reply {
	comp, refusal := wantedComponent(c)
	if comp == nil {
		return refusal
	}
	return service.OK(viewComponent(c, comp))
}

// wantedComponent is the component that the path names, or the answer that there is none.
func wantedComponent(c *service.Call) (*component, service.Reply) {
	return components.Get(c.Site, c.ID("id")),
		c.Refuse(http.StatusNotFound, "The component with id "+c.Vars["id"]+" does not exist.")
}

// createComponent answers POST /rest/api/3/component.
func createComponent(c *service.Call) service.Reply {
	var in struct {
		Name         string `json:"name"`
		Description  string `json:"description"`
		Project      string `json:"project"`
		Lead         string `json:"leadAccountId"`
		AssigneeType string `json:"assigneeType"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	if in.Project == "" {
		return fieldFault(map[string]string{"project": "The project is required."})
	}
	p, refusal := projectWithKey(c, in.Project)
	if p == nil {
		return refusal
	}
	if !administers(c, p) {
		return c.Refuse(http.StatusForbidden, "You cannot edit the configuration of this project.")
	}
	comp := &component{
		Project:      p.ID,
		Name:         strings.TrimSpace(in.Name),
		Description:  in.Description,
		AssigneeType: in.AssigneeType,
	}
	if comp.AssigneeType == "" {
		comp.AssigneeType = assigneeTypes[0]
	}
	wrong := map[string]string{}
	switch {
	case comp.Name == "":
		wrong["name"] = "The component name specified is invalid - cannot be an empty string."
	case utf8.RuneCountInString(comp.Name) > 255:
		wrong["name"] = "The component name must not exceed 255 characters in length."
	case components.Find(c.Site, func(other *component) bool {
		return other.Project == p.ID && strings.EqualFold(other.Name, comp.Name)
	}) != nil:
		wrong["name"] = "A component with the name " + comp.Name + " already exists in this project."
	}
	if in.Lead != "" {
		lead := c.State.Account(in.Lead)
		if lead == nil {
			wrong["leadAccountId"] = "The user " + service.Clip(in.Lead) + " does not exist."
		} else {
			comp.Lead = lead.Handle
		}
	}
	if !slices.Contains(assigneeTypes, comp.AssigneeType) {
		wrong["assigneeType"] = "The assignee type " + service.Clip(comp.AssigneeType) + " is not valid."
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	components.Add(c.Site, comp)
	return service.Created(viewComponent(c, comp))
}

// deleteComponent answers DELETE /rest/api/3/component/{id}. Issues lose the component, or get the one
// that moveIssuesTo names instead.
func deleteComponent(c *service.Call) service.Reply {
	comp, refusal := wantedComponent(c)
	if comp == nil {
		return refusal
	}
	if !administers(c, projects.Get(c.Site, comp.Project)) {
		return c.Refuse(http.StatusForbidden, "You cannot edit the configuration of this project.")
	}
	var instead []int64
	if to := c.Query.Get("moveIssuesTo"); to != "" {
		other := components.Find(c.Site, func(other *component) bool {
			return service.Decimal(other.ID) == to && other != comp && other.Project == comp.Project
		})
		if other == nil {
			return c.Refuse(http.StatusNotFound, "The component with id "+service.Clip(to)+" does not exist.")
		}
		instead = []int64{other.ID}
	}
	for _, i := range issues.Rows(c.Site) {
		at := slices.Index(i.Components, comp.ID)
		if at < 0 {
			continue
		}
		without := slices.Delete(slices.Clone(i.Components), at, at+1)
		if len(instead) > 0 && !slices.Contains(without, instead[0]) {
			without = append(without, instead...)
		}
		i.Components = without
	}
	components.Delete(c.Site, comp)
	return service.NoContent()
}
