package storage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// element is one element or piece of text of a storage body, with the place
// it has in the source.
type element struct {
	// name is the qualified name, such as "ac:link"; text and comments have none.
	name     string
	attrs    []xml.Attr
	children []*element
	text     string
	comment  bool
	// blocks is set when this element or one inside it is a block.
	blocks bool
	// The source of the element is [start, end), that of its content is
	// [open, shut).
	start, open, shut, end int
}

func (x *element) attr(name string) string {
	for _, a := range x.attrs {
		if qualified(a.Name) == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child element of a name.
func (x *element) child(name string) *element {
	for _, c := range x.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// words returns all text inside an element.
func (x *element) words() string {
	if x.name == "" && !x.comment {
		return x.text
	}
	var b strings.Builder
	for _, c := range x.children {
		b.WriteString(c.words())
	}
	return b.String()
}

// blank reports whether the element is white space between others.
func (x *element) blank() bool {
	return x.name == "" && !x.comment && strings.Trim(x.text, " \t\r\n") == ""
}

// elements returns the children that are elements, and whether there is
// anything else among them but white space.
func (x *element) elements() (out []*element, only bool) {
	only = true
	for _, c := range x.children {
		switch {
		case c.name != "":
			out = append(out, c)
		case !c.blank():
			only = false
		}
	}
	return out, only
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// parseXML reads a storage body, which has no single root, into elements.
// Prefixes are kept as they are written; nothing outside the source is read.
func parseXML(src string, b *tree.Budget) (*element, error) {
	if err := b.Size(len(src)); err != nil {
		return nil, err
	}
	dec := xml.NewDecoder(strings.NewReader(src))
	dec.Strict = true
	dec.Entity = xml.HTMLEntity
	root := &element{shut: len(src), end: len(src)}
	stack := []*element{root}
	for {
		start := int(dec.InputOffset())
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, tree.Malformed(err)
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			x := &element{name: qualified(t.Name), attrs: t.Attr, start: start, open: int(dec.InputOffset())}
			top.children = append(top.children, x)
			stack = append(stack, x)
			if err := b.Node(len(stack)/2, 0); err != nil {
				return nil, err
			}
		case xml.EndElement:
			if len(stack) == 1 || top.name != qualified(t.Name) {
				return nil, fmt.Errorf("%w: </%s> closes nothing that is open", tree.ErrMalformed, tree.Clip(qualified(t.Name), 60))
			}
			top.shut, top.end = start, int(dec.InputOffset())
			stack = stack[:len(stack)-1]
			top.blocks = top.blocks || isBlockElement(top)
			if top.blocks {
				stack[len(stack)-1].blocks = true
			}
		case xml.CharData:
			top.children = append(top.children, &element{text: string(t), start: start, end: int(dec.InputOffset())})
			if err := b.Node(len(stack)/2, strings.Count(string(t), "\n")); err != nil {
				return nil, err
			}
		case xml.Comment:
			top.children = append(top.children, &element{comment: true, start: start, end: int(dec.InputOffset())})
			if err := b.Node(len(stack)/2, 0); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%w: declarations and processing instructions are not part of a body", tree.ErrMalformed)
		}
	}
	if len(stack) > 1 {
		return nil, fmt.Errorf("%w: <%s> is not closed", tree.ErrMalformed, tree.Clip(stack[len(stack)-1].name, 60))
	}
	return root, nil
}

// isBlockElement reports whether an element by its name, or a macro by its
// body, is a block.
func isBlockElement(x *element) bool {
	switch x.name {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "pre", "table", "div",
		"section", "dl", "ac:layout", "ac:task-list", "ac:adf-extension":
		return true
	case "ac:structured-macro", "ac:macro":
		return x.child("ac:rich-text-body") != nil || x.child("ac:plain-text-body") != nil
	case "a":
		appearance := x.attr("data-card-appearance")
		return appearance == "block" || appearance == "embed"
	}
	return false
}

const nbsp = '\u00A0'

// escapeXML writes text between tags or in a quoted attribute.
func escapeXML(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || strings.ContainsRune("&<>\"\u00A0\uFFFE\uFFFF", r)
	}) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == nbsp:
			b.WriteString("&nbsp;")
		case r == '\r':
			b.WriteString("&#13;")
		case !xmlRune(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// xmlRune reports whether XML can hold a character at all.
func xmlRune(r rune) bool {
	return r >= ' ' && r != '\uFFFE' && r != '\uFFFF' || r == '\n' || r == '\t' || r == '\r'
}

// cdata writes text as CDATA, split where it would end too early.
func cdata(s string) string {
	s = strings.Map(func(r rune) rune {
		if !xmlRune(r) {
			return '\uFFFD'
		}
		return r
	}, tree.CleanUTF8(s))
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}
