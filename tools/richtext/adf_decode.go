package richtext

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// adfDecode reads an ADF document from JSON and returns its doc node. Node and
// mark types it does not know, and members ADF does not have, are kept. The
// error wraps [ErrMalformed] or [ErrTooLarge].
func adfDecode(src []byte, limits Limits) (*Node, error) {
	b := newBudget(limits, defaultBytes)
	if err := b.size(len(src)); err != nil {
		return nil, err
	}
	d := &adfDecoder{budget: b, dec: jsontext.NewDecoder(bytes.NewReader(src))}
	if d.dec.PeekKind() == '"' {
		return nil, fmt.Errorf("%w: a JSON string where an ADF object was expected", ErrMalformed)
	}
	if d.dec.PeekKind() != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	root, err := d.node(0)
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(src[d.dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("%w: text after the end of the document", ErrMalformed)
	}
	if root.kind != typeDoc {
		return nil, fmt.Errorf("%w: the root is of type %q, not \"doc\"", ErrMalformed, clip(root.kind, 40))
	}
	return root, nil
}

type adfDecoder struct {
	*budget
	dec *jsontext.Decoder
}

func (d *adfDecoder) array(read func() error) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return malformed(err)
	}
	for d.dec.PeekKind() != ']' {
		if d.dec.PeekKind() == 0 {
			_, err := d.dec.ReadToken()
			return malformed(err)
		}
		if err := read(); err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return malformed(err)
	}
	return nil
}

func (d *adfDecoder) node(depth int) (*Node, error) {
	if d.dec.PeekKind() != '{' {
		v, err := readValue(d.dec)
		if err != nil {
			return nil, err
		}
		return &Node{opaque: v}, d.budget.node(depth, 0)
	}
	if depth > d.limits.Depth {
		return nil, d.budget.node(depth, 0)
	}
	n := &Node{}
	err := readObject(d.dec, func(name string) error {
		var err error
		kind := d.dec.PeekKind()
		switch {
		case name == "type" && kind == '"':
			var t jsontext.Token
			if t, err = d.dec.ReadToken(); err != nil {
				return malformed(err)
			}
			if n.kind = t.String(); n.kind == "" {
				n.extra = append(n.extra, member{name, str("")})
			}
		case name == "text" && kind == '"':
			var t jsontext.Token
			if t, err = d.dec.ReadToken(); err != nil {
				return malformed(err)
			}
			n.text = t.String()
			if n.text == "" || n.kind != typeText {
				n.extra = append(n.extra, member{name, str(n.text)})
			}
		case name == "attrs" && kind == '{':
			n.attrs, err = readMembers(d.dec)
		case name == "marks" && kind == '[':
			n.hasMarks = true
			err = d.array(func() error {
				m, err := d.mark()
				n.marks = append(n.marks, m)
				return err
			})
		case name == "content" && kind == '[':
			n.hasContent = true
			err = d.array(func() error {
				c, err := d.node(depth + 1)
				n.content = append(n.content, c)
				return err
			})
		default:
			var v jsontext.Value
			v, err = readValue(d.dec)
			n.extra = append(n.extra, member{name, v})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	// The type may stand after the text, so only now it is certain which
	// member is the text of a text node and which is a stray one.
	if n.kind == typeText && n.text != "" {
		n.extra = n.extra.without("text")
	} else {
		n.text = ""
	}
	return n, d.budget.node(depth, strings.Count(n.text, "\n"))
}

func (d *adfDecoder) mark() (Mark, error) {
	if d.dec.PeekKind() != '{' {
		v, err := readValue(d.dec)
		return Mark{opaque: v}, err
	}
	m := Mark{}
	err := readObject(d.dec, func(name string) error {
		var err error
		switch kind := d.dec.PeekKind(); {
		case name == "type" && kind == '"':
			t, readErr := d.dec.ReadToken()
			if readErr != nil {
				return malformed(readErr)
			}
			if m.kind = t.String(); m.kind == "" {
				m.extra = append(m.extra, member{name, str("")})
			}
		case name == "attrs" && kind == '{':
			m.attrs, err = readMembers(d.dec)
		default:
			var v jsontext.Value
			v, err = readValue(d.dec)
			m.extra = append(m.extra, member{name, v})
		}
		return err
	})
	return m, err
}
