// Package adf reads and writes documents as JSON in the Atlassian Document
// Format, and makes documents of other formats obey its rules.
package adf

import (
	"fmt"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Decode reads an ADF document from JSON and returns its doc node. Node and
// mark types it does not know, and members ADF does not have, are kept. The
// error wraps [tree.ErrMalformed] or [tree.ErrTooLarge].
func Decode(src []byte, limits tree.Limits) (*tree.Node, error) {
	b := tree.NewBudget(limits, tree.StoredBytes)
	if err := b.Size(len(src)); err != nil {
		return nil, err
	}
	r, err := tree.NewReader(src)
	if err != nil {
		return nil, err
	}
	switch r.Kind() {
	case '{':
	case '"':
		return nil, fmt.Errorf("%w: a JSON string where an ADF object was expected", tree.ErrMalformed)
	default:
		return nil, fmt.Errorf("%w: not a JSON object", tree.ErrMalformed)
	}
	d := &decoder{Reader: r, Budget: b}
	root, err := d.node(0)
	if err != nil {
		return nil, err
	}
	if root.Kind != tree.TypeDoc {
		return nil, fmt.Errorf("%w: the root is of type %q, not \"doc\"", tree.ErrMalformed, tree.Clip(root.Kind, 40))
	}
	return root, nil
}

type decoder struct {
	*tree.Reader
	*tree.Budget
	// children and marks are those read so far, of the innermost list last.
	children []*tree.Node
	marks    []tree.Mark
	// What the document keeps comes from blocks.
	nodes     blocks[tree.Node]
	nodeLists blocks[*tree.Node]
	markLists blocks[tree.Mark]
}

// blocks hands out memory that is allocated many values at once, which is cheaper
// than one by one.
type blocks[T any] struct {
	free []T
	size int
}

func (b *blocks[T]) take(n int) []T {
	if n > len(b.free) {
		b.size = min(2*b.size+4, 128)
		b.free = make([]T, max(n, b.size))
	}
	out := b.free[:n:n]
	b.free = b.free[n:]
	return out
}

func (b *blocks[T]) copyOf(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	out := b.take(len(list))
	copy(out, list)
	return out
}

func (d *decoder) node(depth int) (*tree.Node, error) {
	if d.Kind() != '{' {
		return &tree.Node{Unknown: &tree.Unknown{Value: d.Value()}}, d.Node(depth, 0)
	}
	if depth > d.Limits.Depth {
		return nil, d.Node(depth, 0)
	}
	n := &d.nodes.take(1)[0]
	var unknown tree.Members
	for d.Enter(); d.More(); {
		switch name, kind := d.String(), d.Kind(); {
		case name == "type" && kind == '"':
			if n.Kind = d.String(); n.Kind == "" {
				unknown = append(unknown, tree.Attr(name, tree.String("")))
			}
		case name == "text" && kind == '"':
			if n.Text = d.String(); n.Text == "" || n.Kind != tree.TypeText {
				unknown = append(unknown, tree.Attr(name, tree.String(n.Text)))
			}
		case name == "attrs" && kind == '{':
			n.Attrs = d.Members()
		case name == "marks" && kind == '[':
			n.HasMarks = true
			for d.Enter(); d.More(); {
				d.marks = append(d.marks, d.mark())
			}
			n.Marks, d.marks = d.markLists.copyOf(d.marks), d.marks[:0]
		case name == "content" && kind == '[':
			n.HasContent = true
			if err := d.content(n, depth+1); err != nil {
				return nil, err
			}
		default:
			unknown = append(unknown, tree.Attr(name, d.Value()))
		}
	}
	// The type may stand after the text, so only now it is certain which
	// member is the text of a text node and which is a stray one.
	if n.Kind == tree.TypeText && n.Text != "" {
		unknown = unknown.Without("text")
	} else {
		n.Text = ""
	}
	if len(unknown) > 0 {
		n.Unknown = &tree.Unknown{Members: unknown}
	}
	return n, d.Node(depth, strings.Count(n.Text, "\n"))
}

func (d *decoder) content(n *tree.Node, depth int) error {
	first := len(d.children)
	for d.Enter(); d.More(); {
		c, err := d.node(depth)
		if err != nil {
			return err
		}
		d.children = append(d.children, c)
	}
	n.Content = d.nodeLists.copyOf(d.children[first:])
	d.children = d.children[:first]
	return nil
}

func (d *decoder) mark() tree.Mark {
	if d.Kind() != '{' {
		return tree.Mark{Unknown: &tree.Unknown{Value: d.Value()}}
	}
	m := tree.Mark{}
	var unknown tree.Members
	for d.Enter(); d.More(); {
		switch name, kind := d.String(), d.Kind(); {
		case name == "type" && kind == '"':
			if m.Kind = d.String(); m.Kind == "" {
				unknown = append(unknown, tree.Attr(name, tree.String("")))
			}
		case name == "attrs" && kind == '{':
			m.Attrs = d.Members()
		default:
			unknown = append(unknown, tree.Attr(name, d.Value()))
		}
	}
	if len(unknown) > 0 {
		m.Unknown = &tree.Unknown{Members: unknown}
	}
	return m
}
