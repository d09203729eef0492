package jira

import "errors"

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
	Description string `json:"description,omitzero" doc:"What it means."`
	StatusColor string `json:"statusColor,omitzero" doc:"Its color, as #RRGGBB."`
}

func viewPriority(p priority) priorityView { return priorityView(p) }

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
