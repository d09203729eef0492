package jira

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
)

// transition is a way out of the present status of an issue, as Jira sends it.
type transition struct {
	ID            string                 `json:"id"`
	Name          string                 `json:"name"`
	To            status                 `json:"to"`
	HasScreen     bool                   `json:"hasScreen"`
	IsGlobal      bool                   `json:"isGlobal"`
	IsInitial     bool                   `json:"isInitial"`
	IsAvailable   bool                   `json:"isAvailable"`
	IsConditional bool                   `json:"isConditional"`
	IsLooped      bool                   `json:"isLooped"`
	Fields        map[string]screenField `json:"fields"`
}

// screenField is a field of a screen, such as that of a transition.
type screenField struct {
	FieldID       string           `json:"fieldId"`
	Key           string           `json:"key"`
	Name          string           `json:"name"`
	Required      bool             `json:"required"`
	HasDefault    bool             `json:"hasDefaultValue"`
	Schema        fieldSchema      `json:"schema"`
	AllowedValues []jsontext.Value `json:"allowedValues"`
}

type transitionList struct {
	Transitions []transition `json:"transitions"`
}

// Check holds that there is a list, of transitions.
func (l transitionList) Check() error {
	if l.Transitions == nil {
		return errors.New("no transitions")
	}
	for _, t := range l.Transitions {
		if t.ID == "" {
			return errors.New("a transition without id")
		}
	}
	return nil
}

// listTransitions lists those that the user may make now: none for those who
// may not move the issue (facts §7).
var listTransitions = atlassian.Get[transitionQuery, transitionList](
	"/rest/api/3/issue/{issueIdOrKey}/transitions", "read:jira-work").
	Within(atlassian.IssueIn("issueIdOrKey"))

type transitionQuery struct {
	IssueIDOrKey string `path:"issueIdOrKey,issue,issue"`
	Expand       string `query:"expand"`
}

// transitionsOf lists the transitions that an issue can make, with the fields
// of their screens.
func transitionsOf(ctx context.Context, s *atlassian.Site, issue string) ([]transition, error) {
	list, err := listTransitions.Do(ctx, s, transitionQuery{issueKey(issue), "transitions.fields"})
	return list.Transitions, err
}

// chooseTransition finds the transition that a value names: by its ID, its own
// name or the status it leads to. Several may lead to one status.
func chooseTransition(param, value string, transitions []transition) (transition, error) {
	return lookup.Choose(lookup.Query{Parameter: param, Value: value, Noun: "transition from the present status", Plural: "transitions from the present status"},
		transitions, func(t transition) lookup.Candidate {
			return lookup.Candidate{ID: t.ID, Name: t.Name, OtherNames: []string{t.To.Name}, Detail: "to " + t.To.Name}
		})
}

// transitionView is a transition as tools show it.
type transitionView struct {
	ID            string                     `json:"id" doc:"The transition's ID."`
	Name          string                     `json:"name" doc:"The transition's name."`
	To            statusView                 `json:"to" doc:"The status it leads to."`
	HasScreen     bool                       `json:"hasScreen" doc:"Whether it asks for fields."`
	IsGlobal      bool                       `json:"isGlobal" doc:"Whether it starts from every status."`
	IsInitial     bool                       `json:"isInitial" doc:"Whether it is how issues are created."`
	IsAvailable   bool                       `json:"isAvailable" doc:"Whether it can be made now."`
	IsConditional bool                       `json:"isConditional" doc:"Whether it has conditions."`
	IsLooped      bool                       `json:"isLooped" doc:"Whether it leads to the status it starts from."`
	Fields        map[string]screenFieldView `json:"fields,omitzero" doc:"The fields it asks for, by ID."`
}

type screenFieldView struct {
	Name          string           `json:"name" doc:"The field's name."`
	Required      bool             `json:"required" doc:"Whether it must have a value."`
	Type          string           `json:"type,omitzero" doc:"The type of its value."`
	AllowedValues []jsontext.Value `json:"allowed_values,omitzero" doc:"The values it can have."`
	MoreValues    int              `json:"more_values,omitzero" doc:"How many more there are, when they are too many to list."`
}

// The most of what an answer tells about screens.
const (
	mostTransitions = 100
	mostFields      = 100
	mostAllowed     = 50
)

func viewTransition(t transition) transitionView {
	v := transitionView{
		ID: t.ID, Name: t.Name, To: statusView{ID: t.To.ID, Name: t.To.Name, Description: text.Clip(t.To.Description, longestDescription), Category: t.To.Category.Name},
		HasScreen: t.HasScreen, IsGlobal: t.IsGlobal, IsInitial: t.IsInitial, IsAvailable: t.IsAvailable, IsConditional: t.IsConditional, IsLooped: t.IsLooped,
	}
	for _, id := range firstOf(slices.Sorted(maps.Keys(t.Fields)), mostFields) {
		if v.Fields == nil {
			v.Fields = map[string]screenFieldView{}
		}
		v.Fields[id] = viewScreenField(t.Fields[id])
	}
	return v
}

func viewScreenField(f screenField) screenFieldView {
	v := screenFieldView{Name: text.Line(f.Name, longestName), Required: f.Required && !f.HasDefault, Type: f.Schema.String()}
	for _, value := range firstOf(f.AllowedValues, mostAllowed) {
		r := reader{longest: longestName}
		if shown := r.read(value, 0); shown != nil {
			v.AllowedValues = append(v.AllowedValues, shown)
		}
	}
	v.MoreValues = max(0, len(f.AllowedValues)-mostAllowed)
	return v
}

// issueStatusView is an issue as answers about its status name it.
type issueStatusView struct {
	ID            string      `json:"id" doc:"The issue's ID."`
	Key           string      `json:"key" doc:"The issue's key."`
	CurrentStatus *statusView `json:"current_status,omitzero" doc:"The status it has now."`
	URL           string      `json:"url,omitzero" doc:"The issue's page."`
}

func viewIssueStatus(s *atlassian.Site, i issue) issueStatusView {
	return issueStatusView{ID: i.ID, Key: i.Key, CurrentStatus: viewStatusOf(i.Fields.Status, issueFormat{}), URL: issueURL(s, i.Key)}
}

// noTransitions says why a list of transitions may be empty, and how many are
// left out of a long one.
func noTransitions(all []transition) []string {
	switch more := len(all) - mostTransitions; {
	case len(all) == 0:
		return []string{"No transition can be made now: the status is a final one, or the user lacks the permission to move the issue."}
	case more > 0:
		return []string{fmt.Sprintf("%d more transitions are left out.", more)}
	}
	return nil
}
