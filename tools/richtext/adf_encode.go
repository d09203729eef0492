package richtext

import "github.com/go-json-experiment/json/jsontext"

// ADF returns the document as ADF JSON, without white space, and what it could
// not carry. A document that was read as ADF is returned as it was. Any other
// is made to obey the nesting, attribute and mark rules of Atlassian's schema,
// so that a product does not refuse it.
func (d *Document) ADF() ([]byte, Losses) {
	if d.source == fromADF {
		return appendNode(nil, d.root), d.parsed
	}
	c := newConformer(d.seed)
	root := c.document(d.root)
	return appendNode(nil, root), c.result(d.parsed)
}

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

// objectWriter writes the members of one JSON object with commas between them.
type objectWriter struct {
	b    []byte
	more bool
}

func (o *objectWriter) name(name string) {
	if o.more {
		o.b = append(o.b, ',')
	}
	o.more = true
	o.b = appendString(o.b, name)
	o.b = append(o.b, ':')
}

func (o *objectWriter) member(name string, v jsontext.Value) {
	o.name(name)
	o.b = append(o.b, v...)
}

func (o *objectWriter) object(m members) {
	inner := objectWriter{b: append(o.b, '{')}
	for _, x := range m {
		inner.member(x.name, x.value)
	}
	o.b = append(inner.b, '}')
}
