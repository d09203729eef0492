package storage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// sourceMember is the member of a parameter in ADF that holds the source of a
// value that is not plain text, beside what it is called.
const sourceMember = "storage"

// macroPanel maps panel macros to panel types; the names differ although the
// colors are the same.
func macroPanel(name string) string {
	switch name {
	case "info":
		return "info"
	case "tip":
		return "success"
	case "note":
		return "warning"
	case "warning":
		return "error"
	}
	return ""
}

func panelMacro(panelType string) string {
	switch panelType {
	case "info":
		return "info"
	case "success":
		return "tip"
	case "warning":
		return "note"
	case "error":
		return "warning"
	}
	return ""
}

// macro is what a macro element holds.
type macro struct {
	*element
	name   string
	params []parameter
	// rich and plain are the bodies, if there are any.
	rich, plain *element
	// others is what a macro is not expected to hold, in stretches that stand
	// together: bodies beyond the first, text, images.
	others [][]*element
	// repeated are the names of parameters that have more than one value, of
	// which the last counts.
	repeated []string
}

// parameter is the value of a parameter as text. Source is that of a value
// that is not plain text, such as a page.
type parameter struct{ name, value, source string }

func (d *decoder) readMacro(x *element) macro {
	m := macro{element: x, name: x.attr("ac:name")}
	index := make(map[string]int)
	var children []*element
	children, m.others = d.structure(x, "ac:parameter", "ac:default-parameter", "ac:rich-text-body", "ac:plain-text-body")
	for _, c := range children {
		switch {
		case c.name == "ac:rich-text-body" && m.rich == nil:
			m.rich = c
		case c.name == "ac:plain-text-body" && m.plain == nil:
			m.plain = c
		case strings.HasSuffix(c.name, "-body"):
			m.others = append(m.others, []*element{c})
		default:
			p := d.parameter(c)
			i, again := index[p.name]
			if again {
				m.repeated = append(m.repeated, p.name)
				m.params[i] = p
				continue
			}
			index[p.name] = len(m.params)
			m.params = append(m.params, p)
		}
	}
	return m
}

func (d *decoder) parameter(x *element) parameter {
	p := parameter{name: x.attr("ac:name"), value: x.words()}
	if inner, _ := x.elements(); len(inner) > 0 {
		p.source = d.src[x.open:x.shut]
		if name := resourceName(x); name != "" {
			p.value = name
		}
	}
	return p
}

// param returns the value of a parameter, or "".
func (m *macro) param(name string) string {
	for _, p := range m.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// features names what a node that stands for the macro has no place for, which
// is every parameter but the known ones.
func (m *macro) features(known ...string) []string {
	var out []string
	for _, p := range m.params {
		if !slices.Contains(known, p.name) {
			out = append(out, tree.Part("macro:"+m.name, p.name))
		}
	}
	return append(out, m.repeats()...)
}

// repeats names the values that do not count, because another follows.
func (m *macro) repeats() []string {
	var out []string
	for _, name := range m.repeated {
		out = append(out, tree.Part("macro:"+m.name, name))
	}
	return out
}

// breakout returns the mark for the width a macro has.
func (m *macro) breakout() []tree.Mark {
	if mode := m.param("breakoutMode"); mode == "wide" || mode == "full-width" {
		return []tree.Mark{tree.NewMark(tree.MarkBreakout, tree.Attr("mode", tree.String(mode)))}
	}
	return nil
}

// macro converts a macro. Those ADF has a node for become that node, unless
// they hold something unexpected; any other becomes an extension.
func (d *decoder) macro(x *element, block bool) *tree.Node {
	m := d.readMacro(x)
	if len(m.others) == 0 {
		if n := d.knownMacro(m, block); n != nil {
			return n
		}
	}
	n := tree.New(tree.TypeInlineExtension, m.attrs())
	n.Features = m.repeats()
	if block {
		n.Kind = tree.TypeExtension
		if m.rich != nil {
			n.Kind = tree.TypeBodiedExtension
			n.Content = d.flow(m.rich.children)
		}
		n.Attrs = append(n.Attrs, tree.Attr("layout", tree.String("default")))
	}
	for _, run := range m.others {
		other := tree.New(tree.TypeRawInline, tree.Members{tree.Attr("unexpected", tree.String("content of macro "+tree.Clip(m.name, 100)))})
		if block {
			other.Kind, other.Content = tree.TypeRawBlock, d.flow(run)
		} else {
			other.Content = d.inline(run)
		}
		n.Content = append(n.Content, other)
	}
	return n
}

// knownMacro converts a macro that ADF has a node for, and returns nothing for
// any other.
func (d *decoder) knownMacro(m macro, block bool) *tree.Node {
	switch {
	case (m.name == "code" || m.name == "noformat") && block && m.rich == nil:
		n := tree.New(tree.TypeCodeBlock, nil)
		if m.plain != nil {
			n.Content = textNodes(m.plain.words())
		}
		for _, p := range m.params {
			if (p.name == "language" || p.name == "title") && p.value != "" {
				n.Attrs = append(n.Attrs, tree.Attr(p.name, tree.String(p.value)))
			}
		}
		n.Marks, n.Features = m.breakout(), m.features("language", "title", "breakoutMode", "breakoutWidth")
		return n
	case macroPanel(m.name) != "" && block && m.rich != nil && m.plain == nil:
		n := tree.New(tree.TypePanel, tree.Members{tree.Attr("panelType", tree.String(macroPanel(m.name)))}, d.flow(m.rich.children)...)
		if title := m.param("title"); title != "" {
			n.Attrs = append(n.Attrs, tree.Attr("title", tree.String(title)))
		}
		n.Marks, n.Features = m.breakout(), m.features("title", "breakoutMode", "breakoutWidth")
		return n
	case m.name == "expand" && block && m.rich != nil && m.plain == nil:
		n := tree.New(tree.TypeExpand, tree.Members{tree.Attr("title", tree.String(m.param("title")))}, d.flow(m.rich.children)...)
		n.Marks, n.Features = m.breakout(), m.features("title", "breakoutMode", "breakoutWidth")
		return n
	case m.name == "status" && !block && m.param("title") != "":
		color := statusColor(m.param("colour")) //nolint:misspell // the parameter is spelled so
		n := tree.New(tree.TypeStatus, tree.Members{tree.Attr("text", tree.String(m.param("title"))), tree.Attr("color", tree.String(color))})
		if m.param("subtle") == "true" {
			n.Features = []string{"status.subtle"}
		}
		return n
	}
	return nil
}

// attrs returns the attributes ADF gives a macro. A value that is not plain
// text keeps its source beside what it is called.
func (m *macro) attrs() tree.Members {
	values := tree.ObjectWriter{Buf: []byte{'{'}}
	for _, p := range m.params {
		value := tree.Members{tree.Attr("value", tree.String(p.value))}
		if p.source != "" {
			value = append(value, tree.Attr(sourceMember, tree.String(p.source)))
		}
		values.Name(p.name)
		values.Object(value)
	}
	if m.plain != nil {
		values.Name(tree.PlainBody)
		values.Object(tree.Members{tree.Attr("value", tree.String(m.plain.words()))})
	}
	meta := tree.ObjectWriter{Buf: []byte{'{'}}
	if id := m.attr("ac:macro-id"); id != "" {
		meta.Name("macroId")
		meta.Object(tree.Members{tree.Attr("value", tree.String(id))})
	}
	if v := m.attr("ac:schema-version"); v != "" {
		meta.Name("schemaVersion")
		meta.Object(tree.Members{tree.Attr("value", tree.String(v))})
	}
	meta.Member("title", tree.String(m.name))
	parameters := tree.ObjectWriter{Buf: []byte{'{'}}
	parameters.Member("macroParams", append(values.Buf, '}'))
	parameters.Member("macroMetadata", append(meta.Buf, '}'))
	return tree.Members{
		tree.Attr("extensionType", tree.String(tree.ConfluenceMacro)),
		tree.Attr("extensionKey", tree.String(cmp.Or(m.name, "unknown"))),
		tree.Attr("parameters", jsontext.Value(append(parameters.Buf, '}'))),
	}
}

func statusColor(name string) string {
	switch c := strings.ToLower(name); c {
	case "green", "yellow", "red", "blue", "purple":
		return c
	}
	return "neutral"
}

// columnWidth returns the width in percent of a column of a layout.
func columnWidth(kind string, columns, i int) jsontext.Value {
	switch {
	case kind == "two_left_sidebar" && columns == 2:
		return jsontext.Value([]string{"33.33", "66.66"}[i])
	case kind == "two_right_sidebar" && columns == 2:
		return jsontext.Value([]string{"66.66", "33.33"}[i])
	case kind == "three_with_sidebars" && columns == 3:
		return jsontext.Value([]string{"25", "50", "25"}[i])
	case columns == 1:
		return jsontext.Value("100")
	case columns == 2:
		return jsontext.Value("50")
	case columns == 3:
		return jsontext.Value("33.33")
	}
	return tree.Integer(100 / columns)
}

// adfExtension reads the blocks that storage can only hold as ADF in XML: the
// panels without a macro, and decision lists. Any other is kept verbatim.
func (d *decoder) adfExtension(x *element) *tree.Node {
	outer := x.child("ac:adf-node")
	if outer == nil {
		return nil
	}
	switch outer.attr("type") {
	case "panel":
		content := outer.child("ac:adf-content")
		panelType := adfAttribute(outer, "panel-type")
		if content == nil || !tree.IsPanelType(panelType) {
			return nil
		}
		n := tree.New(tree.TypePanel, tree.Members{tree.Attr("panelType", tree.String(panelType))}, d.flow(content.children)...)
		for _, a := range outer.children {
			if a.name != "ac:adf-attribute" {
				continue
			}
			for camel, kebab := range panelAttributes() {
				if a.attr("key") == kebab {
					n.Attrs = append(n.Attrs, tree.Attr(camel, tree.String(a.words())))
				}
			}
		}
		return n
	case "decision-list":
		n := tree.New(tree.TypeDecisionList, nil)
		if id := adfAttribute(outer, "local-id"); id != "" {
			n.Attrs = tree.Members{tree.Attr("localId", tree.String(id))}
		}
		for _, item := range outer.children {
			if item.name != "ac:adf-node" || item.attr("type") != "decision-item" {
				continue
			}
			state := adfAttribute(item, "state")
			if state == "" {
				state = "DECIDED"
			}
			attrs := tree.Members{}
			if id := adfAttribute(item, "local-id"); id != "" {
				attrs = append(attrs, tree.Attr("localId", tree.String(id)))
			}
			out := tree.New(tree.TypeDecisionItem, append(attrs, tree.Attr("state", tree.String(state))))
			if content := item.child("ac:adf-content"); content != nil {
				out.Content = tree.InlineOf(d.flow(content.children))
			}
			n.Content = append(n.Content, out)
		}
		if len(n.Content) == 0 {
			return nil
		}
		return n
	}
	n := raw(x)
	if content := outer.child("ac:adf-content"); content != nil {
		n.Content = d.flow(content.children)
	} else if fallback := x.child("ac:adf-fallback"); fallback != nil {
		n.Content = d.flow(fallback.children)
	} else {
		return nil
	}
	return n
}

func adfAttribute(x *element, key string) string {
	for _, c := range x.children {
		if c.name == "ac:adf-attribute" && c.attr("key") == key {
			return c.words()
		}
	}
	return ""
}
