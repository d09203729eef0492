package richtext

// source is the format a document was read from.
type source int

const (
	fromMarkdown source = iota
	fromADF
	fromStorage
)

// Document is a parsed document. It is immutable and safe for concurrent use.
type Document struct {
	root   *Node
	source source
	// parsed are losses that happened while reading.
	parsed Losses
}

// ParseMarkdown reads CommonMark with GitHub's extensions. Line breaks may be
// LF, CRLF or CR; bytes that are not UTF-8 become the replacement character.
// The error wraps [ErrTooLarge] when the input exceeds the limits, and is that
// of the resolver when it fails; there is no malformed Markdown.
func ParseMarkdown(src string, opts MarkdownOptions) (*Document, error) {
	root, losses, err := markdownDecode(src, opts)
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
	root, err := adfDecode(src, limits)
	if err != nil {
		return nil, err
	}
	return &Document{root: root, source: fromADF}, nil
}

// ParseStorage reads a Confluence storage body. Elements, attributes and
// macros without a counterpart in the document tree are kept verbatim, so that
// writing the document as storage gives them back. The error wraps
// [ErrMalformed] when the body is not well-formed XML or declares entities,
// and [ErrTooLarge] when it exceeds the limits.
func ParseStorage(src string, limits Limits) (*Document, error) {
	root, err := storageDecode(src, limits)
	if err != nil {
		return nil, err
	}
	return &Document{root: root, source: fromStorage}, nil
}

// Markdown returns the document as CommonMark with GitHub's extensions, and
// what that cannot carry. Everything a document holds appears in the result:
// what Markdown has no form for is shown as a short placeholder in brackets.
func (d *Document) Markdown() (string, Losses) {
	return markdownEncode(d.root.content, d.parsed)
}

// ADF returns the document as ADF JSON, without white space, and what it could
// not carry. A document that was read as ADF is returned as it was. Any other
// is made to obey the nesting, attribute and mark rules of Atlassian's schema,
// so that a product does not refuse it.
func (d *Document) ADF() ([]byte, Losses) {
	if d.source == fromADF {
		return adfWrite(d.root), d.parsed
	}
	return adfEncode(d.root, d.parsed)
}

// Storage returns the document as a Confluence storage body, and what that
// cannot carry. What was read from storage and has no place in the tree is
// written back verbatim. Text is escaped wherever it stands.
func (d *Document) Storage() (string, Losses) {
	return storageEncode(d.root.content, d.parsed)
}

// Root returns the doc node.
func (d *Document) Root() *Node { return d.root }

// Losses returns what was lost while the document was read. The losses that
// writing returns include them.
func (d *Document) Losses() Losses { return d.parsed }

// PlainText returns the words of the document, one line per block.
func (d *Document) PlainText() string { return textOf(d.root.content...) }

// Quote returns the document inside a block quote, as a reply shows what it
// answers. What a quote cannot hold is adapted when the result is written.
func (d *Document) Quote() *Document {
	if len(d.root.content) == 0 {
		return d
	}
	quote := newNode(typeBlockquote, nil, d.root.content...)
	return &Document{root: newNode(typeDoc, nil, quote), parsed: d.parsed}
}

// Join returns one document with the content of all, in order.
func Join(docs ...*Document) *Document {
	out := &Document{root: newNode(typeDoc, nil)}
	for _, d := range docs {
		out.root.content = append(out.root.content, d.root.content...)
		out.parsed = append(out.parsed, d.parsed...)
	}
	return out
}
