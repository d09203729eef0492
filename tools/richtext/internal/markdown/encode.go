package markdown

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Encode returns blocks as CommonMark with GitHub's extensions, and what
// that cannot carry, joined with the losses before. What Markdown has no form
// for is shown as a short placeholder in brackets.
func Encode(blocks []*tree.Node, before tree.Losses) (string, tree.Losses) {
	e := &encoder{}
	e.blocks(blocks, false)
	return strings.TrimRight(e.out.String(), "\n"), e.Result(before)
}

type encoder struct {
	tree.Recorder
	out bytes.Buffer
	// prefix is what every line inside the current containers begins with.
	prefix []byte
	// midLine is set after a list marker, where the prefix is already there.
	midLine bool
	// marker is the list marker the current line begins with, if any.
	marker byte
	// afterEmptyItem is set after the line of a list item without content.
	afterEmptyItem bool
	// filler counts the cells written for merged ones.
	filler int
	// idle are writers of inline content that are not in use.
	idle []*spanWriter
}

// line writes one line with the prefix of the containers around it.
func (e *encoder) line(s string) {
	switch {
	case e.midLine:
		e.midLine = false
	case s == "":
		e.fillEmptyItem()
		e.out.Write(bytes.TrimRight(e.prefix, " "))
	default:
		e.out.Write(e.prefix)
	}
	e.marker, e.afterEmptyItem = 0, false
	e.out.WriteString(s)
	e.out.WriteByte('\n')
}

// fillEmptyItem gives an item that has just been written without content an empty
// paragraph, when it is inside of something else: goldmark takes an empty line
// after a bare marker for the end of the items around it too.
func (e *encoder) fillEmptyItem() {
	if e.afterEmptyItem && len(e.prefix) > 0 {
		e.out.Truncate(e.out.Len() - 1)
		e.out.WriteString(" <p></p>\n")
	}
}

func (e *encoder) lines(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		e.line(line)
	}
}

// nested runs a function with a longer prefix.
func (e *encoder) nested(prefix string, f func()) {
	before := len(e.prefix)
	e.prefix = append(e.prefix, prefix...)
	f()
	e.prefix = e.prefix[:before]
}

// blocks writes blocks with an empty line between them; in a tight list a
// nested list follows its paragraph directly.
func (e *encoder) blocks(nodes []*tree.Node, tight bool) {
	var previous *tree.Node
	var marker byte
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		e.Enter(i)
		if tree.IsInline(n.Kind) {
			first := i
			for i+1 < len(nodes) && tree.IsInline(nodes[i+1].Kind) {
				i++
			}
			n = tree.New(tree.TypeParagraph, nil, nodes[first:i+1]...)
		}
		if e.invisible(n, len(nodes)) {
			e.Leave()
			continue
		}
		if previous != nil && (!tight || !followsTightly(n) || onlyBreak(previous)) {
			e.line("")
		}
		marker = e.block(n, previous, marker)
		previous = n
		e.Leave()
	}
	if previous == nil && e.midLine {
		e.line("")
		e.afterEmptyItem = true
	}
}

// invisible reports whether a block has no form in Markdown at all.
func (e *encoder) invisible(n *tree.Node, siblings int) bool {
	switch n.Kind {
	case tree.TypeParagraph:
		anchors := 0
		for _, c := range n.Content {
			if !tree.IsAnchor(c) {
				return false
			}
			e.Lose("macro:"+tree.MacroName(c), tree.Dropped)
			anchors++
		}
		e.blockLosses(n)
		if siblings > 1 && anchors == 0 {
			e.Lose("empty paragraph", tree.Dropped)
		}
		return true
	case tree.TypeHidden:
		e.blockLosses(n)
		return true
	case tree.TypeExtension:
		if tree.IsAnchor(n) {
			e.Lose("macro:"+tree.MacroName(n), tree.Dropped)
			return true
		}
	case tree.TypeBulletList, tree.TypeOrderedList, tree.TypeTaskList, tree.TypeDecisionList, tree.TypeTable, tree.TypeMediaGroup:
		if len(n.Content) > 0 {
			return false
		}
		e.Lose(n.Kind, tree.Dropped)
		return true
	}
	return false
}

// onlyBreak reports whether a paragraph is a tag alone on its line, which goes
// on as HTML until the next empty line.
func onlyBreak(n *tree.Node) bool {
	return n.Kind == tree.TypeParagraph && len(n.Content) == 1 && n.Content[0].Kind == tree.TypeHardBreak
}

// followsTightly reports whether a list can follow a paragraph without an empty
// line: one that starts empty, or with a number other than one, cannot.
func followsTightly(n *tree.Node) bool {
	if !tree.IsList(n.Kind) || n.Attrs.Integer("order", 1) != 1 || len(n.Content) == 0 {
		return false
	}
	first := n.Content[0]
	if n.Kind == tree.TypeTaskList || n.Kind == tree.TypeDecisionList {
		return first.Kind != tree.TypeTaskList
	}
	return len(first.Content) > 0 && first.Content[0].Kind == tree.TypeParagraph && len(first.Content[0].Content) > 0
}

// block writes one block. It returns the list marker it used, which the next
// list has to differ from to stay apart.
func (e *encoder) block(n, previous *tree.Node, marker byte) byte {
	if n.Kind == tree.TypeHeading {
		e.Under(n)
	}
	if n.Kind != tree.TypeTable && n.Kind != tree.TypeMediaSingle {
		e.blockLosses(n)
	}
	after := previous != nil && tree.IsList(previous.Kind)
	switch n.Kind {
	case tree.TypeParagraph:
		e.paragraph(n.Content)
	case tree.TypeHeading:
		level := min(max(n.Attrs.Integer("level", 1), 1), 6)
		text := closeHeading(e.inline(n.Content, singleLine))
		e.line(strings.TrimRight(strings.Repeat("#", level)+" "+text, " "))
	case tree.TypeBulletList, tree.TypeTaskList, tree.TypeDecisionList:
		char := byte('-')
		// Behind its parent's marker a list takes another one, because three of a
		// kind in one line are a rule.
		if after && marker == '-' || e.midLine && e.marker == '-' {
			char = '*'
		}
		e.bullets(n, char)
		return char
	case tree.TypeOrderedList:
		char := byte('.')
		if after && marker == '.' {
			char = ')'
		}
		e.numbers(n, char)
		return char
	case tree.TypeBlockquote:
		e.quote("", n.Content)
	case tree.TypePanel:
		content := n.Content
		if title := n.Attrs.String("title"); title != "" {
			content = append([]*tree.Node{tree.TitleParagraph(title)}, content...)
		}
		e.quote("[!"+e.alert(n)+"]", content)
	case tree.TypeCodeBlock:
		if title := n.Attrs.String("title"); title != "" {
			e.paragraph(tree.TitleParagraph(title).Content)
			e.line("")
		}
		e.codeBlock(n)
	case tree.TypeRule:
		if e.midLine && e.marker == '-' {
			e.line("***")
		} else {
			e.line("---")
		}
	case tree.TypeTable:
		e.table(n)
	case tree.TypeExpand, tree.TypeNestedExpand:
		e.expand(n)
	case tree.TypeMediaSingle:
		e.mediaSingle(n)
	default:
		e.placeholder(n)
	}
	return 0
}

func (e *encoder) paragraph(nodes []*tree.Node) { e.guarded(e.inline(nodes, 0)) }

// guarded writes lines of a paragraph.
func (e *encoder) guarded(lines string) {
	for line := range strings.SplitSeq(lines, "\n") {
		e.line(guardLine(line))
	}
}

// quote writes blocks behind quote markers, after the label of an alert if any.
func (e *encoder) quote(label string, nodes []*tree.Node) {
	if e.midLine {
		e.out.WriteString("> ")
	}
	e.nested("> ", func() {
		if label != "" {
			e.line(label)
			if len(nodes) > 0 && nodes[0].Kind != tree.TypeParagraph && !tree.IsInline(nodes[0].Kind) {
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

func (e *encoder) alert(n *tree.Node) string {
	switch kind := n.Attrs.String("panelType"); kind {
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
		e.Lose("panel.panelType", tree.Changed)
		return "TIP"
	default:
		e.Lose("panel.panelType", tree.Changed)
		return "NOTE"
	}
}

func (e *encoder) codeBlock(n *tree.Node) {
	text := tree.TextOfCode(n)
	if strings.ContainsAny(text, "\r\x00") {
		e.Lose("control character", tree.Changed)
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(text)
	}
	text = tree.CleanUTF8(text)
	language := n.Attrs.String("language")
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
	for _, r := range tree.CleanUTF8(s) {
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

func (e *encoder) expand(n *tree.Node) {
	title := n.Attrs.String("title")
	flat := strings.Join(strings.Fields(title), " ")
	if flat != title {
		e.Lose(n.Kind+".title", tree.Changed)
	}
	e.line("<details>")
	e.line("<summary>" + html.EscapeString(flat) + "</summary>")
	e.line("")
	before := e.out.Len()
	e.blocks(n.Content, false)
	if e.out.Len() > before {
		e.line("")
	}
	e.line("</details>")
}

func (e *encoder) bullets(n *tree.Node, char byte) {
	tight := tightList(n)
	for i, item := range n.Content {
		if i > 0 && !tight {
			e.line("")
		}
		e.Enter(i)
		e.blockLosses(item)
		switch {
		case item.Kind == tree.TypeTaskList && n.Kind == tree.TypeTaskList:
			// A nested list without a task before it has nothing to stand under.
			if i == 0 {
				e.Lose("nested taskList", tree.Changed)
				e.bullets(item, char)
			} else {
				e.nested("  ", func() { e.bullets(item, '-') })
			}
		case n.Kind == tree.TypeTaskList:
			box := "[ ]"
			if item.Attrs.String("state") == "DONE" {
				box = "[x]"
			}
			e.item(string(char)+" ", box, taskBlocks(item), tight)
		case n.Kind == tree.TypeDecisionList:
			label := "[decision]"
			if s := item.Attrs.String("state"); s != "" && s != "DECIDED" {
				label = "[decision: " + escapeInBrackets(s) + "]"
			}
			e.Lose(tree.TypeDecisionItem, tree.Shown)
			e.item(string(char)+" ", label, taskBlocks(item), tight)
		default:
			e.item(string(char)+" ", "", item.Content, tight)
		}
		e.Leave()
	}
}

func taskBlocks(item *tree.Node) []*tree.Node {
	if item.Kind == tree.TypeBlockTaskItem || (len(item.Content) > 0 && !tree.IsInline(item.Content[0].Kind)) {
		return item.Content
	}
	return []*tree.Node{tree.New(tree.TypeParagraph, nil, item.Content...)}
}

func (e *encoder) numbers(n *tree.Node, char byte) {
	tight := tightList(n)
	number := min(max(n.Attrs.Integer("order", 1), 0), 999_999_999-len(n.Content))
	for i, item := range n.Content {
		if i > 0 && !tight {
			e.line("")
		}
		e.Enter(i)
		e.blockLosses(item)
		e.item(strconv.Itoa(number+i)+string(char)+" ", "", item.Content, tight)
		e.Leave()
	}
}

// item writes a list item: its marker, a label such as a check box, and its
// blocks, indented to stand under the marker.
func (e *encoder) item(marker, label string, content []*tree.Node, tight bool) {
	for len(content) > 1 && content[0].Kind == tree.TypeParagraph && len(content[0].Content) == 0 && label == "" {
		e.Lose("empty paragraph", tree.Dropped)
		content = content[1:]
	}
	if !e.midLine {
		e.out.Write(e.prefix)
	}
	e.out.WriteString(strings.TrimRight(marker, " "))
	e.midLine, e.marker, e.afterEmptyItem = true, marker[0], false
	indent := strings.Repeat(" ", len(marker))
	if label != "" {
		e.out.WriteString(" " + label)
		e.nested(indent, func() {
			rest := content
			if len(content) > 0 && content[0].Kind == tree.TypeParagraph {
				e.Enter(0)
				rest = content[1:]
				if text := e.inline(content[0].Content, 0); text != "" {
					e.out.WriteByte(' ')
					first, more, found := strings.Cut(text, "\n")
					e.line(first)
					if found {
						e.guarded(more)
					}
				} else {
					e.line("")
				}
				e.Leave()
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
	visible := len(content) > 1 || len(content) == 1 && (content[0].Kind != tree.TypeParagraph || len(content[0].Content) > 0)
	if visible {
		e.out.WriteByte(' ')
	}
	e.nested(indent, func() { e.blocks(content, tight) })
}

// tightList reports whether no item needs an empty line inside.
func tightList(n *tree.Node) bool {
	for _, item := range n.Content {
		for i, b := range item.Content {
			if i > 0 && !tree.IsList(b.Kind) && !tree.IsInline(b.Kind) {
				return false
			}
		}
	}
	return true
}

func (e *encoder) mediaSingle(n *tree.Node) {
	if len(n.Content) == 0 || n.Content[0].Kind != tree.TypeMedia {
		e.placeholder(n)
		return
	}
	media := n.Content[0]
	var caption []*tree.Node
	if len(n.Content) > 1 {
		caption = n.Content[1].Content
	}
	if media.Attrs.String("type") != "external" || media.Attrs.String("url") == "" {
		e.Lose("image", tree.Shown)
		e.blockLosses(n)
		e.blockLosses(media)
		label := linked("[image: "+escapeInBrackets(oneLine(tree.MediaName(media)))+"]", media, n)
		if len(caption) == 0 {
			e.line(label)
			return
		}
		e.line(label + "\\")
		e.paragraph(caption)
		return
	}
	e.blockLosses(n)
	e.blockLosses(media)
	title := ""
	if len(caption) > 0 {
		title = oneLine(tree.TextOf(caption...))
		if len(caption) > 1 || caption[0].Kind != tree.TypeText || len(caption[0].Marks) > 0 || title != caption[0].Text {
			e.Lose(tree.TypeCaption, tree.Changed)
		}
	}
	e.line(linked(e.image(media.Attrs, title), media, n))
}

// linked writes finished Markdown as the words of the first link that one of
// the nodes has.
func linked(text string, nodes ...*tree.Node) string {
	for _, n := range nodes {
		if link, ok := n.Mark(tree.MarkLink); ok {
			return "[" + text + "](" + linkTarget(link.Attrs.String("href"), link.Attrs.String("title")) + ")"
		}
	}
	return text
}

func (e *encoder) image(attrs tree.Members, title string) string {
	alt := escapeInBrackets(oneLine(attrs.String("alt")))
	return "![" + alt + "](" + linkTarget(attrs.String("url"), title) + ")"
}

func oneLine(s string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// placeholder shows a block that Markdown has no form for: its name, and what
// is inside it.
func (e *encoder) placeholder(n *tree.Node) {
	name := func(s string) string { return escapeInBrackets(oneLine(s)) }
	label, end, kind, fate, content := "", "", n.Kind, tree.Shown, n.Content
	switch n.Kind {
	case tree.TypeExtension, tree.TypeBodiedExtension, tree.TypeInlineExtension:
		kind = "macro:" + tree.MacroName(n)
		label = macroLabel(n)
		if m, _ := tree.ReadMacro(n); m.HasBody {
			content = append([]*tree.Node{tree.New(tree.TypeCodeBlock, nil, tree.NewText(m.Body))}, content...)
		}
		if len(content) > 0 {
			end = "[end of macro: " + name(tree.MacroName(n)) + "]"
		}
	case tree.TypeBlockCard, tree.TypeEmbedCard:
		content = nil
		if url, words := tree.CardTarget(n); url != "" {
			label, fate = cardText(url, words), tree.Changed
		} else {
			label = "[" + name(cmp.Or(words, "card")) + "]"
		}
	case tree.TypeLayoutSection:
		if len(n.Content) == 1 {
			e.blocks(n.Content[0].Content, false)
			return
		}
		e.Lose(kind, tree.Shown)
		e.layout(n)
		return
	case tree.TypeSyncBlock, tree.TypeBodiedSyncBlock:
		label = "[synced block: " + name(n.Attrs.String("resourceId")) + "]"
		if len(n.Content) > 0 {
			end = "[end of synced block]"
		}
	case tree.TypeMediaGroup:
		e.Lose(kind, tree.Shown)
		for i, m := range n.Content {
			if i > 0 {
				e.line("")
			}
			e.blockLosses(m)
			e.line(linked("[file: "+name(tree.MediaName(m))+"]", m))
		}
		return
	case tree.TypeMediaSingle:
		label, kind = "[image]", "image"
	case tree.TypeRawBlock:
		kind = tree.RawName(n)
		if len(n.Content) == 0 {
			label = "[" + name(kind) + "]"
		}
	default:
		if kind = n.Kind; kind == "" {
			kind = "unknown"
		}
		label = "[" + name(kind) + "]"
	}
	e.Lose(kind, fate)
	if label != "" {
		e.line(label)
	}
	if len(content) == 0 {
		return
	}
	if label != "" {
		e.line("")
	}
	e.blocks(content, false)
	if end != "" {
		e.line("")
		e.line(end)
	}
}

func (e *encoder) layout(n *tree.Node) {
	e.line(fmt.Sprintf("[layout: %d columns]", len(n.Content)))
	for i, column := range n.Content {
		e.Enter(i)
		e.line("")
		e.line(fmt.Sprintf("[column %d]", i+1))
		if len(column.Content) > 0 {
			e.line("")
			e.blocks(column.Content, false)
		}
		e.Leave()
	}
	e.line("")
	e.line("[end of layout]")
}
