package richtext

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// adfMapper finds the blocks of an ADF document without decoding it.
type adfMapper struct {
	*bodyMap
	body []byte
	dec  *jsontext.Decoder
}

// adfLocate finds the blocks and sections of a stored ADF body. The error wraps
// [ErrMalformed], [ErrTooLarge] or [ErrNoPlace].
func adfLocate(body []byte) (*bodyMap, error) {
	// Reading the document first applies every check that reading has.
	if _, err := adfDecode(body, Limits{}); err != nil {
		return nil, err
	}
	m := &adfMapper{bodyMap: &bodyMap{parent: typeDoc, first: -1}, body: body, dec: jsontext.NewDecoder(bytes.NewReader(body))}
	if _, err := m.node(true); err != nil {
		return nil, err
	}
	if m.first < 0 {
		return nil, fmt.Errorf("%w: the document has no content list", ErrNoPlace)
	}
	m.finish()
	return m.bodyMap, nil
}

// next returns where the next value begins.
func (m *adfMapper) next() int {
	i := int(m.dec.InputOffset())
	for i < len(m.body) && strings.IndexByte(" \t\r\n,:", m.body[i]) >= 0 {
		i++
	}
	return i
}

// node reads one node. Containers are recorded as they end, headings keep the
// order in which they begin.
func (m *adfMapper) node(root bool) (block, error) {
	b := block{start: m.next()}
	if m.dec.PeekKind() != '{' {
		err := m.dec.SkipValue()
		b.end = int(m.dec.InputOffset())
		return b, err
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, malformed(err)
	}
	kind, level := "", 0
	var siblings []block
	var slots []int
	for m.dec.PeekKind() != '}' {
		name, err := m.dec.ReadToken()
		if err != nil {
			return b, malformed(err)
		}
		key := name.String()
		switch {
		case key == "content" && m.dec.PeekKind() == '[':
			if _, err := m.dec.ReadToken(); err != nil {
				return b, malformed(err)
			}
			first := int(m.dec.InputOffset())
			for m.dec.PeekKind() != ']' {
				slots = append(slots, len(m.headings))
				m.headings = append(m.headings, placedHeading{})
				child, err := m.node(false)
				if err != nil {
					return b, err
				}
				siblings = append(siblings, child)
			}
			if root {
				m.first, m.last, m.empty = first, first, len(siblings) == 0
				if !m.empty {
					m.first, m.last = siblings[0].start, siblings[len(siblings)-1].end
				}
			}
			if _, err := m.dec.ReadToken(); err != nil {
				return b, malformed(err)
			}
		default:
			v, err := m.dec.ReadValue()
			if err != nil {
				return b, malformed(err)
			}
			switch {
			case key == "type":
				kind = members{{key, v}}.str(key)
			case key == "attrs" && v.Kind() == '{':
				attrs, err := readMembers(jsontext.NewDecoder(bytes.NewReader(v)))
				if err != nil {
					return b, err
				}
				level = attrs.integer("level", 0)
			}
		}
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, malformed(err)
	}
	b.end = int(m.dec.InputOffset())
	if kind == typeHeading {
		b.level = min(max(level, 1), 6)
		doc, err := adfDecode([]byte(`{"type":"doc","version":1,"content":[`+string(m.body[b.start:b.end])+`]}`), Limits{})
		if err != nil {
			return b, err
		}
		b.text = textOf(doc.content...)
	}
	m.sections(kind, siblings, slots)
	return b, nil
}
