package adf

import (
	"slices"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// downgrade adapts a block that may not stand in its parent.
func (c *conformer) downgrade(parent string, n *tree.Node) []*tree.Node {
	switch n.Kind {
	case tree.TypeTable:
		if c.tableMayLeave() {
			c.Lose(tree.TypeTable, tree.Changed)
			return c.table(n.Clone())
		}
		c.Lose(tree.TypeTable, tree.Changed)
		var out []*tree.Node
		for i, row := range n.Content {
			c.Enter(i)
			for j, cell := range row.Content {
				c.Enter(j)
				out = append(out, c.blocks(parent, cell.Content)...)
				c.Leave()
			}
			c.Leave()
		}
		return out
	case tree.TypeExpand, tree.TypeNestedExpand:
		for _, kind := range []string{tree.TypeExpand, tree.TypeNestedExpand} {
			if blockRules[parent][kind] {
				same := n.Clone()
				same.Kind, same.Marks = kind, nil
				if kind == tree.TypeNestedExpand && same.Attrs == nil {
					same.Attrs = tree.Members{}
				}
				return c.split(same, c.inside(kind, n.Content))
			}
		}
		c.Lose(n.Kind, tree.Changed)
		var out []*tree.Node
		if title := n.Attrs.String("title"); title != "" {
			out = append(out, tree.TitleParagraph(title))
		}
		return append(out, c.blocks(parent, n.Content)...)
	case tree.TypeHeading:
		c.Lose(tree.TypeHeading, tree.Changed)
		return c.block(parent, tree.New(tree.TypeParagraph, nil, tree.Embolden(n.Content)...))
	case tree.TypeRule:
		c.Lose(tree.TypeRule, tree.Changed)
		return []*tree.Node{tree.New(tree.TypeParagraph, nil, tree.NewText("---"))}
	case tree.TypeDecisionList, tree.TypeTaskList:
		if blockRules[parent][tree.TypeBulletList] {
			c.Lose(n.Kind, tree.Changed)
			return c.block(parent, bulleted(n))
		}
	case tree.TypeBlockCard, tree.TypeEmbedCard:
		if url := n.Attrs.String("url"); url != "" {
			c.Lose(n.Kind, tree.Changed)
			card := tree.New(tree.TypeInlineCard, tree.Members{tree.Attr("url", tree.String(url))}, n.Content...)
			return []*tree.Node{tree.New(tree.TypeParagraph, nil, c.inline([]*tree.Node{card})...)}
		}
	case tree.TypeMediaGroup:
		if blockRules[parent][tree.TypeMediaSingle] {
			c.Lose(tree.TypeMediaGroup, tree.Changed)
			var out []*tree.Node
			for _, m := range n.Content {
				out = append(out, c.block(parent, tree.New(tree.TypeMediaSingle, nil, m))...)
			}
			return out
		}
	case tree.TypeBodiedExtension:
		c.Lose("macro:"+tree.MacroName(n), tree.Shown)
		label := tree.New(tree.TypeParagraph, nil, tree.NewText(tree.MacroLabel(n)))
		return append([]*tree.Node{label}, c.blocks(parent, n.Content)...)
	case tree.TypeCodeBlock:
		c.Lose(tree.TypeCodeBlock, tree.Changed)
		return []*tree.Node{tree.New(tree.TypeParagraph, nil, c.inline(tree.InlineOf([]*tree.Node{n}))...)}
	}
	return c.flatten(parent, n)
}

// flatten replaces a block by what is inside it, or by its label when there is
// nothing inside.
func (c *conformer) flatten(parent string, n *tree.Node) []*tree.Node {
	content := n.Content
	if n.Kind == tree.TypeBlockCard || n.Kind == tree.TypeEmbedCard {
		content = nil // its label has the words and the address
	}
	fate := tree.Changed
	if len(content) == 0 {
		fate = tree.Shown
	}
	kind := n.Kind
	if kind == tree.TypeRawBlock {
		kind = tree.RawName(n)
	}
	c.Lose(kind, fate)
	if len(content) > 0 {
		if inner := c.blocks(parent, content); len(inner) > 0 {
			return inner
		}
	}
	label := tree.TextOf(n)
	if label == "" {
		label = "[" + kind + "]"
	}
	return []*tree.Node{tree.New(tree.TypeParagraph, nil, c.inline([]*tree.Node{tree.NewText(label)})...)}
}

// tableMayLeave reports whether a table can move out of the containers around
// it to one that holds tables. It cannot leave the cell of another table.
func (c *conformer) tableMayLeave() bool {
	for _, kind := range slices.Backward(c.around) {
		if blockRules[kind][tree.TypeTable] {
			return true
		}
		if kind == tree.TypeTableCell || kind == tree.TypeTableHeader {
			return false
		}
	}
	return false
}

// bulleted turns a task or decision list into a bullet list whose items begin
// with the state in words.
func bulleted(n *tree.Node) *tree.Node {
	list := tree.New(tree.TypeBulletList, nil)
	for _, item := range n.Content {
		if item.Kind == tree.TypeTaskList {
			if len(list.Content) == 0 {
				list.Content = append(list.Content, tree.New(tree.TypeListItem, nil))
			}
			last := list.Content[len(list.Content)-1] // made here, so it may be changed
			last.Content = append(last.Content, bulleted(item))
			continue
		}
		label := "[ ] "
		switch {
		case n.Kind == tree.TypeDecisionList:
			label = "[decision] "
		case item.Attrs.String("state") == "DONE":
			label = "[x] "
		}
		blocks := item.Content
		if item.Kind != tree.TypeBlockTaskItem {
			blocks = []*tree.Node{tree.New(tree.TypeParagraph, nil, item.Content...)}
		}
		out := tree.New(tree.TypeListItem, nil)
		if len(blocks) > 0 && blocks[0].Kind == tree.TypeParagraph {
			first := append([]*tree.Node{tree.NewText(label)}, blocks[0].Content...)
			out.Content = append(out.Content, tree.New(tree.TypeParagraph, nil, tree.MergeText(first)...))
			blocks = blocks[1:]
		} else {
			out.Content = append(out.Content, tree.New(tree.TypeParagraph, nil, tree.NewText(label)))
		}
		out.Content = append(out.Content, blocks...)
		list.Content = append(list.Content, out)
	}
	return list
}

// inline returns the inline content ADF accepts.
func (c *conformer) inline(nodes []*tree.Node) []*tree.Node {
	var out []*tree.Node
	var refused refusedLink
	for _, n := range nodes {
		for _, f := range n.Features {
			c.Lose(f, tree.Dropped)
		}
		before := len(out)
		switch n.Kind {
		case tree.TypeText:
			if n.Text == "" {
				continue
			}
			t := n.Clone()
			t.Text = tree.CleanUTF8(n.Text)
			t.Marks = c.textMarks(n.Marks)
			out = append(out, t)
		case tree.TypeMediaInline:
			out = append(out, c.mediaInline(n))
		case tree.TypeRawInline:
			c.Lose(tree.RawName(n), tree.Shown)
			if len(n.Content) > 0 {
				out = append(out, c.inline(tree.InlineOf(n.Content))...)
			} else {
				out = append(out, tree.NewText("["+tree.RawName(n)+"]"))
			}
		case tree.TypeInlineCard:
			if url := n.Attrs.String("url"); url != "" && !acceptedLink(url) {
				c.Lose(n.Kind, tree.Shown)
				out = append(out, tree.NewText(tree.InlineLabel(n)))
				break
			}
			card := c.atom(n)
			c.cardWords(card)
			out = append(out, card)
		case tree.TypeInlineExtension:
			macro := c.atom(n)
			macro.Content = nil
			out = append(append(out, macro), c.inline(n.Content)...)
		case tree.TypeHardBreak, tree.TypeMention, tree.TypeEmoji, tree.TypeDate, tree.TypeStatus, tree.TypePlaceholder:
			out = append(out, c.atom(n))
		default:
			c.Lose(n.Kind, tree.Shown)
			out = append(out, c.inline(tree.InlineOf([]*tree.Node{n}))...)
		}
		out = c.links(out, before, &refused)
	}
	return tree.MergeText(refused.shown(out))
}

// atom returns an inline node with the marks ADF lets it have.
func (c *conformer) atom(n *tree.Node) *tree.Node {
	x := n.Clone()
	x.Marks, x.HasMarks = nil, false
	for _, m := range n.Marks {
		if blockMarkAllowed("", n.Kind, m.Kind) {
			x.Marks = append(x.Marks, m)
		} else if m.Kind != tree.MarkRaw {
			c.Lose(m.Kind+" on "+n.Kind, tree.Dropped)
		}
	}
	return x
}

// refusedLink is a link that ADF does not accept and whose words are not all
// seen: they begin at a place among the nodes.
type refusedLink struct {
	href string
	from int
}

// shown puts the address of a refused link behind its words, unless they are
// that address.
func (r *refusedLink) shown(out []*tree.Node) []*tree.Node {
	if r.href != "" && tree.TextOf(out[r.from:]...) != r.href {
		out = append(out, tree.NewText(" ("+r.href+")"))
	}
	r.href = ""
	return out
}

// links takes the links off the nodes from a place on that ADF does not accept,
// and shows their addresses after their words.
func (c *conformer) links(out []*tree.Node, from int, refused *refusedLink) []*tree.Node {
	if refused.href == "" && !slices.ContainsFunc(out[from:], func(n *tree.Node) bool {
		m, ok := n.Mark(tree.MarkLink)
		return ok && !acceptedLink(m.Attrs.String("href"))
	}) {
		return out
	}
	added := slices.Clone(out[from:])
	out = out[:from]
	for _, n := range added {
		m, ok := n.Mark(tree.MarkLink)
		href := m.Attrs.String("href")
		if !ok || acceptedLink(href) {
			out = append(refused.shown(out), n)
			continue
		}
		if refused.href != href {
			out = refused.shown(out)
			*refused = refusedLink{href, len(out)}
			c.Lose(refusedKind(href), tree.Shown)
		}
		n = n.Clone()
		n.Marks = slices.DeleteFunc(slices.Clone(n.Marks), func(m tree.Mark) bool { return m.Kind == tree.MarkLink })
		out = append(out, n)
	}
	return out
}

func (c *conformer) textMarks(marks []tree.Mark) []tree.Mark {
	if len(marks) == 0 {
		return nil
	}
	allowed := textMarks
	for _, m := range marks {
		if m.Kind == tree.MarkCode {
			allowed = codeMarks
		}
	}
	var out []tree.Mark
	replaced := tree.Replaced(marks)
	for i, m := range marks {
		switch {
		case replaced[i]:
		case m.Kind == tree.MarkRaw:
			c.Lose(tree.RawMarkName(m), tree.Dropped)
		case !allowed[m.Kind]:
			c.Lose(m.Kind+" on code", tree.Dropped)
		default:
			out = append(out, m)
		}
	}
	return c.linkable(out)
}

// linkable drops links to targets that only storage can address.
func (c *conformer) linkable(marks []tree.Mark) []tree.Mark {
	var out []tree.Mark
	for _, m := range marks {
		if m.Kind == tree.MarkLink && tree.ConfluenceOnly(m.Attrs.String("href")) {
			scheme, _, _ := strings.Cut(m.Attrs.String("href"), ":")
			c.Lose("link to "+scheme, tree.Dropped)
			continue
		}
		out = append(out, m)
	}
	return out
}

// imageLinks drops the links of an image that ADF does not accept.
func (c *conformer) imageLinks(marks []tree.Mark) []tree.Mark {
	var out []tree.Mark
	for _, m := range c.linkable(marks) {
		if href := m.Attrs.String("href"); m.Kind == tree.MarkLink && !acceptedLink(href) {
			c.Lose(refusedKind(href), tree.Dropped)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (c *conformer) mediaInline(n *tree.Node) *tree.Node {
	if n.Attrs.String("type") != "external" && sendableMedia(n) {
		return c.blockMarks("", n)
	}
	c.Lose("inline image", tree.Changed)
	url := n.Attrs.String("url")
	if url == "" || tree.ConfluenceOnly(url) {
		return tree.NewText("["+tree.MediaWord(n)+": "+tree.MediaName(n)+"]", c.textMarks(n.Marks)...)
	}
	for _, m := range n.Marks {
		if m.Kind == tree.MarkLink {
			return tree.NewText(tree.MediaName(n), c.textMarks(n.Marks)...)
		}
	}
	return tree.NewText(tree.MediaName(n), append(c.textMarks(n.Marks), tree.LinkMark(url, ""))...)
}
