package jira

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// valueJQL quotes values of fields that have a name or an ID: Jira takes
// digits for an ID only when they are not quoted.
func valueJQL(value string) string {
	if isDigits(value) {
		return value
	}
	return atlassian.QuoteText(value)
}

func isDigits(s string) bool {
	return s != "" && len(s) < 20 && strings.Trim(s, "0123456789") == ""
}

// stopWords are not in the index of texts: a search for one finds nothing.
var stopWords = strings.Fields("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with")

// keywordsJQL are the conditions that an issue holds each word of the keywords
// somewhere in its texts, and what stands between double quotes as it is
// written. Keywords without any word to look for have none.
func keywordsJQL(keywords string) (conditions []string) {
	contains := func(expression string) {
		if condition := "text ~ " + atlassian.QuoteText(expression); !slices.Contains(conditions, condition) {
			conditions = append(conditions, condition)
		}
	}
	phrase := func(words string) {
		if strings.ContainsFunc(words, atlassian.IsWordCharacter) {
			contains(`"` + atlassian.EscapeWords(strings.Join(strings.Fields(words), " ")) + `"`)
		}
	}
	parts := strings.Split(keywords, `"`)
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 { // between two quotation marks
			phrase(part)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			word = strings.ToLower(word) // AND, OR and NOT are words of the expression
			if strings.ContainsFunc(word, atlassian.IsWordCharacter) && !slices.Contains(stopWords, word) {
				contains(atlassian.EscapeWords(word))
			}
		}
	}
	if len(conditions) == 0 { // nothing but words that are not looked for one by one
		phrase(strings.ReplaceAll(keywords, `"`, " "))
	}
	return conditions
}

var ordersOnly = regexp.MustCompile(`(?i)^\s*(order\s+by\b|$)`)

// boundJQL adds a restriction to a query that has none, which Jira refuses
// (facts §8), and says so.
func boundJQL(jql string) (bounded string, notes []string) {
	if !ordersOnly.MatchString(jql) {
		return jql, nil
	}
	const restriction = "created >= -365d"
	return strings.TrimSpace(restriction + " " + strings.TrimSpace(jql)), []string{
		"Jira refuses a search without any restriction, so that only issues created in the last 365 days were searched. Name a project, or other criteria, for the rest.",
	}
}

// parseJQL checks a query without running it.
var parseJQL = atlassian.Post[jqlQueries, parsedQueries]("/rest/api/3/jql/parse", "read:jira-work").Reads().
	Within(atlassian.JQLIn("body.queries"))

type jqlQueries struct {
	Validation string `query:"validation"`
	Body       struct {
		Queries []string `json:"queries"`
	} `body:"json"`
}

type parsedQueries struct {
	Queries []struct {
		Errors   []string `json:"errors"`
		Warnings []string `json:"warnings"`
	} `json:"queries"`
}

// Check holds that the query was looked at.
func (p parsedQueries) Check() error {
	if len(p.Queries) == 0 {
		return errors.New("no parsed query")
	}
	return nil
}

// checkJQL asks Jira what is wrong with a query. A search may answer one that
// names a project, user or status which is not there, or which the user may not
// see, with an empty list; this tells them apart.
func checkJQL(ctx context.Context, s *atlassian.Site, jql string) (problems, warnings []string, err error) {
	q := jqlQueries{Validation: "strict"}
	q.Body.Queries = []string{jql}
	parsed, err := parseJQL.Do(ctx, s, q)
	if err != nil {
		return nil, nil, err
	}
	for _, query := range parsed.Queries {
		problems = append(problems, query.Errors...)
		warnings = append(warnings, query.Warnings...)
	}
	return problems, warnings, nil
}

// badJQL tells what Jira finds wrong with a query by the parameters that it was
// made of. parameters are theirs by the fields of JQL; without any the query is
// the caller's own.
func badJQL(problems []string, parameters map[string]string) error {
	var errs []error
	const accepted = "Correct it and call again."
	for _, problem := range firstOf(problems, mostProblems) {
		param := "jql"
		if parameters != nil {
			param = parameters[fieldIn(problem)]
		}
		if param == "" { // about none of them, so that all of it is told at once
			return &tool.Error{
				Kind: tool.KindBadInput, Status: http.StatusBadRequest,
				Message: "Jira refuses the search that these inputs make: " + clean(strings.Join(problems, "; ")),
				Prompt:  "Correct the inputs and call again.",
			}
		}
		errs = append(errs, tool.BadInput(param, "Jira says: "+clean(problem), accepted))
	}
	return errors.Join(errs...)
}

var fieldOfProblem = regexp.MustCompile(`(?i)field '([^']+)'`)

// fieldIn is the field of JQL that a message is about.
func fieldIn(problem string) string {
	if found := fieldOfProblem.FindStringSubmatch(problem); found != nil {
		return strings.ToLower(found[1])
	}
	return ""
}

const mostProblems = 10
