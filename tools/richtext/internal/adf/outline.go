package adf

import (
	"fmt"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// mapper finds where the nodes of a decoded document stand in its source.
type mapper struct {
	*tree.Body
	*tree.Reader
}

// Locate finds the blocks and sections of a stored ADF body. The error wraps
// [tree.ErrMalformed], [tree.ErrTooLarge] or [tree.ErrNoPlace].
func Locate(body []byte) (*tree.Body, error) {
	doc, err := Decode(body, tree.Limits{})
	if err != nil {
		return nil, err
	}
	r, err := tree.NewReader(body)
	if err != nil {
		return nil, err
	}
	m := &mapper{Body: &tree.Body{Parent: tree.TypeDoc, First: -1}, Reader: r}
	m.node(doc, true)
	if m.First < 0 {
		return nil, fmt.Errorf("%w: the document has no content list", tree.ErrNoPlace)
	}
	m.Finish()
	return m.Body, nil
}

// node finds one node. Containers are recorded as they end, headings keep the
// order in which they begin.
func (m *mapper) node(n *tree.Node, root bool) tree.Block {
	b := tree.Block{Start: m.Next()}
	if m.Kind() != '{' {
		m.Skip()
		b.End = m.Offset()
		return b
	}
	var siblings []tree.Block
	var slots []int
	for m.Enter(); m.More(); {
		if m.String() != "content" || m.Kind() != '[' {
			m.Skip()
			continue
		}
		m.Enter()
		first := m.Offset()
		for i := 0; m.More(); i++ {
			slots = append(slots, len(m.Sections))
			m.Sections = append(m.Sections, tree.Section{})
			siblings = append(siblings, m.node(n.Content[i], false))
		}
		if root {
			m.First, m.Last, m.Empty = first, first, len(siblings) == 0
			if !m.Empty {
				m.First, m.Last = siblings[0].Start, siblings[len(siblings)-1].End
			}
		}
	}
	b.End = m.Offset()
	if n.Kind == tree.TypeHeading {
		b.Level = min(max(n.Attrs.Integer("level", 0), 1), 6)
		b.Text = tree.TextOf(n)
	}
	m.Add(n.Kind, siblings, slots)
	return b
}
