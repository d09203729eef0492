package richtext

import (
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// Mark is formatting that applies to one node.
type Mark struct {
	kind  string
	attrs members
	extra members
	// opaque is a list element that is not an object at all.
	opaque jsontext.Value

	// open and shut are the tags the mark was read from when it came from
	// storage; serial keeps two neighboring elements apart.
	open, shut string
	serial     int
}

// Type returns the ADF type of the mark, such as "strong".
func (m Mark) Type() string { return m.kind }

// Attr returns a string attribute of the mark, or "" when it has none.
func (m Mark) Attr(name string) string { return m.attrs.str(name) }

func (m Mark) equal(o Mark) bool {
	return m.kind == o.kind && m.serial == o.serial && m.open == o.open && sameMembers(m.attrs, o.attrs)
}

func sameMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].equal(b[i]) {
			return false
		}
	}
	return true
}

// Node is one element of a document. Nodes are not changed after parsing:
// what was read from one format can therefore be written back to it verbatim.
type Node struct {
	kind    string
	attrs   members
	content []*Node
	marks   []Mark
	text    string

	// hasContent and hasMarks tell an empty list from an absent one.
	hasContent, hasMarks bool
	// extra are members of the JSON object that are not part of ADF's shape.
	extra members
	// opaque is a list element that is not an object at all.
	opaque jsontext.Value

	// whole is the storage element this node was read from, verbatim; open
	// and shut are what stood around its content when that is edited apart.
	whole, open, shut string
	// bare marks a paragraph that storage wrote without a <p>.
	bare bool
	// features names what the storage element holds beyond this node.
	features []string
}

// Type returns the ADF type of the node, such as "paragraph".
func (n *Node) Type() string { return n.kind }

// Text returns the text of a text node and "" for every other.
func (n *Node) Text() string { return n.text }

// Attr returns a string attribute, or "" when the node has none of that name.
func (n *Node) Attr(name string) string { return n.attrs.str(name) }

// Marks returns the formatting of the node.
func (n *Node) Marks() iter.Seq[Mark] {
	return func(yield func(Mark) bool) {
		for _, m := range n.marks {
			if !yield(m) {
				return
			}
		}
	}
}

// Children returns the nodes inside this one.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, c := range n.content {
			if !yield(c) {
				return
			}
		}
	}
}

func newNode(kind string, attrs members, content ...*Node) *Node {
	return &Node{kind: kind, attrs: attrs, content: content}
}

func newText(s string, marks ...Mark) *Node {
	return &Node{kind: typeText, text: s, marks: marks}
}

func (n *Node) clone() *Node {
	c := *n
	return &c
}

func (n *Node) mark(kind string) (Mark, bool) {
	for _, m := range n.marks {
		if m.kind == kind {
			return m, true
		}
	}
	return Mark{}, false
}

func newMark(kind string, attrs ...member) Mark { return Mark{kind: kind, attrs: attrs} }

func linkMark(href, title string) Mark {
	m := Mark{kind: markLink, attrs: members{{"href", str(href)}}}
	if title != "" {
		m.attrs = append(m.attrs, member{"title", str(title)})
	}
	return m
}
