package richtext

import (
	"iter"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Node is one element of a document, to look at.
type Node struct{ node *tree.Node }

// Type returns the ADF type of the node, such as "paragraph".
func (n *Node) Type() string { return n.node.Kind }

// Text returns the text of a text node and "" for every other.
func (n *Node) Text() string { return n.node.Text }

// Attr returns a string attribute, or "" when the node has none of that name.
func (n *Node) Attr(name string) string { return n.node.Attrs.String(name) }

// Marks returns the formatting of the node.
func (n *Node) Marks() iter.Seq[Mark] {
	return func(yield func(Mark) bool) {
		for _, m := range n.node.Marks {
			if !yield(Mark{m}) {
				return
			}
		}
	}
}

// Children returns the nodes inside this one.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, c := range n.node.Content {
			if !yield(&Node{c}) {
				return
			}
		}
	}
}

// Mark is formatting that applies to one node.
type Mark struct{ mark tree.Mark }

// Type returns the ADF type of the mark, such as "strong".
func (m Mark) Type() string { return m.mark.Kind }

// Attr returns a string attribute of the mark, or "" when it has none.
func (m Mark) Attr(name string) string { return m.mark.Attrs.String(name) }
