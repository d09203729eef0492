package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// contentFormat is a format in which tools take the text of a page.
type contentFormat bodyFormat

// Enum lists the formats.
func (contentFormat) Enum() []string {
	return []string{string(markdownFormat), string(storageFormat), string(adfFormat)}
}

// content is a text for a page, which nothing was sent of yet.
type content struct {
	document *richtext.Document
	// stored is the text as Confluence takes it for a whole page, in the
	// representation.
	stored, representation string
	losses                 richtext.Losses // what it does not keep
	mentioned              []prose.Person
	notMentioned           []unknownPerson
}

// unknownPerson is a name whose mention stays text.
type unknownPerson struct {
	Name   string `json:"name" doc:"The name or e-mail address, which stays text."`
	Reason string `json:"reason" doc:"Why it mentions nobody."`
}

// readContent reads a text that was given in the named parameter. Every @[name
// or e-mail] of Markdown becomes a mention when it is one person's, and stays as
// it is when it is nobody's. Nothing is sent but the look-up of people, whose
// operations are mentionUses; the error names everybody who may be several.
func readContent(ctx context.Context, s *atlassian.Site, param, value string, format contentFormat) (c content, err error) {
	switch bodyFormat(format) {
	case storageFormat:
		c.representation, c.stored = storageFormat.representation(), value
		c.document, err = richtext.ParseStorage(value, richtext.Limits{})
	case adfFormat:
		c.representation, c.stored = adfFormat.representation(), value
		c.document, err = richtext.ParseADF([]byte(value), richtext.Limits{})
	case markdownFormat, noBody:
		return readMarkdown(ctx, s, param, value)
	}
	if err != nil {
		return c, unreadableContent(param, format, err)
	}
	c.mentioned = prose.Mentioned(c.document)
	return c, checkEmpty(param, prose.Document(c.document))
}

func checkEmpty(param string, t prose.Text) error {
	if t.IsEmpty() {
		return tool.BadInput(param, "holds nothing that could be stored", "Give a text.")
	}
	return nil
}

func unreadableContent(param string, format contentFormat, err error) error {
	const longest = 200
	switch {
	case errors.Is(err, richtext.ErrTooLarge):
		return tool.BadInput(param, "is too large or too deeply nested", "Shorten the text, or divide it among several pages.")
	case bodyFormat(format) == adfFormat:
		return tool.BadInput(param, "is no document of the Atlassian Document Format", `Give {"type": "doc", "version": 1, "content": […]} as a text, or Markdown with content_format markdown.`)
	}
	return tool.BadInput(param, "is not the XHTML that Confluence stores: "+text.Line(err.Error(), longest), "Close every element and write & as &amp; and < as &lt;, or give Markdown with content_format markdown.")
}

func readMarkdown(ctx context.Context, s *atlassian.Site, param, value string) (c content, err error) {
	written, err := prose.Markdown(param, value)
	if err == nil {
		err = checkEmpty(param, written)
	}
	if err != nil {
		return c, err
	}
	people, err := findMentioned(ctx, s, param, written.Names)
	if err != nil {
		return c, err
	}
	for _, p := range people {
		if p.reason != "" {
			c.notMentioned = append(c.notMentioned, unknownPerson{p.name, p.reason})
		}
	}
	if c.document, err = written.With(people.mention); err != nil {
		return c, err
	}
	c.mentioned = prose.Mentioned(c.document)
	c.representation = storageFormat.representation()
	c.stored, c.losses = c.document.Storage()
	return c, nil
}

// checkSize refuses a text that Confluence refuses for its size, 5 MB for the
// whole request (facts §13).
func checkSize(param, stored string) error {
	const most, rest = 5 << 20, 4 << 10 // bytes; rest is what there is beside the text
	if quoted, err := jsontext.AppendQuote(nil, stored); err != nil || len(quoted)+rest > most {
		return tool.BadInput(param, fmt.Sprintf("makes a text of %d bytes, and Confluence takes 5 MB", len(stored)), "Shorten the text, or divide it among several pages.")
	}
	return nil
}

// isStored reports whether the body of a page says what was sent.
func isStored(sent, representation string, b pageBody) bool {
	read := func(value string) (*richtext.Document, error) {
		if representation == adfFormat.representation() {
			return richtext.ParseADF([]byte(value), richtext.Limits{})
		}
		return richtext.ParseStorage(value, richtext.Limits{})
	}
	stored := b.Storage
	if representation == adfFormat.representation() {
		stored = b.ADF
	}
	if stored == nil {
		return false
	}
	a, errA := read(sent)
	z, errZ := read(string(stored.Value))
	return errA == nil && errZ == nil && prose.Same(a, z)
}

// refusedPage is Confluence's refusal to store a page as one of the parameter it
// is about.
func refusedPage(err error) error {
	param := refusedParameter(err)
	if param == "" {
		return err
	}
	const longest = 1000
	e, _ := errors.AsType[*atlassian.Error](err)
	told := tool.BadInput(param, text.Line("Confluence refuses it. It says: "+strings.Join(e.Messages, "; "), longest), "Correct "+param+" and call again.")
	told.Err = err
	return told
}

// refusedParameter is the parameter that Confluence refuses to store, or "" when
// that is not what went wrong. It tells only in words which that is.
func refusedParameter(err error) string {
	e, ok := errors.AsType[*atlassian.Error](err)
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusRequestEntityTooLarge {
		return ""
	}
	words := strings.ToLower(strings.Join(e.Messages, "; "))
	switch {
	case strings.Contains(words, "xhtml"): // what is quoted of the text may hold the others
	case strings.Contains(words, "parent"):
		return "parent_id"
	case strings.Contains(words, "title"):
		return "title"
	}
	return "content"
}

// mentionUses are the operations of readContent.
var mentionUses = uses{searchPeople}

// mostMentions is how many people a text may mention by name.
const mostMentions = 20

// mentionedPerson is what a name in a text stands for: a person, or nobody for a
// reason.
type mentionedPerson struct {
	name   string
	person user
	reason string
}

type mentionedPeople []mentionedPerson

// mention is the person with a name, for richtext.
func (p mentionedPeople) mention(name string) (richtext.Mention, error) {
	for _, m := range p {
		if m.name == name && m.reason == "" {
			return richtext.Mention{ID: m.person.AccountID, Name: m.person.name()}, nil
		}
	}
	return richtext.Mention{}, richtext.ErrNoMention
}

// findMentioned looks up the people whom a text mentions.
func findMentioned(ctx context.Context, s *atlassian.Site, param string, names []string) (mentionedPeople, error) {
	if len(names) > mostMentions {
		return nil, tool.BadInput(param, fmt.Sprintf("mentions more than %d people by name", mostMentions), "Mention fewer, or by account ID: @[Name](accountid:ID).")
	}
	const atOnce = 4
	return lookup.Map(ctx, atOnce, names, func(ctx context.Context, name string) (mentionedPerson, error) {
		return findPerson(ctx, s, param, name)
	})
}

// personCQL is the condition that a person has the name, e-mail address or
// account ID, or "" when there is nothing to look for.
func personCQL(name string) string {
	switch words := nameWords(name); {
	case atlassian.Fits("account", name):
		return "user.accountid = " + atlassian.QuoteText(name)
	case words != "":
		return "user.fullname ~ " + atlassian.QuoteText(words)
	}
	return ""
}

// findPerson finds the person whom a name, e-mail address or account ID in a
// parameter is meant to mention.
func findPerson(ctx context.Context, s *atlassian.Site, param, name string) (m mentionedPerson, err error) {
	m.name = name
	condition := personCQL(name)
	if condition == "" {
		m.reason = "It has no letters or digits."
		return m, nil
	}
	const most = 50
	page, err := searchPeople.Do(ctx, s, peopleQuery{CQL: condition, Limit: most, Kind: "all"})
	if err != nil {
		return m, err
	}
	people := page.Results[:min(len(page.Results), most)]
	describe := func(p foundPerson) lookup.Candidate {
		return lookup.Candidate{ID: p.User.AccountID, Name: p.User.name(), OtherNames: []string{p.User.PublicName}, Email: p.User.Email}
	}
	found, err := lookup.Choose(lookup.Query{
		Parameter: param, Value: name, Noun: "user", Plural: "users", Incomplete: len(people) == most || page.Total > len(people),
	}, people, describe)
	m.person = found.User
	told := tool.Explain(err)
	switch {
	case err == nil:
		return m, nil
	case told.Kind != tool.KindRetry:
		named := *told
		named.Message = strings.Replace(told.Message, param, fmt.Sprintf("%s, the mention of %s", param, text.Line(name, 100)), 1)
		named.Prompt += " Mention people by account ID: @[Name](accountid:ID)."
		return m, &named
	case len(people) == 0:
		m.reason = "Nobody with access to Confluence has this name."
		if strings.Contains(name, "@") {
			m.reason = "Nobody is found by this address; most people hide theirs, and are found by name."
		}
	default:
		var alike []string
		for _, p := range people[:min(len(people), 5)] {
			alike = append(alike, describe(p).String())
		}
		m.reason = "Nobody has exactly this name. There are: " + strings.Join(alike, "; ") + "."
	}
	return m, nil
}
