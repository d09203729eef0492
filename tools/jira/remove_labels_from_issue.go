package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var _ = add(tool.Spec{
	Name:        "RemoveLabelsFromIssue",
	Doc:         "Remove labels from a Jira issue, which keeps the others. A label that it does not have is no error.",
	Returns:     "All labels that the issue still has.",
	Uses:        labelChangeUses,
	Destructive: true,
}, func(ctx context.Context, s *atlassian.Site, in labelChangeIn) (labelChangeOut, error) {
	return changeLabels(ctx, s, removeLabels, in)
})
