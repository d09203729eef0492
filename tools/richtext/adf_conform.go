package richtext

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
)

// conformer rebuilds a tree so that it obeys ADF's rules: what stands where it
// may not is adapted to the nearest thing that may, and recorded.
type conformer struct {
	recorder
	seed string
	ids  int
	// around are the containers being rebuilt, outermost first.
	around []string
}

func newConformer(seed string) *conformer { return &conformer{seed: seed} }

func (c *conformer) document(root *Node) *Node {
	return &Node{
		kind: typeDoc, extra: members{{"version", integer(1)}}, hasContent: true,
		content: c.inside(typeDoc, root.content),
	}
}

// localID returns an identifier that depends only on the document's seed and
// how many were made before it.
func (c *conformer) localID() string {
	c.ids++
	s := sha256.Sum256([]byte(c.seed + "/" + strconv.Itoa(c.ids)))
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

func (c *conformer) identified(attrs members) members {
	if attrs.str("localId") != "" {
		return attrs
	}
	return append(members{{"localId", str(c.localID())}}, attrs.without("localId")...)
}

// inside returns what may stand in a container of the given type. A table that
// has to leave the container is left in the list for [conformer.split].
func (c *conformer) inside(parent string, nodes []*Node) []*Node {
	if blockRules[parent] == nil {
		parent = typePanel // an unknown container gets what nearly every one may hold
	}
	c.around = append(c.around, parent)
	defer func() { c.around = c.around[:len(c.around)-1] }()
	return c.blocks(parent, nodes)
}

func (c *conformer) blocks(parent string, nodes []*Node) []*Node {
	var out []*Node
	for i := 0; i < len(nodes); i++ {
		if !isInline(nodes[i].kind) {
			c.enter(i)
			out = append(out, c.block(parent, nodes[i])...)
			c.leave()
			continue
		}
		first := i
		for i+1 < len(nodes) && isInline(nodes[i+1].kind) {
			i++
		}
		c.enter(first)
		out = append(out, c.block(parent, newNode(typeParagraph, nil, nodes[first:i+1]...))...)
		c.leave()
	}
	return out
}

func (c *conformer) block(parent string, n *Node) []*Node {
	for _, f := range n.features {
		c.lose(f, Dropped)
	}
	if n.kind == typeHeading {
		c.under(n)
	}
	if !blockRules[parent][n.kind] {
		return c.downgrade(parent, n)
	}
	n = c.blockMarks(parent, n)
	var title []*Node
	if n.kind == typePanel || n.kind == typeCodeBlock {
		if t := n.attrs.str("title"); t != "" {
			c.lose(n.kind+".title", Changed)
			title = []*Node{titleParagraph(t)}
		}
		n.attrs = n.attrs.without("title")
	}
	switch n.kind {
	case typeParagraph:
		n.content = c.inline(n.content)
		n.attrs = nil
	case typeHeading:
		n.attrs = members{{"level", integer(min(max(n.attrs.integer("level", 1), 1), 6))}}
		n.content = c.inline(n.content)
	case typeBulletList, typeOrderedList:
		return c.list(n)
	case typeTaskList:
		return c.taskList(parent, n)
	case typeDecisionList:
		return c.decisionList(n)
	case typeTable:
		return c.table(n)
	case typeMediaSingle:
		return c.mediaSingle(parent, n)
	case typeMediaGroup:
		return c.mediaGroup(parent, n)
	case typeLayoutSection:
		return c.layout(parent, n)
	case typeCodeBlock:
		n.content = codeContent(n)
		return append(title, n)
	case typeBlockquote, typePanel, typeExpand, typeNestedExpand, typeBodiedExtension, typeBodiedSyncBlock:
		return c.split(n, append(title, c.inside(n.kind, n.content)...))
	}
	return []*Node{n}
}

// blockMarks returns a copy of the node with the marks its place allows.
func (c *conformer) blockMarks(parent string, n *Node) *Node {
	n = n.clone()
	var kept []Mark
	for _, m := range n.marks {
		second := len(kept) > 0 && m.kind != markFontSize && kept[len(kept)-1].kind != markFontSize
		if !blockMarkAllowed(parent, n.kind, m.kind) || second {
			c.lose(m.kind, Dropped)
			continue
		}
		kept = append(kept, m)
	}
	n.marks, n.hasMarks = kept, false
	return n
}

// split puts blocks into copies of a container. A block the container may not
// hold stands between two copies.
func (c *conformer) split(n *Node, blocks []*Node) []*Node {
	var out, run []*Node
	flush := func() {
		if len(run) > 0 {
			part := n.clone()
			part.content = run
			out = append(out, part)
			run = nil
		}
	}
	for _, b := range blocks {
		if blockRules[n.kind][b.kind] {
			run = append(run, b)
			continue
		}
		flush()
		out = append(out, b)
	}
	flush()
	if len(out) == 0 {
		part := n.clone()
		part.content = []*Node{newNode(typeParagraph, nil)}
		out = append(out, part)
	}
	return out
}

func (c *conformer) list(n *Node) []*Node {
	order := max(n.attrs.integer("order", 1), 0)
	var out, items []*Node
	flush := func(next int) {
		if len(items) > 0 {
			part := n.clone()
			part.attrs, part.content = nil, items
			if n.kind == typeOrderedList {
				part.attrs = members{{"order", integer(order)}}
			}
			out = append(out, part)
		}
		items, order = nil, next
	}
	number := order
	for i, item := range n.content {
		c.enter(i)
		content := item.content
		if item.kind != typeListItem {
			content = []*Node{item}
		}
		for _, f := range item.features {
			c.lose(f, Dropped)
		}
		for _, part := range c.split(newNode(typeListItem, nil), c.inside(typeListItem, content)) {
			if part.kind == typeListItem {
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
		c.leave()
		number++
	}
	flush(0)
	return out
}

// taskList rebuilds a task list. Task items hold only inline content, so a
// block inside one follows the list and the list goes on after it.
func (c *conformer) taskList(parent string, n *Node) []*Node {
	var out, items []*Node
	attrs := c.identified(nil)
	if id := n.attrs.str("localId"); id != "" {
		attrs = members{{"localId", str(id)}}
	}
	flush := func() {
		if len(items) > 0 {
			out = append(out, newNode(typeTaskList, attrs, items...))
			items, attrs = nil, c.identified(nil)
		}
	}
	place := func(parts []*Node) {
		for _, p := range parts {
			if p.kind == typeTaskList {
				items = append(items, p)
				continue
			}
			flush()
			out = append(out, p)
		}
	}
	for i, item := range n.content {
		c.enter(i)
		for _, f := range item.features {
			c.lose(f, Dropped)
		}
		switch item.kind {
		case typeTaskList:
			place(c.taskList(parent, item))
		case typeBlockTaskItem:
			first := 0
			for first < len(item.content) && blockRules[typeBlockTaskItem][item.content[first].kind] {
				first++
			}
			items = append(items, c.taskItem(item, item.content[:first]))
			for j, b := range item.content[first:] {
				c.enter(first + j)
				if b.kind == typeTaskList {
					place(c.taskList(parent, b))
				} else {
					c.lose(b.kind+" in task", Changed)
					place(c.block(parent, b))
				}
				c.leave()
			}
		default:
			items = append(items, c.taskItem(item, []*Node{newNode(typeParagraph, nil, item.content...)}))
		}
		c.leave()
	}
	flush()
	return out
}

func (c *conformer) taskItem(item *Node, blocks []*Node) *Node {
	state := "TODO"
	if item.attrs.str("state") == "DONE" {
		state = "DONE"
	}
	attrs := c.identified(members{{"localId", str(item.attrs.str("localId"))}, {"state", str(state)}})
	if len(blocks) == 0 {
		return newNode(typeTaskItem, attrs)
	}
	if len(blocks) == 1 && blocks[0].kind == typeParagraph {
		return newNode(typeTaskItem, attrs, c.inline(blocks[0].content)...)
	}
	return newNode(typeBlockTaskItem, attrs, c.inside(typeBlockTaskItem, blocks)...)
}

func (c *conformer) decisionList(n *Node) []*Node {
	out := newNode(typeDecisionList, c.identified(n.attrs))
	for i, item := range n.content {
		c.enter(i)
		state := item.attrs.str("state")
		if state == "" {
			state = "DECIDED"
		}
		attrs := c.identified(members{{"localId", str(item.attrs.str("localId"))}, {"state", str(state)}})
		out.content = append(out.content, newNode(typeDecisionItem, attrs, c.inline(inlineOf(item.content))...))
		c.leave()
	}
	if len(out.content) == 0 {
		return nil
	}
	return []*Node{out}
}

func (c *conformer) table(n *Node) []*Node {
	var rows []*Node
	for i, row := range n.content {
		c.enter(i)
		if row.kind != typeTableRow {
			row = newNode(typeTableRow, nil, row)
		}
		r := row.clone()
		r.content = nil
		for j, cell := range row.content {
			c.enter(j)
			if cell.kind != typeTableCell && cell.kind != typeTableHeader {
				cell = newNode(typeTableCell, nil, cell)
			}
			for _, f := range cell.features {
				c.lose(f, Dropped)
			}
			x := cell.clone()
			x.content = c.inside(cell.kind, cell.content)
			if len(x.content) == 0 {
				x.content = []*Node{newNode(typeParagraph, nil)}
			}
			r.content = append(r.content, x)
			c.leave()
		}
		if len(r.content) > 0 {
			rows = append(rows, r)
		}
		c.leave()
	}
	if len(rows) == 0 {
		return nil
	}
	n.content = rows
	return []*Node{n}
}

func (c *conformer) layout(parent string, n *Node) []*Node {
	if len(n.content) < 2 || len(n.content) > 3 {
		if len(n.content) > 1 {
			c.lose(typeLayoutSection, Changed)
		}
		var out []*Node
		for i, col := range n.content {
			c.enter(i)
			out = append(out, c.blocks(parent, col.content)...)
			c.leave()
		}
		return out
	}
	columns := make([]*Node, len(n.content))
	for i, col := range n.content {
		c.enter(i)
		if col.kind != typeLayoutColumn {
			col = newNode(typeLayoutColumn, members{{"width", integer(100 / len(n.content))}}, col)
		}
		columns[i] = c.split(col, c.inside(typeLayoutColumn, col.content))[0]
		c.leave()
	}
	n.content = columns
	return []*Node{n}
}

func (c *conformer) mediaSingle(parent string, n *Node) []*Node {
	if len(n.content) == 0 || n.content[0].kind != typeMedia {
		return c.flatten(parent, n)
	}
	media := n.content[0]
	for _, f := range media.features {
		c.lose(f, Dropped)
	}
	if !sendableMedia(media) {
		c.lose("image", Shown)
		text := []*Node{newText("[image: " + mediaName(media) + "]")}
		if len(n.content) > 1 {
			text = append(append(text, newNode(typeHardBreak, nil)), c.inline(n.content[1].content)...)
		}
		return []*Node{newNode(typeParagraph, nil, text...)}
	}
	media = c.blockMarks(typeMediaSingle, media)
	media.marks = c.linkable(media.marks)
	content := []*Node{media}
	if len(n.content) > 1 {
		caption := n.content[1].clone()
		caption.content = c.inline(caption.content)
		content = append(content, caption)
	}
	n.content = content
	return []*Node{n}
}

// sendableMedia reports whether a media node says where the file is in a way
// ADF understands.
func sendableMedia(media *Node) bool {
	if media.attrs.str("type") == "external" {
		url := media.attrs.str("url")
		return url != "" && !confluenceOnly(url)
	}
	return media.attrs.str("id") != "" && media.attrs.get("collection") != nil
}

func (c *conformer) mediaGroup(parent string, n *Node) []*Node {
	for _, m := range n.content {
		if m.kind != typeMedia || !sendableMedia(m) {
			return c.flatten(parent, n)
		}
	}
	if len(n.content) == 0 {
		return nil
	}
	return []*Node{n}
}

// codeContent returns the text of a code block as one node without marks.
func codeContent(n *Node) []*Node {
	var b strings.Builder
	for _, t := range n.content {
		b.WriteString(t.text)
	}
	if b.Len() == 0 {
		return nil
	}
	return []*Node{newText(b.String())}
}
