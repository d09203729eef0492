package jira

import "arcade-atlassian/tools/tool"

var _ = add(tool.Spec{
	Name:       "SearchIssuesWithoutJql",
	Doc:        "The same as GetIssuesWithoutId.",
	Returns:    "The issues and the token of the next page.",
	Uses:       issueCriteriaUses,
	Deprecated: "Use GetIssuesWithoutId, which is the same.",
}, findByCriteria)
