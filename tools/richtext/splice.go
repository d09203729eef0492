package richtext

import (
	"bytes"
	"strings"

	"arcade-atlassian/tools/richtext/internal/adf"
	"arcade-atlassian/tools/richtext/internal/storage"
	"arcade-atlassian/tools/richtext/internal/tree"
)

// Append puts a document after everything else in a stored body. The bytes of
// the body are otherwise unchanged. The losses are those of the document.
func Append(body []byte, format Format, d *Document) ([]byte, Losses, error) {
	m, err := locate(body, format)
	if err != nil {
		return nil, nil, err
	}
	blocks, losses := fragment(body, format, m.Parent, d.root.Content, d)
	if blocks == "" {
		return bytes.Clone(body), losses, nil
	}
	switch {
	case format == FormatADF && !m.Empty:
		blocks = "," + blocks
	case m.Layout:
		blocks = storage.Section(blocks)
	}
	return splice(body, m.Last, m.Last, blocks), losses, nil
}

// Prepend puts a document before everything else in a stored body, as
// [Append] does after it.
func Prepend(body []byte, format Format, d *Document) ([]byte, Losses, error) {
	m, err := locate(body, format)
	if err != nil {
		return nil, nil, err
	}
	blocks, losses := fragment(body, format, m.Parent, d.root.Content, d)
	if blocks == "" {
		return bytes.Clone(body), losses, nil
	}
	switch {
	case format == FormatADF && !m.Empty:
		blocks += ","
	case m.Layout:
		blocks = storage.Section(blocks)
	}
	return splice(body, m.First, m.First, blocks), losses, nil
}

// ReplaceSection puts a document in place of what stands below a heading, up
// to the next heading of the same level or a higher one. The heading itself
// stays; when the document begins with the same heading, that one is left out.
// The heading is named by its address in the [Outline], or by its words if no
// other heading has them. The error wraps [ErrNoSection] or
// [ErrAmbiguousSection] and lists the sections there are.
func ReplaceSection(body []byte, format Format, address string, d *Document) ([]byte, Losses, error) {
	m, err := locate(body, format)
	if err != nil {
		return nil, nil, err
	}
	h, err := m.Find(address)
	if err != nil {
		return nil, nil, err
	}
	content := d.root.Content
	if len(content) > 0 && content[0].Kind == tree.TypeHeading && content[0].Attrs.Integer("level", 0) == h.Level &&
		strings.Join(strings.Fields(tree.TextOf(content[0])), " ") == strings.Join(strings.Fields(h.Text), " ") {
		content = content[1:]
	}
	blocks, losses := fragment(body, format, h.Parent, content, d)
	if format == FormatADF && blocks != "" {
		blocks = "," + blocks
	}
	return splice(body, h.From, h.To, blocks), losses, nil
}

func splice(body []byte, from, to int, insert string) []byte {
	out := make([]byte, 0, len(body)-(to-from)+len(insert))
	out = append(out, body[:from]...)
	out = append(out, insert...)
	return append(out, body[to:]...)
}

// fragment writes blocks for a place inside a stored body.
func fragment(body []byte, format Format, parent string, content []*tree.Node, d *Document) (string, Losses) {
	if format == FormatStorage {
		return storage.Encode(content, d.parsed)
	}
	return adf.Fragment(body, parent, content, d.parsed)
}
