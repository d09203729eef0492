package richtext

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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
func (d *storageDecoder) parameters(x *element) members {
	var out members
	for _, p := range x.children {
		if p.name != "ac:parameter" {
			continue
		}
		value := p.words()
		if inner, _ := p.elements(); len(inner) > 0 {
			value = d.src[p.open:p.shut]
		}
		out = out.with(p.attr("ac:name"), str(value))
	}
	return out
}

// macro converts a macro. Those ADF has a node for become that node; any other
// becomes an extension, with its source kept for storage.
func (d *storageDecoder) macro(x *element, block bool) *Node {
	name := x.attr("ac:name")
	params := d.parameters(x)
	body := x.child("ac:rich-text-body")
	plain := x.child("ac:plain-text-body")
	switch {
	case (name == "code" || name == "noformat") && block && body == nil:
		return d.codeMacro(x, params, plain)
	case macroPanel(name) != "" && block && body != nil:
		n := newNode(typePanel, members{{"panelType", str(macroPanel(name))}}, d.flow(body.children)...)
		return d.bodied(n, x, body, params, "title")
	case name == "expand" && block && body != nil:
		n := newNode(typeExpand, members{{"title", str(params.str("title"))}}, d.flow(body.children)...)
		return d.bodied(n, x, body, params, "title")
	case name == "status" && !block && params.str("title") != "":
		color := statusColor(params.str("colour")) //nolint:misspell // the attribute is spelled so
		n := newNode(typeStatus, members{{"text", str(params.str("title"))}, {"color", str(color)}})
		if n.whole = d.raw(x); params.str("subtle") == "true" {
			n.features = []string{"status.subtle"}
		}
		return n
	}
	n := &Node{kind: typeInlineExtension, attrs: macroAttrs(x, params, plain)}
	switch {
	case body != nil && block:
		n.kind = typeBodiedExtension
		n.content = d.flow(body.children)
		n.open, n.shut = d.src[x.start:body.open], d.src[body.shut:x.end]
		if body.open == body.end {
			n.whole = d.raw(x)
		}
	case block:
		n.kind, n.whole = typeExtension, d.raw(x)
	default:
		n.whole = d.raw(x)
	}
	if n.kind != typeInlineExtension {
		n.attrs = append(n.attrs, member{"layout", str("default")})
	}
	return n
}

// macroAttrs returns the attributes ADF gives a macro.
func macroAttrs(x *element, params members, plain *element) members {
	values := objectWriter{b: []byte{'{'}}
	for _, p := range params {
		values.name(p.name)
		values.object(members{{"value", p.value}})
	}
	if plain != nil {
		values.name(plainBody)
		values.object(members{{"value", str(plain.words())}})
	}
	meta := objectWriter{b: []byte{'{'}}
	if id := x.attr("ac:macro-id"); id != "" {
		meta.name("macroId")
		meta.object(members{{"value", str(id)}})
	}
	if v := x.attr("ac:schema-version"); v != "" {
		meta.name("schemaVersion")
		meta.object(members{{"value", str(v)}})
	}
	meta.member("title", str(x.attr("ac:name")))
	parameters := objectWriter{b: []byte{'{'}}
	parameters.member("macroParams", append(values.b, '}'))
	parameters.member("macroMetadata", append(meta.b, '}'))
	name := x.attr("ac:name")
	if name == "" {
		name = "unknown"
	}
	return members{
		{"extensionType", str(confluenceMacro)},
		{"extensionKey", str(name)},
		{"parameters", jsontext.Value(append(parameters.b, '}'))},
	}
}

// bodied gives a node with a rich body the source around that body, and notes
// the parameters the node has no place for.
func (d *storageDecoder) bodied(n *Node, x, body *element, params members, known string) *Node {
	n.open, n.shut = d.src[x.start:body.open], d.src[body.shut:x.end]
	if body.open == body.end {
		n.whole = d.raw(x)
	}
	for _, p := range params {
		switch {
		case p.name == "breakoutMode" && (params.str(p.name) == "wide" || params.str(p.name) == "full-width"):
			n.marks = []Mark{newMark(markBreakout, member{"mode", p.value})}
		case p.name == "breakoutWidth":
		case p.name != known:
			n.features = append(n.features, "macro:"+x.attr("ac:name")+"."+p.name)
		case n.kind == typePanel && params.str(known) != "":
			n.attrs = append(n.attrs, member{"title", p.value})
		}
	}
	return n
}

func (d *storageDecoder) codeMacro(x *element, params members, plain *element) *Node {
	n := newNode(typeCodeBlock, nil)
	if plain != nil {
		n.content = textNodes(plain.words())
	}
	for _, p := range params {
		switch p.name {
		case "language":
			if params.str(p.name) != "" {
				n.attrs = append(n.attrs, member{"language", p.value})
			}
		case "title":
			if params.str(p.name) != "" {
				n.attrs = append(n.attrs, member{"title", p.value})
			}
		case "breakoutMode":
			if mode := params.str(p.name); mode == "wide" || mode == "full-width" {
				n.marks = []Mark{newMark(markBreakout, member{"mode", p.value})}
			}
		case "breakoutWidth":
		default:
			n.features = append(n.features, "macro:code."+p.name)
		}
	}
	n.whole = d.raw(x)
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
	return integer(100 / columns)
}

// adfExtension reads the blocks that storage can only hold as ADF in XML: the
// panels without a macro, and decision lists. Any other is kept verbatim.
func (d *storageDecoder) adfExtension(x *element) *Node {
	outer := x.child("ac:adf-node")
	if outer == nil {
		return nil
	}
	switch outer.attr("type") {
	case "panel":
		content := outer.child("ac:adf-content")
		panelType := adfAttribute(outer, "panel-type")
		if content == nil || !isPanelType(panelType) || content.open == content.end {
			return nil
		}
		n := newNode(typePanel, members{{"panelType", str(panelType)}}, d.flow(content.children)...)
		for _, a := range outer.children {
			if a.name != "ac:adf-attribute" {
				continue
			}
			for camel, kebab := range panelAttributes() {
				if a.attr("key") == kebab {
					n.attrs = append(n.attrs, member{camel, str(a.words())})
				}
			}
		}
		n.open, n.shut = d.src[x.start:content.open], d.src[content.shut:x.end]
		return n
	case "decision-list":
		n := newNode(typeDecisionList, nil)
		if id := adfAttribute(outer, "local-id"); id != "" {
			n.attrs = members{{"localId", str(id)}}
		}
		for _, item := range outer.children {
			if item.name != "ac:adf-node" || item.attr("type") != "decision-item" {
				continue
			}
			state := adfAttribute(item, "state")
			if state == "" {
				state = "DECIDED"
			}
			attrs := members{}
			if id := adfAttribute(item, "local-id"); id != "" {
				attrs = append(attrs, member{"localId", str(id)})
			}
			out := newNode(typeDecisionItem, append(attrs, member{"state", str(state)}))
			if content := item.child("ac:adf-content"); content != nil {
				out.content = inlineOf(d.flow(content.children))
			}
			n.content = append(n.content, out)
		}
		if len(n.content) == 0 {
			return nil
		}
		n.whole = d.raw(x)
		return n
	}
	n := d.rawBlock(x)
	n.attrs = members{{"element", str("ac:adf-extension")}}
	if content := outer.child("ac:adf-content"); content != nil {
		n.content = d.flow(content.children)
	} else if fallback := x.child("ac:adf-fallback"); fallback != nil {
		n.content = d.flow(fallback.children)
	}
	return n
}

func isPanelType(s string) bool {
	switch s {
	case "info", "note", "tip", "warning", "error", "success", "custom":
		return true
	}
	return false
}

func adfAttribute(x *element, key string) string {
	for _, c := range x.children {
		if c.name == "ac:adf-attribute" && c.attr("key") == key {
			return c.words()
		}
	}
	return ""
}
