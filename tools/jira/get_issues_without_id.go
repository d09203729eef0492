package jira

import "arcade-atlassian/tools/tool"

var _ = add(tool.Spec{
	Name:    "GetIssuesWithoutId",
	Doc:     "Find Jira issues that meet all of the given criteria, a page at a time. Names need no look-up before.",
	Returns: "The issues and the token of the next page.",
	Uses:    issueCriteriaUses,
}, findByCriteria)
