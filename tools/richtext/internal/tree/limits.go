package tree

import (
	"errors"
	"fmt"
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

// How many bytes a parser accepts by default.
const (
	// MarkdownBytes is for Markdown.
	MarkdownBytes = 2 << 20
	// StoredBytes is for the formats that products store.
	StoredBytes = 8 << 20
)

const (
	defaultDepth = 64
	defaultNodes = 300_000

	// expansionBytes bounds what writing may repeat: as Markdown, every line
	// begins with the prefix of every level around it, and in every format a
	// mark is written for each piece of text it applies to.
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

// Budget counts what a parser has used of its limits.
type Budget struct {
	Limits    Limits
	nodes     int
	expansion int
}

// NewBudget returns a budget for a parser whose input has by default at most
// the given size.
func NewBudget(limits Limits, bytes int) *Budget {
	return &Budget{Limits: limits.orDefault(bytes)}
}

// Size refuses an input of more bytes than the limit.
func (b *Budget) Size(n int) error {
	if n > b.Limits.Bytes {
		return fmt.Errorf("%w: %d bytes, at most %d are accepted", ErrTooLarge, n, b.Limits.Bytes)
	}
	return nil
}

// Node counts a node at a depth, with the line breaks in its text, and refuses
// it when there are too many or it stands too deep.
func (b *Budget) Node(depth, lines int) error {
	b.nodes++
	if b.nodes > b.Limits.Nodes {
		return fmt.Errorf("%w: more than %d nodes", ErrTooLarge, b.Limits.Nodes)
	}
	if depth > b.Limits.Depth {
		return fmt.Errorf("%w: nested deeper than %d levels", ErrTooLarge, b.Limits.Depth)
	}
	b.expansion += 3 * depth * (1 + lines)
	return b.Grown()
}

// Repeat counts bytes that will be written again, because several pieces of text
// share them: the target of a link, say. [Budget.Grown] refuses too many.
func (b *Budget) Repeat(bytes int) { b.expansion += bytes }

// Grown refuses a document that would grow too much when it is written.
func (b *Budget) Grown() error {
	if b.expansion > expansionBytes {
		return fmt.Errorf("%w: too much of it would be repeated when it is written", ErrTooLarge)
	}
	return nil
}

// Malformed returns an error of a parser as one that wraps [ErrMalformed].
func Malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }
