package richtext

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrNoPlace means a body has no list of blocks that content could be put in.
var ErrNoPlace = errors.New("the body has no place for content")

// Append puts a document after everything else in a stored body. The bytes of
// the body are otherwise unchanged. The losses are those of the document.
func Append(body []byte, format Format, d *Document) ([]byte, Losses, error) {
	m, err := mapBody(body, format)
	if err != nil {
		return nil, nil, err
	}
	blocks, losses := fragment(body, format, m.parent, d.root.content, d)
	if blocks == "" {
		return bytes.Clone(body), losses, nil
	}
	switch {
	case format == FormatADF && !m.empty:
		blocks = "," + blocks
	case m.layout:
		blocks = plainSection + blocks + plainSectionEnd
	}
	return splice(body, m.last, m.last, blocks), losses, nil
}

// Prepend puts a document before everything else in a stored body, as
// [Append] does after it.
func Prepend(body []byte, format Format, d *Document) ([]byte, Losses, error) {
	m, err := mapBody(body, format)
	if err != nil {
		return nil, nil, err
	}
	blocks, losses := fragment(body, format, m.parent, d.root.content, d)
	if blocks == "" {
		return bytes.Clone(body), losses, nil
	}
	switch {
	case format == FormatADF && !m.empty:
		blocks += ","
	case m.layout:
		blocks = plainSection + blocks + plainSectionEnd
	}
	return splice(body, m.first, m.first, blocks), losses, nil
}

// ReplaceSection puts a document in place of what stands below a heading, up
// to the next heading of the same level or a higher one. The heading itself
// stays; when the document begins with the same heading, that one is left out.
// The heading is named by its address in the [Outline], or by its words if no
// other heading has them. The error wraps [ErrNoSection] or
// [ErrAmbiguousSection] and lists the sections there are.
func ReplaceSection(body []byte, format Format, address string, d *Document) ([]byte, Losses, error) {
	m, err := mapBody(body, format)
	if err != nil {
		return nil, nil, err
	}
	h, err := m.find(address)
	if err != nil {
		return nil, nil, err
	}
	content := d.root.content
	if len(content) > 0 && content[0].kind == typeHeading && content[0].attrs.integer("level", 0) == h.Level &&
		strings.Join(strings.Fields(textOf(content[0])), " ") == strings.Join(strings.Fields(h.Text), " ") {
		content = content[1:]
	}
	blocks, losses := fragment(body, format, h.parent, content, d)
	if format == FormatADF && blocks != "" {
		blocks = "," + blocks
	}
	return splice(body, h.from, h.to, blocks), losses, nil
}

func splice(body []byte, from, to int, insert string) []byte {
	out := make([]byte, 0, len(body)-(to-from)+len(insert))
	out = append(out, body[:from]...)
	out = append(out, insert...)
	return append(out, body[to:]...)
}

// fragment writes blocks for a place inside a stored body.
func fragment(body []byte, format Format, parent string, content []*Node, d *Document) (string, Losses) {
	if format == FormatStorage {
		e := &storageEncoder{}
		e.blocks(content)
		return e.out.String(), e.result(d.parsed)
	}
	// Identifiers must differ from those already there.
	sum := sha256.Sum256(body)
	c := newConformer(hex.EncodeToString(sum[:8]))
	var b []byte
	for i, n := range c.inside(parent, content) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNode(b, n)
	}
	return string(b), c.result(d.parsed)
}

// adfMapper finds the blocks of an ADF document without decoding it.
type adfMapper struct {
	*bodyMap
	body []byte
	dec  *jsontext.Decoder
}

func mapADF(body []byte) (*bodyMap, error) {
	// Reading the document first applies every check that reading has.
	if _, err := ParseADF(body, Limits{}); err != nil {
		return nil, err
	}
	m := &adfMapper{bodyMap: &bodyMap{parent: typeDoc, first: -1}, body: body, dec: jsontext.NewDecoder(bytes.NewReader(body))}
	if _, err := m.node(true); err != nil {
		return nil, err
	}
	if m.first < 0 {
		return nil, fmt.Errorf("%w: the document has no content list", ErrNoPlace)
	}
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
				d := adfDecoder{dec: jsontext.NewDecoder(bytes.NewReader(v))}
				attrs, err := d.members()
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
		d, err := ParseADF([]byte(`{"type":"doc","version":1,"content":[`+string(m.body[b.start:b.end])+`]}`), Limits{})
		if err != nil {
			return b, err
		}
		b.text = d.PlainText()
	}
	m.sections(kind, siblings, slots)
	if root {
		m.compact()
	}
	return b, nil
}

// compact drops the slots of nodes that are not headings.
func (m *bodyMap) compact() {
	kept := m.headings[:0]
	for _, h := range m.headings {
		if h.Level > 0 {
			kept = append(kept, h)
		}
	}
	m.headings = kept
}

func mapStorage(src string) (*bodyMap, error) {
	root, err := parseXML(src, &budget{limits: Limits{}.orDefault(defaultBytes)})
	if err != nil {
		return nil, err
	}
	m := &bodyMap{parent: typeDoc, first: 0, last: len(src)}
	children, only := root.elements()
	if only && len(children) == 1 && children[0].name == "ac:layout" {
		layout := children[0]
		if layout.open == layout.end {
			return nil, fmt.Errorf("%w: its layout is an empty tag", ErrNoPlace)
		}
		m.first, m.last, m.layout = layout.open, layout.shut, true
	}
	m.empty = m.first == m.last
	m.elements(root)
	m.compact()
	return m, nil
}

// elements records the headings inside an element, in document order.
func (m *bodyMap) elements(x *element) {
	slots := make([]int, len(x.children))
	siblings := make([]block, len(x.children))
	for i, c := range x.children {
		slots[i] = len(m.headings)
		siblings[i] = block{start: c.start, end: c.end}
		if len(c.name) == 2 && c.name[0] == 'h' && c.name[1] >= '1' && c.name[1] <= '6' {
			siblings[i].level, _ = strconv.Atoi(c.name[1:])
			siblings[i].text = strings.TrimSpace(c.words())
		}
		m.headings = append(m.headings, placedHeading{})
		if c.name != "" && siblings[i].level == 0 {
			m.elements(c)
		}
	}
	if len(siblings) > 0 {
		m.sections(typeDoc, siblings, slots)
	}
}
