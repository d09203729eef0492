package jira

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

// searchIssues is the only search: those before it are removed (facts §15).
var searchIssues = atlassian.Post[issueQuery, issuePage]("/rest/api/3/search/jql", "read:jira-work").Reads().
	Within(atlassian.JQLIn("body.jql"), atlassian.IssueList())

type issueQuery struct {
	Body struct {
		JQL           string   `json:"jql"`
		Fields        []string `json:"fields"`
		MaxResults    int      `json:"maxResults"`
		NextPageToken string   `json:"nextPageToken,omitzero"`
		Expand        string   `json:"expand,omitzero"`
	} `body:"json"`
}

type issuePage struct {
	Issues        []issue `json:"issues"`
	IsLast        bool    `json:"isLast"`
	NextPageToken string  `json:"nextPageToken"`
	fieldInfo
}

// Check holds that there is a list, of issues.
func (p issuePage) Check() error {
	if p.Issues == nil {
		return errors.New("a page without issues")
	}
	for _, i := range p.Issues {
		if err := i.Check(); err != nil {
			return err
		}
	}
	return nil
}

// next is the token of the page after this one, empty on the last.
func (p issuePage) next() string {
	if p.IsLast {
		return ""
	}
	return p.NextPageToken
}

// issuesPage is embedded by the inputs of tools that find issues.
type issuesPage struct {
	Fields        []string `json:"fields,omitzero" jsonschema:"format=name,minLength=1,maxItems=50,maxLength=255" doc:"Show these fields, by name or ID, instead of the few that rows have; *all shows every one."`
	Limit         int      `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"Issues per page."`
	NextPageToken string   `json:"next_page_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"Of the page before, with otherwise the same inputs."`
	onSite
}

// issuesOut is the answer of the tools that find issues.
type issuesOut struct {
	Issues     []issueView      `json:"issues" doc:"The issues. Long texts are cut."`
	Fields     []string         `json:"fields" doc:"The fields that were asked for: one of them that an issue lacks is empty."`
	JQL        string           `json:"jql,omitzero" doc:"The query, when it is not the caller's."`
	Notes      []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is. Jira gives no total."`
}

// issueSearch is a query and where its values came from.
type issueSearch struct {
	jql        string
	parameters map[string]string // of the tool, by the fields of JQL; none when the query is the caller's
	// suggest, which may be nil, says what there is instead of a value that
	// Jira does not know for a field of JQL.
	suggest func(ctx context.Context, field string) error
}

// refuse tells what Jira finds wrong with the query.
func (search issueSearch) refuse(ctx context.Context, problems []string) error {
	if search.suggest != nil && len(problems) == 1 {
		if err := search.suggest(ctx, fieldIn(problems[0])); err != nil {
			return err
		}
	}
	return badJQL(problems, search.parameters)
}

// issueSearchUses are the operations of findIssues.
var issueSearchUses = uses{searchIssues, parseJQL, listFields}

// findIssues fetches one page of what a query finds.
func findIssues(ctx context.Context, s *atlassian.Site, search issueSearch, page issuesPage) (out issuesOut, err error) {
	selected, err := selectFields(ctx, s, page.Fields, rowFields())
	if err != nil {
		return out, err
	}
	format := issueFormat{fields: selected, inList: true}
	jql, notes := boundJQL(search.jql)
	if search.parameters != nil || notes != nil {
		out.JQL = jql
	}
	var q issueQuery
	q.Body.JQL, q.Body.Fields, q.Body.MaxResults = jql, selected.upstream(), page.Limit
	q.Body.NextPageToken, q.Body.Expand = strings.TrimSpace(page.NextPageToken), strings.Join(format.expand(), ",")
	found, err := searchIssues.Do(ctx, s, q)
	if err != nil {
		return out, search.explain(ctx, err, q.Body.NextPageToken != "")
	}
	next := found.next()
	switch {
	case next != "" && next == q.Body.NextPageToken:
		return out, errEndlessSearch()
	case len(found.Issues) == 0 && next == "" && q.Body.NextPageToken == "":
		problems, warnings, err := checkJQL(ctx, s, jql)
		if err != nil {
			return out, err
		}
		if len(problems) > 0 {
			return out, search.refuse(ctx, problems)
		}
		for _, w := range firstOf(warnings, mostProblems) {
			notes = append(notes, "Jira says: "+clean(w))
		}
	}
	out.Issues = each(found.Issues, func(i issue) issueView { return viewIssue(s, i, found.fieldInfo, format) })
	out.Fields, out.Notes = selected.names, append(notes, selected.absent(found.fieldInfo)...)
	out.Pagination = shape.ByToken(page.Limit, len(found.Issues), next)
	return out, nil
}

// explain says how to mend a query that Jira refuses.
func (search issueSearch) explain(ctx context.Context, err error, paged bool) error {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if !ok || refused.Status != http.StatusBadRequest || len(refused.Messages) == 0 {
		return err
	}
	told := refused.ToolError()
	switch {
	case paged:
		told.Prompt = refusedPagePrompt
	case search.parameters != nil:
		return search.refuse(ctx, refused.Messages)
	default:
		told.Prompt = "Correct the JQL and call again. Put values into double quotes; name fields, projects, users and statuses that exist."
	}
	return told
}

// refusedPagePrompt says how to mend a token that Jira refuses.
const refusedPagePrompt = "A next_page_token belongs to the inputs that it was given with. Call again with the same ones, or without the token."

func errEndlessSearch() error {
	return &tool.Error{
		Kind:    tool.KindUpstreamUnmapped,
		Message: "Jira names this page of the search as the one after it, so that the rest cannot be read.",
		Prompt:  "Restrict the search, so that it has fewer pages.",
	}
}

// clean is a message of Jira in one line.
func clean(message string) string {
	const longest = 300
	return cmp.Or(text.Line(message, longest), "something is wrong with it")
}

func firstOf[T any](items []T, most int) []T { return items[:min(len(items), most)] }
