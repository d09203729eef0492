package adf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// mapper finds the blocks of an ADF document without decoding it.
type mapper struct {
	*tree.Body
	body []byte
	dec  *jsontext.Decoder
}

// Locate finds the blocks and sections of a stored ADF body. The error wraps
// [tree.ErrMalformed], [tree.ErrTooLarge] or [tree.ErrNoPlace].
func Locate(body []byte) (*tree.Body, error) {
	// Reading the document first applies every check that reading has.
	if _, err := Decode(body, tree.Limits{}); err != nil {
		return nil, err
	}
	m := &mapper{Body: &tree.Body{Parent: tree.TypeDoc, First: -1}, body: body, dec: jsontext.NewDecoder(bytes.NewReader(body))}
	if _, err := m.node(true); err != nil {
		return nil, err
	}
	if m.First < 0 {
		return nil, fmt.Errorf("%w: the document has no content list", tree.ErrNoPlace)
	}
	m.Finish()
	return m.Body, nil
}

// next returns where the next value begins.
func (m *mapper) next() int {
	i := int(m.dec.InputOffset())
	for i < len(m.body) && strings.IndexByte(" \t\r\n,:", m.body[i]) >= 0 {
		i++
	}
	return i
}

// node reads one node. Containers are recorded as they end, headings keep the
// order in which they begin.
func (m *mapper) node(root bool) (tree.Block, error) {
	b := tree.Block{Start: m.next()}
	if m.dec.PeekKind() != '{' {
		err := m.dec.SkipValue()
		b.End = int(m.dec.InputOffset())
		return b, err
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, tree.Malformed(err)
	}
	kind, level := "", 0
	var siblings []tree.Block
	var slots []int
	for m.dec.PeekKind() != '}' {
		name, err := m.dec.ReadToken()
		if err != nil {
			return b, tree.Malformed(err)
		}
		key := name.String()
		switch {
		case key == "content" && m.dec.PeekKind() == '[':
			if _, err := m.dec.ReadToken(); err != nil {
				return b, tree.Malformed(err)
			}
			first := int(m.dec.InputOffset())
			for m.dec.PeekKind() != ']' {
				slots = append(slots, len(m.Sections))
				m.Sections = append(m.Sections, tree.Section{})
				child, err := m.node(false)
				if err != nil {
					return b, err
				}
				siblings = append(siblings, child)
			}
			if root {
				m.First, m.Last, m.Empty = first, first, len(siblings) == 0
				if !m.Empty {
					m.First, m.Last = siblings[0].Start, siblings[len(siblings)-1].End
				}
			}
			if _, err := m.dec.ReadToken(); err != nil {
				return b, tree.Malformed(err)
			}
		default:
			v, err := m.dec.ReadValue()
			if err != nil {
				return b, tree.Malformed(err)
			}
			switch {
			case key == "type":
				kind = tree.Members{tree.Attr(key, v)}.String(key)
			case key == "attrs" && v.Kind() == '{':
				attrs, err := tree.ReadMembers(jsontext.NewDecoder(bytes.NewReader(v)))
				if err != nil {
					return b, err
				}
				level = attrs.Integer("level", 0)
			}
		}
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, tree.Malformed(err)
	}
	b.End = int(m.dec.InputOffset())
	if kind == tree.TypeHeading {
		b.Level = min(max(level, 1), 6)
		doc, err := Decode([]byte(`{"type":"doc","version":1,"content":[`+string(m.body[b.Start:b.End])+`]}`), tree.Limits{})
		if err != nil {
			return b, err
		}
		b.Text = tree.TextOf(doc.Content...)
	}
	m.Add(kind, siblings, slots)
	return b, nil
}
