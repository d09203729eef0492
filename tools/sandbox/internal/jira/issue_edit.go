package jira

import (
	"maps"
	"math"
	"net/http"
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

// clears reports whether the edits leave the field without a value.
func (e fieldEdits) clears() bool {
	last := e[len(e)-1]["set"]
	return last != nil && last.Kind() == 'n'
}

// gatherEdits are the edits of every field that a request names, and what is wrong with one that it names twice.
func gatherEdits(values map[string]jsontext.Value, updates map[string]fieldEdits) (edits map[string]fieldEdits, wrong map[string]string) {
	edits, wrong = map[string]fieldEdits{}, map[string]string{}
	maps.Copy(edits, updates)
	for name, value := range values {
		if _, both := updates[name]; both {
			wrong[name] = "Field '" + service.Clip(name) + "' cannot appear in both 'fields' and 'update'"
		}
		edits[name] = fieldEdits{{"set": value}}
	}
	return edits, wrong
}

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
	if !changesIssue(c, i) {
		return c.Refuse(http.StatusForbidden, "You do not have permission to edit issues in this project.")
	}
	changed := *i
	said, wrong := newComments(c, i, in.Update["comment"])
	delete(in.Update, "comment")
	edits, twice := gatherEdits(in.Fields, in.Update)
	maps.Copy(wrong, twice)
	for name, edits := range edits {
		if problem := editField(c, &changed, name, edits); problem != "" && wrong[name] == "" {
			wrong[name] = problem
		}
	}
	if name, problem := wrongParent(c.Site, &changed); problem != "" && (changed.Parent != i.Parent || changed.Type != i.Type) {
		wrong[name] = problem
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	for _, com := range said {
		comments.Add(c.Site, com)
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
	f := fieldNamed(c.Site, name)
	if f == nil || f.set == nil || f.onTransitions || !f.isUsed(i) || name == "project" {
		return offScreen(name)
	}
	return f.edit(c, i, edits)
}

// offScreen is what is wrong with writing a field where it cannot be written.
func offScreen(name string) string {
	return "Field '" + service.Clip(name) + "' cannot be set. It is not on the appropriate screen, or unknown."
}

// edit does what is asked for in one field, in order, until something is wrong.
func (f *issueField) edit(c *service.Call, i *issue, edits fieldEdits) string {
	for _, edit := range edits {
		for operation, value := range edit {
			switch {
			case !slices.Contains(f.operations(), operation):
				return "Field '" + f.name + "' does not support operation '" + service.Clip(operation) + "'"
			case operation != "set":
				if problem := f.editList(c, i, operation, value); problem != "" {
					return problem
				}
			case value.Kind() == 'n' && f.isRequired(i):
				return f.missing
			default:
				if f.clear != nil {
					f.clear(c, i)
				}
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

// editList adds a value to a list or removes one.
func (f *issueField) editList(c *service.Call, i *issue, operation string, value jsontext.Value) string {
	one := *i
	f.clear(c, &one)
	list, err := json.Marshal([]jsontext.Value{value})
	if err != nil {
		return badData
	}
	if problem := f.set(c, &one, list); problem != "" {
		return problem
	}
	f.merge(i, &one, operation)
	return ""
}
