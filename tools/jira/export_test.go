package jira

import "strings"

// The parts of queries that tests look at.
var (
	ValueJQL    = valueJQL
	KeywordsJQL = keywordsJQL
	BoundJQL    = boundJQL
)

// CriteriaJQL is the query of criteria that all have the same value.
func CriteriaJQL(value string) string {
	return strings.Join(issueCriteria{
		Keywords: value, DueFrom: value, DueUntil: value, Status: value, Priority: value, Project: value, IssueType: value,
		Labels: []string{value, value}, ParentIssue: value,
	}.conditions(), " AND ")
}
