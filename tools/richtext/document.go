package richtext

import (
	"errors"
	"fmt"
	"strings"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrTooLarge means the input is bigger, deeper or would grow more than allowed.
	ErrTooLarge = errors.New("document is too large")
	// ErrMalformed means the input is not a document of the format.
	ErrMalformed = errors.New("document is malformed")
)

// Limits bounds what a parser accepts. A zero field means its default.
type Limits struct {
	// Bytes is the size of the input; 2 MiB for Markdown, 8 MiB for the others.
	Bytes int
	// Depth is how deep nodes may nest; 64.
	Depth int
	// Nodes is how many nodes the document may have; 300,000.
	Nodes int
}

const (
	defaultMarkdownBytes = 2 << 20
	defaultBytes         = 8 << 20
	defaultDepth         = 64
	defaultNodes         = 300_000

	// expansionBytes bounds what nesting may add to a document as Markdown,
	// where every line repeats the prefix of every level around it.
	expansionBytes = 32 << 20
)

func (l Limits) orDefault(bytes int) Limits {
	if l.Bytes <= 0 {
		l.Bytes = bytes
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Nodes <= 0 {
		l.Nodes = defaultNodes
	}
	return l
}

// budget counts what a parser has used of its limits.
type budget struct {
	limits    Limits
	nodes     int
	expansion int
}

func (b *budget) size(n int) error {
	if n > b.limits.Bytes {
		return fmt.Errorf("%w: %d bytes, at most %d are accepted", ErrTooLarge, n, b.limits.Bytes)
	}
	return nil
}

func (b *budget) node(depth, lines int) error {
	b.nodes++
	if b.nodes > b.limits.Nodes {
		return fmt.Errorf("%w: more than %d nodes", ErrTooLarge, b.limits.Nodes)
	}
	if depth > b.limits.Depth {
		return fmt.Errorf("%w: nested deeper than %d levels", ErrTooLarge, b.limits.Depth)
	}
	b.expansion += 3 * depth * (1 + lines)
	if b.expansion > expansionBytes {
		return fmt.Errorf("%w: too many lines for how deep they are nested", ErrTooLarge)
	}
	return nil
}

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
	// seed makes generated localIds differ between documents that are joined.
	seed string
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
	return &Document{root: newNode(typeDoc, nil, quote), parsed: d.parsed, seed: d.seed}
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

func cleanUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
