package richtext

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

// newBudget returns a budget for a parser whose input has by default at most
// the given size.
func newBudget(limits Limits, bytes int) *budget {
	return &budget{limits: limits.orDefault(bytes)}
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

func malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }
