package jira

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
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

var getComment = atlassian.Get[commentRef, comment]("/rest/api/3/issue/{issueIdOrKey}/comment/{id}", "read:jira-work")

type commentRef struct {
	Issue string `path:"issueIdOrKey,issue,issue"`
	ID    string `path:"id,comment_id,digits"`
}

// commentView is a comment as tools show it.
type commentView struct {
	ID        string         `json:"id" doc:"The comment's ID."`
	URL       string         `json:"url,omitzero" doc:"The issue's page at the comment."`
	Author    *personView    `json:"author,omitzero" doc:"Who wrote it, if they had signed in."`
	Body      string         `json:"body" doc:"The text in Markdown."`
	CreatedAt string         `json:"created_at" doc:"When it was written."`
	UpdatedAt string         `json:"updated_at,omitzero" doc:"When it was changed, if it was."`
	UpdatedBy *personView    `json:"updated_by,omitzero" doc:"Who changed it, if somebody else than the author."`
	VisibleTo string         `json:"visible_to,omitzero" doc:"The group or role that alone sees it."`
	Internal  bool           `json:"internal,omitzero" doc:"Set when customers of the service desk do not see it."`
	ADF       jsontext.Value `json:"adf_body,omitzero" doc:"The text as Jira stores it, in the Atlassian Document Format."`
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
	v.Losses = append(v.Losses, tellLosses(losses)...)
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

// tellLosses says what the Markdown of a text does not show, or what Jira does
// not keep of it.
func tellLosses(losses richtext.Losses) (told []string) {
	const most, longest = 10, 300
	for _, l := range firstOf(losses, most) {
		told = append(told, text.Line(l.String(), longest))
	}
	return told
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

// commentText is the text of a comment that is to be written.
type commentText struct {
	document  *richtext.Document
	mentioned []namedView
}

// mentionUses are the operations of writeComment.
var mentionUses = personLookup

// mostMentions is how many people a comment may mention by name.
const mostMentions = 20

// writeComment makes a comment of Markdown that was given in the named
// parameter. Every @[name or e-mail] in it becomes a mention of exactly one
// person, and those that mention_users names are mentioned before the text
// unless they are in it. Nothing is sent; the error names everybody who is not
// found or may be several.
func writeComment(ctx context.Context, s *atlassian.Site, param, markdown string, mentionUsers []string, at workplace) (c commentText, err error) {
	type wanted struct{ param, name string }
	var people []wanted
	want := func(param, name string) {
		for _, p := range people {
			if p.name == name {
				return
			}
		}
		people = append(people, wanted{param, name})
	}
	for i, name := range mentionUsers {
		want(fmt.Sprintf("mention_users[%d]", i), name)
	}
	d, err := parseComment(param, markdown, nil)
	if err != nil {
		return c, err
	}
	markdown = bracketAddresses(markdown, d)
	inText := 0
	_, err = parseComment(param, markdown, func(name string) (richtext.Mention, error) {
		inText++
		want(fmt.Sprintf("%s, mention %d", param, inText), name)
		return richtext.Mention{}, richtext.ErrNoMention
	})
	switch {
	case err != nil:
		return c, err
	case isEmpty(d):
		return c, tool.BadInput(param, "holds nothing that Jira could store", "Give a text.")
	case len(people) > mostMentions:
		return c, tool.BadInput(param, fmt.Sprintf("mentions more than %d people by name", mostMentions), "Mention fewer, or by account ID: @[Name](accountid:ID).")
	}
	const atOnce = 4
	found, err := lookup.Map(ctx, atOnce, people, func(ctx context.Context, w wanted) (user, error) {
		return findPerson(ctx, s, w.param, w.name, at)
	})
	if err != nil {
		return c, err
	}
	named := map[string]richtext.Mention{}
	for i, w := range people {
		named[w.name] = richtext.Mention{ID: found[i].AccountID, Name: found[i].DisplayName}
	}
	if c.document, err = parseComment(param, markdown, func(name string) (richtext.Mention, error) { return named[name], nil }); err != nil {
		return c, err
	}
	c.mentioned = mentionsIn(c.document.Root(), nil)
	var before []jsontext.Value
	for _, name := range mentionUsers {
		who := namedView{ID: named[name].ID, Name: named[name].Name}
		if mentions(c.mentioned, who.ID) {
			continue
		}
		if before != nil {
			before = append(before, textNode(" "))
		}
		c.mentioned, before = append(c.mentioned, who), append(before, mentionNode(who))
	}
	if len(before) == 0 {
		return c, nil
	}
	first, err := paragraph(before...)
	if err != nil {
		return c, err
	}
	c.document = richtext.Join(first, c.document)
	return c, nil
}

var addressMention = regexp.MustCompile(`(?:^|[^\w@./])@([\w.%+-]+@[\w-]+(?:\.[\w-]+)+)`)

// bracketAddresses writes @mail@host, which people write to mention somebody,
// as @[mail@host], which is read as a mention. It leaves alone an address that
// stands somewhere else too, such as in code.
func bracketAddresses(markdown string, d *richtext.Document) string {
	times := map[string]int{}
	countAddresses(d.Root(), times)
	for address, n := range times {
		if strings.Count(markdown, "@"+address) == n {
			markdown = strings.ReplaceAll(markdown, "@"+address, "@["+address+"]")
		}
	}
	return markdown
}

// countAddresses counts the addresses with an @ before them in the texts of a
// node that are not code.
func countAddresses(n *richtext.Node, times map[string]int) {
	if n.Type() == "codeBlock" {
		return
	}
	code := false
	for m := range n.Marks() {
		code = code || m.Type() == "code"
	}
	if !code {
		for _, found := range addressMention.FindAllStringSubmatch(n.Text(), -1) {
			times[found[1]]++
		}
	}
	for child := range n.Children() {
		countAddresses(child, times)
	}
}

// parseComment reads Markdown of the named parameter.
func parseComment(param, markdown string, resolve func(name string) (richtext.Mention, error)) (*richtext.Document, error) {
	d, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{ResolveMention: resolve})
	if errors.Is(err, richtext.ErrTooLarge) {
		return nil, tool.BadInput(param, "is too large or too deeply nested", "Shorten the text.")
	}
	return d, err
}

func isEmpty(d *richtext.Document) bool {
	for range d.Root().Children() {
		return false
	}
	return true
}

// paragraph is a document of one paragraph.
func paragraph(inline ...jsontext.Value) (*richtext.Document, error) {
	type block struct {
		Type    string           `json:"type"`
		Content []jsontext.Value `json:"content"`
	}
	return richtext.ParseADF(marshal(struct {
		Type    string  `json:"type"`
		Version int     `json:"version"`
		Content []block `json:"content"`
	}{"doc", 1, []block{{"paragraph", inline}}}), richtext.Limits{})
}

func textNode(s string) jsontext.Value {
	return marshal(map[string]string{"type": "text", "text": s})
}

func mentionNode(who namedView) jsontext.Value {
	return marshal(struct {
		Type  string            `json:"type"`
		Attrs map[string]string `json:"attrs"`
	}{"mention", map[string]string{"id": who.ID, "text": "@" + who.Name}})
}

// mentionsIn adds the people whom a document mentions, each once.
func mentionsIn(n *richtext.Node, people []namedView) []namedView {
	if n.Type() == "mention" && !mentions(people, n.Attr("id")) {
		people = append(people, namedView{ID: n.Attr("id"), Name: strings.TrimPrefix(n.Attr("text"), "@")})
	}
	for child := range n.Children() {
		people = mentionsIn(child, people)
	}
	return people
}

func mentions(people []namedView, id string) bool {
	for _, p := range people {
		if p.ID == id {
			return true
		}
	}
	return false
}

// storedText is a document as Jira takes it, and what it does not keep of what
// was written in the named parameter.
func storedText(param string, d *richtext.Document) (jsontext.Value, []string, error) {
	adf, losses := d.ADF()
	if size := richtext.JiraFieldSize(adf); size > richtext.JiraFieldLimit {
		return nil, nil, tool.BadInput(param, fmt.Sprintf("has %d characters as Jira stores it, which holds %d", size, richtext.JiraFieldLimit), "Shorten the text, or attach it as a file.")
	}
	return adf, tellLosses(losses), nil
}

// sameText reports whether a stored document says what was sent. Jira may add
// attributes and split texts.
func sameText(sent, stored jsontext.Value) bool {
	a, errA := richtext.ParseADF(sent, richtext.Limits{})
	b, errB := richtext.ParseADF(stored, richtext.Limits{})
	return errA == nil && errB == nil && said(a.Root()) == said(b.Root())
}

// said are the words of a node and whom it mentions, without white space.
func said(n *richtext.Node) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(n.Text()) {
		b.WriteString(word)
	}
	if n.Type() == "mention" {
		b.WriteString("@" + n.Attr("id"))
	}
	for child := range n.Children() {
		b.WriteString(said(child))
	}
	return b.String()
}
