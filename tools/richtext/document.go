package richtext

import (
	"arcade-atlassian/tools/richtext/internal/adf"
	"arcade-atlassian/tools/richtext/internal/markdown"
	"arcade-atlassian/tools/richtext/internal/storage"
	"arcade-atlassian/tools/richtext/internal/tree"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrTooLarge means the input is bigger, deeper or would grow more than allowed.
	ErrTooLarge = tree.ErrTooLarge
	// ErrMalformed means the input is not a document of the format.
	ErrMalformed = tree.ErrMalformed
	// ErrNoMention is returned by a resolver for a name that belongs to nobody;
	// the words then stay text.
	ErrNoMention = markdown.ErrNoMention
)

type (
	// Limits bounds what a parser accepts: the bytes of the input, how deep nodes
	// nest and how many there are.
	Limits = tree.Limits
	// MarkdownOptions are the optional parts of reading Markdown: the limits, and
	// the resolver that finds the person a mention means.
	MarkdownOptions = markdown.Options
	// Mention is the account ID and name of a person that a resolver found.
	Mention = markdown.Mention
	// Losses is everything a conversion could not carry, ordered by kind. It is
	// empty when the result means the same as the source.
	Losses = tree.Losses
	// Loss is one kind of thing that a conversion could not carry: what, what
	// became of it, how often, and the first few places.
	Loss = tree.Loss
	// Fate says what became of something a format cannot hold.
	Fate = tree.Fate
)

const (
	// Shown means a named placeholder or the plain words stand in its place.
	Shown = tree.Shown
	// Changed means it became the nearest thing the format does have.
	Changed = tree.Changed
	// Dropped means nothing is left of it.
	Dropped = tree.Dropped
)

// Document is a parsed document. It is immutable and safe for concurrent use.
type Document struct {
	root *tree.Node
	// isADF is set when the document was read from ADF.
	isADF bool
	// parsed are losses that happened while reading.
	parsed Losses
}

// ParseMarkdown reads CommonMark with GitHub's extensions. Line breaks may be
// LF, CRLF or CR; bytes that are not UTF-8 become the replacement character.
// The error wraps [ErrTooLarge] when the input exceeds the limits, and is that
// of the resolver when it fails; there is no malformed Markdown.
func ParseMarkdown(src string, opts MarkdownOptions) (*Document, error) {
	root, losses, err := markdown.Decode(src, opts)
	if err != nil {
		return nil, err
	}
	return &Document{root: root, parsed: losses}, nil
}

// ParseADF reads an ADF document from JSON. Node and mark types it does not
// know, and members ADF does not have, are kept, so that writing the document
// as ADF gives the same JSON again. The error wraps [ErrMalformed] when the
// input is not a JSON object of type doc and [ErrTooLarge] when it exceeds the
// limits.
func ParseADF(src []byte, limits Limits) (*Document, error) {
	root, err := adf.Decode(src, limits)
	if err != nil {
		return nil, err
	}
	return &Document{root: root, isADF: true}, nil
}

// ParseStorage reads a Confluence storage body. The source of every block is
// kept, so that writing the document as storage gives back what the document
// tree has no place for, and white space. The error wraps
// [ErrMalformed] when the body is not well-formed XML or declares entities,
// and [ErrTooLarge] when it exceeds the limits.
func ParseStorage(src string, limits Limits) (*Document, error) {
	root, err := storage.Decode(src, limits)
	if err != nil {
		return nil, err
	}
	return &Document{root: root}, nil
}

// Markdown returns the document as CommonMark with GitHub's extensions, and
// what that cannot carry. Everything a document holds appears in the result:
// what Markdown has no form for is shown as a short placeholder in brackets.
func (d *Document) Markdown() (string, Losses) {
	return markdown.Encode(d.root.Content, d.parsed)
}

// ADF returns the document as ADF JSON, without white space, and what it could
// not carry. A document that was read as ADF is returned as it was. Any other
// is made to obey the nesting, attribute and mark rules of Atlassian's schema,
// so that a product does not refuse it.
func (d *Document) ADF() ([]byte, Losses) {
	if d.isADF {
		return adf.Write(d.root), d.parsed
	}
	return adf.Encode(d.root, d.parsed)
}

// Storage returns the document as a Confluence storage body, and what that
// cannot carry. Blocks that were read from storage are written back as they
// were. Text is escaped wherever it stands.
func (d *Document) Storage() (string, Losses) {
	return storage.Encode(d.root.Content, d.parsed)
}

// Root returns the doc node.
func (d *Document) Root() *Node { return &Node{d.root} }

// Losses returns what was lost while the document was read. The losses that
// writing returns include them.
func (d *Document) Losses() Losses { return d.parsed }

// PlainText returns the words of the document, one line per block.
func (d *Document) PlainText() string { return tree.TextOf(d.root.Content...) }

// Quote returns the document inside a block quote, as a reply shows what it
// answers. What a quote cannot hold is adapted when the result is written.
func (d *Document) Quote() *Document {
	if len(d.root.Content) == 0 {
		return d
	}
	quote := tree.New(tree.TypeBlockquote, nil, d.root.Content...)
	return &Document{root: tree.New(tree.TypeDoc, nil, quote), parsed: d.parsed}
}

// Join returns one document with the content of all, in order.
func Join(docs ...*Document) *Document {
	out := &Document{root: tree.New(tree.TypeDoc, nil)}
	for _, d := range docs {
		out.root.Content = append(out.root.Content, d.root.Content...)
		out.parsed = append(out.parsed, d.parsed...)
	}
	return out
}
