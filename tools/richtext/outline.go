package richtext

import (
	"arcade-atlassian/tools/richtext/internal/adf"
	"arcade-atlassian/tools/richtext/internal/storage"
	"arcade-atlassian/tools/richtext/internal/tree"
)

// Format is the form a stored body has.
type Format int

const (
	// FormatADF is an ADF document as JSON.
	FormatADF Format = iota
	// FormatStorage is a Confluence storage body.
	FormatStorage
)

// Heading is one heading of a stored body: its address, its level and its words.
type Heading = tree.Heading

// Errors of the functions that edit a section or a body.
var (
	// ErrNoSection means no heading has the address.
	ErrNoSection = tree.ErrNoSection
	// ErrAmbiguousSection means several headings fit.
	ErrAmbiguousSection = tree.ErrAmbiguousSection
	// ErrNoPlace means a body has no list of blocks that content could be put in.
	ErrNoPlace = tree.ErrNoPlace
)

// Outline lists the headings of a stored body in order, wherever they stand.
func Outline(body []byte, format Format) ([]Heading, error) {
	m, err := locate(body, format)
	if err != nil {
		return nil, err
	}
	out := make([]Heading, len(m.Sections))
	for i, h := range m.Sections {
		out[i] = h.Heading
	}
	return out, nil
}

// locate finds the blocks and sections of a stored body.
func locate(body []byte, format Format) (*tree.Body, error) {
	if format == FormatStorage {
		return storage.Locate(string(body))
	}
	return adf.Locate(body)
}
