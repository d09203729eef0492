package jira

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

// priority is a priority as Jira sends it.
type priority struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	StatusColor string `json:"statusColor"`
}

// Check holds that there is a priority.
func (p priority) Check() error {
	if p.ID == "" || p.Name == "" {
		return errors.New("a priority without id or name")
	}
	return nil
}

// priorityView is a priority as tools show it.
type priorityView struct {
	ID          string `json:"id" doc:"The priority's ID."`
	Name        string `json:"name" doc:"The priority's name."`
	Description string `json:"description,omitzero" doc:"What it means." untrusted:"true"`
	StatusColor string `json:"statusColor,omitzero" doc:"Its color, as #RRGGBB."`
}

func viewPriority(p priority) priorityView { return priorityView(p) }

// viewListedPriority is viewPriority with a long description cut.
func viewListedPriority(p priority) priorityView {
	p.Description = text.Clip(p.Description, longestDescription)
	return viewPriority(p)
}

// availablePriorities are those that a screen offers. Reading them there needs
// neither a scope of administration nor an administrator (facts §10).
type availablePriorities struct {
	Priorities []priorityView `json:"priorities_available" doc:"The priorities, in their order."`
	Notes      []string       `json:"notes,omitzero" doc:"What else to know about the answer."`
}

// viewAvailable shows the priorities of a screen's field, which is nil when the
// screen is without it.
func viewAvailable(f *screenField) (out availablePriorities, err error) {
	const most = 200
	out.Priorities = []priorityView{}
	if f == nil {
		out.Notes = []string{"No priority can be set here: the screen has no such field."}
		return out, nil
	}
	for _, value := range firstOf(f.AllowedValues, most) {
		var p priority
		if json.Unmarshal(value, &p) != nil || p.Check() != nil {
			return out, tool.Undecodable(false)
		}
		p.Name, p.StatusColor = text.Line(p.Name, longestName), text.Line(p.StatusColor, longestName)
		p.Description = text.Clean(p.Description) // no decoding has
		out.Priorities = append(out.Priorities, viewListedPriority(p))
	}
	if more := len(f.AllowedValues) - most; more > 0 {
		out.Notes = []string{fmt.Sprintf("%d more priorities are left out.", more)}
	}
	return out, nil
}

// errHiddenPriorities says why there is no answer: Jira shows a screen only to
// those who may use it.
func errHiddenPriorities(message, prompt string) error {
	return &tool.Error{Kind: tool.KindUpstreamAuth, Status: 403, Message: message, Prompt: prompt}
}

// viewPriorityOf is the priority of an issue: in lists the name alone.
func viewPriorityOf(p *priority, f issueFormat) *namedView {
	switch {
	case p == nil:
		return nil
	case f.inList:
		return &namedView{Name: p.Name}
	}
	return &namedView{ID: p.ID, Name: p.Name}
}

// encodePriority finds the priority that the parameter priority names among
// those that the screen allows. No list of priorities needs a scope of its own
// then (facts §10).
func encodePriority(on screen, value string) (fieldInput, error) {
	in := fieldInput{field: priorityField, param: "priority", given: marshal(value)}
	i := slices.IndexFunc(on.fields.Items, func(f screenField) bool { return f.id() == priorityField.FieldID })
	if i < 0 && on.closed && on.fields.Complete {
		return in, tool.BadInput("priority", "is not a field of these issues", "Leave the priority out.")
	}
	if i >= 0 {
		in.field = on.fields.Items[i]
	}
	var err error
	in.value, err = encodeChoice("priority", in.field, "priority", in.given)
	return in, err
}
