package jira

import (
	"context"
	"errors"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

// comment is a comment as Jira sends it.
type comment struct {
	ID           string         `json:"id"`
	Author       *user          `json:"author"` // nil when nobody had signed in
	UpdateAuthor *user          `json:"updateAuthor"`
	Body         jsontext.Value `json:"body"`
	Created      string         `json:"created"`
	Updated      string         `json:"updated"`
	Visibility   *visibility    `json:"visibility"` // nil when everybody sees it who sees the issue
	JSDPublic    *bool          `json:"jsdPublic"`
}

// visibility is the group or role that alone sees a comment.
type visibility struct {
	Type       string `json:"type"`
	Value      string `json:"value,omitzero"`
	Identifier string `json:"identifier,omitzero"`
}

// Check holds that there is a comment.
func (c comment) Check() error {
	if c.ID == "" {
		return errors.New("a comment without id")
	}
	return nil
}

// internal reports whether a service desk hides the comment from customers.
func (c comment) internal() bool { return c.JSDPublic != nil && !*c.JSDPublic && c.Visibility == nil }

var getComment = atlassian.Get[commentRef, comment]("/rest/api/3/issue/{issueIdOrKey}/comment/{id}", "read:jira-work").
	Within(atlassian.IssueIn("issueIdOrKey"))

type commentRef struct {
	Issue string `path:"issueIdOrKey,issue,issue"`
	ID    string `path:"id,comment_id,digits"`
}

// commentView is a comment as tools show it.
type commentView struct {
	ID        string         `json:"id" doc:"The comment's ID."`
	URL       string         `json:"url,omitzero" doc:"The issue's page at the comment."`
	Author    *personView    `json:"author,omitzero" doc:"Who wrote it, if they had signed in."`
	Body      string         `json:"body" doc:"The text in Markdown." untrusted:"true"`
	CreatedAt string         `json:"created_at" doc:"When it was written."`
	UpdatedAt string         `json:"updated_at,omitzero" doc:"When it was changed, if it was."`
	UpdatedBy *personView    `json:"updated_by,omitzero" doc:"Who changed it, if somebody else than the author."`
	VisibleTo string         `json:"visible_to,omitzero" doc:"The group or role that alone sees it."`
	Internal  bool           `json:"internal,omitzero" doc:"Set when customers of the service desk do not see it."`
	ADF       jsontext.Value `json:"adf_body,omitzero" doc:"The text as Jira stores it, in the Atlassian Document Format." untrusted:"true"`
	Losses    []string       `json:"losses,omitzero" doc:"What is not shown."`
}

// commentFormat says how comments are shown.
type commentFormat struct {
	inList bool // long texts are cut
	adf    bool // the stored document is shown too
}

// The most that a list shows of one comment, in bytes.
const (
	longestListedComment  = 2000
	longestListedDocument = 8000
)

// viewComment shows a comment of the issue with the key.
func viewComment(s *atlassian.Site, key string, c comment, f commentFormat) commentView {
	v := commentView{
		ID: c.ID, URL: commentURL(s, key, c.ID), Author: viewAuthor(c.Author),
		CreatedAt: c.Created, VisibleTo: c.Visibility.String(), Internal: c.internal(),
	}
	if c.Updated != c.Created {
		v.UpdatedAt = c.Updated
	}
	if by := c.UpdateAuthor; by != nil && (c.Author == nil || by.AccountID != c.Author.AccountID) {
		v.UpdatedBy = viewAuthor(by)
	}
	shown, losses, err := readRichText(c.Body)
	if err != nil {
		v.Losses = append(v.Losses, "body: "+err.Error())
	}
	v.Losses = append(v.Losses, prose.Losses(losses)...)
	longest, mostADF := longestText, tool.MaxOutput/4
	if f.inList {
		longest, mostADF = longestListedComment, longestListedDocument
	}
	if len(shown) > longest {
		v.Losses = append(v.Losses, "body: the rest is left out")
		if f.inList {
			v.Losses[len(v.Losses)-1] += "; GetCommentById shows it"
		}
		shown = text.Clip(shown, longest)
	}
	v.Body = shown
	switch {
	case !f.adf:
	case len(c.Body) <= mostADF:
		v.ADF = c.Body
	case f.inList:
		v.Losses = append(v.Losses, "adf_body: is too long for a list; GetCommentById shows it")
	default:
		v.Losses = append(v.Losses, "adf_body: is too long to be shown")
	}
	return v
}

// viewAuthor is who wrote something; whether they still use their account is
// told by GetUserById.
func viewAuthor(u *user) *personView {
	if u == nil {
		return nil
	}
	return &personView{ID: u.AccountID, Name: u.DisplayName, Email: u.EmailAddress}
}

// String names the group or role, and is "" when there is none.
func (v *visibility) String() string {
	if v == nil {
		return ""
	}
	name := v.Value
	if name == "" {
		name = v.Identifier
	}
	return v.Type + " " + text.Line(name, longestName)
}

// commentURL is the page that a person opens to see the comment.
func commentURL(s *atlassian.Site, key, id string) string {
	if key == "" {
		return ""
	}
	if page := issueURL(s, key); page != "" {
		return page + "?focusedCommentId=" + url.QueryEscape(id)
	}
	return ""
}

// keyOf is the key of an issue that is named by key or ID. Pages have the key
// in their address.
func keyOf(ctx context.Context, s *atlassian.Site, issue string) (string, error) {
	if issue = issueKey(issue); !isDigits(issue) {
		return issue, nil
	}
	i, err := getIssue.Do(ctx, s, issueRef{IDOrKey: issue, Fields: []string{"summary"}})
	return i.Key, err
}
