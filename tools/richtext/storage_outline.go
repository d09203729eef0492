package richtext

import (
	"fmt"
	"strconv"
	"strings"
)

// storageLocate finds the blocks and sections of a stored body. The error wraps
// [ErrMalformed], [ErrTooLarge] or [ErrNoPlace].
func storageLocate(src string) (*bodyMap, error) {
	root, err := parseXML(src, newBudget(Limits{}, defaultBytes))
	if err != nil {
		return nil, err
	}
	m := &storageMapper{&bodyMap{parent: typeDoc, first: 0, last: len(src)}}
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
	m.finish()
	return m.bodyMap, nil
}

// storageMapper finds the headings of a storage body.
type storageMapper struct{ *bodyMap }

// elements records the headings inside an element, in document order.
func (m *storageMapper) elements(x *element) {
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
