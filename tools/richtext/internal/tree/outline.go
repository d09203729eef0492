package tree

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Heading is one heading of a stored body.
type Heading struct {
	// Address names the heading when its section is replaced: its words after those of
	// the headings it stands under, joined by " / ". Headings with the same words
	// in the same place are numbered: "Setup (1)", "Setup (2)". An address does
	// not depend on what else the body holds.
	Address string
	// Level is 1 to 6.
	Level int
	// Text is the words of the heading.
	Text string
}

// Errors of the functions that edit a section or a body.
var (
	// ErrNoSection means no heading has the address.
	ErrNoSection = errors.New("no such section")
	// ErrAmbiguousSection means several headings fit.
	ErrAmbiguousSection = errors.New("several sections fit")
	// ErrNoPlace means a body has no list of blocks that content could be put in.
	ErrNoPlace = errors.New("the body has no place for content")
)

// Body is where the blocks and sections of a stored body begin and end.
type Body struct {
	// Sections are those of all headings, in the order of the document.
	Sections []Section
	// First and Last delimit the list of top-level blocks, which may be Empty;
	// Parent is the container they stand in.
	First, Last int
	Empty       bool
	Parent      string
	// Layout is set when the blocks of a storage body are in a layout.
	Layout bool
}

// Section is a heading, and the source of what stands below it up to the
// next heading of its level or a higher one.
type Section struct {
	Heading
	Parent string
	// The section is the source between From and To.
	From, To int
}

// Block is one block among its siblings.
type Block struct {
	// The block is the source between Start and End.
	Start, End int
	// Level is that of a heading, and 0 for any other block.
	Level int
	// Text is the words of a heading.
	Text string
}

// Add fills in the sections of the headings among sibling blocks. Slots says, for
// each block, where its section stands, so that those of nested containers keep
// the order of the document.
func (m *Body) Add(parent string, siblings []Block, slots []int) {
	var open []int
	for i, b := range siblings {
		if b.Level == 0 {
			continue
		}
		for len(open) > 0 && siblings[open[len(open)-1]].Level >= b.Level {
			m.Sections[slots[open[len(open)-1]]].To = siblings[i-1].End
			open = open[:len(open)-1]
		}
		open = append(open, i)
		m.Sections[slots[i]] = Section{
			Heading: Heading{Level: b.Level, Text: b.Text}, Parent: parent,
			From: b.End, To: siblings[len(siblings)-1].End,
		}
	}
}

// Finish drops the slots of blocks that are not headings, and gives every
// heading its address.
func (m *Body) Finish() {
	kept := m.Sections[:0]
	for _, h := range m.Sections {
		if h.Level > 0 {
			kept = append(kept, h)
		}
	}
	m.Sections = kept
	type place struct {
		parent int
		name   string
	}
	places := make([]place, len(m.Sections))
	count := make(map[place]int)
	var path []int
	for i, h := range m.Sections {
		for len(path) > 0 && m.Sections[path[len(path)-1]].Level >= h.Level {
			path = path[:len(path)-1]
		}
		p := place{-1, Clip(strings.Join(strings.Fields(h.Text), " "), 120)}
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
			name = m.Sections[p.parent].Address + " / " + name
		}
		for taken[name] {
			name += " (again)"
		}
		taken[name] = true
		m.Sections[i].Address = name
	}
}

// Find returns the heading with an address, or the only one with those words.
func (m *Body) Find(address string) (Section, error) {
	words := strings.Join(strings.Fields(address), " ")
	var fits []Section
	for _, h := range m.Sections {
		if h.Address == address {
			return h, nil
		}
		if strings.EqualFold(strings.Join(strings.Fields(h.Text), " "), words) {
			fits = append(fits, h)
		}
	}
	switch len(fits) {
	case 0:
		return Section{}, fmt.Errorf("%w: %q; the sections are %s", ErrNoSection, Clip(address, 120), list(m.Sections))
	case 1:
		return fits[0], nil
	}
	return Section{}, fmt.Errorf("%w %q: %s", ErrAmbiguousSection, Clip(address, 120), list(fits))
}

// listed bounds how many sections an error names.
const listed = 20

func list(headings []Section) string {
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
