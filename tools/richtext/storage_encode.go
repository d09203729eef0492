package richtext

import (
	"slices"
	"strconv"
	"strings"
)

// storageEncode returns blocks as a storage body, and what that cannot carry,
// joined with the losses before. What was read from storage and has no place in
// the tree is written back verbatim. Text is escaped wherever it stands.
func storageEncode(blocks []*Node, before Losses) (string, Losses) {
	e := &storageEncoder{}
	e.blocks(blocks)
	return e.out.String(), e.result(before)
}

// storageSection returns blocks of storage as a section that can stand in a
// layout.
func storageSection(blocks string) string { return plainSection + blocks + plainSectionEnd }

type storageEncoder struct {
	recorder
	out strings.Builder
}

func (e *storageEncoder) write(parts ...string) {
	for _, s := range parts {
		e.out.WriteString(s)
	}
}

// text writes text outside a tag.
func (e *storageEncoder) text(s string) {
	if strings.ContainsFunc(s, func(r rune) bool { return !xmlRune(r) }) {
		e.lose("control character", Changed)
	}
	e.write(escapeXML(cleanUTF8(s)))
}

// blocks writes blocks. Layout sections can only stand in a layout, so one
// among other blocks puts those into sections of their own.
func (e *storageEncoder) blocks(nodes []*Node) {
	sections := slices.ContainsFunc(nodes, func(n *Node) bool { return n.kind == typeLayoutSection })
	if sections {
		e.write("<ac:layout>")
	}
	plain := false
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if sections && (n.kind == typeLayoutSection) == plain {
			if plain = !plain; plain {
				e.write(plainSection)
			} else {
				e.write(plainSectionEnd)
			}
		}
		e.enter(i)
		if isInline(n.kind) {
			first := i
			for i+1 < len(nodes) && isInline(nodes[i+1].kind) {
				i++
			}
			n = newNode(typeParagraph, nil, nodes[first:i+1]...)
		}
		e.block(n)
		e.leave()
	}
	if plain {
		e.write(plainSectionEnd)
	}
	if sections {
		e.write("</ac:layout>")
	}
}

const (
	plainSection    = `<ac:layout-section ac:type="fixed-width" ac:breakout-mode="default"><ac:layout-cell>`
	plainSectionEnd = `</ac:layout-cell></ac:layout-section>`
)

// tags returns what stands around a node's content: as it was read, or as it
// is generated.
func tags(n *Node, open, shut string) (string, string) {
	if n.open != "" {
		return n.open, n.shut
	}
	return open, shut
}

func (e *storageEncoder) inTag(n *Node, name string) {
	open, shut := tags(n, "<"+name+e.blockStyle(n)+">", "</"+name+">")
	e.write(open)
	e.inline(n.content)
	e.write(shut)
}

func (e *storageEncoder) around(n *Node, open, shut string) {
	open, shut = tags(n, open, shut)
	e.write(open)
	e.blocks(n.content)
	e.write(shut)
}

func (e *storageEncoder) block(n *Node) {
	if n.whole != "" {
		e.write(n.whole)
		return
	}
	if n.open == "" {
		e.unstored(n)
	}
	switch n.kind {
	case typeParagraph:
		if n.bare {
			e.inline(n.content)
		} else {
			e.inTag(n, "p")
		}
	case typeHeading:
		e.under(n)
		e.inTag(n, "h"+strconv.Itoa(min(max(n.attrs.integer("level", 1), 1), 6)))
	case typeBulletList:
		e.around(n, "<ul>", "</ul>")
	case typeOrderedList:
		e.around(n, orderedTag(n), "</ol>")
	case typeListItem:
		e.around(n, "<li>", "</li>")
	case typeTaskList:
		e.taskList(n)
	case typeDecisionList:
		e.decisionList(n)
	case typeBlockquote:
		e.around(n, "<blockquote>", "</blockquote>")
	case typeCodeBlock:
		e.codeBlock(n)
	case typeRule:
		e.write("<hr/>")
	case typeTable:
		e.around(n, tableTag(n), "</tbody></table>")
	case typeTableRow:
		e.around(n, "<tr>", "</tr>")
	case typeTableHeader:
		e.around(n, cellTag(n), "</th>")
	case typeTableCell:
		e.around(n, cellTag(n), "</td>")
	case typePanel:
		e.panel(n)
	case typeExpand, typeNestedExpand:
		open := macroTag("expand")
		if title := n.attrs.str("title"); title != "" {
			open += parameterTag("title", title)
		}
		e.around(n, open+breakoutParameter(n)+"<ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>")
	case typeMediaSingle:
		e.mediaSingle(n)
	case typeLayoutSection:
		e.around(n, sectionTag(n), "</ac:layout-section>")
	case typeLayoutColumn:
		e.around(n, "<ac:layout-cell>", "</ac:layout-cell>")
	case typeExtension, typeBodiedExtension:
		e.extension(n)
	case typeBlockCard, typeEmbedCard:
		if n.attrs.str("url") == "" {
			e.placeholder(n, "[card]")
			return
		}
		e.write(cardTag(n))
	default:
		e.placeholder(n, blockLabel(n))
	}
}

// placeholder shows a node storage has no form for: its label, and what is
// inside it.
func (e *storageEncoder) placeholder(n *Node, label string) {
	e.lose(n.kind, Shown)
	if len(n.content) > 0 && !isInline(n.content[0].kind) && n.kind != typeMediaSingle && n.kind != typeMediaGroup {
		if own := inlineLabel(n); own != "" {
			e.write("<p>")
			e.text(own)
			e.write("</p>")
		}
		e.blocks(n.content)
		return
	}
	e.write("<p>")
	e.text(label)
	e.write("</p>")
}

func orderedTag(n *Node) string {
	if order := n.attrs.integer("order", 1); order != 1 && order >= 0 {
		return `<ol start="` + strconv.Itoa(order) + `">`
	}
	return "<ol>"
}

func tableTag(n *Node) string {
	open := "<table"
	if layout := n.attrs.str("layout"); tableLayout(layout) {
		open += ` data-layout="` + layout + `"`
	}
	return open + "><tbody>"
}

func cellTag(n *Node) string {
	open := "<td"
	if n.kind == typeTableHeader {
		open = "<th"
	}
	if v := n.attrs.integer("colspan", 1); v > 1 {
		open += ` colspan="` + strconv.Itoa(v) + `"`
	}
	if v := n.attrs.integer("rowspan", 1); v > 1 {
		open += ` rowspan="` + strconv.Itoa(v) + `"`
	}
	if color := n.attrs.str("background"); color != "" {
		open += ` data-highlight-colour="` + escapeXML(color) + `"` //nolint:misspell // the attribute is spelled so
	}
	return open + ">"
}

func sectionTag(n *Node) string {
	kind := "single"
	switch width := func(i int) float64 { return percent(n.content[i]) }; len(n.content) {
	case 2:
		switch {
		case width(0) < width(1):
			kind = "two_left_sidebar"
		case width(0) > width(1):
			kind = "two_right_sidebar"
		default:
			kind = "two_equal"
		}
	case 3:
		kind = "three_equal"
		if width(1) > width(0) {
			kind = "three_with_sidebars"
		}
	}
	mode := "default"
	if m, ok := n.mark(markBreakout); ok {
		mode = m.attrs.str("mode")
	}
	return `<ac:layout-section ac:type="` + kind + `" ac:breakout-mode="` + escapeXML(mode) + `">`
}

func percent(column *Node) float64 {
	f, err := strconv.ParseFloat(string(column.attrs.get("width")), 64)
	if err != nil {
		return 0
	}
	return f
}

func macroTag(name string) string {
	return `<ac:structured-macro ac:name="` + escapeXML(name) + `">`
}

func parameterTag(name, value string) string {
	return `<ac:parameter ac:name="` + escapeXML(name) + `">` + escapeXML(cleanUTF8(value)) + "</ac:parameter>"
}

func breakoutParameter(n *Node) string {
	if m, ok := n.mark(markBreakout); ok {
		return parameterTag("breakoutMode", m.attrs.str("mode"))
	}
	return ""
}

func (e *storageEncoder) blockStyle(n *Node) string {
	for _, m := range n.marks {
		switch m.kind {
		case markAlignment:
			align := "center"
			if m.attrs.str("align") == "end" {
				align = "right"
			}
			return ` style="text-align: ` + align + `;"`
		case markIndentation:
			level := min(max(m.attrs.integer("level", 1), 1), 6)
			return ` style="margin-left: ` + strconv.Itoa(level*indentPixels) + `.0px;"`
		}
	}
	return ""
}

func (e *storageEncoder) codeBlock(n *Node) {
	open := macroTag("code")
	if v := n.attrs.str("language"); v != "" {
		open += parameterTag("language", v)
	}
	if v := n.attrs.str("title"); v != "" {
		open += parameterTag("title", v)
	}
	text := textOfCode(n)
	if strings.ContainsFunc(text, func(r rune) bool { return !xmlRune(r) }) {
		e.lose("control character", Changed)
	}
	e.write(open, breakoutParameter(n), "<ac:plain-text-body>", cdata(text), "</ac:plain-text-body></ac:structured-macro>")
}

const taskEnd = "</ac:task-body></ac:task>"

func taskTag(done bool) string {
	status := "incomplete"
	if done {
		status = "complete"
	}
	return "<ac:task><ac:task-status>" + status + "</ac:task-status><ac:task-body>"
}

// taskList writes tasks. A list nested beside a task stands inside its body.
func (e *storageEncoder) taskList(n *Node) {
	open, shut := tags(n, "<ac:task-list>", "</ac:task-list>")
	e.write(open)
	for i := 0; i < len(n.content); i++ {
		item := n.content[i]
		e.enter(i)
		itemOpen, itemShut := tags(item, taskTag(item.attrs.str("state") == "DONE"), taskEnd)
		e.write(itemOpen)
		switch item.kind {
		case typeTaskList:
			e.lose("nested taskList", Changed)
			e.block(item)
		case typeBlockTaskItem:
			e.blocks(item.content)
		default:
			e.inline(item.content)
		}
		for i+1 < len(n.content) && n.content[i+1].kind == typeTaskList && item.kind != typeTaskList {
			i++
			e.block(n.content[i])
		}
		e.write(itemShut)
		e.leave()
	}
	e.write(shut)
}

// panelAttributes maps the attributes of a panel to their names in storage.
func panelAttributes() map[string]string {
	return map[string]string{
		"panelIcon": "panel-icon", "panelIconId": "panel-icon-id", "panelIconText": "panel-icon-text",
		"panelColor": "panel-color", "localId": "local-id",
	}
}

func (e *storageEncoder) panel(n *Node) {
	panelType := n.attrs.str("panelType")
	if name := panelMacro(panelType); name != "" {
		open := macroTag(name)
		if title := n.attrs.str("title"); title != "" {
			open += parameterTag("title", title)
		}
		e.around(n, open+"<ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>")
		return
	}
	if !isPanelType(panelType) {
		e.lose("panel.panelType", Changed)
		panelType = "note"
	}
	var open strings.Builder
	open.WriteString(`<ac:adf-extension><ac:adf-node type="panel">` + adfAttributeTag("panel-type", panelType))
	names := panelAttributes()
	for _, a := range n.attrs {
		if kebab := names[a.name]; kebab != "" && n.attrs.str(a.name) != "" {
			open.WriteString(adfAttributeTag(kebab, n.attrs.str(a.name)))
		}
	}
	open.WriteString("<ac:adf-content>")
	e.around(n, open.String(), "</ac:adf-content></ac:adf-node></ac:adf-extension>")
}

func adfAttributeTag(key, value string) string {
	return `<ac:adf-attribute key="` + key + `">` + escapeXML(cleanUTF8(value)) + "</ac:adf-attribute>"
}

func (e *storageEncoder) decisionList(n *Node) {
	e.write(`<ac:adf-extension><ac:adf-node type="decision-list">`)
	if id := n.attrs.str("localId"); id != "" {
		e.write(adfAttributeTag("local-id", id))
	}
	for i, item := range n.content {
		e.enter(i)
		e.write(`<ac:adf-node type="decision-item">`)
		if id := item.attrs.str("localId"); id != "" {
			e.write(adfAttributeTag("local-id", id))
		}
		state := item.attrs.str("state")
		if state == "" {
			state = "DECIDED"
		}
		e.write(adfAttributeTag("state", state), "<ac:adf-content>")
		e.inline(inlineOf(item.content))
		e.write("</ac:adf-content></ac:adf-node>")
		e.leave()
	}
	e.write("</ac:adf-node></ac:adf-extension>")
}

func (e *storageEncoder) mediaSingle(n *Node) {
	if len(n.content) == 0 || n.content[0].kind != typeMedia || imageTag(n.content[0], nil) == "" {
		label := "[image]"
		if len(n.content) > 0 {
			label = "[image: " + mediaName(n.content[0]) + "]"
		}
		e.lose("image", Shown)
		e.write("<p>")
		e.text(label)
		if len(n.content) > 1 {
			e.write("<br/>")
			e.inline(n.content[1].content)
		}
		e.write("</p>")
		return
	}
	media := n.content[0]
	e.unstored(media)
	link, ok := media.mark(markLink)
	if !ok {
		link, ok = n.mark(markLink)
	}
	var target *Mark
	if ok {
		target = &link
	}
	tag := imageTag(media, target)
	if len(n.content) == 1 {
		e.write(tag)
		return
	}
	e.write(strings.TrimSuffix(tag, "</ac:image>"), "<ac:caption><p>")
	e.inline(n.content[1].content)
	e.write("</p></ac:caption></ac:image>")
}

func (e *storageEncoder) extension(n *Node) {
	if n.open != "" {
		e.around(n, "", "")
		return
	}
	tag, ok := extensionTag(n)
	if !ok {
		e.lose("macro:"+macroName(n), Shown)
		e.write("<p>")
		e.text("[macro: " + macroName(n) + "]")
		e.write("</p>")
		e.blocks(n.content)
		return
	}
	e.write(tag)
	if n.kind == typeBodiedExtension {
		e.write("<ac:rich-text-body>")
		e.blocks(n.content)
		e.write("</ac:rich-text-body>")
	}
	e.write("</ac:structured-macro>")
}
