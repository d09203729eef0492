// Package workflow is the rules by which an issue goes from status to status.
package workflow

import (
	"errors"
	"fmt"
	"slices"
)

// Workflow is where issues begin and how they may go on. Statuses are known by their identifiers.
type Workflow struct {
	ID          int64        `json:"id"`
	Name        string       `json:"name"`
	Initial     int64        `json:"initial"`
	Transitions []Transition `json:"transitions"`
}

// Transition is a way from a status to another. Its identifier is its workflow's.
type Transition struct {
	ID   int64   `json:"id"`
	Name string  `json:"name"`
	From []int64 `json:"from"` // from every status when there are none
	To   int64   `json:"to"`
	// Required are the fields that its screen asks for and that must be given.
	Required []string `json:"required"`
	// Optional are the other fields of its screen.
	Optional []string `json:"optional"`
}

// Screen is all the fields of a transition's screen.
func (t Transition) Screen() []string { return slices.Concat(t.Required, t.Optional) }

// Global reports whether a transition starts everywhere.
func (t Transition) Global() bool { return len(t.From) == 0 }

// Available are the transitions from a status, in the workflow's order.
func (w *Workflow) Available(status int64) []Transition {
	var available []Transition
	for _, t := range w.Transitions {
		if t.Global() || slices.Contains(t.From, status) {
			available = append(available, t)
		}
	}
	return available
}

// Find is the transition with an identifier, if it starts at a status.
func (w *Workflow) Find(status, id int64) (Transition, bool) {
	available := w.Available(status)
	i := slices.IndexFunc(available, func(t Transition) bool { return t.ID == id })
	if i < 0 {
		return Transition{}, false
	}
	return available[i], true
}

// Check finds what is wrong with a workflow: an identifier that is used twice, or a status that is none.
func (w *Workflow) Check(isStatus func(int64) bool) error {
	statuses := []int64{w.Initial}
	used := map[int64]bool{}
	var problems []error
	for _, t := range w.Transitions {
		if used[t.ID] {
			problems = append(problems, fmt.Errorf("there are two transitions %d", t.ID))
		}
		used[t.ID] = true
		statuses = append(append(statuses, t.From...), t.To)
	}
	for _, id := range statuses {
		if !isStatus(id) {
			problems = append(problems, fmt.Errorf("there is no status %d", id))
		}
	}
	return errors.Join(problems...)
}
