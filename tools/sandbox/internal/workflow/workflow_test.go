package workflow_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/sandbox/internal/workflow"
)

func names(transitions []workflow.Transition) string {
	var all []string
	for _, t := range transitions {
		all = append(all, t.Name)
	}
	return strings.Join(all, " ")
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	w := workflow.Workflow{Initial: 1, Transitions: []workflow.Transition{
		{ID: 11, Name: "start", From: []int64{1}, To: 2},
		{ID: 21, Name: "finish", From: []int64{1, 2}, To: 3},
		{ID: 31, Name: "reset", To: 1},
	}}
	for status, want := range map[int64]string{1: "start finish reset", 2: "finish reset", 3: "reset"} {
		if got := names(w.Available(status)); got != want {
			t.Errorf("from %d: %s, want %s", status, got, want)
		}
	}
	if got, found := w.Find(2, 21); !found || got.To != 3 {
		t.Errorf("21 from 2 = %v, %t", got, found)
	}
	if got, found := w.Find(2, 11); found {
		t.Errorf("11 from 2 = %v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	isStatus := func(id int64) bool { return id <= 3 }
	for want, w := range map[string]workflow.Workflow{
		"":                            {Initial: 1, Transitions: []workflow.Transition{{ID: 1, From: []int64{1}, To: 2}, {ID: 2, To: 3}}},
		"there is no status 4":        {Initial: 4},
		"there is no status 5":        {Initial: 1, Transitions: []workflow.Transition{{ID: 1, To: 5}}},
		"there is no status 6":        {Initial: 1, Transitions: []workflow.Transition{{ID: 1, From: []int64{2, 6}, To: 1}}},
		"there are two transitions 1": {Initial: 1, Transitions: []workflow.Transition{{ID: 1, To: 1}, {ID: 1, To: 2}}},
	} {
		err := w.Check(isStatus)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
