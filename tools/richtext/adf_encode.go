package richtext

import (
	"crypto/sha256"
	"encoding/hex"
)

// adfEncode returns a document as ADF JSON, made to obey the rules of Atlassian's
// schema, and what that could not carry, joined with the losses before.
func adfEncode(doc *Node, before Losses) ([]byte, Losses) {
	c := newConformer("")
	return appendNode(nil, c.document(doc)), c.result(before)
}

// adfFragment returns blocks as they may stand in a container of a stored body,
// separated by commas.
func adfFragment(body []byte, parent string, content []*Node, before Losses) (string, Losses) {
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
	return string(b), c.result(before)
}

// adfWrite returns a node as JSON, as it was read.
func adfWrite(n *Node) []byte { return appendNode(nil, n) }

func appendNode(b []byte, n *Node) []byte {
	if n.opaque != nil {
		return append(b, n.opaque...)
	}
	o := objectWriter{b: append(b, '{')}
	if n.kind != "" {
		o.name("type")
		o.b = appendString(o.b, n.kind)
	}
	if v := n.extra.get("version"); v != nil {
		o.member("version", v)
	}
	if n.attrs != nil {
		o.name("attrs")
		o.object(n.attrs)
	}
	if n.text != "" {
		o.name("text")
		o.b = appendString(o.b, n.text)
	}
	if n.hasContent || len(n.content) > 0 {
		o.name("content")
		o.b = append(o.b, '[')
		for i, c := range n.content {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = appendNode(o.b, c)
		}
		o.b = append(o.b, ']')
	}
	if n.hasMarks || len(n.marks) > 0 {
		o.name("marks")
		o.b = append(o.b, '[')
		for i, m := range n.marks {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = appendMark(o.b, m)
		}
		o.b = append(o.b, ']')
	}
	for _, x := range n.extra {
		if x.name != "version" {
			o.member(x.name, x.value)
		}
	}
	return append(o.b, '}')
}

func appendMark(b []byte, m Mark) []byte {
	if m.opaque != nil {
		return append(b, m.opaque...)
	}
	o := objectWriter{b: append(b, '{')}
	if m.kind != "" {
		o.name("type")
		o.b = appendString(o.b, m.kind)
	}
	if m.attrs != nil {
		o.name("attrs")
		o.object(m.attrs)
	}
	for _, x := range m.extra {
		o.member(x.name, x.value)
	}
	return append(o.b, '}')
}
