package jira

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/workflow"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/issue/{issueIdOrKey}/transitions":  listTransitions,
	"POST /rest/api/3/issue/{issueIdOrKey}/transitions": transitionIssue,
})

type transitionView struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	To            statusView `json:"to"`
	HasScreen     bool       `json:"hasScreen"`
	IsGlobal      bool       `json:"isGlobal"`
	IsInitial     bool       `json:"isInitial"`
	IsAvailable   bool       `json:"isAvailable"`
	IsConditional bool       `json:"isConditional"`
	IsLooped      bool       `json:"isLooped"`
}

// listTransitions answers GET /rest/api/3/issue/{issueIdOrKey}/transitions: those from the status that
// the issue has, or the one among them that transitionId names.
func listTransitions(c *service.Call) service.Reply {
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	views := []transitionView{}
	for _, t := range projectWorkflow(c.Site).Available(i.Status) {
		if only := c.Query.Get("transitionId"); only != "" && only != service.Decimal(t.ID) {
			continue
		}
		views = append(views, transitionView{
			ID:          service.Decimal(t.ID),
			Name:        t.Name,
			To:          viewStatus(c, t.To),
			HasScreen:   len(t.Required) > 0,
			IsGlobal:    t.Global(),
			IsAvailable: true,
			IsLooped:    t.To == i.Status,
		})
	}
	return service.OK(map[string]any{"expand": "transitions", "transitions": views})
}

// transitionIssue answers POST /rest/api/3/issue/{issueIdOrKey}/transitions. A comment may come with it,
// and nothing is kept of a request of which a part is wrong.
func transitionIssue(c *service.Call) service.Reply {
	var in struct {
		Transition struct {
			ID jsontext.Value `json:"id"` // a text; a number does too
		} `json:"transition"`
		Fields map[string]jsontext.Value `json:"fields"`
		Update map[string]fieldEdits     `json:"update"`
	}
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	id, err := strconv.ParseInt(strings.Trim(string(in.Transition.ID), `"`), 10, 64)
	if err != nil {
		return c.Refuse(http.StatusBadRequest, "Missing 'transition' identifier")
	}
	t, found := projectWorkflow(c.Site).Find(i.Status, id)
	if !found {
		return c.Refuse(http.StatusBadRequest, "It seems that you have tried to perform an illegal workflow operation.")
	}
	changed := *i
	wrong := writeScreen(c, &changed, t, in.Fields)
	var said []*comment
	for name, edits := range in.Update {
		if name != "comment" {
			wrong[name] = "Field '" + service.Clip(name) + "' cannot be set. It is not on the appropriate screen, or unknown."
			continue
		}
		for _, edit := range edits {
			var add map[string]jsontext.Value
			if len(edit) != 1 || json.Unmarshal(edit["add"], &add) != nil {
				wrong[name] = badData
				continue
			}
			com, problems := newComment(c, i, add)
			maps.Copy(wrong, problems)
			said = append(said, com)
		}
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	for _, com := range said {
		comments.Add(c.Site, com)
	}
	changed.PastStatuses = append(changed.PastStatuses, i.Status)
	changed.Status, changed.Updated = t.To, c.State.Now()
	*i = changed
	return service.NoContent()
}

// writeScreen writes the fields of a transition's screen and returns what is wrong with them.
func writeScreen(c *service.Call, i *issue, t workflow.Transition, values map[string]jsontext.Value) map[string]string {
	wrong := map[string]string{}
	for _, name := range t.Required {
		value, given := values[name]
		if !given || value.Kind() == 'n' {
			wrong[name] = "Field '" + name + "' is required"
		} else if problem := issueFields.named(name).set(c, i, value); problem != "" {
			wrong[name] = problem
		}
	}
	for name := range values {
		if wrong[name] == "" && !slices.Contains(t.Required, name) {
			wrong[name] = "Field '" + service.Clip(name) + "' cannot be set. It is not on the appropriate screen, or unknown."
		}
	}
	return wrong
}
