package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

var addComment = atlassian.Post[newComment, comment]("/rest/api/3/issue/{issueIdOrKey}/comment", "write:jira-work").
	Fields(map[string]string{"comment": "body", "body": "body", "commentLevel": "reply_to_comment"}).
	Within(atlassian.IssueIn("issueIdOrKey"))

type newComment struct {
	Issue string        `path:"issueIdOrKey,issue,issue"`
	Body  commentFields `body:"json"`
}

type commentFields struct {
	Body       jsontext.Value   `json:"body"`
	Visibility *visibility      `json:"visibility,omitzero"`
	Properties []jsontext.Value `json:"properties,omitzero"`
}

// internalOnly is the property that hides a comment of a service desk from
// customers.
const internalOnly = `{"key":"sd.public.comment","value":{"internal":true}}`

type addCommentIn struct {
	Issue        string   `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Body         string   `json:"body" jsonschema:"minLength=1,maxLength=32767" doc:"The text in Markdown. @[name or e-mail] mentions somebody."`
	ReplyTo      string   `json:"reply_to_comment,omitzero" jsonschema:"format=name,maxLength=20" doc:"ID of a comment of the issue to quote; who sees that one sees the reply."`
	MentionUsers []string `json:"mention_users,omitzero" jsonschema:"format=name,minLength=1,maxLength=255,maxItems=20" doc:"Whom to mention before the text: names, e-mail addresses or account IDs."`
	onSite
}

// Check refuses values that cannot name anything.
func (in addCommentIn) Check() error {
	errs := []error{checkIssue("issue", in.Issue)}
	if in.ReplyTo != "" {
		errs = append(errs, checkNumber("reply_to_comment", in.ReplyTo))
	}
	return errors.Join(errs...)
}

type addCommentOut struct {
	Comment   addedComment   `json:"comment" doc:"The new comment."`
	Mentioned []prose.Person `json:"mentioned,omitzero" doc:"Who is mentioned."`
	Losses    []string       `json:"losses,omitzero" doc:"What Jira does not keep of the text."`
	shape.Verification
}

// addedComment is what the author of a comment does not know of it.
type addedComment struct {
	ID        string `json:"id" doc:"The comment's ID."`
	URL       string `json:"url,omitzero" doc:"The issue's page at the comment."`
	CreatedAt string `json:"created_at" doc:"When it was written."`
	VisibleTo string `json:"visible_to,omitzero" doc:"The group or role that alone sees it, as the comment it replies to."`
	Internal  bool   `json:"internal,omitzero" doc:"Set when customers of the service desk do not see it."`
}

var _ = add(tool.Spec{
	Name:    "AddCommentToIssue",
	Doc:     "Add a comment to a Jira issue.",
	Returns: "The comment's ID and address.",
	Uses:    append(uses{addComment, getComment, getIssue}, mentionUses...),
}, func(ctx context.Context, s *atlassian.Site, in addCommentIn) (out addCommentOut, err error) {
	issue, err := keyOf(ctx, s, in.Issue)
	if err != nil {
		return out, err
	}
	var written commentText
	var answered *comment
	if err = lookup.Parallel(ctx, 2, func(ctx context.Context) (err error) {
		written, err = writeComment(ctx, s, "body", in.Body, in.MentionUsers, workplace{issue: issue})
		return err
	}, func(ctx context.Context) error {
		if in.ReplyTo == "" {
			return nil
		}
		c, err := getComment.Do(ctx, s, commentRef{issue, in.ReplyTo})
		answered = &c
		return err
	}); err != nil {
		return out, err
	}
	fields, losses, err := replyTo(answered, written.document)
	if err != nil {
		return out, err
	}
	made, err := addComment.Do(ctx, s, newComment{issue, fields})
	if err != nil {
		return out, err
	}
	s.Changed(fmt.Sprintf("comment %s was added to issue %s", made.ID, issue), tool.Object{Type: "comment", ID: made.ID})
	out.Comment = addedComment{ID: made.ID, URL: commentURL(s, issue, made.ID), CreatedAt: made.Created, VisibleTo: made.Visibility.String(), Internal: made.internal()}
	out.Mentioned, out.Losses = written.mentioned, losses
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		stored, err := getComment.Do(ctx, s, commentRef{issue, made.ID})
		switch {
		case err != nil:
		case !sameText(fields.Body, stored.Body):
			difference = "It is stored with another text."
		case fields.Visibility != nil && stored.Visibility.String() != fields.Visibility.String(),
			fields.Properties != nil && !stored.internal():
			difference = "It is not restricted as the comment it replies to."
		}
		return difference, err
	})
	return out, nil
})

// replyTo is the comment that is sent: below a quotation of the one it answers,
// if there is one, which nobody sees who could not see that one.
func replyTo(answered *comment, d *richtext.Document) (fields commentFields, losses []string, err error) {
	if answered != nil {
		fields.Visibility = answered.Visibility
		if answered.internal() {
			fields.Properties = []jsontext.Value{jsontext.Value(internalOnly)}
		}
		quoted, err := quotation(answered.Body, d)
		if err != nil {
			return fields, nil, err
		}
		d = richtext.Join(quoted, d)
	}
	fields.Body, losses, err = storedText("body", d)
	return fields, losses, err
}

// quotation quotes a comment, as much of it as there is room for beside the
// reply.
func quotation(body jsontext.Value, reply *richtext.Document) (*richtext.Document, error) {
	answered, err := richtext.ParseADF(body, richtext.Limits{})
	if err != nil {
		return nil, tool.BadInput("reply_to_comment", "is a comment that cannot be quoted: it is too large or no document", "Leave it out, and quote what matters in body.")
	}
	whole := answered.Quote()
	if adf, _ := richtext.Join(whole, reply).ADF(); richtext.JiraFieldSize(adf) <= richtext.JiraFieldLimit {
		return whole, nil
	}
	const longest = 1000 // characters
	beginning, err := paragraph(textNode(cmp.Or(answered.Summary(longest), "…")))
	if err != nil {
		return nil, err
	}
	return beginning.Quote(), nil
}
