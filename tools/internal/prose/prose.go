// Package prose holds what the toolkits share that read and write rich text:
// Markdown with mentions of people, what of a text is lost, and whether a text
// was stored as it was sent.
package prose

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

// Text is a text that was given in a parameter of a tool.
type Text struct {
	// Names are the names and e-mail addresses by which the text mentions
	// people, each once, in the order of the mentions.
	Names []string

	param, markdown string
	// document is the text with its names as words.
	document *richtext.Document
}

// Document is a text that mentions nobody by name: people are mentioned by
// account in the formats that products store.
func Document(d *richtext.Document) Text { return Text{document: d} }

// Markdown reads a text of the named parameter. Every @[name] and @[mail@host]
// in it mentions somebody, and so does @mail@host, unless the same address
// stands somewhere else too, such as in code. The error is tool.BadInput when the
// text is too large.
func Markdown(param, source string) (t Text, err error) {
	t.param, t.markdown = param, source
	if t.document, err = t.parse(nil); err != nil {
		return t, err
	}
	t.markdown = bracketAddresses(source, t.document)
	_, err = t.parse(func(name string) (richtext.Mention, error) {
		t.Names = append(t.Names, name)
		return richtext.Mention{}, richtext.ErrNoMention
	})
	return t, err
}

// IsEmpty reports whether there is nothing in the text.
func (t Text) IsEmpty() bool {
	for range t.document.Root().Children() {
		return false
	}
	return true
}

// With is the text with mentions of the people that find returns for its names.
// The words of a name stay where that is richtext.ErrNoMention.
func (t Text) With(find func(name string) (richtext.Mention, error)) (*richtext.Document, error) {
	if len(t.Names) == 0 {
		return t.document, nil
	}
	return t.parse(find)
}

func (t Text) parse(find func(name string) (richtext.Mention, error)) (*richtext.Document, error) {
	d, err := richtext.ParseMarkdown(t.markdown, richtext.MarkdownOptions{ResolveMention: find})
	if errors.Is(err, richtext.ErrTooLarge) {
		return nil, tool.BadInput(t.param, "is too large or too deeply nested", "Shorten the text.")
	}
	return d, err
}

var addressMention = regexp.MustCompile(`(?:^|[^\w@./])@([\w.%+-]+@[\w-]+(?:\.[\w-]+)+)`)

// bracketAddresses writes @mail@host, which people write to mention somebody,
// as @[mail@host], which is read as a mention.
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

// Person is somebody whom a text mentions.
type Person struct {
	ID   string `json:"id,omitzero" doc:"The account ID."`
	Name string `json:"name,omitzero" doc:"The name."`
}

// Mentioned lists the people whom a document mentions, each once.
func Mentioned(d *richtext.Document) []Person { return mentionedIn(d.Root(), nil) }

func mentionedIn(n *richtext.Node, people []Person) []Person {
	id := n.Attr("id")
	if n.Type() == "mention" && !slices.ContainsFunc(people, func(p Person) bool { return p.ID == id }) {
		people = append(people, Person{ID: id, Name: strings.TrimPrefix(n.Attr("text"), "@")})
	}
	for child := range n.Children() {
		people = mentionedIn(child, people)
	}
	return people
}

// Shown is a document in Markdown as it is shown to a model, without characters
// that show nothing, and what it does not hold of the document.
func Shown(d *richtext.Document) (string, richtext.Losses) {
	markdown, losses := d.Markdown()
	clean := text.Clean(markdown)
	if n := utf8.RuneCountInString(markdown) - utf8.RuneCountInString(clean); n > 0 {
		losses = append(losses, richtext.Loss{Kind: InvisibleCharacters, Fate: richtext.Dropped, Count: n})
	}
	return clean, losses
}

// InvisibleCharacters is the kind of what Shown leaves out besides what Markdown
// cannot hold.
const InvisibleCharacters = "invisible character"

// Losses says what of a text is lost: the first ten kinds of it, and how many
// more there are.
func Losses(losses richtext.Losses) []string { return LossesUpTo(10, losses) }

// LossesUpTo is Losses for another number of kinds.
func LossesUpTo(most int, losses richtext.Losses) (told []string) {
	const longest = 300
	for i, l := range losses {
		if i == most {
			return append(told, fmt.Sprintf("and %d more kinds of losses", len(losses)-most))
		}
		told = append(told, text.Line(l.String(), longest))
	}
	return told
}

// Same reports whether two documents say the same: a product may add attributes
// to what it was sent, split texts and change white space.
func Same(a, b *richtext.Document) bool { return said(a.Root()) == said(b.Root()) }

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
