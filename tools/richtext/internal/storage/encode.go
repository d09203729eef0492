package storage

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Encode returns blocks as a storage body, and what that cannot carry,
// joined with the losses before. Blocks that were read from storage are written
// back as they were. Text is escaped wherever it stands.
func Encode(blocks []*tree.Node, before tree.Losses) (string, tree.Losses) {
	e := &encoder{}
	e.blocks(blocks)
	return e.out.String(), e.Result(before)
}

// Section returns blocks of storage as a section that can stand in a
// layout.
func Section(blocks string) string { return plainSection + blocks + plainSectionEnd }

type encoder struct {
	tree.Recorder
	out strings.Builder
}

func (e *encoder) write(parts ...string) {
	for _, s := range parts {
		e.out.WriteString(s)
	}
}

// text writes text outside a tag.
func (e *encoder) text(s string) {
	if strings.ContainsFunc(s, func(r rune) bool { return !xmlRune(r) }) {
		e.Lose("control character", tree.Changed)
	}
	e.write(escapeXML(tree.CleanUTF8(s)))
}

// blocks writes blocks. Layout sections can only stand in a layout, so one
// among other blocks puts those into sections of their own.
func (e *encoder) blocks(nodes []*tree.Node) {
	sections := slices.ContainsFunc(nodes, func(n *tree.Node) bool { return n.Kind == tree.TypeLayoutSection })
	if sections {
		e.write("<ac:layout>")
	}
	plain := false
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if sections && (n.Kind == tree.TypeLayoutSection) == plain {
			if plain = !plain; plain {
				e.write(plainSection)
			} else {
				e.write(plainSectionEnd)
			}
		}
		e.Enter(i)
		if tree.IsInline(n.Kind) {
			first := i
			for i+1 < len(nodes) && tree.IsInline(nodes[i+1].Kind) {
				i++
			}
			n = tree.New(tree.TypeParagraph, nil, nodes[first:i+1]...)
		}
		if n.Bare && i > 0 && nodes[i-1].Bare { // of another document
			e.write("<p>", n.Whole, "</p>")
		} else {
			e.block(n)
		}
		e.Leave()
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

func (e *encoder) inTag(n *tree.Node, name string) {
	e.write("<" + name + e.blockStyle(n) + ">")
	e.inline(n.Content)
	e.write("</" + name + ">")
}

func (e *encoder) around(n *tree.Node, open, shut string) {
	e.write(open)
	e.blocks(n.Content)
	e.write(shut)
}

func (e *encoder) block(n *tree.Node) {
	if n.Kind == tree.TypeHeading {
		e.Under(n)
	}
	if n.Whole != "" {
		e.write(n.Whole)
		return
	}
	e.unstored(n)
	switch n.Kind {
	case tree.TypeParagraph:
		e.inTag(n, "p")
	case tree.TypeHeading:
		e.inTag(n, "h"+strconv.Itoa(min(max(n.Attrs.Integer("level", 1), 1), 6)))
	case tree.TypeBulletList:
		e.around(n, "<ul>", "</ul>")
	case tree.TypeOrderedList:
		e.around(n, orderedTag(n), "</ol>")
	case tree.TypeListItem:
		e.around(n, "<li>", "</li>")
	case tree.TypeTaskList:
		e.taskList(n)
	case tree.TypeDecisionList:
		e.decisionList(n)
	case tree.TypeBlockquote:
		e.around(n, "<blockquote>", "</blockquote>")
	case tree.TypeCodeBlock:
		e.codeBlock(n)
	case tree.TypeRule:
		e.write("<hr/>")
	case tree.TypeTable:
		e.around(n, tableTag(n), "</tbody></table>")
	case tree.TypeTableRow:
		e.around(n, "<tr>", "</tr>")
	case tree.TypeTableHeader:
		e.around(n, cellTag(n), "</th>")
	case tree.TypeTableCell:
		e.around(n, cellTag(n), "</td>")
	case tree.TypePanel:
		e.panel(n)
	case tree.TypeExpand, tree.TypeNestedExpand:
		open := macroTag("expand")
		if title := n.Attrs.String("title"); title != "" {
			open += parameterTag("title", title)
		}
		e.around(n, open+breakoutParameter(n)+"<ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>")
	case tree.TypeMediaSingle:
		e.mediaSingle(n)
	case tree.TypeMediaGroup:
		e.mediaGroup(n)
	case tree.TypeLayoutSection:
		if !presetWidths(n) {
			e.Lose("layoutColumn.width", tree.Changed)
		}
		e.around(n, sectionTag(n), "</ac:layout-section>")
	case tree.TypeLayoutColumn:
		e.around(n, "<ac:layout-cell>", "</ac:layout-cell>")
	case tree.TypeExtension, tree.TypeBodiedExtension:
		e.extension(n)
	case tree.TypeBlockCard, tree.TypeEmbedCard:
		if url, name := tree.CardTarget(n); url == "" {
			e.placeholder(n, "["+cmp.Or(name, "card")+"]")
			return
		}
		e.write(cardTag(n))
	default:
		e.placeholder(n, tree.BlockLabel(n))
	}
}

// placeholder shows a node storage has no form for: its label, and what is
// inside it.
func (e *encoder) placeholder(n *tree.Node, label string) {
	e.Lose(n.Kind, tree.Shown)
	if len(n.Content) > 0 && !tree.IsInline(n.Content[0].Kind) && n.Kind != tree.TypeMediaSingle && n.Kind != tree.TypeMediaGroup {
		if own := tree.InlineLabel(n); own != "" {
			e.write("<p>")
			e.text(own)
			e.write("</p>")
		}
		e.blocks(n.Content)
		return
	}
	e.write("<p>")
	e.text(label)
	e.write("</p>")
}

func orderedTag(n *tree.Node) string {
	if order := n.Attrs.Integer("order", 1); order != 1 && order >= 0 {
		return `<ol start="` + strconv.Itoa(order) + `">`
	}
	return "<ol>"
}

func tableTag(n *tree.Node) string {
	open := "<table"
	if layout := n.Attrs.String("layout"); tableLayout(layout) {
		open += ` data-layout="` + layout + `"`
	}
	return open + "><tbody>"
}

func cellTag(n *tree.Node) string {
	open := "<td"
	if n.Kind == tree.TypeTableHeader {
		open = "<th"
	}
	if v := n.Attrs.Integer("colspan", 1); v > 1 {
		open += ` colspan="` + strconv.Itoa(v) + `"`
	}
	if v := n.Attrs.Integer("rowspan", 1); v > 1 {
		open += ` rowspan="` + strconv.Itoa(v) + `"`
	}
	if color := n.Attrs.String("background"); color != "" {
		open += ` data-highlight-colour="` + escapeXML(color) + `"` //nolint:misspell // the attribute is spelled so
	}
	return open + ">"
}

func sectionTag(n *tree.Node) string {
	mode := "default"
	if m, ok := n.Mark(tree.MarkBreakout); ok {
		mode = m.Attrs.String("mode")
	}
	return `<ac:layout-section ac:type="` + sectionType(n) + `" ac:breakout-mode="` + escapeXML(mode) + `">`
}

// presetWidths reports whether the columns have the widths of the section's
// type, which are all that storage can say. ADF may write two thirds as 66.66
// or 66.67.
func presetWidths(n *tree.Node) bool {
	for i, column := range n.Content {
		preset, err := strconv.ParseFloat(string(columnWidth(sectionType(n), len(n.Content), i)), 64)
		if err != nil || math.Abs(preset-percent(column)) > 0.5 {
			return false
		}
	}
	return true
}

// sectionType returns the type of layout that is closest to the columns.
func sectionType(n *tree.Node) string {
	kind := "single"
	switch width := func(i int) float64 { return percent(n.Content[i]) }; len(n.Content) {
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
	return kind
}

func percent(column *tree.Node) float64 {
	f, err := strconv.ParseFloat(string(column.Attrs.Get("width")), 64)
	if err != nil {
		return 0
	}
	return f
}

func macroTag(name string) string {
	return `<ac:structured-macro ac:name="` + escapeXML(name) + `">`
}

func parameterTag(name, value string) string {
	return `<ac:parameter ac:name="` + escapeXML(name) + `">` + escapeXML(tree.CleanUTF8(value)) + "</ac:parameter>"
}

func breakoutParameter(n *tree.Node) string {
	if m, ok := n.Mark(tree.MarkBreakout); ok {
		return parameterTag("breakoutMode", m.Attrs.String("mode"))
	}
	return ""
}

func (e *encoder) blockStyle(n *tree.Node) string {
	for _, m := range n.Marks {
		switch m.Kind {
		case tree.MarkAlignment:
			align := "center"
			if m.Attrs.String("align") == "end" {
				align = "right"
			}
			return ` style="text-align: ` + align + `;"`
		case tree.MarkIndentation:
			level := min(max(m.Attrs.Integer("level", 1), 1), 6)
			return ` style="margin-left: ` + strconv.Itoa(level*indentPixels) + `.0px;"`
		}
	}
	return ""
}

func (e *encoder) codeBlock(n *tree.Node) {
	open := macroTag("code")
	if v := n.Attrs.String("language"); v != "" {
		open += parameterTag("language", v)
	}
	if v := n.Attrs.String("title"); v != "" {
		open += parameterTag("title", v)
	}
	text := tree.TextOfCode(n)
	if strings.ContainsFunc(text, func(r rune) bool { return !xmlRune(r) }) {
		e.Lose("control character", tree.Changed)
	}
	e.write(open, breakoutParameter(n), "<ac:plain-text-body>", cdata(text), "</ac:plain-text-body></ac:structured-macro>")
}

func taskTag(done bool) string {
	status := "incomplete"
	if done {
		status = "complete"
	}
	return "<ac:task><ac:task-status>" + status + "</ac:task-status><ac:task-body>"
}

// taskList writes tasks. A list nested beside a task stands inside its body.
func (e *encoder) taskList(n *tree.Node) {
	e.write("<ac:task-list>")
	for i := 0; i < len(n.Content); i++ {
		item := n.Content[i]
		e.Enter(i)
		e.write(taskTag(item.Attrs.String("state") == "DONE"))
		switch item.Kind {
		case tree.TypeTaskList:
			e.Lose("nested taskList", tree.Changed)
			e.block(item)
		case tree.TypeBlockTaskItem:
			e.blocks(item.Content)
		default:
			e.inline(item.Content)
		}
		for i+1 < len(n.Content) && n.Content[i+1].Kind == tree.TypeTaskList && item.Kind != tree.TypeTaskList {
			i++
			e.block(n.Content[i])
		}
		e.write("</ac:task-body></ac:task>")
		e.Leave()
	}
	e.write("</ac:task-list>")
}

// panelAttributes maps the attributes of a panel to their names in storage.
func panelAttributes() map[string]string {
	return map[string]string{
		"panelIcon": "panel-icon", "panelIconId": "panel-icon-id", "panelIconText": "panel-icon-text",
		"panelColor": "panel-color", "localId": "local-id",
	}
}

func (e *encoder) panel(n *tree.Node) {
	panelType := n.Attrs.String("panelType")
	if name := panelMacro(panelType); name != "" {
		open := macroTag(name)
		if title := n.Attrs.String("title"); title != "" {
			open += parameterTag("title", title)
		}
		e.around(n, open+"<ac:rich-text-body>", "</ac:rich-text-body></ac:structured-macro>")
		return
	}
	if !tree.IsPanelType(panelType) {
		e.Lose("panel.panelType", tree.Changed)
		panelType = "note"
	}
	var open strings.Builder
	open.WriteString(`<ac:adf-extension><ac:adf-node type="panel">` + adfAttributeTag("panel-type", panelType))
	names := panelAttributes()
	for _, a := range n.Attrs {
		if kebab := names[a.Name]; kebab != "" && n.Attrs.String(a.Name) != "" {
			open.WriteString(adfAttributeTag(kebab, n.Attrs.String(a.Name)))
		}
	}
	open.WriteString("<ac:adf-content>")
	e.around(n, open.String(), "</ac:adf-content></ac:adf-node></ac:adf-extension>")
}

func adfAttributeTag(key, value string) string {
	return `<ac:adf-attribute key="` + key + `">` + escapeXML(tree.CleanUTF8(value)) + "</ac:adf-attribute>"
}

func (e *encoder) decisionList(n *tree.Node) {
	e.write(`<ac:adf-extension><ac:adf-node type="decision-list">`)
	if id := n.Attrs.String("localId"); id != "" {
		e.write(adfAttributeTag("local-id", id))
	}
	for i, item := range n.Content {
		e.Enter(i)
		e.write(`<ac:adf-node type="decision-item">`)
		if id := item.Attrs.String("localId"); id != "" {
			e.write(adfAttributeTag("local-id", id))
		}
		state := item.Attrs.String("state")
		if state == "" {
			state = "DECIDED"
		}
		e.write(adfAttributeTag("state", state), "<ac:adf-content>")
		e.inline(tree.InlineOf(item.Content))
		e.write("</ac:adf-content></ac:adf-node>")
		e.Leave()
	}
	e.write("</ac:adf-node></ac:adf-extension>")
}

func (e *encoder) mediaSingle(n *tree.Node) {
	if len(n.Content) == 0 || n.Content[0].Kind != tree.TypeMedia || imageTag(n.Content[0], "") == "" {
		words := []*tree.Node{tree.NewText("[image]")}
		if len(n.Content) > 0 {
			e.unstored(n.Content[0])
			words[0] = fileText(n.Content[0], n)
		}
		e.Lose("image", tree.Shown)
		if len(n.Content) > 1 {
			words = append(append(words, tree.New(tree.TypeHardBreak, nil)), n.Content[1].Content...)
		}
		e.write("<p>")
		e.inline(words)
		e.write("</p>")
		return
	}
	media := n.Content[0]
	e.unstored(media)
	link, linked := media.Mark(tree.MarkLink)
	if !linked {
		link, linked = n.Mark(tree.MarkLink)
	}
	// An image takes an address; a link to something in Confluence goes around it.
	href, open, shut := link.Attrs.String("href"), "", ""
	if linked && insideConfluence(href) {
		open, shut = linkTags(link)
		href, open, shut = "", "<p>"+open, shut+"</p>"
	}
	e.write(open)
	tag := imageTag(media, href)
	if len(n.Content) == 1 {
		e.write(tag)
	} else {
		e.write(strings.TrimSuffix(tag, "</ac:image>"), "<ac:caption><p>")
		e.inline(n.Content[1].Content)
		e.write("</p></ac:caption></ac:image>")
	}
	e.write(shut)
}

// fileText shows a file that storage cannot address by its name, with the link
// of the first node that has one.
func fileText(file *tree.Node, around ...*tree.Node) *tree.Node {
	for _, n := range append([]*tree.Node{file}, around...) {
		if link, ok := n.Mark(tree.MarkLink); ok {
			return tree.NewText(tree.InlineLabel(file), link)
		}
	}
	return tree.NewText(tree.InlineLabel(file))
}

func (e *encoder) mediaGroup(n *tree.Node) {
	e.Lose(tree.TypeMediaGroup, tree.Shown)
	for _, file := range n.Content {
		e.unstored(file)
		e.write("<p>")
		e.inline([]*tree.Node{fileText(file)})
		e.write("</p>")
	}
}

func (e *encoder) extension(n *tree.Node) {
	tag, ok := e.extensionTag(n)
	if !ok {
		e.Lose("macro:"+tree.MacroName(n), tree.Shown)
		e.write("<p>")
		e.text(tree.MacroLabel(n))
		e.write("</p>")
		e.blocks(n.Content)
		return
	}
	e.write(tag)
	if n.Kind == tree.TypeBodiedExtension {
		e.write("<ac:rich-text-body>")
		e.blocks(n.Content)
		e.write("</ac:rich-text-body>")
	}
	e.write("</ac:structured-macro>")
}
