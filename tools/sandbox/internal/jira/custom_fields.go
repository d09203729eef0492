package jira

import (
	"bytes"
	_ "embed" // for custom_fields.json
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// customField is a field that a site has besides those of every site.
type customField struct {
	ID      int64          `json:"id"`
	Name    string         `json:"name"`
	Kind    string         `json:"kind"` // one of customKinds
	Options []customOption `json:"options"`
	// Of are the issues that have the field: every one when it is empty.
	Of issueScope `json:"of"`
	// Required are the issues that must have a value in it; nil when none must.
	Required *issueScope `json:"required"`

	described *issueField // by field
}

// issueScope is the issues of some projects and some types. No project means every one, and no type every type.
type issueScope struct {
	Projects []int64 `json:"projects"`
	Types    []int64 `json:"types"`
}

func (s issueScope) has(project, issueType int64) bool {
	return (len(s.Projects) == 0 || slices.Contains(s.Projects, project)) && (len(s.Types) == 0 || slices.Contains(s.Types, issueType))
}

// customOption is one of the values to choose from, and the values to choose from below it.
type customOption struct {
	ID       int64          `json:"id"`
	Value    string         `json:"value"`
	Children []customOption `json:"children"`
}

//go:embed custom_fields.json
var customFieldsJSON []byte

var customFields = state.NewTable(&Service.Tables, state.Definition[customField]{
	Name:  "custom_fields.json",
	Seed:  customFieldsJSON,
	Older: manyCustomFields,
	ID:    func(f *customField) *int64 { return &f.ID },
	Check: func(_ *state.State, site *state.Site, f *customField) error {
		var problems []error
		if customKinds[f.Kind] == nil {
			problems = append(problems, fmt.Errorf("there is no kind %q", f.Kind))
		}
		for _, scope := range []*issueScope{&f.Of, f.Required} {
			if scope == nil {
				continue
			}
			for _, id := range scope.Projects {
				if projects.Get(site, id) == nil {
					problems = append(problems, fmt.Errorf("there is no project %d", id))
				}
			}
			for _, id := range scope.Types {
				if issueTypes.Get(site, id) == nil {
					problems = append(problems, fmt.Errorf("there is no issue type %d", id))
				}
			}
		}
		return errors.Join(problems...)
	},
})

// manyCustomFields are two hundred of one project of globex.
func manyCustomFields(site string) []*customField {
	if site != "globex" {
		return nil
	}
	kinds := []string{"textfield", "float", "datepicker", "select", "url"}
	many := make([]*customField, 200)
	for n := range many {
		f := &customField{ID: 11001 + int64(n), Name: fmt.Sprintf("Measurement %d", n+1), Kind: kinds[n%len(kinds)], Of: issueScope{Projects: []int64{measuredProject}}}
		if f.Kind == "select" {
			f.Options = []customOption{{ID: 2*f.ID + 1, Value: "Pass"}, {ID: 2*f.ID + 2, Value: "Fail"}}
		}
		many[n] = f
	}
	return many
}

// measuredProject is the project of globex with two hundred custom fields.
const measuredProject = 10004

// measuredIssue is an issue that has a value in each of them.
func measuredIssue(i issue) *issue {
	i.Custom = map[int64]jsontext.Value{}
	for n, f := range manyCustomFields("globex") {
		switch f.Kind {
		case "textfield":
			i.Custom[f.ID] = jsontext.Value(fmt.Sprintf(`"Reading %d"`, n+1))
		case "float":
			i.Custom[f.ID] = jsontext.Value(fmt.Sprintf("%d.5", n))
		case "datepicker":
			i.Custom[f.ID] = jsontext.Value(fmt.Sprintf(`"2026-03-%02d"`, n%28+1))
		case "select":
			i.Custom[f.ID] = jsontext.Value(fmt.Sprintf(`{"id":"%d"}`, f.Options[n%2].ID))
		case "url":
			i.Custom[f.ID] = jsontext.Value(fmt.Sprintf(`"https://lab.globex.example/%d"`, n+1))
		}
	}
	return &i
}

// keepCustomValues turns the values that the seed gives the custom fields of an issue, which are as Jira takes
// them, into what their kinds keep.
func keepCustomValues(s *state.State, site *state.Site, i *issue) error {
	c := &service.Call{API: platform, State: s, Site: site}
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(i.Custom)) {
		f := customFields.Get(site, id)
		if f == nil || !f.Of.has(i.Project, i.Type) {
			problems = append(problems, fmt.Errorf("it has no custom field %d", id))
		} else if kept, problem := customKinds[f.Kind].read(c, i, f, i.Custom[id]); problem != "" {
			problems = append(problems, fmt.Errorf("custom field %d: %s", id, problem))
		} else {
			i.Custom[id] = kept
		}
	}
	return errors.Join(problems...)
}

// field describes the field as those of every site are described.
func (f *customField) field() *issueField {
	if f.described != nil {
		return f.described
	}
	kind := customKinds[f.Kind]
	described := &issueField{
		name:    "customfield_" + service.Decimal(f.ID),
		title:   f.Name,
		schema:  fieldSchema{Type: kind.kind, Items: kind.items, Custom: kind.custom(f.Kind), CustomID: f.ID},
		used:    f.Of.has,
		aliases: []string{"cf[" + service.Decimal(f.ID) + "]", strings.ToLower(f.Name)},
		show: func(c *service.Call, i *issue) any {
			if kept, some := i.Custom[f.ID]; some {
				return kind.show(c, f, kept)
			}
			return nil
		},
		set: func(c *service.Call, i *issue, value jsontext.Value) string {
			kept, problem := kind.read(c, i, f, value)
			if problem == "" {
				f.keep(i, kept)
			}
			return problem
		},
		clear: func(_ *service.Call, i *issue) {
			i.Custom = maps.Clone(i.Custom)
			delete(i.Custom, f.ID)
		},
		search: func(c *service.Call) query.Field[*issue] { return kind.search(c, f) },
	}
	if kind.options != nil {
		described.allowed = func(c *service.Call, p *project, _ *issueType) []any { return kind.options(c, f, p) }
	}
	if kind.kind == "array" {
		described.merge = f.merge
	}
	if f.Required != nil {
		described.missing, described.required = f.Name+" is required.", f.Required.has
	}
	f.described = described
	return described
}

// keep stores a value in an issue that is a copy and shares the map with another.
func (f *customField) keep(i *issue, kept jsontext.Value) {
	i.Custom = maps.Clone(i.Custom)
	if i.Custom == nil {
		i.Custom = map[int64]jsontext.Value{}
	}
	i.Custom[f.ID] = kept
}

// merge adds the values of another issue to a list, or removes them.
func (f *customField) merge(i, one *issue, operation string) {
	merged := withOrWithout(keptList(i.Custom[f.ID]), keptList(one.Custom[f.ID]), operation)
	f.keep(i, jsontext.Value("["+strings.Join(merged, ",")+"]"))
}

// keptList is a list that is kept, each of its values as JSON.
func keptList(kept jsontext.Value) []string {
	var values []jsontext.Value
	if kept == nil || json.Unmarshal(kept, &values) != nil {
		return nil
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(bytes.TrimSpace(value))
	}
	return texts
}
