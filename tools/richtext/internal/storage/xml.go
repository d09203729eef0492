package storage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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
	// comment is set for what shows nothing: a comment, or what conceal made one.
	comment bool
	// hidden is set for an element that is there and shows nothing, and told when
	// a node names it.
	hidden, told bool
	// kept is set for white space that is written as a character reference,
	// which is meant as it is.
	kept bool
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

// has reports whether an attribute is there, empty or not.
func (x *element) has(name string) bool {
	return slices.ContainsFunc(x.attrs, func(a xml.Attr) bool { return qualified(a.Name) == name })
}

// keepsSpace reports whether there is white space inside an element that is
// meant as it is.
func (x *element) keepsSpace() bool {
	return x.kept || slices.ContainsFunc(x.children, (*element).keepsSpace)
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
	return x.name == "" && !x.comment && !x.kept && strings.Trim(x.text, whiteSpace) == ""
}

// elements returns the children that are elements, and whether there is
// anything else among them but white space and comments.
func (x *element) elements() (out []*element, only bool) {
	only = true
	for _, c := range x.children {
		switch {
		case c.name != "":
			out = append(out, c)
		case !c.blank() && !c.comment:
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
			for _, x := range texts(string(t), src, start, int(dec.InputOffset())) {
				top.children = append(top.children, x)
				if err := b.Node(len(stack)/2, strings.Count(x.text, "\n")); err != nil {
					return nil, err
				}
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

// whiteSpace is what browsers collapse; a no-break space is not among it.
const whiteSpace = " \t\r\n"

// texts returns the text between two places of the source. White space that is
// written as a character reference stands apart, but for line ends.
func texts(text, src string, start, end int) []*element {
	raw := src[start:end]
	if !strings.Contains(raw, "&#") || strings.HasPrefix(raw, "<![CDATA[") {
		return []*element{{text: text, start: start, end: end}}
	}
	var out []*element
	done, from := 0, start
	add := func(x element, to, place int) {
		if x.text = text[done:to]; x.text != "" {
			x.start, x.end = from, place
			out = append(out, &x)
		}
		done, from = to, place
	}
	for i, j := 0, 0; i < len(raw) && j < len(text); {
		_, width := utf8.DecodeRuneInString(text[j:])
		length := width
		switch {
		case raw[i] == '&':
			length = strings.IndexByte(raw[i:], ';') + 1
			if raw[i+1] == '#' && strings.IndexByte(" \t\r", text[j]) >= 0 {
				add(element{}, j, start+i)
				add(element{kept: true}, j+width, start+i+length)
			}
		case strings.HasPrefix(raw[i:], "\r\n"):
			length = 2
		}
		i, j = i+length, j+width
	}
	add(element{}, len(text), end)
	return out
}

// isBlockElement reports whether an element by its name, or a macro by its
// body, is a block.
func isBlockElement(x *element) bool {
	switch x.name {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "hr", "pre", "div",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
		"address", "article", "aside", "center", "details", "fieldset", "figcaption", "figure", "footer", "form",
		"header", "legend", "main", "nav", "section", "summary",
		"ac:layout", "ac:layout-section", "ac:layout-cell", "ac:task-list", "ac:task", "ac:task-body",
		"ac:rich-text-body", "ac:plain-text-body", "ac:adf-extension", "ac:adf-node", "ac:adf-content", "ac:adf-fallback":
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
