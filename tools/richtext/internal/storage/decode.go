// Package storage reads and writes documents as the XHTML in which Confluence
// stores the body of a page.
package storage

import (
	"slices"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Decode reads a storage body and returns its doc node. The source of every
// block at the top is kept, so that it can be written back as it was. The error
// wraps [tree.ErrMalformed] or [tree.ErrTooLarge].
func Decode(src string, limits tree.Limits) (*tree.Node, error) {
	b := tree.NewBudget(limits, tree.StoredBytes)
	root, err := parseXML(src, b)
	if err != nil {
		return nil, err
	}
	hidden := conceal(root)
	d := &decoder{Budget: b, src: src}
	doc := tree.New(tree.TypeDoc, nil)
	parts := d.parts(root.children)
	for i, p := range parts {
		// White space around a block belongs to it; sections of a layout have
		// their own source, because they are written inside a layout again.
		from, to := p.start, len(src)
		if i == 0 {
			from = 0
		}
		if i+1 < len(parts) {
			to = parts[i+1].start
		}
		if len(p.blocks) == 1 && p.blocks[0].Whole == "" {
			p.blocks[0].Whole = src[from:to]
		}
		doc.Content = append(doc.Content, p.blocks...)
	}
	if len(parts) == 0 && src != "" {
		doc.Content = []*tree.Node{{Kind: tree.TypeHidden, Whole: src}}
	}
	if hidden && root.holdsUntold() {
		first := doc.Content[0]
		first.Features = append(first.Features, hiddenContent)
	}
	return doc, d.Grown()
}

type decoder struct {
	*tree.Budget
	src string
	// marks are those of the inline elements around the current block.
	marks []tree.Mark
	// hidden names what the current block holds and does not show.
	hidden []string
}

// part is a stretch of the source and the blocks that it became.
type part struct {
	blocks []*tree.Node
	start  int
}

// flow converts content that may mix blocks and text.
func (d *decoder) flow(children []*element) []*tree.Node {
	var out []*tree.Node
	for _, p := range d.parts(children) {
		out = append(out, p.blocks...)
	}
	return out
}

// flowOf converts what is inside an item or a cell.
func (d *decoder) flowOf(x *element) []*tree.Node {
	outer := d.marks
	d.marks = colored(x, d.marks)
	out := d.flow(x.children)
	d.marks = outer
	return out
}

// parts converts content that may mix blocks and text. Text outside a block
// becomes a paragraph without a tag of its own.
func (d *decoder) parts(children []*element) []part {
	var out []part
	var run []*element
	add := func(start int, convert func() []*tree.Node) {
		outer := d.hidden
		d.hidden = nil
		blocks := convert()
		if len(d.hidden) > 0 {
			blocks[0].Features = append(blocks[0].Features, d.hidden...)
		}
		d.hidden = outer
		out = append(out, part{blocks, start})
	}
	flush := func() {
		if len(run) > 0 {
			add(run[0].start, func() []*tree.Node {
				p := tree.New(tree.TypeParagraph, nil, d.inline(run)...)
				if p.Bare = true; len(p.Content) == 0 {
					p.Kind = tree.TypeHidden
				}
				return []*tree.Node{p}
			})
		}
		run = nil
	}
	for i, x := range children {
		switch {
		case len(run) == 0 && x.blank():
		case x.comment && len(run) > 0:
			run = append(run, x)
		case d.inFlow(children, i):
			flush()
			add(x.start, func() []*tree.Node { return d.block(x) })
		default:
			run = append(run, x)
		}
	}
	flush()
	return out
}

// inFlow reports whether a child stands on its own as a block. Images and
// macros without a body do unless they stand in a line of text.
func (d *decoder) inFlow(children []*element, i int) bool {
	x := children[i]
	switch {
	case x.blocks || x.comment:
		return true
	case !isImage(x) && (!isMacro(x) || x.attr("ac:name") == "status"):
		return false
	}
	beside := func(step int) bool {
		for j := i + step; j >= 0 && j < len(children); j += step {
			y := children[j]
			if y.blank() {
				continue
			}
			return !y.blocks && !y.comment && !isImage(y) && !isMacro(y)
		}
		return false
	}
	return !beside(-1) && !beside(1)
}

func isMacro(x *element) bool { return x.name == "ac:structured-macro" || x.name == "ac:macro" }

func isImage(x *element) bool { return x.name == "ac:image" || x.name == "img" }

func (d *decoder) block(x *element) []*tree.Node {
	outer := d.marks
	d.marks = colored(x, d.marks)
	defer func() { d.marks = outer }()
	var n *tree.Node
	switch x.name {
	case "":
		d.hide(x)
		n = tree.New(tree.TypeHidden, nil)
	case "p":
		n = d.paragraph(x)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		if !contentBlocks(x) {
			n = tree.New(tree.TypeHeading, tree.Members{tree.Attr("level", tree.Integer(int(x.name[1]-'0')))}, d.inline(x.children)...)
			d.styled(n, x)
		}
	case "ul", "ol":
		n = d.list(x)
	case "dl":
		n = d.definitions(x)
	case "blockquote":
		n = d.styled(tree.New(tree.TypeBlockquote, nil, d.flow(x.children)...), x)
	case "hr":
		n = tree.New(tree.TypeRule, nil)
	case "pre":
		n = d.preformatted(x)
	case "table":
		n = d.table(x)
	case "ac:task-list":
		n = d.taskList(x)
	case "ac:layout":
		if sections := d.layout(x); sections != nil {
			return sections
		}
	case "ac:structured-macro", "ac:macro":
		n = d.macro(x, true)
	case "ac:plain-text-body":
		n = raw(x, tree.New(tree.TypeCodeBlock, nil, textNodes(x.words())...))
	case "ac:adf-extension":
		n = d.adfExtension(x)
	case "ac:image", "img":
		n = d.imageBlock(x, x, "")
	case "a":
		n = d.card(x)
	}
	if n == nil {
		d.hidden = nil
		n = d.rawBlock(x)
	}
	return []*tree.Node{n}
}

// hiddenContent is what an element that a page holds and does not show is called
// in losses.
const hiddenContent = "hidden content"

// hide notes an element that is not shown.
func (d *decoder) hide(x *element) {
	switch {
	case x.hidden:
		x.told = true
		d.hidden = append(d.hidden, hiddenContent)
	case x.comment:
		d.hidden = append(d.hidden, "html: comment")
	default:
		d.hidden = append(d.hidden, "html: "+tree.Clip(x.name, 100))
	}
}

// hideComments notes the comments among the children of an element.
func (d *decoder) hideComments(x *element) {
	for _, c := range x.children {
		if c.comment {
			d.hide(c)
		}
	}
}

// raw returns an element without a counterpart, with what is shown of it.
func raw(x *element, content ...*tree.Node) *tree.Node {
	return tree.New(tree.TypeRawBlock, elementName(x), content...)
}

// elementName is the attribute that names a storage element, which is only for
// display.
func elementName(x *element) tree.Members {
	return tree.Members{tree.Attr("element", tree.String(tree.Clip(x.name, 100)))}
}

// rawBlock shows what is inside an element without a counterpart. Formatting
// and links around blocks apply to the text in them.
func (d *decoder) rawBlock(x *element) *tree.Node {
	outer := d.marks
	if m, ok := d.inlineMark(x); ok {
		d.marks = append(slices.Clip(d.marks), m)
	}
	n := raw(x, d.flow(x.children)...)
	d.marks = outer
	return n
}

func textNodes(s string) []*tree.Node {
	if s == "" {
		return nil
	}
	return []*tree.Node{tree.NewText(s)}
}

// contentBlocks reports whether an element holds a block.
func contentBlocks(x *element) bool {
	for _, c := range x.children {
		if c.blocks {
			return true
		}
	}
	return false
}

func (d *decoder) paragraph(x *element) *tree.Node {
	if contentBlocks(x) {
		return d.rawBlock(x)
	}
	if image, href := soleImage(x); image != nil {
		d.hideComments(x)
		return d.imageBlock(image, x, href)
	}
	return d.styled(tree.New(tree.TypeParagraph, nil, d.inline(x.children)...), x)
}

// styled reads alignment and indentation from an element's style and notes
// the attributes that only storage has.
func (d *decoder) styled(n *tree.Node, x *element) *tree.Node {
	for _, a := range x.attrs {
		name := qualified(a.Name)
		if name == "style" && (n.Kind == tree.TypeParagraph || n.Kind == tree.TypeHeading) {
			if m, ok := blockStyle(a.Value); ok {
				n.Marks = append(n.Marks, m...)
				continue
			}
		}
		if !incidental(name) {
			n.Features = append(n.Features, tree.Part(x.name, name))
		}
	}
	return n
}

// incidental reports whether an attribute only identifies an element.
func incidental(name string) bool {
	return strings.HasSuffix(name, "local-id") || name == "id" || name == "class"
}

// structure returns the children of an element that are of the names it may
// hold, and what else there is, in stretches that stand together.
func (d *decoder) structure(x *element, names ...string) (children []*element, others [][]*element) {
	together := false
	for _, c := range x.children {
		switch {
		case c.comment:
			d.hide(c)
		case slices.Contains(names, c.name) && c.name != "":
			children = append(children, c)
			together = false
		case together:
			others[len(others)-1] = append(others[len(others)-1], c)
		case !c.blank():
			others = append(others, []*element{c})
			together = true
		}
	}
	return children, others
}

func (d *decoder) list(x *element) *tree.Node {
	n := tree.New(tree.TypeBulletList, nil)
	if x.name == "ol" {
		order := 1
		if s := x.attr("start"); s != "" {
			order = parseInt(s, 1)
		}
		n = tree.New(tree.TypeOrderedList, tree.Members{tree.Attr("order", tree.Integer(order))})
	}
	// What stands between items is shown below the one before, as browsers do.
	var between []*element
	flush := func() {
		content := d.flow(between)
		between = nil
		if len(content) == 0 {
			return
		}
		if len(n.Content) == 0 {
			n.Content = append(n.Content, tree.New(tree.TypeListItem, nil))
		}
		last := n.Content[len(n.Content)-1]
		last.Content = append(last.Content, content...)
	}
	for _, c := range x.children {
		switch {
		case c.comment:
			d.hide(c)
		case c.name == "li":
			flush()
			n.Content = append(n.Content, d.styled(tree.New(tree.TypeListItem, nil, d.flowOf(c)...), c))
		default:
			between = append(between, c)
		}
	}
	flush()
	for _, a := range x.attrs {
		if name := qualified(a.Name); name != "start" && !incidental(name) {
			n.Features = append(n.Features, x.name+"."+name)
		}
	}
	return n
}

// definitions shows terms in bold, each followed by what it means.
func (d *decoder) definitions(x *element) *tree.Node {
	n := raw(x)
	for _, c := range x.children {
		if c.name != "dt" && c.name != "dd" {
			n.Content = append(n.Content, d.flow([]*element{c})...)
			continue
		}
		for _, b := range d.flow(c.children) {
			if c.name == "dt" && b.Kind == tree.TypeParagraph {
				b.Content = tree.Embolden(b.Content)
			}
			n.Content = append(n.Content, b)
		}
	}
	return n
}

// table converts a table. What may not stand in one is shown before it, as
// browsers do, and so is its caption.
func (d *decoder) table(x *element) *tree.Node {
	type row struct {
		*element
		cells []*element
		head  bool
	}
	var head, body, foot []row
	var captions, misplaced [][]*element
	n := tree.New(tree.TypeTable, nil)
	add := func(rows *[]row, r *element, inHead bool) {
		cells, others := d.structure(r, "td", "th")
		misplaced = append(misplaced, others...)
		if len(cells) > 0 {
			*rows = append(*rows, row{r, cells, inHead})
		}
	}
	sections, others := d.structure(x, "caption", "col", "colgroup", "tr", "thead", "tbody", "tfoot")
	misplaced = append(misplaced, others...)
	for _, s := range sections {
		rows := &body
		switch s.name {
		case "caption":
			captions = append(captions, s.children)
			continue
		case "col", "colgroup":
			if !slices.Contains(n.Features, "table.colgroup") {
				n.Features = append(n.Features, "table.colgroup")
			}
			continue
		case "tr":
			add(rows, s, false)
			continue
		case "thead":
			rows = &head
		case "tfoot":
			rows = &foot
		}
		inner, others := d.structure(s, "tr")
		misplaced = append(misplaced, others...)
		for _, r := range inner {
			add(rows, r, s.name == "thead")
		}
	}
	// Nothing is converted before it is known that there are rows, so that
	// nothing is converted twice.
	rows := slices.Concat(head, body, foot)
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		out := d.styled(tree.New(tree.TypeTableRow, nil), r.element)
		for _, c := range r.cells {
			out.Content = append(out.Content, d.cell(c, r.head))
		}
		n.Features = append(n.Features, out.Features...)
		n.Content = append(n.Content, out)
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "data-layout" && tableLayout(a.Value):
			n.Attrs = append(n.Attrs, tree.Attr("layout", tree.String(a.Value)))
		case !incidental(name):
			n.Features = append(n.Features, tree.Part("table", name))
		}
	}
	what := tree.Attr("element", tree.String("caption"))
	if len(misplaced) > 0 {
		what = tree.Attr("unexpected", tree.String("content between table cells"))
	}
	var before []*tree.Node
	for _, run := range slices.Concat(misplaced, captions) {
		before = append(before, d.flow(run)...)
	}
	if len(before) == 0 {
		return n
	}
	return tree.New(tree.TypeRawBlock, tree.Members{what}, append(before, n)...)
}

func tableLayout(s string) bool {
	switch s {
	case "wide", "full-width", "center", "align-end", "align-start", "default":
		return true
	}
	return false
}

// cell converts a cell. All those of the head are headers.
func (d *decoder) cell(x *element, head bool) *tree.Node {
	kind := tree.TypeTableCell
	if x.name == "th" || head {
		kind = tree.TypeTableHeader
	}
	n := tree.New(kind, nil, d.flowOf(x)...)
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "colspan" || name == "rowspan":
			if v := parseInt(a.Value, 1); v != 1 {
				n.Attrs = append(n.Attrs, tree.Attr(name, tree.Integer(v)))
			}
		case name == "data-highlight-colour": //nolint:misspell // the attribute is spelled so
			n.Attrs = append(n.Attrs, tree.Attr("background", tree.String(a.Value)))
		case !incidental(name):
			n.Features = append(n.Features, "cell."+name)
		}
	}
	return n
}

// preformatted converts text whose white space is kept. What it holds besides
// text is shown in words.
func (d *decoder) preformatted(x *element) *tree.Node {
	if contentBlocks(x) {
		return nil
	}
	var nodes []*tree.Node
	d.spans(x.children, d.marks, nil, &nodes)
	n := tree.New(tree.TypeCodeBlock, nil)
	var b strings.Builder
	href, words := "", 0
	endLink := func() {
		if href != "" && b.String()[words:] != href {
			b.WriteString(" (" + href + ")")
		}
		href = ""
	}
	for _, c := range nodes {
		link, _ := c.Mark(tree.MarkLink)
		if to := link.Attrs.String("href"); to != href {
			endLink()
			href, words = to, b.Len()
		}
		for _, m := range c.Marks {
			kind := m.Kind
			if kind == tree.MarkRaw {
				kind = tree.RawMarkName(m)
			}
			n.Features = append(n.Features, kind+" in preformatted text")
		}
		switch c.Kind {
		case tree.TypeText:
			b.WriteString(c.Text)
		case tree.TypeHardBreak:
			b.WriteByte('\n')
		default:
			n.Features = append(n.Features, c.Kind+" in preformatted text")
			b.WriteString(tree.BlockLabel(c))
		}
	}
	endLink()
	n.Content = textNodes(b.String())
	return d.styled(n, x)
}

func (d *decoder) taskList(x *element) *tree.Node {
	tasks, only := x.elements()
	if !only || len(tasks) == 0 {
		return nil
	}
	for _, t := range tasks {
		if t.name != "ac:task" || t.child("ac:task-body") == nil {
			return nil
		}
	}
	n := tree.New(tree.TypeTaskList, nil)
	d.hideComments(x)
	for _, t := range tasks {
		d.hideComments(t)
		body := t.child("ac:task-body")
		done := false
		if s := t.child("ac:task-status"); s != nil {
			done = strings.TrimSpace(s.words()) == "complete"
		}
		if spans, only := body.elements(); only && len(spans) == 1 &&
			spans[0].name == "span" && spans[0].attr("class") == "placeholder-inline-tasks" {
			body = spans[0]
		}
		n.Content = append(n.Content, d.taskItems(done, d.flow(body.children))...)
	}
	return n
}

// taskItems returns the task and the lists nested in it. Text without a tag
// around it is the task's own.
func (d *decoder) taskItems(done bool, content []*tree.Node) []*tree.Node {
	if len(content) > 0 && content[0].Kind == tree.TypeParagraph && !content[0].Bare {
		state := "TODO"
		if done {
			state = "DONE"
		}
		return []*tree.Node{tree.New(tree.TypeBlockTaskItem, tree.Members{tree.Attr("state", tree.String(state))}, content...)}
	}
	items := tree.TaskItems(done, content)
	if items[0].Kind == tree.TypeTaskItem && len(content) > 0 && content[0].Kind == tree.TypeParagraph {
		items[0].Features = content[0].Features
	}
	return items
}

func (d *decoder) layout(x *element) []*tree.Node {
	sections, only := x.elements()
	if !only || len(sections) == 0 {
		return nil
	}
	for _, s := range sections {
		cells, only := s.elements()
		if s.name != "ac:layout-section" || !only || len(cells) == 0 {
			return nil
		}
		for _, c := range cells {
			if c.name != "ac:layout-cell" {
				return nil
			}
		}
	}
	d.hideComments(x)
	var out []*tree.Node
	for i, s := range sections {
		d.hideComments(s)
		cells, _ := s.elements()
		kind := s.attr("ac:type")
		n := tree.New(tree.TypeLayoutSection, nil)
		from, to := s.start, x.shut
		if i == 0 {
			from = x.open
		}
		if i+1 < len(sections) {
			to = sections[i+1].start
		}
		n.Whole = d.src[from:to]
		for i, c := range cells {
			n.Content = append(n.Content, tree.New(tree.TypeLayoutColumn,
				tree.Members{tree.Attr("width", columnWidth(kind, len(cells), i))}, d.flow(c.children)...))
		}
		if mode := s.attr("ac:breakout-mode"); mode == "wide" || mode == "full-width" {
			n.Marks = []tree.Mark{tree.NewMark(tree.MarkBreakout, tree.Attr("mode", tree.String(mode)))}
		}
		out = append(out, n)
	}
	return out
}
