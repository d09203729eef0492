package jira

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
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

	Fields map[string]fieldMeta `json:"fields,omitzero"`
}

// listTransitions answers GET /rest/api/3/issue/{issueIdOrKey}/transitions: those from the status that
// the issue has, or the one among them that transitionId names; none for who may not move the issue (facts §7).
func listTransitions(c *service.Call) service.Reply {
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	withFields := slices.Contains(c.Params().List("expand", math.MaxInt), "transitions.fields")
	views := []transitionView{}
	for _, t := range projectWorkflow(c.Site).Available(i.Status) {
		if !changesIssue(c, i) {
			break
		}
		if only := c.Query.Get("transitionId"); only != "" && only != service.Decimal(t.ID) {
			continue
		}
		v := transitionView{
			ID:          service.Decimal(t.ID),
			Name:        t.Name,
			To:          viewStatus(c, t.To),
			HasScreen:   len(t.Screen()) > 0,
			IsGlobal:    t.Global(),
			IsAvailable: true,
			IsLooped:    t.To == i.Status,
		}
		if withFields {
			v.Fields = map[string]fieldMeta{}
			for _, f := range transitionScreen(c.Site, i, t) {
				m := f.meta(c, projects.Get(c.Site, i.Project), issueTypes.Get(c.Site, i.Type), slices.Contains(t.Required, f.name) || f.isRequired(i))
				m.FieldID = ""
				v.Fields[f.name] = m
			}
		}
		views = append(views, v)
	}
	return service.OK(map[string]any{"expand": "transitions", "transitions": views})
}

// transitionScreen are the fields of a transition's screen that an issue has.
func transitionScreen(site *state.Site, i *issue, t workflow.Transition) []*issueField {
	return filter(fieldsOf(site), func(f *issueField) bool { return slices.Contains(t.Screen(), f.name) && f.isUsed(i) })
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
	if !found || !changesIssue(c, i) {
		return c.Refuse(http.StatusBadRequest, "It seems that you have tried to perform an illegal workflow operation.")
	}
	changed := *i
	said, wrong := newComments(c, i, in.Update["comment"])
	delete(in.Update, "comment")
	maps.Copy(wrong, writeScreen(c, &changed, t, in.Fields, in.Update))
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	for _, com := range said {
		comments.Add(c.Site, com)
	}
	changed.PastStatuses = append(changed.PastStatuses, i.Status)
	changed.Status, changed.Updated = t.To, c.State.Now()
	switch done := statuses.Get(c.Site, t.To).Category == "done"; {
	case done && changed.Resolution == 0:
		changed.resolve(parseID(resolutions[0].ID), c.State.Now())
	case !done:
		changed.resolve(0, time.Time{})
	}
	*i = changed
	return service.NoContent()
}

// newComments are those that an edit of an issue adds, and what is wrong with them.
func newComments(c *service.Call, i *issue, edits fieldEdits) (said []*comment, wrong map[string]string) {
	wrong = map[string]string{}
	for _, edit := range edits {
		var add map[string]jsontext.Value
		if len(edit) != 1 || json.Unmarshal(edit["add"], &add) != nil {
			wrong["comment"] = badData
			continue
		}
		com, problems := newComment(c, i, add)
		maps.Copy(wrong, problems)
		said = append(said, com)
	}
	return said, wrong
}

// writeScreen writes the fields of a transition's screen and returns what is wrong with them.
func writeScreen(c *service.Call, i *issue, t workflow.Transition, values map[string]jsontext.Value, updates map[string]fieldEdits) map[string]string {
	edits, wrong := gatherEdits(values, updates)
	for _, f := range transitionScreen(c.Site, i, t) {
		given := edits[f.name]
		delete(edits, f.name)
		if problem := f.edit(c, i, given); problem != "" && wrong[f.name] == "" {
			wrong[f.name] = problem
		}
		if slices.Contains(t.Required, f.name) && wrong[f.name] == "" && (len(given) == 0 || given.clears()) {
			wrong[f.name] = f.title + " is required."
		}
	}
	for name := range edits {
		wrong[name] = offScreen(name)
	}
	return wrong
}
