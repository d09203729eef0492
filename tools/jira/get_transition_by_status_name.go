package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getTransitionByStatusNameIn struct {
	Issue      string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Transition string `json:"transition" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The transition's name, or that of the status it leads to."`
	onSite
}

// Check refuses what cannot name an issue.
func (in getTransitionByStatusNameIn) Check() error {
	return checkIssue("issue", in.Issue)
}

type issueTransitionOut struct {
	Issue      string         `json:"issue" doc:"The issue, as it was given."`
	Transition transitionView `json:"transition" doc:"The transition."`
}

var _ = add(tool.Spec{
	Name:    "GetTransitionByStatusName",
	Doc:     "Find the transition by which a Jira issue gets from its present status to another one.",
	Returns: "The transition, with the fields it asks for.",
	Uses:    uses{listTransitions},
}, func(ctx context.Context, s *atlassian.Site, in getTransitionByStatusNameIn) (out issueTransitionOut, err error) {
	transitions, err := transitionsOf(ctx, s, in.Issue)
	if err != nil {
		return out, err
	}
	found, err := chooseTransition("transition", in.Transition, transitions)
	if err != nil {
		return out, err
	}
	out.Issue, out.Transition = in.Issue, viewTransition(found)
	return out, nil
})
