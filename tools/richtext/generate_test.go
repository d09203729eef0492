package richtext_test

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// object is a JSON object.
type object = map[string]any

// generator draws random documents that obey ADF's schema.
type generator struct {
	t *rapid.T
	// shared limits the draw to what Markdown and storage hold as well, so
	// that it has to come back unchanged.
	shared bool
	depth  int
	ids    int
}

func (g *generator) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(g.t, label)
}

func (g *generator) chance(percent int) bool {
	return rapid.IntRange(0, 99).Draw(g.t, "chance") < percent
}

func (g *generator) id() string {
	g.ids++
	return strings.Repeat("i", g.ids)
}

func (g *generator) several(low, high int, draw func() object) []any {
	var out []any
	for range rapid.IntRange(low, high).Draw(g.t, "count") {
		if o := draw(); o != nil {
			out = append(out, o)
		}
	}
	return out
}

func node(kind string, attrs object, content ...any) object {
	o := object{"type": kind}
	if attrs != nil {
		o["attrs"] = attrs
	}
	if content != nil {
		o["content"] = content
	}
	return o
}

var words = []string{
	"a", "word", "two words", "é", "漢字", "😀", "x*y*z", "_u_", "snake_case", "`tick`", "[b]", "(p)", "<tag>", "a<b", "&amp;", "R&D", "#1",
	"1.", "- dash", "+", "~5", "~~", "|", "a|b", "\\", "\\n", "C:\\temp", "!", "!!", "https://example.com", "me@example.com", ":smile:", "10:30:00",
	"@[x]", "[~accountid:1]", "[date: 2026-01-02]", "===", "---", "> q", "]]>", "<![CDATA[", "\"", "'", "$1", "%2F", "…",
}

func (g *generator) text() string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 3).Draw(g.t, "words"), g.pick("glue", "", " ", "  "))
}

// inline draws inline content in which no two neighbors are text with the
// same marks.
func (g *generator) inline(low, high int) []any {
	var out []any
	last := "none"
	for range rapid.IntRange(low, high).Draw(g.t, "inline") {
		if g.chance(70) {
			marks := g.marks()
			key, _ := json.Marshal(marks, json.Deterministic(true))
			if string(key) == last {
				continue
			}
			last = string(key)
			o := object{"type": "text", "text": g.text()}
			if len(marks) > 0 {
				o["marks"] = marks
			}
			out = append(out, o)
			continue
		}
		last = "none"
		out = append(out, g.atom())
	}
	return out
}

func (g *generator) marks() []any {
	if g.chance(50) {
		return nil
	}
	link := object{"type": "link", "attrs": object{"href": g.pick("href", "https://example.com/a", "/rel(1)", "/a b", "/x?x&y=1", "#frag")}}
	if g.chance(15) {
		if g.chance(30) {
			return []any{link, object{"type": "code"}}
		}
		return []any{object{"type": "code"}}
	}
	var out []any
	add := func(percent int, m object) {
		if g.chance(percent) {
			out = append(out, m)
		}
	}
	add(15, link)
	add(30, object{"type": "strong"})
	add(30, object{"type": "em"})
	add(20, object{"type": "strike"})
	add(20, object{"type": "underline"})
	add(15, object{"type": "subsup", "attrs": object{"type": g.pick("subsup", "sub", "sup")}})
	add(15, object{"type": "textColor", "attrs": object{"color": g.pick("color", "#ff5630", "#00875a")}})
	add(15, object{"type": "backgroundColor", "attrs": object{"color": "#abf5d1"}})
	if !g.shared {
		add(15, object{"type": "annotation", "attrs": object{"id": "c-1", "annotationType": "inlineComment"}})
	}
	return out
}

func (g *generator) atom() object {
	kinds := []string{"hardBreak", "mention", "emoji", "date", "status", "inlineCard"}
	if !g.shared {
		kinds = append(kinds, "placeholder", "inlineExtension", "mediaInline")
	}
	switch kind := g.pick("atom", kinds...); kind {
	case "mention":
		if g.shared {
			return node(kind, object{"id": "5b10:1-2"})
		}
		return node(kind, object{"id": g.pick("id", "1", "a b", "x)", ""), "text": g.pick("name", "@Jane", "Jane [x]", "@")})
	case "emoji":
		return node(kind, object{"shortName": g.pick("emoji", ":smile:", ":+1:", ":custom name:", ":wave::skin-tone-3:")})
	case "date":
		return node(kind, object{"timestamp": g.pick("date", "1767312000000", "0", "-86400000")})
	case "status":
		return node(kind, object{"text": g.pick("status", "Done", "In (progress)", "a [b]", "50%"), "color": g.pick("color", "neutral", "green", "red")})
	case "inlineCard":
		return node(kind, object{"url": g.pick("url", "https://example.com/x", "https://example.com/?a=1&b=2")})
	case "placeholder":
		return node(kind, object{"text": g.text()})
	case "inlineExtension":
		return node(kind, object{"extensionType": g.pick("ext", "com.example", "com.atlassian.confluence.macro.core"), "extensionKey": g.pick("key", "jira", "x]")})
	case "mediaInline":
		return node(kind, object{"id": "m-1", "collection": "c", "type": g.pick("media", "file", "image"), "alt": g.text()})
	}
	return node("hardBreak", nil)
}

func (g *generator) paragraph() object { return node("paragraph", nil, g.words(1, 4)...) }

// words draws inline content that Markdown keeps: not empty, and without a
// line break at the edge of a line of its own.
func (g *generator) words(low, high int) []any {
	out := g.inline(low, high)
	if len(out) == 0 {
		out = append(out, object{"type": "text", "text": "w"})
	}
	return out
}

func (g *generator) document() []byte {
	o := node("doc", nil, g.several(0, 5, func() object { return g.block("doc") })...)
	o["version"] = 1
	if o["content"] == nil {
		o["content"] = []any{}
	}
	b, err := json.Marshal(o, json.Deterministic(true))
	if err != nil {
		g.t.Fatalf("encode: %v", err)
	}
	return b
}

// allowed lists what each container holds; the shared documents leave out what
// one of the other formats has no form for.
func (g *generator) allowed(parent string) []string {
	kinds := []string{"paragraph", "paragraph", "paragraph", "bulletList", "orderedList", "codeBlock"}
	all := []string{"heading", "taskList", "blockquote", "rule", "panel", "mediaSingle"}
	extra := []string{"extension"}
	switch parent {
	case "doc":
		kinds = append(append(kinds, all...), "table", "expand")
		extra = append(extra, "bodiedExtension", "layoutSection", "decisionList", "blockCard", "embedCard", "mediaGroup", "syncBlock", "bodiedSyncBlock")
	case "layoutColumn":
		kinds = append(append(kinds, all...), "table", "expand")
		extra = append(extra, "bodiedExtension", "decisionList", "blockCard")
	case "expand":
		kinds = append(append(kinds, all...), "table", "nestedExpand")
		extra = append(extra, "decisionList", "embedCard")
	case "nestedExpand":
		kinds = append(kinds, all...)
	case "bodiedExtension", "bodiedSyncBlock":
		kinds = append(append(kinds, all...), "table")
	case "tableCell":
		kinds = append(append(kinds, all...), "nestedExpand")
		extra = append(extra, "decisionList")
	case "panel":
		kinds = append(kinds, "heading", "taskList", "rule", "mediaSingle")
	case "listItem":
		kinds = append(kinds, "taskList", "mediaSingle")
	case "blockquote":
		kinds = append(kinds, "mediaSingle")
	}
	if parent == "bodiedSyncBlock" {
		extra = nil
	}
	if !g.shared {
		kinds = append(kinds, extra...)
	}
	return kinds
}

func (g *generator) blocks(parent string, low, high int) []any {
	g.depth++
	defer func() { g.depth-- }()
	out := g.several(low, high, func() object { return g.block(parent) })
	if len(out) == 0 {
		out = append(out, g.paragraph())
	}
	return out
}

func (g *generator) block(parent string) object {
	kinds := g.allowed(parent)
	if g.depth > 3 {
		kinds = []string{"paragraph"}
	}
	kind := g.pick("block", kinds...)
	switch kind {
	case "heading":
		return node(kind, object{"level": rapid.IntRange(1, 6).Draw(g.t, "level")}, g.words(1, 3)...)
	case "codeBlock":
		o := node(kind, nil)
		if g.chance(50) {
			o["attrs"] = object{"language": g.pick("language", "go", "c++", "x`y", "two words")}
		}
		if g.chance(90) {
			o["content"] = []any{object{"type": "text", "text": g.pick("code", "x", "a\nb", "```", "~~~\n````\n", "\n", " lead", "\ttab\n", "]]>", "a\n\n\nb", "<p>&")}}
		}
		return o
	case "bulletList":
		return node(kind, nil, g.items()...)
	case "orderedList":
		return node(kind, object{"order": g.pickInt(1, 1, 0, 7)}, g.items()...)
	case "taskList":
		return g.taskList(0)
	case "blockquote", "expand", "nestedExpand":
		var attrs object
		if kind != "blockquote" {
			attrs = object{"title": g.pick("title", "", "More", "a <b> & c", "# x")}
		}
		return node(kind, attrs, g.blocks(kind, 1, 2)...)
	case "panel":
		types := []string{"info", "note", "warning", "error", "success"}
		if !g.shared {
			types = append(types, "tip", "custom")
		}
		return node(kind, object{"panelType": g.pick("panelType", types...)}, g.blocks(kind, 1, 2)...)
	case "rule":
		return node(kind, nil)
	case "table":
		return g.table()
	case "mediaSingle":
		o := node(kind, nil, node("media", object{"type": "external", "url": g.pick("src", "https://e.com/i.png", "a b.png", "x(1).png"), "alt": g.text()}))
		if g.chance(40) {
			o["content"] = append(o["content"].([]any), node("caption", nil, object{"type": "text", "text": g.text()}))
		}
		return o
	}
	if kind != "paragraph" {
		return g.special(kind)
	}
	return g.paragraph()
}

// special draws the blocks that only ADF has.
func (g *generator) special(kind string) object {
	core := g.pick("type", "com.atlassian.confluence.macro.core", "com.example.app")
	switch kind {
	case "extension":
		return node(kind, object{"extensionType": core, "extensionKey": "toc", "parameters": object{"macroParams": object{"a": object{"value": "b"}}}})
	case "bodiedExtension":
		return node(kind, object{"extensionType": core, "extensionKey": "excerpt"}, g.blocks(kind, 1, 2)...)
	case "layoutSection":
		var columns []any
		for range g.pickInt(2, 3) {
			columns = append(columns, node("layoutColumn", object{"width": g.pickInt(50, 33, 25)}, g.blocks("layoutColumn", 1, 2)...))
		}
		return node(kind, nil, columns...)
	case "decisionList":
		return node(kind, object{"localId": g.id()}, node("decisionItem", object{"localId": g.id(), "state": "DECIDED"}, g.inline(0, 2)...))
	case "blockCard":
		return node(kind, object{"url": "https://example.com"})
	case "embedCard":
		return node(kind, object{"url": "https://example.com", "layout": "center"})
	case "mediaGroup":
		return node(kind, nil, node("media", object{"type": "file", "id": "f-1", "collection": ""}))
	case "syncBlock":
		return node(kind, object{"resourceId": "r", "localId": g.id()})
	}
	return node(kind, object{"resourceId": "r", "localId": g.id()}, g.blocks(kind, 1, 2)...)
}

func (g *generator) pickInt(of ...int) int { return rapid.SampledFrom(of).Draw(g.t, "int") }

func (g *generator) items() []any {
	g.depth++
	defer func() { g.depth-- }()
	return g.several(1, 3, func() object { return node("listItem", nil, g.blocks("listItem", 1, 3)...) })
}

func (g *generator) taskList(depth int) object {
	var items []any
	for range rapid.IntRange(1, 3).Draw(g.t, "tasks") {
		items = append(items, node("taskItem", object{"localId": g.id(), "state": g.pick("state", "TODO", "DONE")}, g.words(1, 3)...))
		if depth < 2 && g.chance(20) {
			items = append(items, g.taskList(depth+1))
		}
	}
	return node("taskList", object{"localId": g.id()}, items...)
}

func (g *generator) table() object {
	columns := g.pickInt(1, 2, 3)
	aligned := make([]string, columns)
	for i := range aligned {
		aligned[i] = g.pick("align", "", "center", "end")
	}
	var rows []any
	for r := range g.pickInt(1, 2, 3) {
		kind := "tableCell"
		if r == 0 {
			kind = "tableHeader"
		}
		var cells []any
		for c := range columns {
			content := []any{g.paragraph()}
			if !g.shared {
				content = g.blocks("tableCell", 1, 2)
			} else if aligned[c] != "" {
				content[0].(object)["marks"] = []any{object{"type": "alignment", "attrs": object{"align": aligned[c]}}}
			}
			cell := node(kind, nil, content...)
			if !g.shared && g.chance(20) {
				cell["attrs"] = object{"colspan": g.pickInt(1, 2), "rowspan": g.pickInt(1, 2), "background": "#ffffff"}
			}
			cells = append(cells, cell)
		}
		rows = append(rows, node("tableRow", nil, cells...))
	}
	return node("table", nil, slices.Clip(rows)...)
}
