package jira

// The parts of queries that tests look at.
var (
	ValueJQL    = valueJQL
	KeywordsJQL = keywordsJQL
	BoundJQL    = boundJQL
)
