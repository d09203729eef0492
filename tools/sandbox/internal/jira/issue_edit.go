package jira

import (
	"math"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = platform.Serve(map[string]service.Handler{
	"PUT /rest/api/3/issue/{issueIdOrKey}": editIssue,
})

// fieldEdits are what an edit does to one field, in order: each is one operation and its value.
type fieldEdits []map[string]jsontext.Value

// editIssue answers PUT /rest/api/3/issue/{issueIdOrKey}. Everything that is asked for is done, or nothing
// is; all that is wrong is told at once.
func editIssue(c *service.Call) service.Reply {
	var in struct {
		Fields map[string]jsontext.Value `json:"fields"`
		Update map[string]fieldEdits     `json:"update"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	params := c.Params()
	show := params.Choice("returnIssue", "true", "false") == "true"
	params.Choice("notifyUsers", "true", "false")
	if params.Failed() {
		return params.BadRequest(c)
	}
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	changed := *i
	wrong := map[string]string{}
	for name, value := range in.Fields {
		if _, both := in.Update[name]; both {
			wrong[name] = "Field '" + service.Clip(name) + "' cannot appear in both 'fields' and 'update'"
		} else if problem := editField(c, &changed, name, fieldEdits{{"set": value}}); problem != "" {
			wrong[name] = problem
		}
	}
	for name, edits := range in.Update {
		if problem := editField(c, &changed, name, edits); problem != "" && wrong[name] == "" {
			wrong[name] = problem
		}
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	changed.Updated = c.State.Now()
	*i = changed
	if show {
		return service.OK(viewIssue(c, i, []string{"*all"}, params.List("expand", math.MaxInt)))
	}
	return service.NoContent()
}

// editField edits one field of an issue, and returns what is wrong if anything is. An issue stays in its
// project.
func editField(c *service.Call, i *issue, name string, edits fieldEdits) string {
	f := issueFields.named(name)
	if f == nil || f.set == nil || name == "project" {
		return "Field '" + service.Clip(name) + "' cannot be set. It is not on the appropriate screen, or unknown."
	}
	for _, edit := range edits {
		for operation, value := range edit {
			switch {
			case !slices.Contains(f.operations(), operation):
				return "Field '" + name + "' does not support operation '" + service.Clip(operation) + "'"
			case operation != "set":
				edited, problem := editList(c, *i, f, operation, value)
				if problem != "" {
					return problem
				}
				*i = edited
			case value.Kind() == 'n' && f.missing != "":
				return f.missing
			default:
				clearField(i, name)
				if value.Kind() == 'n' {
					continue
				}
				if problem := f.set(c, i, value); problem != "" {
					return problem
				}
			}
		}
	}
	return ""
}

// clearField takes the value of a field away, as far as it may be without one.
func clearField(i *issue, name string) {
	switch name {
	case "description":
		i.Description = nil
	case "assignee":
		i.Assignee = ""
	case "priority":
		i.Priority = 0
	case "labels":
		i.Labels = nil
	case "components":
		i.Components = nil
	case "duedate":
		i.Due = ""
	}
}

// editList adds a value to a list or removes one. What is not there is removed without a word.
func editList(c *service.Call, i issue, f *issueField, operation string, value jsontext.Value) (issue, string) {
	single := i
	clearField(&single, f.name)
	list, err := json.Marshal([]jsontext.Value{value})
	if err != nil {
		return i, badData
	}
	if problem := f.set(c, &single, list); problem != "" {
		return i, problem
	}
	i.Labels = withOrWithout(i.Labels, single.Labels, f.name == "labels", operation)
	i.Components = withOrWithout(i.Components, single.Components, f.name == "components", operation)
	return i, ""
}

// withOrWithout is a list after values were added or removed, if it is the one that is edited.
func withOrWithout[T comparable](list, values []T, edited bool, operation string) []T {
	if !edited {
		return list
	}
	if operation == "add" {
		added := filter(values, func(v T) bool { return !slices.Contains(list, v) })
		return slices.Concat(list, added)
	}
	return filter(list, func(v T) bool { return !slices.Contains(values, v) })
}
