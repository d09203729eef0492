package adf

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// conformer rebuilds a tree so that it obeys ADF's rules: what stands where it
// may not is adapted to the nearest thing that may, and recorded.
type conformer struct {
	tree.Recorder
	seed string
	ids  int
	// around are the containers being rebuilt, outermost first.
	around []string
	// copied counts the bytes of attributes that copies of containers repeat.
	copied int
}

func newConformer(seed string) *conformer { return &conformer{seed: seed} }

func (c *conformer) document(root *tree.Node) *tree.Node {
	return &tree.Node{
		Kind: tree.TypeDoc, HasContent: true,
		Unknown: &tree.Unknown{Members: tree.Members{tree.Attr("version", tree.Integer(1))}},
		Content: c.inside(tree.TypeDoc, root.Content),
	}
}

// localID returns an identifier that depends only on the document's seed and
// how many were made before it.
func (c *conformer) localID() string {
	c.ids++
	s := sha256.Sum256([]byte(c.seed + "/" + strconv.Itoa(c.ids)))
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

func (c *conformer) identified(attrs tree.Members) tree.Members {
	if attrs.String("localId") != "" {
		return attrs
	}
	return append(tree.Members{tree.Attr("localId", tree.String(c.localID()))}, attrs.Without("localId")...)
}

// inside returns what may stand in a container of the given type. A table that
// has to leave the container is left in the list for [conformer.split].
func (c *conformer) inside(parent string, nodes []*tree.Node) []*tree.Node {
	if blockRules[parent] == nil {
		parent = tree.TypePanel // an unknown container gets what nearly every one may hold
	}
	c.around = append(c.around, parent)
	defer func() { c.around = c.around[:len(c.around)-1] }()
	return c.blocks(parent, nodes)
}

func (c *conformer) blocks(parent string, nodes []*tree.Node) []*tree.Node {
	var out []*tree.Node
	for i := 0; i < len(nodes); i++ {
		if !tree.IsInline(nodes[i].Kind) {
			c.Enter(i)
			out = append(out, c.block(parent, nodes[i])...)
			c.Leave()
			continue
		}
		first := i
		for i+1 < len(nodes) && tree.IsInline(nodes[i+1].Kind) {
			i++
		}
		c.Enter(first)
		out = append(out, c.block(parent, tree.New(tree.TypeParagraph, nil, nodes[first:i+1]...))...)
		c.Leave()
	}
	return out
}

func (c *conformer) block(parent string, n *tree.Node) []*tree.Node {
	for _, f := range n.Features {
		c.Lose(f, tree.Dropped)
	}
	if n.Kind == tree.TypeHeading {
		c.Under(n)
	}
	if n.Kind == tree.TypeHidden {
		return nil
	}
	if !blockRules[parent][n.Kind] {
		return c.downgrade(parent, n)
	}
	n = c.blockMarks(parent, n)
	var title []*tree.Node
	if n.Kind == tree.TypePanel || n.Kind == tree.TypeCodeBlock {
		if t := n.Attrs.String("title"); t != "" {
			c.Lose(n.Kind+".title", tree.Changed)
			title = []*tree.Node{tree.TitleParagraph(t)}
		}
		n.Attrs = n.Attrs.Without("title")
	}
	switch n.Kind {
	case tree.TypeParagraph:
		n.Content = c.inline(n.Content)
		n.Attrs = nil
	case tree.TypeHeading:
		n.Attrs = tree.Members{tree.Attr("level", tree.Integer(min(max(n.Attrs.Integer("level", 1), 1), 6)))}
		n.Content = c.inline(n.Content)
	case tree.TypeBulletList, tree.TypeOrderedList:
		return c.list(n)
	case tree.TypeTaskList:
		return c.taskList(parent, n)
	case tree.TypeDecisionList:
		return c.decisionList(n)
	case tree.TypeTable:
		return c.table(n)
	case tree.TypeBlockCard, tree.TypeEmbedCard:
		if url := n.Attrs.String("url"); url != "" && !acceptedLink(url) {
			return c.flatten(parent, n)
		}
		c.cardWords(n)
	case tree.TypeExtension:
		// An extension holds nothing; what is unexpected in a macro follows it.
		after := c.blocks(parent, n.Content)
		n.Content = nil
		return append([]*tree.Node{n}, after...)
	case tree.TypeMediaSingle:
		return c.mediaSingle(parent, n)
	case tree.TypeMediaGroup:
		return c.mediaGroup(parent, n)
	case tree.TypeLayoutSection:
		return c.layout(parent, n)
	case tree.TypeCodeBlock:
		n.Content = codeContent(n)
		return append(title, n)
	case tree.TypeBlockquote, tree.TypePanel, tree.TypeExpand, tree.TypeNestedExpand, tree.TypeBodiedExtension, tree.TypeBodiedSyncBlock:
		return c.split(n, append(title, c.inside(n.Kind, n.Content)...))
	}
	return []*tree.Node{n}
}

// blockMarks returns a copy of the node with the marks its place allows.
func (c *conformer) blockMarks(parent string, n *tree.Node) *tree.Node {
	n = n.Clone()
	var kept []tree.Mark
	for _, m := range n.Marks {
		second := len(kept) > 0 && m.Kind != tree.MarkFontSize && kept[len(kept)-1].Kind != tree.MarkFontSize
		if !blockMarkAllowed(parent, n.Kind, m.Kind) || second {
			c.Lose(m.Kind, tree.Dropped)
			continue
		}
		kept = append(kept, m)
	}
	n.Marks, n.HasMarks = kept, false
	return n
}

// cardWords takes the words off a card, whose title ADF takes from the address.
func (c *conformer) cardWords(n *tree.Node) {
	if len(n.Content) > 0 {
		c.Lose(n.Kind+" called "+strconv.Quote(tree.Clip(tree.TextOf(n.Content...), 60)), tree.Changed)
		n.Content = nil
	}
}

// split puts blocks into copies of a container. A block the container may not
// hold stands between two copies.
func (c *conformer) split(n *tree.Node, blocks []*tree.Node) []*tree.Node {
	var out, run []*tree.Node
	size := 0
	for _, a := range n.Attrs {
		size += len(a.Name) + len(a.Value)
	}
	attrs, copies := n.Attrs, 0
	flush := func() {
		if len(run) > 0 {
			part := n.Clone()
			if copies++; copies > 1 {
				if c.copied += size; c.copied > copiedBytes && size > 0 {
					c.Lose(tree.Part(n.Kind, "attributes"), tree.Dropped)
					attrs, size = essential(n), 0
				}
				part.Attrs = attrs
			}
			part.Content = run
			out = append(out, part)
			run = nil
		}
	}
	for _, b := range blocks {
		if blockRules[n.Kind][b.Kind] {
			run = append(run, b)
			continue
		}
		flush()
		out = append(out, b)
	}
	flush()
	if len(out) == 0 {
		part := n.Clone()
		part.Content = []*tree.Node{tree.New(tree.TypeParagraph, nil)}
		out = append(out, part)
	}
	return out
}

// copiedBytes bounds what the copies of containers repeat in one document.
const copiedBytes = 1 << 20

// essential returns the attributes that a copy of a container keeps when all of
// them would grow the document too much.
func essential(n *tree.Node) tree.Members {
	if kind := n.Attrs.String("panelType"); n.Kind == tree.TypePanel && tree.IsPanelType(kind) {
		return tree.Members{tree.Attr("panelType", tree.String(kind))}
	}
	return tree.Members{}
}

func (c *conformer) list(n *tree.Node) []*tree.Node {
	order := max(n.Attrs.Integer("order", 1), 0)
	var out, items []*tree.Node
	flush := func(next int) {
		if len(items) > 0 {
			part := n.Clone()
			part.Attrs, part.Content = nil, items
			if n.Kind == tree.TypeOrderedList {
				part.Attrs = tree.Members{tree.Attr("order", tree.Integer(order))}
			}
			out = append(out, part)
		}
		items, order = nil, next
	}
	number := order
	for i, item := range n.Content {
		c.Enter(i)
		content := item.Content
		if item.Kind != tree.TypeListItem {
			content = []*tree.Node{item}
		}
		for _, f := range item.Features {
			c.Lose(f, tree.Dropped)
		}
		for _, part := range c.split(tree.New(tree.TypeListItem, nil), c.inside(tree.TypeListItem, content)) {
			if part.Kind == tree.TypeListItem {
				items = append(items, part)
				continue
			}
			// The numbers of the items that follow stay what they were.
			if len(items) == 0 {
				flush(number + 1)
			} else {
				flush(order + len(items))
			}
			out = append(out, part)
		}
		c.Leave()
		number++
	}
	flush(0)
	return out
}

// taskList rebuilds a task list. Task items hold only inline content, so a
// block inside one follows the list and the list goes on after it.
func (c *conformer) taskList(parent string, n *tree.Node) []*tree.Node {
	var out, items []*tree.Node
	attrs := c.identified(nil)
	if id := n.Attrs.String("localId"); id != "" {
		attrs = tree.Members{tree.Attr("localId", tree.String(id))}
	}
	flush := func() {
		if len(items) > 0 {
			out = append(out, tree.New(tree.TypeTaskList, attrs, items...))
			items, attrs = nil, c.identified(nil)
		}
	}
	place := func(parts []*tree.Node) {
		for _, p := range parts {
			switch {
			case p.Kind == tree.TypeTaskList && len(items) > 0:
				items = append(items, p)
				continue
			case p.Kind == tree.TypeTaskList: // it has no task to stand under
				c.Lose("nested taskList", tree.Changed)
				items = append(items, p.Content...)
				continue
			}
			flush()
			out = append(out, p)
		}
	}
	for i, item := range n.Content {
		c.Enter(i)
		for _, f := range item.Features {
			c.Lose(f, tree.Dropped)
		}
		switch item.Kind {
		case tree.TypeTaskList:
			place(c.taskList(parent, item))
		case tree.TypeBlockTaskItem:
			first := 0
			for first < len(item.Content) && blockRules[tree.TypeBlockTaskItem][item.Content[first].Kind] {
				first++
			}
			items = append(items, c.taskItem(item, item.Content[:first]))
			for j, b := range item.Content[first:] {
				c.Enter(first + j)
				if b.Kind == tree.TypeTaskList {
					place(c.taskList(parent, b))
				} else {
					c.Lose(b.Kind+" in task", tree.Changed)
					place(c.block(parent, b))
				}
				c.Leave()
			}
		default:
			items = append(items, c.taskItem(item, []*tree.Node{tree.New(tree.TypeParagraph, nil, item.Content...)}))
		}
		c.Leave()
	}
	flush()
	return out
}

func (c *conformer) taskItem(item *tree.Node, blocks []*tree.Node) *tree.Node {
	state := "TODO"
	if item.Attrs.String("state") == "DONE" {
		state = "DONE"
	}
	attrs := c.identified(tree.Members{tree.Attr("localId", tree.String(item.Attrs.String("localId"))), tree.Attr("state", tree.String(state))})
	if len(blocks) == 0 {
		return tree.New(tree.TypeTaskItem, attrs)
	}
	if len(blocks) == 1 && blocks[0].Kind == tree.TypeParagraph {
		return tree.New(tree.TypeTaskItem, attrs, c.inline(blocks[0].Content)...)
	}
	return tree.New(tree.TypeBlockTaskItem, attrs, c.inside(tree.TypeBlockTaskItem, blocks)...)
}

func (c *conformer) decisionList(n *tree.Node) []*tree.Node {
	out := tree.New(tree.TypeDecisionList, c.identified(n.Attrs))
	for i, item := range n.Content {
		c.Enter(i)
		state := item.Attrs.String("state")
		if state == "" {
			state = "DECIDED"
		}
		attrs := c.identified(tree.Members{tree.Attr("localId", tree.String(item.Attrs.String("localId"))), tree.Attr("state", tree.String(state))})
		out.Content = append(out.Content, tree.New(tree.TypeDecisionItem, attrs, c.inline(tree.InlineOf(item.Content))...))
		c.Leave()
	}
	if len(out.Content) == 0 {
		return nil
	}
	return []*tree.Node{out}
}

func (c *conformer) table(n *tree.Node) []*tree.Node {
	var rows []*tree.Node
	for i, row := range n.Content {
		c.Enter(i)
		if row.Kind != tree.TypeTableRow {
			row = tree.New(tree.TypeTableRow, nil, row)
		}
		r := row.Clone()
		r.Content = nil
		for j, cell := range row.Content {
			c.Enter(j)
			if cell.Kind != tree.TypeTableCell && cell.Kind != tree.TypeTableHeader {
				cell = tree.New(tree.TypeTableCell, nil, cell)
			}
			for _, f := range cell.Features {
				c.Lose(f, tree.Dropped)
			}
			x := cell.Clone()
			x.Content = c.inside(cell.Kind, cell.Content)
			if len(x.Content) == 0 {
				x.Content = []*tree.Node{tree.New(tree.TypeParagraph, nil)}
			}
			r.Content = append(r.Content, x)
			c.Leave()
		}
		if len(r.Content) > 0 {
			rows = append(rows, r)
		}
		c.Leave()
	}
	if len(rows) == 0 {
		return nil
	}
	n.Content = rows
	return []*tree.Node{n}
}

func (c *conformer) layout(parent string, n *tree.Node) []*tree.Node {
	if len(n.Content) < 2 || len(n.Content) > 3 {
		if len(n.Content) > 1 {
			c.Lose(tree.TypeLayoutSection, tree.Changed)
		}
		var out []*tree.Node
		for i, col := range n.Content {
			c.Enter(i)
			out = append(out, c.blocks(parent, col.Content)...)
			c.Leave()
		}
		return out
	}
	columns := make([]*tree.Node, len(n.Content))
	for i, col := range n.Content {
		c.Enter(i)
		if col.Kind != tree.TypeLayoutColumn {
			col = tree.New(tree.TypeLayoutColumn, tree.Members{tree.Attr("width", tree.Integer(100/len(n.Content)))}, col)
		}
		columns[i] = c.split(col, c.inside(tree.TypeLayoutColumn, col.Content))[0]
		c.Leave()
	}
	n.Content = columns
	return []*tree.Node{n}
}

func (c *conformer) mediaSingle(parent string, n *tree.Node) []*tree.Node {
	if len(n.Content) == 0 || n.Content[0].Kind != tree.TypeMedia {
		return c.flatten(parent, n)
	}
	media := n.Content[0]
	for _, f := range media.Features {
		c.Lose(f, tree.Dropped)
	}
	if !sendableMedia(media) {
		c.Lose("image", tree.Shown)
		text := []*tree.Node{tree.NewText("["+tree.MediaWord(media)+": "+tree.MediaName(media)+"]", media.Marks...)}
		if len(n.Content) > 1 {
			text = append(append(text, tree.New(tree.TypeHardBreak, nil)), n.Content[1].Content...)
		}
		return []*tree.Node{tree.New(tree.TypeParagraph, nil, c.inline(text)...)}
	}
	media = c.blockMarks(tree.TypeMediaSingle, media)
	media.Marks = c.imageLinks(media.Marks)
	content := []*tree.Node{media}
	if len(n.Content) > 1 {
		caption := n.Content[1].Clone()
		caption.Content = c.inline(caption.Content)
		content = append(content, caption)
	}
	n.Content = content
	return []*tree.Node{n}
}

// sendableMedia reports whether a media node says where the file is in a way
// ADF understands.
func sendableMedia(media *tree.Node) bool {
	if media.Attrs.String("type") == "external" {
		url := media.Attrs.String("url")
		return url != "" && !tree.ConfluenceOnly(url)
	}
	return media.Attrs.String("id") != "" && media.Attrs.Get("collection") != nil
}

func (c *conformer) mediaGroup(parent string, n *tree.Node) []*tree.Node {
	for _, m := range n.Content {
		if m.Kind != tree.TypeMedia || !sendableMedia(m) {
			return c.flatten(parent, n)
		}
	}
	if len(n.Content) == 0 {
		return nil
	}
	return []*tree.Node{n}
}

// codeContent returns the text of a code block as one node without marks.
func codeContent(n *tree.Node) []*tree.Node {
	var b strings.Builder
	for _, t := range n.Content {
		b.WriteString(t.Text)
	}
	if b.Len() == 0 {
		return nil
	}
	return []*tree.Node{tree.NewText(b.String())}
}
