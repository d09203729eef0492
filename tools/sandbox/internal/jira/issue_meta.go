package jira

import (
	"math"
	"net/http"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/field": listFields,
	"GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes":               listCreateTypes,
	"GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": listCreateFields,
	"GET /rest/api/3/issue/{issueIdOrKey}/editmeta":                              getEditFields,
})

// fieldSchema is the kind of values a field has.
type fieldSchema struct {
	Type     string `json:"type"`
	Items    string `json:"items,omitzero"` // what an array has
	System   string `json:"system,omitzero"`
	Custom   string `json:"custom,omitzero"`
	CustomID int64  `json:"customId,omitzero"`
}

// typed is the field's schema: one that is not a custom field is called by its own name.
func (f *issueField) typed() fieldSchema {
	s := f.schema
	if s.Custom == "" {
		s.System = f.name
	}
	return s
}

// operations are what an edit may do to the field.
func (f *issueField) operations() []string {
	if f.merge != nil {
		return []string{"add", "set", "remove"}
	}
	return []string{"set"}
}

type fieldView struct {
	ID          string      `json:"id"`
	Key         string      `json:"key"`
	Name        string      `json:"name"`
	Custom      bool        `json:"custom"`
	Orderable   bool        `json:"orderable"`
	Navigable   bool        `json:"navigable"`
	Searchable  bool        `json:"searchable"`
	ClauseNames []string    `json:"clauseNames"`
	Schema      fieldSchema `json:"schema"`
}

// listFields answers GET /rest/api/3/field.
func listFields(c *service.Call) service.Reply {
	views := []fieldView{}
	for _, f := range fieldsOf(c.Site) {
		v := fieldView{
			ID:         f.name,
			Key:        f.name,
			Name:       f.title,
			Custom:     f.schema.Custom != "",
			Orderable:  f.set != nil,
			Navigable:  true,
			Searchable: f.search != nil,
			Schema:     f.typed(),
		}
		if f.search != nil {
			v.ClauseNames = append([]string{f.name}, f.aliases...)
		}
		views = append(views, v)
	}
	return service.OK(views)
}

// fieldMeta is a field of a screen.
type fieldMeta struct {
	Required        bool        `json:"required"`
	Schema          fieldSchema `json:"schema"`
	Name            string      `json:"name"`
	Key             string      `json:"key"`
	FieldID         string      `json:"fieldId,omitzero"`
	HasDefaultValue bool        `json:"hasDefaultValue"`
	DefaultValue    any         `json:"defaultValue,omitzero"`
	Operations      []string    `json:"operations"`
	AllowedValues   []any       `json:"allowedValues,omitzero"`
}

// screen are the fields that an issue of a project and a type can be given.
func screen(c *service.Call, p *project, t *issueType) []fieldMeta {
	var all []fieldMeta
	for _, f := range fieldsOf(c.Site) {
		if i := (&issue{Project: p.ID, Type: t.ID}); f.set != nil && !f.onTransitions && f.isUsed(i) {
			all = append(all, f.meta(c, p, t, f.isRequired(i)))
		}
	}
	return all
}

// meta describes the field as a screen has it for the issues of a project and a type.
func (f *issueField) meta(c *service.Call, p *project, t *issueType, required bool) fieldMeta {
	m := fieldMeta{
		Required:   required,
		Schema:     f.typed(),
		Name:       f.title,
		Key:        f.name,
		FieldID:    f.name,
		Operations: f.operations(),
	}
	if f.allowed != nil {
		m.AllowedValues = f.allowed(c, p, t)
	}
	if f.name == "priority" {
		m.HasDefaultValue = true
		m.DefaultValue = viewPriority(c, priorities.Get(c.Site, schemeOf(c.Site, p.ID).DefaultPriority))
	}
	return m
}

// metaRange reads which part of a list is asked for; both lists have the same bounds (facts §3).
func metaRange(params *service.Params) (start, limit int64) {
	return params.Integer("startAt", 0, 0, math.MaxInt64), min(params.Integer("maxResults", 50, 1, math.MaxInt32), 200)
}

// createProject is the project that the path names, or the answer that nobody can create issues there.
func createProject(c *service.Call) (*project, service.Reply) {
	p, refusal := wantedProject(c)
	if p != nil && (p.Archived != nil || !changes(c, p)) {
		return nil, c.Refuse(http.StatusBadRequest, mayNotCreate)
	}
	return p, refusal
}

const mayNotCreate = "You do not have permission to create issues in this project."

// listCreateTypes answers GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes, in pages that do
// not say whether they are the last.
func listCreateTypes(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := metaRange(params)
	if params.Failed() {
		return params.BadRequest(c)
	}
	p, refusal := createProject(c)
	if p == nil {
		return refusal
	}
	types := viewIssueTypes(c, p)
	return service.OK(struct {
		StartAt    int64           `json:"startAt"`
		MaxResults int64           `json:"maxResults"`
		Total      int64           `json:"total"`
		IssueTypes []issueTypeView `json:"issueTypes"`
	}{start, limit, int64(len(types)), cut(types, start, limit)})
}

// listCreateFields answers GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}.
func listCreateFields(c *service.Call) service.Reply {
	params := c.Params()
	start, limit := metaRange(params)
	if params.Failed() {
		return params.BadRequest(c)
	}
	p, refusal := createProject(c)
	if p == nil {
		return refusal
	}
	t := issueTypes.Get(c.Site, c.ID("issueTypeId"))
	if t == nil || !t.usedBy(c.Site, p) {
		return c.Refuse(http.StatusBadRequest, "The issue type with ID "+service.Clip(c.Vars["issueTypeId"])+" is not used by the project.")
	}
	fields := screen(c, p, t)
	return service.OK(struct {
		StartAt    int64       `json:"startAt"`
		MaxResults int64       `json:"maxResults"`
		Total      int64       `json:"total"`
		Fields     []fieldMeta `json:"fields"`
	}{start, limit, int64(len(fields)), cut(fields, start, limit)})
}

// editMeta is what can be edited of an issue.
type editMeta struct {
	Fields map[string]fieldMeta `json:"fields"`
}

// getEditFields answers GET /rest/api/3/issue/{issueIdOrKey}/editmeta.
func getEditFields(c *service.Call) service.Reply {
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	return service.OK(viewEditMeta(c, i))
}

// viewEditMeta shows the fields of an issue that an edit can set. The project is none: an issue stays in it.
func viewEditMeta(c *service.Call, i *issue) editMeta {
	fields := map[string]fieldMeta{}
	if !changesIssue(c, i) { // who may not edit is shown no field
		return editMeta{fields}
	}
	for _, m := range screen(c, projects.Get(c.Site, i.Project), issueTypes.Get(c.Site, i.Type)) {
		name := m.FieldID
		m.FieldID, m.HasDefaultValue, m.DefaultValue = "", false, nil
		if name != "project" {
			fields[name] = m
		}
	}
	return editMeta{fields}
}
