package jira

import (
	"context"
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

type getCommentByIDIn struct {
	IssueID   string `json:"issue_id" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	CommentID string `json:"comment_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The comment's ID."`
	WithADF   bool   `json:"include_adf_content,omitzero" doc:"Show also the stored document (ADF)."`
	onSite
}

// Check refuses values that cannot name anything.
func (in getCommentByIDIn) Check() error {
	return errors.Join(checkIssue("issue_id", in.IssueID), checkNumber("comment_id", in.CommentID))
}

type commentOut struct {
	Comment commentView `json:"comment" doc:"The comment."`
}

var _ = add(tool.Spec{
	Name:    "GetCommentById",
	Doc:     "Get one comment of a Jira issue by its ID.",
	Returns: "The comment in Markdown.",
	Uses:    uses{getComment, getIssue},
}, func(ctx context.Context, s *atlassian.Site, in getCommentByIDIn) (out commentOut, err error) {
	var key string
	var c comment
	err = lookup.Parallel(ctx, 2, func(ctx context.Context) (err error) {
		c, err = getComment.Do(ctx, s, commentRef{issueKey(in.IssueID), in.CommentID})
		return err
	}, func(ctx context.Context) (err error) {
		key, err = keyOf(ctx, s, in.IssueID)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Comment = viewComment(s, key, c, commentFormat{adf: in.WithADF})
	return out, nil
})
