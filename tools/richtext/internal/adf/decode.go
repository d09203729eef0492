// Package adf reads and writes documents as JSON in the Atlassian Document
// Format, and makes documents of other formats obey its rules.
package adf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

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
	d := &decoder{Budget: b, dec: jsontext.NewDecoder(bytes.NewReader(src))}
	if d.dec.PeekKind() == '"' {
		return nil, fmt.Errorf("%w: a JSON string where an ADF object was expected", tree.ErrMalformed)
	}
	if d.dec.PeekKind() != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", tree.ErrMalformed)
	}
	root, err := d.element(0)
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(src[d.dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("%w: text after the end of the document", tree.ErrMalformed)
	}
	if root.Kind != tree.TypeDoc {
		return nil, fmt.Errorf("%w: the root is of type %q, not \"doc\"", tree.ErrMalformed, tree.Clip(root.Kind, 40))
	}
	return root, nil
}

type decoder struct {
	*tree.Budget
	dec *jsontext.Decoder
}

func (d *decoder) array(read func() error) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return tree.Malformed(err)
	}
	for d.dec.PeekKind() != ']' {
		if d.dec.PeekKind() == 0 {
			_, err := d.dec.ReadToken()
			return tree.Malformed(err)
		}
		if err := read(); err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return tree.Malformed(err)
	}
	return nil
}

func (d *decoder) element(depth int) (*tree.Node, error) {
	if d.dec.PeekKind() != '{' {
		v, err := tree.ReadValue(d.dec)
		if err != nil {
			return nil, err
		}
		return &tree.Node{Opaque: v}, d.Node(depth, 0)
	}
	if depth > d.Limits.Depth {
		return nil, d.Node(depth, 0)
	}
	n := &tree.Node{}
	err := tree.ReadObject(d.dec, func(name string) error {
		var err error
		kind := d.dec.PeekKind()
		switch {
		case name == "type" && kind == '"':
			if n.Kind, err = tree.ReadString(d.dec); err != nil {
				return err
			}
			if n.Kind == "" {
				n.Extra = append(n.Extra, tree.Attr(name, tree.String("")))
			}
		case name == "text" && kind == '"':
			if n.Text, err = tree.ReadString(d.dec); err != nil {
				return err
			}
			if n.Text == "" || n.Kind != tree.TypeText {
				n.Extra = append(n.Extra, tree.Attr(name, tree.String(n.Text)))
			}
		case name == "attrs" && kind == '{':
			n.Attrs, err = tree.ReadMembers(d.dec)
		case name == "marks" && kind == '[':
			n.HasMarks = true
			err = d.array(func() error {
				m, err := d.mark()
				n.Marks = append(n.Marks, m)
				return err
			})
		case name == "content" && kind == '[':
			n.HasContent = true
			err = d.array(func() error {
				c, err := d.element(depth + 1)
				n.Content = append(n.Content, c)
				return err
			})
		default:
			var v jsontext.Value
			v, err = tree.ReadValue(d.dec)
			n.Extra = append(n.Extra, tree.Attr(name, v))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	// The type may stand after the text, so only now it is certain which
	// member is the text of a text node and which is a stray one.
	if n.Kind == tree.TypeText && n.Text != "" {
		n.Extra = n.Extra.Without("text")
	} else {
		n.Text = ""
	}
	return n, d.Node(depth, strings.Count(n.Text, "\n"))
}

func (d *decoder) mark() (tree.Mark, error) {
	if d.dec.PeekKind() != '{' {
		v, err := tree.ReadValue(d.dec)
		return tree.Mark{Opaque: v}, err
	}
	m := tree.Mark{}
	err := tree.ReadObject(d.dec, func(name string) error {
		var err error
		switch kind := d.dec.PeekKind(); {
		case name == "type" && kind == '"':
			if m.Kind, err = tree.ReadString(d.dec); err != nil {
				return err
			}
			if m.Kind == "" {
				m.Extra = append(m.Extra, tree.Attr(name, tree.String("")))
			}
		case name == "attrs" && kind == '{':
			m.Attrs, err = tree.ReadMembers(d.dec)
		default:
			var v jsontext.Value
			v, err = tree.ReadValue(d.dec)
			m.Extra = append(m.Extra, tree.Attr(name, v))
		}
		return err
	})
	return m, err
}
