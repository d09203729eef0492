package jira

// The parts of queries that tests look at.
var (
	QuoteJQL    = quoteJQL
	ValueJQL    = valueJQL
	KeywordsJQL = keywordsJQL
	BoundJQL    = boundJQL
)
