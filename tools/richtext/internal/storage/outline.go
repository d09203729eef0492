package storage

import (
	"fmt"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Locate finds the blocks and sections of a stored body. The error wraps
// [tree.ErrMalformed], [tree.ErrTooLarge] or [tree.ErrNoPlace].
func Locate(src string) (*tree.Body, error) {
	b := tree.NewBudget(tree.Limits{}, tree.StoredBytes)
	root, err := parseXML(src, b)
	if err != nil {
		return nil, err
	}
	m := &mapper{&tree.Body{Parent: tree.TypeDoc, First: 0, Last: len(src)}, &decoder{Budget: b, src: src}}
	children, only := root.elements()
	if only && len(children) == 1 && children[0].name == "ac:layout" {
		layout := children[0]
		if layout.open == layout.end {
			return nil, fmt.Errorf("%w: its layout is an empty tag", tree.ErrNoPlace)
		}
		m.First, m.Last, m.Layout = layout.open, layout.shut, true
	}
	m.Empty = m.First == m.Last
	m.elements(root)
	m.Finish()
	return m.Body, nil
}

// mapper finds the headings of a storage body.
type mapper struct {
	*tree.Body
	dec *decoder
}

// elements records the headings inside an element, in document order.
func (m *mapper) elements(x *element) {
	slots := make([]int, len(x.children))
	siblings := make([]tree.Block, len(x.children))
	for i, c := range x.children {
		slots[i] = len(m.Sections)
		siblings[i] = tree.Block{Start: c.start, End: c.end}
		if len(c.name) == 2 && c.name[0] == 'h' && c.name[1] >= '1' && c.name[1] <= '6' {
			siblings[i].Level, _ = strconv.Atoi(c.name[1:])
			conceal(c)
			siblings[i].Text = strings.TrimSpace(tree.TextOf(m.dec.block(c)...))
		}
		m.Sections = append(m.Sections, tree.Section{})
		if c.name != "" && siblings[i].Level == 0 {
			m.elements(c)
		}
	}
	if len(siblings) > 0 {
		m.Add(tree.TypeDoc, siblings, slots)
	}
}
