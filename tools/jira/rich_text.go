package jira

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// readRichText is a document of Jira in Markdown. Old texts may still be plain
// strings.
func readRichText(document jsontext.Value) (string, richtext.Losses, error) {
	switch document.Kind() {
	case '{':
		doc, err := richtext.ParseADF(document, richtext.Limits{})
		if err != nil {
			return "", nil, errors.New("is too large or not a document, and left out")
		}
		shown, losses := doc.Markdown()
		return text.Clean(shown), losses, nil
	case '"':
		return plainText(document), nil, nil
	}
	return "", nil, nil
}

// writeRichText makes the document that Jira stores of the Markdown in a
// parameter, and says what it does not keep. What is a document already stays as
// it is. Its operations are mentionUses.
func writeRichText(ctx context.Context, s *atlassian.Site, param, markdown string, at workplace) (jsontext.Value, []string, error) {
	if doc, err := richtext.ParseADF([]byte(markdown), richtext.Limits{}); err == nil {
		return storedText(param, doc)
	}
	written, err := writeComment(ctx, s, param, markdown, nil, at)
	if err != nil {
		return nil, nil, err
	}
	return storedText(param, written.document)
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
// unless they are in it. What is a document already stays as it is. Nothing is
// sent; the error names everybody who is not found or may be several.
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
	document, parseErr := richtext.ParseADF([]byte(markdown), richtext.Limits{})
	parse := func(resolve func(name string) (richtext.Mention, error)) (*richtext.Document, error) {
		if parseErr == nil {
			return document, nil
		}
		return parseMarkdown(param, markdown, resolve)
	}
	d, err := parse(nil)
	if err != nil {
		return c, err
	}
	markdown = bracketAddresses(markdown, d)
	inText := 0
	_, err = parse(func(name string) (richtext.Mention, error) {
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
	if c.document, err = parse(func(name string) (richtext.Mention, error) { return named[name], nil }); err != nil {
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

// parseMarkdown reads Markdown of the named parameter.
func parseMarkdown(param, markdown string, resolve func(name string) (richtext.Mention, error)) (*richtext.Document, error) {
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

// said is what a node says: its words without white space, whom it mentions and
// what its other elements are about.
func said(n *richtext.Node) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(n.Text()) {
		b.WriteString(word)
	}
	switch n.Type() {
	case "mention":
		b.WriteString("@" + n.Attr("id"))
	case "status":
		b.WriteString(n.Attr("text"))
	}
	b.WriteString(n.Attr("timestamp") + n.Attr("shortName") + n.Attr("url"))
	for child := range n.Children() {
		b.WriteString(said(child))
	}
	return b.String()
}
