package richtext

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// markdownEncode returns blocks as CommonMark with GitHub's extensions, and what
// that cannot carry, joined with the losses before. What Markdown has no form
// for is shown as a short placeholder in brackets.
func markdownEncode(blocks []*Node, before Losses) (string, Losses) {
	e := &markdownEncoder{}
	e.blocks(blocks, false)
	return strings.TrimRight(e.out.String(), "\n"), e.result(before)
}

type markdownEncoder struct {
	recorder
	out strings.Builder
	// prefix is what every line inside the current containers begins with.
	prefix string
	// midLine is set after a list marker, where the prefix is already there.
	midLine bool
	// marker is the list marker the current line begins with, if any.
	marker byte
	// filler counts the cells written for merged ones.
	filler int
}

// line writes one line with the prefix of the containers around it.
func (e *markdownEncoder) line(s string) {
	switch {
	case e.midLine:
		e.midLine = false
	case s == "":
		e.out.WriteString(strings.TrimRight(e.prefix, " "))
	default:
		e.out.WriteString(e.prefix)
	}
	e.marker = 0
	e.out.WriteString(s)
	e.out.WriteByte('\n')
}

func (e *markdownEncoder) lines(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		e.line(line)
	}
}

// nested runs a function with a longer prefix.
func (e *markdownEncoder) nested(prefix string, f func()) {
	before := e.prefix
	e.prefix += prefix
	f()
	e.prefix = before
}

// blocks writes blocks with an empty line between them; in a tight list a
// nested list follows its paragraph directly.
func (e *markdownEncoder) blocks(nodes []*Node, tight bool) {
	var previous *Node
	var marker byte
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		e.enter(i)
		if isInline(n.kind) {
			first := i
			for i+1 < len(nodes) && isInline(nodes[i+1].kind) {
				i++
			}
			n = newNode(typeParagraph, nil, nodes[first:i+1]...)
		}
		if e.invisible(n, len(nodes)) {
			e.leave()
			continue
		}
		if previous != nil && (!tight || !followsTightly(n) || onlyBreak(previous)) {
			e.line("")
		}
		marker = e.block(n, previous, marker)
		previous = n
		e.leave()
	}
	if previous == nil && e.midLine {
		e.line("")
	}
}

// invisible reports whether a block has no form in Markdown at all.
func (e *markdownEncoder) invisible(n *Node, siblings int) bool {
	switch n.kind {
	case typeParagraph:
		if len(n.content) > 0 {
			return false
		}
		e.blockLosses(n)
		if siblings > 1 {
			e.lose("empty paragraph", Dropped)
		}
		return true
	case typeBulletList, typeOrderedList, typeTaskList, typeDecisionList, typeTable, typeMediaGroup:
		if len(n.content) > 0 {
			return false
		}
		e.lose(n.kind, Dropped)
		return true
	case typeRawBlock:
		if strings.HasPrefix(n.whole, "<!--") {
			e.lose("html: comment", Dropped)
			return true
		}
	}
	return false
}

// onlyBreak reports whether a paragraph is a tag alone on its line, which goes
// on as HTML until the next empty line.
func onlyBreak(n *Node) bool {
	return n.kind == typeParagraph && len(n.content) == 1 && n.content[0].kind == typeHardBreak
}

// followsTightly reports whether a list can follow a paragraph without an empty
// line: one that starts empty, or with a number other than one, cannot.
func followsTightly(n *Node) bool {
	if !isList(n.kind) || n.attrs.integer("order", 1) != 1 || len(n.content) == 0 {
		return false
	}
	first := n.content[0]
	if n.kind == typeTaskList || n.kind == typeDecisionList {
		return first.kind != typeTaskList
	}
	return len(first.content) > 0 && first.content[0].kind == typeParagraph && len(first.content[0].content) > 0
}

// block writes one block. It returns the list marker it used, which the next
// list has to differ from to stay apart.
func (e *markdownEncoder) block(n, previous *Node, marker byte) byte {
	if n.kind == typeHeading {
		e.under(n)
	}
	if n.kind != typeTable && n.kind != typeMediaSingle {
		e.blockLosses(n)
	}
	after := previous != nil && isList(previous.kind)
	switch n.kind {
	case typeParagraph:
		e.lines(e.paragraph(n.content))
	case typeHeading:
		level := min(max(n.attrs.integer("level", 1), 1), 6)
		text := closeHeading(e.inline(n.content, singleLine))
		e.line(strings.TrimRight(strings.Repeat("#", level)+" "+text, " "))
	case typeBulletList, typeTaskList, typeDecisionList:
		char := byte('-')
		// Behind its parent's marker a list takes another one, because three of a
		// kind in one line are a rule.
		if after && marker == '-' || e.midLine && e.marker == '-' {
			char = '*'
		}
		e.bullets(n, char)
		return char
	case typeOrderedList:
		char := byte('.')
		if after && marker == '.' {
			char = ')'
		}
		e.numbers(n, char)
		return char
	case typeBlockquote:
		e.quote("", n.content)
	case typePanel:
		content := n.content
		if title := n.attrs.str("title"); title != "" {
			content = append([]*Node{titleParagraph(title)}, content...)
		}
		e.quote("[!"+e.alert(n)+"]", content)
	case typeCodeBlock:
		if title := n.attrs.str("title"); title != "" {
			e.lines(e.paragraph(titleParagraph(title).content))
			e.line("")
		}
		e.codeBlock(n)
	case typeRule:
		if e.midLine && e.marker == '-' {
			e.line("***")
		} else {
			e.line("---")
		}
	case typeTable:
		e.table(n)
	case typeExpand, typeNestedExpand:
		e.expand(n)
	case typeMediaSingle:
		e.mediaSingle(n)
	default:
		e.placeholder(n)
	}
	return 0
}

func (e *markdownEncoder) paragraph(nodes []*Node) string {
	lines := strings.Split(e.inline(nodes, 0), "\n")
	for i := range lines {
		lines[i] = guardLine(lines[i])
	}
	return strings.Join(lines, "\n")
}

// quote writes blocks behind quote markers, after the label of an alert if any.
func (e *markdownEncoder) quote(label string, nodes []*Node) {
	if e.midLine {
		e.out.WriteString("> ")
	}
	e.nested("> ", func() {
		if label != "" {
			e.line(label)
			if len(nodes) > 0 && nodes[0].kind != typeParagraph && !isInline(nodes[0].kind) {
				e.line("")
			}
		}
		before := e.out.Len()
		e.blocks(nodes, false)
		if e.out.Len() == before && label == "" {
			e.line("")
		}
	})
}

func (e *markdownEncoder) alert(n *Node) string {
	switch kind := n.attrs.str("panelType"); kind {
	case "info":
		return "NOTE"
	case "success":
		return "TIP"
	case "note":
		return "IMPORTANT"
	case "warning":
		return "WARNING"
	case "error":
		return "CAUTION"
	case "tip":
		e.lose("panel.panelType", Changed)
		return "TIP"
	default:
		e.lose("panel.panelType", Changed)
		return "NOTE"
	}
}

func (e *markdownEncoder) codeBlock(n *Node) {
	text := textOfCode(n)
	if strings.ContainsAny(text, "\r\x00") {
		e.lose("control character", Changed)
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(text)
	}
	text = cleanUTF8(text)
	language := n.attrs.str("language")
	char := "`"
	if strings.Contains(language, "`") {
		char = "~"
	}
	fence := strings.Repeat(char, max(3, longestRun(text, char[0])+1))
	e.line(fence + escapeInfo(language))
	if text != "" {
		e.lines(text)
	}
	e.line(fence)
}

// longestRun returns the length of the longest run of one byte.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// escapeInfo writes a language so that it is read back as one word.
func escapeInfo(s string) string {
	var b strings.Builder
	for _, r := range cleanUTF8(s) {
		switch {
		case r == 0:
			b.WriteString("\uFFFD")
		case r <= ' ' || r == '&' || r == '\\' || r == '~' || r == '\u0085' || r == '\u00A0':
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (e *markdownEncoder) expand(n *Node) {
	title := n.attrs.str("title")
	flat := strings.Join(strings.Fields(title), " ")
	if flat != title {
		e.lose(n.kind+".title", Changed)
	}
	e.line("<details>")
	e.line("<summary>" + html.EscapeString(flat) + "</summary>")
	e.line("")
	before := e.out.Len()
	e.blocks(n.content, false)
	if e.out.Len() > before {
		e.line("")
	}
	e.line("</details>")
}

func (e *markdownEncoder) bullets(n *Node, char byte) {
	tight := tightList(n)
	for i, item := range n.content {
		if i > 0 && !tight {
			e.line("")
		}
		e.enter(i)
		switch {
		case item.kind == typeTaskList && n.kind == typeTaskList:
			// A nested list without a task before it has nothing to stand under.
			if i == 0 {
				e.lose("nested taskList", Changed)
				e.bullets(item, char)
			} else {
				e.nested("  ", func() { e.bullets(item, '-') })
			}
		case n.kind == typeTaskList:
			box := "[ ]"
			if item.attrs.str("state") == "DONE" {
				box = "[x]"
			}
			e.item(string(char)+" ", box, taskBlocks(item), tight)
		case n.kind == typeDecisionList:
			label := "[decision]"
			if s := item.attrs.str("state"); s != "" && s != "DECIDED" {
				label = "[decision: " + escapeText(s, ' ', ' ', inBrackets) + "]"
			}
			e.lose(typeDecisionItem, Shown)
			e.item(string(char)+" ", label, taskBlocks(item), tight)
		default:
			e.item(string(char)+" ", "", item.content, tight)
		}
		e.leave()
	}
}

func taskBlocks(item *Node) []*Node {
	if item.kind == typeBlockTaskItem || (len(item.content) > 0 && !isInline(item.content[0].kind)) {
		return item.content
	}
	return []*Node{newNode(typeParagraph, nil, item.content...)}
}

func (e *markdownEncoder) numbers(n *Node, char byte) {
	tight := tightList(n)
	number := min(max(n.attrs.integer("order", 1), 0), 999_999_999-len(n.content))
	for i, item := range n.content {
		if i > 0 && !tight {
			e.line("")
		}
		e.enter(i)
		e.item(strconv.Itoa(number+i)+string(char)+" ", "", item.content, tight)
		e.leave()
	}
}

// item writes a list item: its marker, a label such as a check box, and its
// blocks, indented to stand under the marker.
func (e *markdownEncoder) item(marker, label string, content []*Node, tight bool) {
	for len(content) > 1 && content[0].kind == typeParagraph && len(content[0].content) == 0 && label == "" {
		e.lose("empty paragraph", Dropped)
		content = content[1:]
	}
	if !e.midLine {
		e.out.WriteString(e.prefix)
	}
	e.out.WriteString(strings.TrimRight(marker, " "))
	e.midLine, e.marker = true, marker[0]
	indent := strings.Repeat(" ", len(marker))
	if label != "" {
		e.out.WriteString(" " + label)
		e.nested(indent, func() {
			rest := content
			if len(content) > 0 && content[0].kind == typeParagraph {
				e.enter(0)
				rest = content[1:]
				if text := e.inline(content[0].content, 0); text != "" {
					e.out.WriteByte(' ')
					first, more, found := strings.Cut(text, "\n")
					e.line(first)
					if found {
						for line := range strings.SplitSeq(more, "\n") {
							e.line(guardLine(line))
						}
					}
				} else {
					e.line("")
				}
				e.leave()
			} else {
				e.line("")
			}
			if len(rest) > 0 {
				if !tight || !followsTightly(rest[0]) {
					e.line("")
				}
				e.blocks(rest, tight)
			}
		})
		return
	}
	visible := len(content) > 1 || len(content) == 1 && (content[0].kind != typeParagraph || len(content[0].content) > 0)
	if visible {
		e.out.WriteByte(' ')
	}
	e.nested(indent, func() { e.blocks(content, tight) })
}

// tightList reports whether no item needs an empty line inside.
func tightList(n *Node) bool {
	for _, item := range n.content {
		for i, b := range item.content {
			if i > 0 && !isList(b.kind) && !isInline(b.kind) {
				return false
			}
		}
	}
	return true
}

func (e *markdownEncoder) mediaSingle(n *Node) {
	if len(n.content) == 0 || n.content[0].kind != typeMedia {
		e.placeholder(n)
		return
	}
	media := n.content[0]
	var caption []*Node
	if len(n.content) > 1 {
		caption = n.content[1].content
	}
	if media.attrs.str("type") != "external" || media.attrs.str("url") == "" {
		e.lose("image", Shown)
		label := "[image: " + escapeText(oneLine(mediaName(media)), ' ', ' ', inBrackets) + "]"
		if len(caption) > 0 {
			label += "\\\n" + e.paragraph(caption)
		}
		e.lines(label)
		return
	}
	e.blockLosses(n)
	e.blockLosses(media)
	title := ""
	if len(caption) > 0 {
		title = oneLine(textOf(caption...))
		if len(caption) > 1 || caption[0].kind != typeText || len(caption[0].marks) > 0 || title != caption[0].text {
			e.lose(typeCaption, Changed)
		}
	}
	text := e.image(media.attrs, title)
	link, linked := media.mark(markLink)
	if !linked {
		link, linked = n.mark(markLink)
	}
	if linked {
		text = "[" + text + "](" + linkTarget(link.attrs.str("href"), link.attrs.str("title")) + ")"
	}
	e.line(text)
}

func (e *markdownEncoder) image(attrs members, title string) string {
	alt := escapeText(oneLine(attrs.str("alt")), ' ', ' ', inBrackets)
	return "![" + alt + "](" + linkTarget(attrs.str("url"), title) + ")"
}

func oneLine(s string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// placeholder shows a block that Markdown has no form for: its name, and what
// is inside it.
func (e *markdownEncoder) placeholder(n *Node) {
	name := func(s string) string { return escapeText(oneLine(s), ' ', ' ', inBrackets) }
	label, end, kind, fate := "", "", n.kind, Shown
	switch n.kind {
	case typeExtension, typeBodiedExtension, typeInlineExtension:
		kind = "macro:" + macroName(n)
		label = "[macro: " + name(macroName(n)) + "]"
		if len(n.content) > 0 {
			end = "[end of macro: " + name(macroName(n)) + "]"
		}
	case typeBlockCard, typeEmbedCard:
		if url := n.attrs.str("url"); url != "" {
			label, fate = cardText(url), Changed
		} else {
			label = "[card]"
		}
	case typeLayoutSection:
		if len(n.content) == 1 {
			e.blocks(n.content[0].content, false)
			return
		}
		e.lose(kind, Shown)
		e.layout(n)
		return
	case typeSyncBlock, typeBodiedSyncBlock:
		label = "[synced block: " + name(n.attrs.str("resourceId")) + "]"
		if len(n.content) > 0 {
			end = "[end of synced block]"
		}
	case typeMediaGroup:
		e.lose(kind, Shown)
		for i, m := range n.content {
			if i > 0 {
				e.line("")
			}
			e.line("[file: " + name(mediaName(m)) + "]")
		}
		return
	case typeMediaSingle:
		label, kind = "[image]", "image"
	case typeRawBlock:
		kind = rawName(n)
		if len(n.content) == 0 {
			label = "[" + name(kind) + "]"
		}
	default:
		if kind = n.kind; kind == "" {
			kind = "unknown"
		}
		label = "[" + name(kind) + "]"
	}
	e.lose(kind, fate)
	if label != "" {
		e.line(label)
	}
	if len(n.content) == 0 {
		return
	}
	if label != "" {
		e.line("")
	}
	e.blocks(n.content, false)
	if end != "" {
		e.line("")
		e.line(end)
	}
}

func (e *markdownEncoder) layout(n *Node) {
	e.line(fmt.Sprintf("[layout: %d columns]", len(n.content)))
	for i, column := range n.content {
		e.enter(i)
		e.line("")
		e.line(fmt.Sprintf("[column %d]", i+1))
		if len(column.content) > 0 {
			e.line("")
			e.blocks(column.content, false)
		}
		e.leave()
	}
	e.line("")
	e.line("[end of layout]")
}
