package storage

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// confluenceMacro is the extension type ADF has for Confluence's macros.
const confluenceMacro = "com.atlassian.confluence.macro.core"

// plainBody is the parameter in which ADF holds a macro's plain-text body.
const plainBody = "__bodyContent"

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

// parameters returns the parameters of a macro by name. A value that is not
// plain text is its source.
func (d *decoder) parameters(x *element) tree.Members {
	var out tree.Members
	index := make(map[string]int)
	for _, p := range x.children {
		if p.name != "ac:parameter" {
			continue
		}
		value := p.words()
		if inner, _ := p.elements(); len(inner) > 0 {
			value = d.src[p.open:p.shut]
		}
		name := p.attr("ac:name")
		if i, again := index[name]; again {
			out[i].Value = tree.String(value)
			continue
		}
		index[name] = len(out)
		out = append(out, tree.Attr(name, tree.String(value)))
	}
	return out
}

// macro converts a macro. Those ADF has a node for become that node; any other
// becomes an extension, with its source kept for storage.
func (d *decoder) macro(x *element, block bool) *tree.Node {
	name := x.attr("ac:name")
	params := d.parameters(x)
	body := x.child("ac:rich-text-body")
	plain := x.child("ac:plain-text-body")
	switch {
	case (name == "code" || name == "noformat") && block && body == nil:
		return d.codeMacro(x, params, plain)
	case macroPanel(name) != "" && block && body != nil:
		n := tree.New(tree.TypePanel, tree.Members{tree.Attr("panelType", tree.String(macroPanel(name)))}, d.flow(body.children)...)
		return d.bodied(n, x, body, params, "title")
	case name == "expand" && block && body != nil:
		n := tree.New(tree.TypeExpand, tree.Members{tree.Attr("title", tree.String(params.String("title")))}, d.flow(body.children)...)
		return d.bodied(n, x, body, params, "title")
	case name == "status" && !block && params.String("title") != "":
		color := statusColor(params.String("colour")) //nolint:misspell // the attribute is spelled so
		n := tree.New(tree.TypeStatus, tree.Members{tree.Attr("text", tree.String(params.String("title"))), tree.Attr("color", tree.String(color))})
		if n.Whole = d.raw(x); params.String("subtle") == "true" {
			n.Features = []string{"status.subtle"}
		}
		return n
	}
	n := &tree.Node{Kind: tree.TypeInlineExtension, Attrs: macroAttrs(x, params, plain)}
	switch {
	case body != nil && block:
		n.Kind = tree.TypeBodiedExtension
		n.Content = d.flow(body.children)
		n.Open, n.Shut = d.src[x.start:body.open], d.src[body.shut:x.end]
		if body.open == body.end {
			n.Whole = d.raw(x)
		}
	case block:
		n.Kind, n.Whole = tree.TypeExtension, d.raw(x)
	default:
		n.Whole = d.raw(x)
	}
	if n.Kind != tree.TypeInlineExtension {
		n.Attrs = append(n.Attrs, tree.Attr("layout", tree.String("default")))
	}
	return n
}

// macroAttrs returns the attributes ADF gives a macro.
func macroAttrs(x *element, params tree.Members, plain *element) tree.Members {
	values := tree.ObjectWriter{Buf: []byte{'{'}}
	for _, p := range params {
		values.Name(p.Name)
		values.Object(tree.Members{tree.Attr("value", p.Value)})
	}
	if plain != nil {
		values.Name(plainBody)
		values.Object(tree.Members{tree.Attr("value", tree.String(plain.words()))})
	}
	meta := tree.ObjectWriter{Buf: []byte{'{'}}
	if id := x.attr("ac:macro-id"); id != "" {
		meta.Name("macroId")
		meta.Object(tree.Members{tree.Attr("value", tree.String(id))})
	}
	if v := x.attr("ac:schema-version"); v != "" {
		meta.Name("schemaVersion")
		meta.Object(tree.Members{tree.Attr("value", tree.String(v))})
	}
	meta.Member("title", tree.String(x.attr("ac:name")))
	parameters := tree.ObjectWriter{Buf: []byte{'{'}}
	parameters.Member("macroParams", append(values.Buf, '}'))
	parameters.Member("macroMetadata", append(meta.Buf, '}'))
	name := x.attr("ac:name")
	if name == "" {
		name = "unknown"
	}
	return tree.Members{
		tree.Attr("extensionType", tree.String(confluenceMacro)),
		tree.Attr("extensionKey", tree.String(name)),
		tree.Attr("parameters", jsontext.Value(append(parameters.Buf, '}'))),
	}
}

// bodied gives a node with a rich body the source around that body, and notes
// the parameters the node has no place for.
func (d *decoder) bodied(n *tree.Node, x, body *element, params tree.Members, known string) *tree.Node {
	n.Open, n.Shut = d.src[x.start:body.open], d.src[body.shut:x.end]
	if body.open == body.end {
		n.Whole = d.raw(x)
	}
	macro := "macro:" + x.attr("ac:name")
	for _, p := range params {
		switch {
		case p.Name == "breakoutMode" && (p.String() == "wide" || p.String() == "full-width"):
			n.Marks = []tree.Mark{tree.NewMark(tree.MarkBreakout, tree.Attr("mode", p.Value))}
		case p.Name == "breakoutWidth":
		case p.Name != known:
			n.Features = append(n.Features, tree.Part(macro, p.Name))
		case n.Kind == tree.TypePanel && p.String() != "":
			n.Attrs = append(n.Attrs, tree.Attr("title", p.Value))
		}
	}
	return n
}

func (d *decoder) codeMacro(x *element, params tree.Members, plain *element) *tree.Node {
	n := tree.New(tree.TypeCodeBlock, nil)
	if plain != nil {
		n.Content = textNodes(plain.words())
	}
	for _, p := range params {
		switch p.Name {
		case "language":
			if p.String() != "" {
				n.Attrs = append(n.Attrs, tree.Attr("language", p.Value))
			}
		case "title":
			if p.String() != "" {
				n.Attrs = append(n.Attrs, tree.Attr("title", p.Value))
			}
		case "breakoutMode":
			if mode := p.String(); mode == "wide" || mode == "full-width" {
				n.Marks = []tree.Mark{tree.NewMark(tree.MarkBreakout, tree.Attr("mode", p.Value))}
			}
		case "breakoutWidth":
		default:
			n.Features = append(n.Features, "macro:code."+p.Name)
		}
	}
	n.Whole = d.raw(x)
	return n
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
		if content == nil || !tree.IsPanelType(panelType) || content.open == content.end {
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
		n.Open, n.Shut = d.src[x.start:content.open], d.src[content.shut:x.end]
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
		n.Whole = d.raw(x)
		return n
	}
	n := d.rawBlock(x)
	n.Attrs = tree.Members{tree.Attr("element", tree.String("ac:adf-extension"))}
	if content := outer.child("ac:adf-content"); content != nil {
		n.Content = d.flow(content.children)
	} else if fallback := x.child("ac:adf-fallback"); fallback != nil {
		n.Content = d.flow(fallback.children)
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
