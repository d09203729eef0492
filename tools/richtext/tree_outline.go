package richtext

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Heading is one heading of a stored body.
type Heading struct {
	// Address names the heading for [ReplaceSection]: its words after those of
	// the headings it stands under, joined by " / ". Headings with the same words
	// in the same place are numbered: "Setup (1)", "Setup (2)". An address does
	// not depend on what else the body holds.
	Address string
	// Level is 1 to 6.
	Level int
	// Text is the words of the heading.
	Text string
}

// Errors of the functions that edit a section.
var (
	// ErrNoSection means no heading has the address.
	ErrNoSection = errors.New("no such section")
	// ErrAmbiguousSection means several headings fit.
	ErrAmbiguousSection = errors.New("several sections fit")
)

// bodyMap is where the blocks of a stored body begin and end.
type bodyMap struct {
	headings []placedHeading
	// first and last delimit the list of top-level blocks; parent is the
	// container they stand in.
	first, last int
	empty       bool
	parent      string
	// layout is set when the blocks of a storage body are in a layout.
	layout bool
}

// placedHeading is a heading, and the source of what stands below it up to the
// next heading of its level or a higher one.
type placedHeading struct {
	Heading
	parent string
	// The section is the source between from and to.
	from, to int
}

// block is one block among its siblings.
type block struct {
	start, end int
	level      int
	text       string
}

// sections adds the headings among sibling blocks. Slot is where headings go
// so that those of nested containers stand in the order of the document.
func (m *bodyMap) sections(parent string, siblings []block, slots []int) {
	var open []int
	for i, b := range siblings {
		if b.level == 0 {
			continue
		}
		for len(open) > 0 && siblings[open[len(open)-1]].level >= b.level {
			m.headings[slots[open[len(open)-1]]].to = siblings[i-1].end
			open = open[:len(open)-1]
		}
		open = append(open, i)
		m.headings[slots[i]] = placedHeading{
			Heading: Heading{Level: b.level, Text: b.text}, parent: parent,
			from: b.end, to: siblings[len(siblings)-1].end,
		}
	}
}

// finish drops the slots of blocks that are not headings, and gives every
// heading its address.
func (m *bodyMap) finish() {
	kept := m.headings[:0]
	for _, h := range m.headings {
		if h.Level > 0 {
			kept = append(kept, h)
		}
	}
	m.headings = kept
	type place struct {
		parent int
		name   string
	}
	places := make([]place, len(m.headings))
	count := make(map[place]int)
	var path []int
	for i, h := range m.headings {
		for len(path) > 0 && m.headings[path[len(path)-1]].Level >= h.Level {
			path = path[:len(path)-1]
		}
		p := place{-1, clip(strings.Join(strings.Fields(h.Text), " "), 120)}
		if p.name == "" {
			p.name = "(untitled)"
		}
		if len(path) > 0 {
			p.parent = path[len(path)-1]
		}
		places[i] = p
		count[p]++
		path = append(path, i)
	}
	number := make(map[place]int)
	taken := make(map[string]bool)
	for i, p := range places {
		name := p.name
		if count[p] > 1 {
			number[p]++
			name += " (" + strconv.Itoa(number[p]) + ")"
		}
		if p.parent >= 0 {
			name = m.headings[p.parent].Address + " / " + name
		}
		for taken[name] {
			name += " (again)"
		}
		taken[name] = true
		m.headings[i].Address = name
	}
}

// find returns the heading with an address, or the only one with those words.
func (m *bodyMap) find(address string) (placedHeading, error) {
	words := strings.Join(strings.Fields(address), " ")
	var fits []placedHeading
	for _, h := range m.headings {
		if h.Address == address {
			return h, nil
		}
		if strings.EqualFold(strings.Join(strings.Fields(h.Text), " "), words) {
			fits = append(fits, h)
		}
	}
	switch len(fits) {
	case 0:
		return placedHeading{}, fmt.Errorf("%w: %q; the sections are %s", ErrNoSection, clip(address, 120), list(m.headings))
	case 1:
		return fits[0], nil
	}
	return placedHeading{}, fmt.Errorf("%w %q: %s", ErrAmbiguousSection, clip(address, 120), list(fits))
}

// listed bounds how many sections an error names.
const listed = 20

func list(headings []placedHeading) string {
	if len(headings) == 0 {
		return "none"
	}
	var names []string
	for i, h := range headings {
		if i == listed {
			names = append(names, fmt.Sprintf("and %d more", len(headings)-listed))
			break
		}
		names = append(names, strconv.Quote(h.Address))
	}
	return strings.Join(names, ", ")
}

// ErrNoPlace means a body has no list of blocks that content could be put in.
var ErrNoPlace = errors.New("the body has no place for content")
