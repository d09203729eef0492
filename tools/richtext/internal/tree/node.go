// Package tree is the document that every format is read into and written from:
// its nodes, shaped like those of the Atlassian Document Format, and what the
// formats have in common - limits, losses, labels and the sections of a body.
// It knows no format.
package tree

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Mark is formatting that applies to one node.
type Mark struct {
	Kind  string
	Attrs Members
	// Unknown is nil for nearly all marks.
	Unknown *Unknown
}

// Unknown is what the JSON of a node or mark holds beyond the shape of ADF. It is
// written back as it was.
type Unknown struct {
	// Members are those that ADF does not have.
	Members Members
	// Value is the whole when that is not an object.
	Value jsontext.Value
}

// Equal reports whether two marks mean the same and may be written as one.
func (m Mark) Equal(o Mark) bool {
	return m.Kind == o.Kind && sameMembers(m.Attrs, o.Attrs)
}

// Size returns about how many bytes marks take up in a document.
func Size(marks []Mark) int {
	size := 0
	for _, m := range marks {
		for _, a := range m.Attrs {
			size += len(a.Name) + len(a.Value)
		}
	}
	return size
}

// Replaced reports, for each mark, whether a later one of the same type takes its
// place.
func Replaced(marks []Mark) []bool {
	out := make([]bool, len(marks))
	if len(marks) < 2 {
		return out
	}
	seen := make(map[string]bool, len(marks))
	for i, m := range slices.Backward(marks) {
		out[i] = seen[m.Kind]
		seen[m.Kind] = true
	}
	return out
}

// SameMarks reports whether two lists hold equal marks in the same order.
func SameMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// Node is one element of a document. Nodes are not changed after parsing:
// what was read from one format can therefore be written back to it verbatim.
type Node struct {
	Kind    string
	Attrs   Members
	Content []*Node
	Marks   []Mark
	Text    string

	// HasContent and HasMarks tell an empty list from an absent one.
	HasContent, HasMarks bool
	// Bare marks a paragraph that storage wrote without a <p>.
	Bare bool
	// Whole is the source of a block at the top of a storage body, which is
	// written back as it was.
	Whole string
	// Unknown is nil for nearly all nodes.
	Unknown *Unknown
	// Features names what the storage element holds beyond this node.
	Features []string
}

// New returns a node.
func New(kind string, attrs Members, content ...*Node) *Node {
	return &Node{Kind: kind, Attrs: attrs, Content: content}
}

// NewText returns a text node.
func NewText(s string, marks ...Mark) *Node {
	return &Node{Kind: TypeText, Text: s, Marks: marks}
}

// Clone returns a copy of a node that shares its content.
func (n *Node) Clone() *Node {
	c := *n
	return &c
}

// Mark returns the first mark of a type, and whether there is one.
func (n *Node) Mark(kind string) (Mark, bool) {
	for _, m := range n.Marks {
		if m.Kind == kind {
			return m, true
		}
	}
	return Mark{}, false
}

// NewMark returns a mark.
func NewMark(kind string, attrs ...Member) Mark { return Mark{Kind: kind, Attrs: attrs} }

// LinkMark returns a link, with a title unless that is empty. An address of ours
// is written as [NormalTarget] does.
func LinkMark(href, title string) Mark {
	m := Mark{Kind: MarkLink, Attrs: Members{{"href", String(NormalTarget(href))}}}
	if title != "" {
		m.Attrs = append(m.Attrs, Member{"title", String(title)})
	}
	return m
}
