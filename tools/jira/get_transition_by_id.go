package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getTransitionByIDIn struct {
	Issue        string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	TransitionID string `json:"transition_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The transition's ID."`
	onSite
}

// Check refuses values that cannot name anything.
func (in getTransitionByIDIn) Check() error {
	return errors.Join(checkIssue("issue", in.Issue), checkNumber("transition_id", in.TransitionID))
}

type transitionOut struct {
	Transition transitionView `json:"transition" doc:"The transition."`
}

var _ = add(tool.Spec{
	Name:    "GetTransitionById",
	Doc:     "Get one of the transitions that a Jira issue can make from its present status, by its ID.",
	Returns: "The transition, with the fields it asks for.",
	Uses:    uses{listTransitions},
}, func(ctx context.Context, s *atlassian.Site, in getTransitionByIDIn) (out transitionOut, err error) {
	transitions, err := transitionsOf(ctx, s, in.Issue)
	if err != nil {
		return out, err
	}
	found, err := chooseTransition("transition_id", in.TransitionID, transitions)
	if err != nil {
		return out, err
	}
	out.Transition = viewTransition(found)
	return out, nil
})
