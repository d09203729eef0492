package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var listComments = atlassian.Get[commentQuery, commentPage]("/rest/api/3/issue/{issueIdOrKey}/comment", "read:jira-work").
	Within(atlassian.IssueIn("issueIdOrKey"))

type commentQuery struct {
	Issue      string `path:"issueIdOrKey,issue,issue"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
	OrderBy    string `query:"orderBy"`
}

// commentPage does not say whether it is the last one (facts §3).
type commentPage struct {
	Comments []comment `json:"comments"`
	Total    *int      `json:"total"`
}

// Check holds that there is a list, of comments.
func (p commentPage) Check() error {
	if p.Comments == nil {
		return errors.New("a page without comments")
	}
	for _, c := range p.Comments {
		if err := c.Check(); err != nil {
			return err
		}
	}
	return nil
}

// commentOrder is the order of a list of comments.
type commentOrder string

const (
	oldestFirst commentOrder = "created_date_ascending"
	newestFirst commentOrder = "created_date_descending"
)

// Enum lists the orders.
func (commentOrder) Enum() []string { return []string{string(oldestFirst), string(newestFirst)} }

type getIssueCommentsIn struct {
	Issue   string       `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Limit   int          `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=100" doc:"Comments per page."`
	Offset  int          `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Comments to skip: next_offset of the page before."`
	OrderBy commentOrder `json:"order_by,omitzero" jsonschema:"default=created_date_descending" doc:"By default the newest comes first."`
	WithADF bool         `json:"include_adf_content,omitzero" doc:"Show also the stored documents (ADF)."`
	onSite
}

// Check refuses values that cannot name anything.
func (in getIssueCommentsIn) Check() error { return checkIssue("issue", in.Issue) }

type commentsOut struct {
	Issue      string           `json:"issue" doc:"The issue as it was given."`
	Comments   []commentView    `json:"comments" doc:"The comments. Long ones are cut."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

var _ = add(tool.Spec{
	Name:    "GetIssueComments",
	Doc:     "Get the comments of a Jira issue, the newest first, a page at a time.",
	Returns: "The comments in Markdown and where the next page starts.",
	Uses:    uses{listComments, getIssue},
}, func(ctx context.Context, s *atlassian.Site, in getIssueCommentsIn) (out commentsOut, err error) {
	order := "-created"
	if in.OrderBy == oldestFirst {
		order = "created"
	}
	var key string
	var page commentPage
	err = lookup.Parallel(ctx, 2, func(ctx context.Context) (err error) {
		page, err = listComments.Do(ctx, s, commentQuery{issueKey(in.Issue), in.Offset, in.Limit, order})
		return err
	}, func(ctx context.Context) (err error) {
		key, err = keyOf(ctx, s, in.Issue)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Issue = in.Issue
	comments := firstOf(page.Comments, in.Limit)
	out.Comments = each(comments, func(c comment) commentView {
		return viewComment(s, key, c, commentFormat{inList: true, adf: in.WithADF})
	})
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(comments), nil, page.Total)
	return out, nil
})
