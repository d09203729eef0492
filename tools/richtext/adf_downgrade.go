package richtext

import (
	"slices"
	"strings"
)

// downgrade adapts a block that may not stand in its parent.
func (c *conformer) downgrade(parent string, n *Node) []*Node {
	switch n.kind {
	case typeTable:
		if c.tableMayLeave() {
			c.lose(typeTable, Changed)
			return c.table(n.clone())
		}
		c.lose(typeTable, Changed)
		var out []*Node
		for i, row := range n.content {
			c.enter(i)
			for j, cell := range row.content {
				c.enter(j)
				out = append(out, c.blocks(parent, cell.content)...)
				c.leave()
			}
			c.leave()
		}
		return out
	case typeExpand, typeNestedExpand:
		for _, kind := range []string{typeExpand, typeNestedExpand} {
			if blockRules[parent][kind] {
				same := n.clone()
				same.kind, same.marks = kind, nil
				if kind == typeNestedExpand && same.attrs == nil {
					same.attrs = members{}
				}
				return c.split(same, c.inside(kind, n.content))
			}
		}
		c.lose(n.kind, Changed)
		var out []*Node
		if title := n.attrs.str("title"); title != "" {
			out = append(out, titleParagraph(title))
		}
		return append(out, c.blocks(parent, n.content)...)
	case typeHeading:
		c.lose(typeHeading, Changed)
		return c.block(parent, newNode(typeParagraph, nil, embolden(n.content)...))
	case typeRule:
		c.lose(typeRule, Changed)
		return []*Node{newNode(typeParagraph, nil, newText("---"))}
	case typeDecisionList, typeTaskList:
		if blockRules[parent][typeBulletList] {
			c.lose(n.kind, Changed)
			return c.block(parent, bulleted(n))
		}
	case typeBlockCard, typeEmbedCard:
		if url := n.attrs.str("url"); url != "" {
			c.lose(n.kind, Changed)
			return []*Node{newNode(typeParagraph, nil, newNode(typeInlineCard, members{{"url", str(url)}}))}
		}
	case typeMediaGroup:
		if blockRules[parent][typeMediaSingle] {
			c.lose(typeMediaGroup, Changed)
			var out []*Node
			for _, m := range n.content {
				out = append(out, c.block(parent, newNode(typeMediaSingle, nil, m))...)
			}
			return out
		}
	case typeBodiedExtension:
		c.lose("macro:"+macroName(n), Shown)
		label := newNode(typeParagraph, nil, newText("[macro: "+macroName(n)+"]"))
		return append([]*Node{label}, c.blocks(parent, n.content)...)
	case typeCodeBlock:
		c.lose(typeCodeBlock, Changed)
		return []*Node{newNode(typeParagraph, nil, c.inline(inlineOf([]*Node{n}))...)}
	}
	return c.flatten(parent, n)
}

// flatten replaces a block by what is inside it, or by its label when there is
// nothing inside.
func (c *conformer) flatten(parent string, n *Node) []*Node {
	fate := Changed
	if len(n.content) == 0 {
		fate = Shown
	}
	kind := n.kind
	if kind == typeRawBlock {
		kind = rawName(n)
	}
	c.lose(kind, fate)
	if len(n.content) > 0 {
		if inner := c.blocks(parent, n.content); len(inner) > 0 {
			return inner
		}
	}
	if strings.HasPrefix(n.whole, "<!--") {
		return nil
	}
	label := textOf(n)
	if label == "" {
		label = "[" + kind + "]"
	}
	return []*Node{newNode(typeParagraph, nil, c.inline([]*Node{newText(label)})...)}
}

// tableMayLeave reports whether a table can move out of the containers around
// it to one that holds tables. It cannot leave the cell of another table.
func (c *conformer) tableMayLeave() bool {
	for _, kind := range slices.Backward(c.around) {
		if blockRules[kind][typeTable] {
			return true
		}
		if kind == typeTableCell || kind == typeTableHeader {
			return false
		}
	}
	return false
}

// bulleted turns a task or decision list into a bullet list whose items begin
// with the state in words.
func bulleted(n *Node) *Node {
	list := newNode(typeBulletList, nil)
	for _, item := range n.content {
		if item.kind == typeTaskList {
			nested := bulleted(item)
			if len(list.content) == 0 {
				list.content = append(list.content, newNode(typeListItem, nil))
			}
			last := list.content[len(list.content)-1].clone()
			last.content = append(slices.Clip(last.content), nested)
			list.content[len(list.content)-1] = last
			continue
		}
		label := "[ ] "
		switch {
		case n.kind == typeDecisionList:
			label = "[decision] "
		case item.attrs.str("state") == "DONE":
			label = "[x] "
		}
		blocks := item.content
		if item.kind != typeBlockTaskItem {
			blocks = []*Node{newNode(typeParagraph, nil, item.content...)}
		}
		out := newNode(typeListItem, nil)
		if len(blocks) > 0 && blocks[0].kind == typeParagraph {
			first := append([]*Node{newText(label)}, blocks[0].content...)
			out.content = append(out.content, newNode(typeParagraph, nil, mergeText(first)...))
			blocks = blocks[1:]
		} else {
			out.content = append(out.content, newNode(typeParagraph, nil, newText(label)))
		}
		out.content = append(out.content, blocks...)
		list.content = append(list.content, out)
	}
	return list
}

// inline returns the inline content ADF accepts.
func (c *conformer) inline(nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		for _, f := range n.features {
			c.lose(f, Dropped)
		}
		switch n.kind {
		case typeText:
			if n.text == "" {
				continue
			}
			t := n.clone()
			// A line break inside text is white space in every source format.
			t.text = cleanUTF8(strings.ReplaceAll(n.text, "\n", " "))
			t.marks = c.textMarks(n.marks)
			out = append(out, t)
		case typeMediaInline:
			out = append(out, c.mediaInline(n))
		case typeRawInline:
			c.lose(rawName(n), Shown)
			if len(n.content) > 0 {
				out = append(out, c.inline(inlineOf(n.content))...)
			} else {
				out = append(out, newText("["+rawName(n)+"]"))
			}
		case typeHardBreak, typeMention, typeEmoji, typeDate, typeStatus, typeInlineCard,
			typeInlineExtension, typePlaceholder:
			x := n.clone()
			x.marks, x.hasMarks = nil, false
			for _, m := range n.marks {
				if blockMarkAllowed("", n.kind, m.kind) {
					x.marks = append(x.marks, m)
				} else if m.kind != markRaw {
					c.lose(m.kind+" on "+n.kind, Dropped)
				}
			}
			out = append(out, x)
		default:
			c.lose(n.kind, Shown)
			out = append(out, c.inline(inlineOf([]*Node{n}))...)
		}
	}
	return mergeText(out)
}

func (c *conformer) textMarks(marks []Mark) []Mark {
	if len(marks) == 0 {
		return nil
	}
	allowed := textMarks
	for _, m := range marks {
		if m.kind == markCode {
			allowed = codeMarks
		}
	}
	var out []Mark
	for i, m := range marks {
		again := false
		for _, later := range marks[i+1:] {
			again = again || later.kind == m.kind
		}
		switch {
		case again:
		case m.kind == markRaw:
			c.lose(rawMarkName(m), Dropped)
		case !allowed[m.kind]:
			c.lose(m.kind+" on code", Dropped)
		default:
			out = append(out, m)
		}
	}
	return c.linkable(out)
}

// linkable drops links to targets that only storage can address.
func (c *conformer) linkable(marks []Mark) []Mark {
	var out []Mark
	for _, m := range marks {
		if m.kind == markLink && confluenceOnly(m.attrs.str("href")) {
			scheme, _, _ := strings.Cut(m.attrs.str("href"), ":")
			c.lose("link to "+scheme, Dropped)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (c *conformer) mediaInline(n *Node) *Node {
	if n.attrs.str("type") != "external" && sendableMedia(n) {
		return c.blockMarks("", n)
	}
	c.lose("inline image", Changed)
	url := n.attrs.str("url")
	if url == "" || confluenceOnly(url) {
		return newText("["+mediaWord(n)+": "+mediaName(n)+"]", c.textMarks(n.marks)...)
	}
	for _, m := range n.marks {
		if m.kind == markLink {
			return newText(mediaName(n), c.textMarks(n.marks)...)
		}
	}
	return newText(mediaName(n), append(c.textMarks(n.marks), linkMark(url, ""))...)
}
