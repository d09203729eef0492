package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var _ = add(tool.Spec{
	Name:    "AddLabelsToIssue",
	Doc:     "Add labels to a Jira issue, which keeps those it has.",
	Returns: "All labels that the issue has now.",
	Uses:    labelChangeUses,
}, func(ctx context.Context, s *atlassian.Site, in labelChangeIn) (labelChangeOut, error) {
	return changeLabels(ctx, s, addLabels, in)
})
