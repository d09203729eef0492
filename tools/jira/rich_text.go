package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
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
		shown, losses := prose.Shown(doc)
		return shown, losses, nil
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

// commentText is the text of a comment that is to be written.
type commentText struct {
	document  *richtext.Document
	mentioned []prose.Person
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
	written, err := readText(param, markdown)
	if err != nil {
		return c, err
	}
	for i, name := range written.Names {
		want(fmt.Sprintf("%s, mention %d", param, i+1), name)
	}
	switch {
	case written.IsEmpty():
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
	if c.document, err = written.With(func(name string) (richtext.Mention, error) { return named[name], nil }); err != nil {
		return c, err
	}
	c.mentioned = prose.Mentioned(c.document)
	var before []jsontext.Value
	for _, name := range mentionUsers {
		who := prose.Person{ID: named[name].ID, Name: named[name].Name}
		if slices.ContainsFunc(c.mentioned, func(p prose.Person) bool { return p.ID == who.ID }) {
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

// readText reads Markdown, or a document, of the named parameter.
func readText(param, markdown string) (prose.Text, error) {
	if d, err := richtext.ParseADF([]byte(markdown), richtext.Limits{}); err == nil {
		return prose.Document(d), nil
	}
	return prose.Markdown(param, markdown)
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

func mentionNode(who prose.Person) jsontext.Value {
	return marshal(struct {
		Type  string            `json:"type"`
		Attrs map[string]string `json:"attrs"`
	}{"mention", map[string]string{"id": who.ID, "text": "@" + who.Name}})
}

// storedText is a document as Jira takes it, and what it does not keep of what
// was written in the named parameter.
func storedText(param string, d *richtext.Document) (jsontext.Value, []string, error) {
	adf, losses := d.ADF()
	if size := richtext.JiraFieldSize(adf); size > richtext.JiraFieldLimit {
		return nil, nil, tool.BadInput(param, fmt.Sprintf("has %d characters as Jira stores it, which holds %d", size, richtext.JiraFieldLimit), "Shorten the text, or attach it as a file.")
	}
	return adf, prose.Losses(losses), nil
}

// sameText reports whether a stored document says what was sent.
func sameText(sent, stored jsontext.Value) bool {
	a, errA := richtext.ParseADF(sent, richtext.Limits{})
	b, errB := richtext.ParseADF(stored, richtext.Limits{})
	return errA == nil && errB == nil && prose.Same(a, b)
}
