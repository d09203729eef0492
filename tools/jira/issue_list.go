package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// issueListIn is embedded by the inputs of tools that list the issues of a
// board or sprint.
type issueListIn struct {
	Fields        []string `json:"fields,omitzero" jsonschema:"format=name,minLength=1,maxItems=50,maxLength=255" doc:"Show these of Jira's own fields, custom fields by ID, or custom_fields for all of those, instead of the few that rows have."`
	Limit         int      `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"Issues per page."`
	Offset        int      `json:"offset,omitzero" jsonschema:"minimum=0,maximum=5000" doc:"Issues to skip. Jira counts through them every time: next_page_token is faster."`
	NextPageToken string   `json:"next_page_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"Of the page before, with otherwise the same inputs, instead of offset."`
	onSite
}

func (in issueListIn) check() error {
	var errs []error
	if in.Offset > 0 && in.NextPageToken != "" {
		errs = append(errs, tool.BadInput("offset", "must not be given beside next_page_token", "Give one of the two."))
	}
	if _, unknown := selectKnownFields(in.Fields, fieldSelection{}); len(unknown) > 0 {
		errs = append(errs, tool.BadInput("fields", "names a field that is none of Jira's own",
			"Give names such as title, status, description or *all; custom fields by ID, such as customfield_10020, or all of them as custom_fields."))
	}
	return errors.Join(errs...)
}

// issueListOut is what those tools say about the issues.
type issueListOut struct {
	Issues     []issueView      `json:"issues" doc:"The issues, by rank. Long texts are cut."`
	Fields     []string         `json:"fields" doc:"The fields that were asked for: one of them that an issue lacks is empty."`
	Total      *int             `json:"total,omitzero" doc:"How many issues there are in all, when the whole list was read."`
	Notes      []string         `json:"notes,omitzero" doc:"What else to know about the answer."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

// issueListQuery is what a page of those issues is asked for with.
type issueListQuery struct {
	fields     []string
	expand     []string
	maxResults int
	token      string
}

// issueLister asks for a page of issues.
type issueLister func(context.Context, issueListQuery) (issuePage, error)

// mostRows is how many issues one request asks for on the way to an offset, so
// that no answer is too large.
const mostRows = 200

// listIssuesOf fetches one page of issues. These lists are paged by token only
// (facts §11): for an offset they are read from their beginning, always with
// the same parameters, because a token belongs to those that it was given with
// (facts §3).
func listIssuesOf(ctx context.Context, s *atlassian.Site, in issueListIn, list issueLister) (out issueListOut, err error) {
	selected, _ := selectKnownFields(in.Fields, rowFields())
	selected = selected.orIDs()
	format := issueFormat{fields: selected, inList: true}
	q := issueListQuery{selected.upstream(), format.expand(), in.Limit, strings.TrimSpace(in.NextPageToken)}

	var issues []issue
	var info fieldInfo
	if in.Offset == 0 {
		page, err := list(ctx, q)
		if err != nil {
			return out, explainToken(err, q.token != "")
		}
		next := page.next()
		if next != "" && next == q.token {
			return out, errEndlessSearch()
		}
		issues, info = page.Issues, page.fieldInfo
		out.Pagination = shape.ByToken(in.Limit, len(issues), next)
		if q.token == "" {
			if next == "" {
				out.Pagination.TotalResults = new(len(issues))
			} else {
				out.Pagination.NextOffset = len(issues)
			}
		}
	} else {
		wanted := in.Offset + in.Limit
		pages := (wanted + mostRows - 1) / mostRows
		q.maxResults = (wanted + pages - 1) / pages
		all, err := lookup.Walk(ctx, lookup.Bounds{Pages: 60, Items: wanted}, func(ctx context.Context, next string) (lookup.Page[issue], error) {
			q.token = next
			page, err := list(ctx, q)
			info = page.fieldInfo
			return lookup.Page[issue]{Items: page.Issues, Next: page.next()}, err
		}, nil)
		if err != nil {
			return out, err
		}
		if !all.Complete && len(all.Items) < wanted {
			return out, tool.BadInput("offset", "leads further than the list could be read", "Read the list page by page with next_page_token.")
		}
		issues = all.Items[min(in.Offset, len(all.Items)):]
		out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(issues), &all.Complete, nil)
		if all.Complete {
			out.Pagination.TotalResults = new(len(all.Items))
		}
		if len(issues) == 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("The list ends before the offset: its length is %d.", len(all.Items)))
		}
	}
	out.Issues = each(issues, func(i issue) issueView { return viewIssue(s, i, info, format) })
	out.Fields, out.Total = selected.names, out.Pagination.TotalResults
	out.Notes = append(out.Notes, selected.absent(info)...)
	return out, nil
}

// explainToken says how to mend a token that Jira refuses.
func explainToken(err error, given bool) error {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if !ok || !given || refused.Status != http.StatusBadRequest || len(refused.Messages) == 0 {
		return err
	}
	told := refused.ToolError()
	told.Prompt = refusedPagePrompt
	return told
}
