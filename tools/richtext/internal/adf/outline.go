package adf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// mapper finds where the nodes of a decoded document stand in its source.
type mapper struct {
	*tree.Body
	body []byte
	dec  *jsontext.Decoder
}

// Locate finds the blocks and sections of a stored ADF body. The error wraps
// [tree.ErrMalformed], [tree.ErrTooLarge] or [tree.ErrNoPlace].
func Locate(body []byte) (*tree.Body, error) {
	doc, err := Decode(body, tree.Limits{})
	if err != nil {
		return nil, err
	}
	m := &mapper{Body: &tree.Body{Parent: tree.TypeDoc, First: -1}, body: body, dec: jsontext.NewDecoder(bytes.NewReader(body))}
	if _, err := m.node(doc, true); err != nil {
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

// node finds one node. Containers are recorded as they end, headings keep the
// order in which they begin.
func (m *mapper) node(n *tree.Node, root bool) (tree.Block, error) {
	b := tree.Block{Start: m.next()}
	if m.dec.PeekKind() != '{' {
		err := m.dec.SkipValue()
		b.End = int(m.dec.InputOffset())
		return b, err
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, tree.Malformed(err)
	}
	var siblings []tree.Block
	var slots []int
	for m.dec.PeekKind() != '}' {
		name, err := m.dec.ReadToken()
		if err != nil {
			return b, tree.Malformed(err)
		}
		if name.String() != "content" || m.dec.PeekKind() != '[' {
			if err := m.dec.SkipValue(); err != nil {
				return b, tree.Malformed(err)
			}
			continue
		}
		if _, err := m.dec.ReadToken(); err != nil {
			return b, tree.Malformed(err)
		}
		first := int(m.dec.InputOffset())
		for _, child := range n.Content {
			slots = append(slots, len(m.Sections))
			m.Sections = append(m.Sections, tree.Section{})
			block, err := m.node(child, false)
			if err != nil {
				return b, err
			}
			siblings = append(siblings, block)
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
	}
	if _, err := m.dec.ReadToken(); err != nil {
		return b, tree.Malformed(err)
	}
	b.End = int(m.dec.InputOffset())
	if n.Kind == tree.TypeHeading {
		b.Level = min(max(n.Attrs.Integer("level", 0), 1), 6)
		b.Text = tree.TextOf(n)
	}
	m.Add(n.Kind, siblings, slots)
	return b, nil
}
