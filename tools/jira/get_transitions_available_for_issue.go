package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

type getTransitionsAvailableForIssueIn struct {
	Issue string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	onSite
}

// Check refuses what cannot name an issue.
func (in getTransitionsAvailableForIssueIn) Check() error { return checkIssue("issue", in.Issue) }

type transitionsOut struct {
	Issue       issueStatusView  `json:"issue" doc:"The issue."`
	Transitions []transitionView `json:"transitions_available" doc:"The transitions that the user can make now."`
	Notes       []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
}

var _ = add(tool.Spec{
	Name:    "GetTransitionsAvailableForIssue",
	Doc:     "List the transitions that a Jira issue can make from its present status, with the fields they ask for.",
	Returns: "The issue's status and the transitions.",
	Uses:    uses{getIssue, listTransitions},
}, func(ctx context.Context, s *atlassian.Site, in getTransitionsAvailableForIssueIn) (out transitionsOut, err error) {
	var i issue
	var transitions []transition
	if err := lookup.Parallel(ctx, 2,
		func(ctx context.Context) (err error) {
			i, err = getIssue.Do(ctx, s, issueRef{issueKey(in.Issue), []string{"status"}, nil})
			return err
		},
		func(ctx context.Context) (err error) {
			transitions, err = transitionsOf(ctx, s, in.Issue)
			return err
		},
	); err != nil {
		return out, err
	}
	out.Issue = viewIssueStatus(s, i)
	out.Transitions = each(firstOf(transitions, mostTransitions), viewTransition)
	out.Notes = noTransitions(transitions)
	return out, nil
})
