package adf

import (
	"crypto/sha256"
	"encoding/hex"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Encode returns a document as ADF JSON, made to obey the rules of Atlassian's
// schema, and what that could not carry, joined with the losses before.
func Encode(doc *tree.Node, before tree.Losses) ([]byte, tree.Losses) {
	c := newConformer("")
	return appendNode(nil, c.document(doc)), c.Result(before)
}

// Fragment returns blocks as they may stand in a container of a stored body,
// separated by commas.
func Fragment(body []byte, parent string, content []*tree.Node, before tree.Losses) (string, tree.Losses) {
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
	return string(b), c.Result(before)
}

// Write returns a node as JSON, as it was read.
func Write(n *tree.Node) []byte { return appendNode(nil, n) }

func appendNode(b []byte, n *tree.Node) []byte {
	var unknown tree.Unknown
	if n.Unknown != nil {
		unknown = *n.Unknown
	}
	if unknown.Value != nil {
		return append(b, unknown.Value...)
	}
	o := tree.ObjectWriter{Buf: append(b, '{')}
	if n.Kind != "" {
		o.Name("type")
		o.Buf = tree.AppendString(o.Buf, n.Kind)
	}
	if v := unknown.Members.Get("version"); v != nil {
		o.Member("version", v)
	}
	if n.Attrs != nil {
		o.Name("attrs")
		o.Object(n.Attrs)
	}
	if n.Text != "" {
		o.Name("text")
		o.Buf = tree.AppendString(o.Buf, n.Text)
	}
	if n.HasContent || len(n.Content) > 0 {
		o.Name("content")
		o.Buf = append(o.Buf, '[')
		for i, c := range n.Content {
			if i > 0 {
				o.Buf = append(o.Buf, ',')
			}
			o.Buf = appendNode(o.Buf, c)
		}
		o.Buf = append(o.Buf, ']')
	}
	if n.HasMarks || len(n.Marks) > 0 {
		o.Name("marks")
		o.Buf = append(o.Buf, '[')
		for i, m := range n.Marks {
			if i > 0 {
				o.Buf = append(o.Buf, ',')
			}
			o.Buf = appendMark(o.Buf, m)
		}
		o.Buf = append(o.Buf, ']')
	}
	for _, x := range unknown.Members {
		if x.Name != "version" {
			o.Member(x.Name, x.Value)
		}
	}
	return append(o.Buf, '}')
}

func appendMark(b []byte, m tree.Mark) []byte {
	var unknown tree.Unknown
	if m.Unknown != nil {
		unknown = *m.Unknown
	}
	if unknown.Value != nil {
		return append(b, unknown.Value...)
	}
	o := tree.ObjectWriter{Buf: append(b, '{')}
	if m.Kind != "" {
		o.Name("type")
		o.Buf = tree.AppendString(o.Buf, m.Kind)
	}
	if m.Attrs != nil {
		o.Name("attrs")
		o.Object(m.Attrs)
	}
	for _, x := range unknown.Members {
		o.Member(x.Name, x.Value)
	}
	return append(o.Buf, '}')
}
