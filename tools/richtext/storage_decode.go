package richtext

import "strings"

// storageDecode reads a storage body and returns its doc node. Elements,
// attributes and macros without a counterpart in the tree are kept verbatim.
// The error wraps [ErrMalformed] or [ErrTooLarge].
func storageDecode(src string, limits Limits) (*Node, error) {
	root, err := parseXML(src, newBudget(limits, defaultBytes))
	if err != nil {
		return nil, err
	}
	d := &storageDecoder{src: src}
	return newNode(typeDoc, nil, d.flow(root.children)...), nil
}

type storageDecoder struct {
	src    string
	serial int
}

// raw returns the source of an element.
func (d *storageDecoder) raw(x *element) string { return d.src[x.start:x.end] }

// opening returns the start tag when it says more than its name; otherwise the
// writer makes the same one.
func (d *storageDecoder) around(n *Node, x *element) *Node {
	if len(x.attrs) > 0 || d.src[x.start:x.open] != "<"+x.name+">" {
		n.open, n.shut = d.src[x.start:x.open], d.src[x.shut:x.end]
		if x.open == x.end { // an empty element in its short form
			n.open, n.shut = n.open[:len(n.open)-2]+">", "</"+x.name+">"
		}
	}
	return n
}

// flow converts content that may mix blocks and text. Text outside a block
// becomes a paragraph that is written without a tag.
func (d *storageDecoder) flow(children []*element) []*Node {
	var out []*Node
	var run []*element
	flush := func() {
		blank := true
		for _, x := range run {
			blank = blank && x.blank()
		}
		if !blank {
			p := newNode(typeParagraph, nil, d.inline(run)...)
			p.bare = true
			out = append(out, p)
		}
		run = nil
	}
	for i, x := range children {
		if d.inFlow(children, i) {
			flush()
			out = append(out, d.block(x)...)
			continue
		}
		run = append(run, x)
	}
	flush()
	return out
}

// inFlow reports whether a child stands on its own as a block. Images and
// macros without a body do unless they stand in a line of text.
func (d *storageDecoder) inFlow(children []*element, i int) bool {
	x := children[i]
	switch {
	case x.blocks || x.comment:
		return true
	case x.name != "ac:image" && (x.name != "ac:structured-macro" || x.attr("ac:name") == "status"):
		return false
	}
	beside := func(step int) bool {
		for j := i + step; j >= 0 && j < len(children); j += step {
			y := children[j]
			if y.blank() {
				continue
			}
			return !y.blocks && !y.comment && y.name != "ac:image" && y.name != "ac:structured-macro"
		}
		return false
	}
	return !beside(-1) && !beside(1)
}

func (d *storageDecoder) block(x *element) []*Node {
	switch x.name {
	case "":
		return []*Node{{kind: typeRawBlock, whole: d.raw(x)}}
	case "p":
		return []*Node{d.paragraph(x)}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		if !contentBlocks(x) {
			n := newNode(typeHeading, members{{"level", integer(int(x.name[1] - '0'))}}, d.inline(x.children)...)
			return []*Node{d.styled(d.around(n, x), x)}
		}
	case "ul", "ol":
		if n := d.list(x); n != nil {
			return []*Node{n}
		}
	case "blockquote":
		return []*Node{d.styled(d.around(newNode(typeBlockquote, nil, d.flow(x.children)...), x), x)}
	case "hr":
		return []*Node{{kind: typeRule, whole: unlessSame(d.raw(x), "<hr/>")}}
	case "pre":
		return []*Node{{kind: typeCodeBlock, content: textNodes(x.words()), whole: d.raw(x)}}
	case "table":
		if n := d.table(x); n != nil {
			return []*Node{n}
		}
	case "ac:task-list":
		if n := d.taskList(x); n != nil {
			return []*Node{n}
		}
	case "ac:layout":
		if sections := d.layout(x); sections != nil {
			return sections
		}
	case "ac:structured-macro":
		return []*Node{d.macro(x, true)}
	case "ac:adf-extension":
		if n := d.adfExtension(x); n != nil {
			return []*Node{n}
		}
	case "ac:image":
		return []*Node{d.imageBlock(x, x)}
	case "a":
		if n := d.card(x); n != nil {
			return []*Node{n}
		}
	}
	return []*Node{d.rawBlock(x)}
}

// rawBlock keeps an element verbatim and reads what is inside it for display.
func (d *storageDecoder) rawBlock(x *element) *Node {
	return &Node{
		kind: typeRawBlock, attrs: members{{"element", str(x.name)}},
		content: d.flow(x.children), whole: d.raw(x),
	}
}

func unlessSame(s, canonical string) string {
	if s == canonical {
		return ""
	}
	return s
}

func textNodes(s string) []*Node {
	if s == "" {
		return nil
	}
	return []*Node{newText(s)}
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

func (d *storageDecoder) paragraph(x *element) *Node {
	if contentBlocks(x) {
		return d.rawBlock(x)
	}
	if inner, only := x.elements(); only && len(inner) == 1 && inner[0].name == "ac:image" {
		return d.imageBlock(inner[0], x)
	}
	return d.styled(d.around(newNode(typeParagraph, nil, d.inline(x.children)...), x), x)
}

// styled reads alignment and indentation from an element's style and notes
// the attributes that only storage has.
func (d *storageDecoder) styled(n *Node, x *element) *Node {
	for _, a := range x.attrs {
		name := qualified(a.Name)
		if name == "style" && (n.kind == typeParagraph || n.kind == typeHeading) {
			if m, ok := blockStyle(a.Value); ok {
				n.marks = append(n.marks, m...)
				continue
			}
		}
		if !incidental(name) {
			n.features = append(n.features, x.name+"."+name)
		}
	}
	return n
}

// incidental reports whether an attribute only identifies an element.
func incidental(name string) bool {
	return strings.HasSuffix(name, "local-id") || name == "id" || name == "class"
}

func (d *storageDecoder) list(x *element) *Node {
	items, only := x.elements()
	if !only {
		return nil
	}
	n := newNode(typeBulletList, nil)
	if x.name == "ol" {
		order := 1
		if s := x.attr("start"); s != "" {
			order = parseInt(s, 1)
		}
		n = newNode(typeOrderedList, members{{"order", integer(order)}})
	}
	for _, item := range items {
		if item.name != "li" {
			return nil
		}
		li := d.around(newNode(typeListItem, nil, d.flow(item.children)...), item)
		n.content = append(n.content, d.styled(li, item))
	}
	if d.around(n, x); n.kind == typeOrderedList && n.open == orderedTag(n) {
		n.open, n.shut = "", ""
	}
	for _, a := range x.attrs {
		if name := qualified(a.Name); name != "start" && !incidental(name) {
			n.features = append(n.features, x.name+"."+name)
		}
	}
	return n
}

func (d *storageDecoder) table(x *element) *Node {
	var rows []*element
	n := newNode(typeTable, nil)
	sections, only := x.elements()
	if !only {
		return nil
	}
	for _, s := range sections {
		switch s.name {
		case "tr":
			rows = append(rows, s)
		case "tbody", "thead", "tfoot":
			inner, only := s.elements()
			if !only {
				return nil
			}
			for _, r := range inner {
				if r.name != "tr" {
					return nil
				}
				rows = append(rows, r)
			}
		case "colgroup":
			n.features = append(n.features, "table.colgroup")
		default:
			return nil
		}
	}
	if len(rows) == 0 {
		return nil
	}
	n.open, n.shut = d.src[x.start:rows[0].start], d.src[rows[len(rows)-1].end:x.end]
	for i, r := range rows {
		row := newNode(typeTableRow, nil)
		gap := rows[max(i-1, 0)].end
		if i == 0 {
			gap = r.start
		}
		row.open, row.shut = d.src[gap:r.open], d.src[r.shut:r.end]
		cells, only := r.elements()
		if !only || r.open == r.end {
			return nil
		}
		for _, c := range cells {
			cell := d.cell(c)
			if cell == nil {
				return nil
			}
			row.content = append(row.content, cell)
		}
		n.content = append(n.content, row)
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "data-layout" && tableLayout(a.Value):
			n.attrs = append(n.attrs, member{"layout", str(a.Value)})
		case !incidental(name):
			n.features = append(n.features, "table."+name)
		}
	}
	return n
}

func tableLayout(s string) bool {
	switch s {
	case "wide", "full-width", "center", "align-end", "align-start", "default":
		return true
	}
	return false
}

func (d *storageDecoder) cell(x *element) *Node {
	kind := typeTableCell
	switch x.name {
	case "th":
		kind = typeTableHeader
	case "td":
	default:
		return nil
	}
	n := newNode(kind, nil, d.flow(x.children)...)
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "colspan" || name == "rowspan":
			if v := parseInt(a.Value, 1); v != 1 {
				n.attrs = append(n.attrs, member{name, integer(v)})
			}
		case name == "data-highlight-colour": //nolint:misspell // the attribute is spelled so
			n.attrs = append(n.attrs, member{"background", str(a.Value)})
		case !incidental(name):
			n.features = append(n.features, "cell."+name)
		}
	}
	if d.around(n, x); n.open == cellTag(n) {
		n.open, n.shut = "", ""
	}
	return n
}

func (d *storageDecoder) taskList(x *element) *Node {
	tasks, only := x.elements()
	if !only || len(tasks) == 0 {
		return nil
	}
	n := d.around(newNode(typeTaskList, nil), x)
	for _, t := range tasks {
		body := t.child("ac:task-body")
		if t.name != "ac:task" || body == nil {
			return nil
		}
		done := false
		if s := t.child("ac:task-status"); s != nil {
			done = strings.TrimSpace(s.words()) == "complete"
		}
		inner := body
		if spans, only := body.elements(); only && len(spans) == 1 && len(body.children) == 1 &&
			spans[0].name == "span" && spans[0].attr("class") == "placeholder-inline-tasks" {
			inner = spans[0]
		}
		items := d.taskItems(done, d.flow(inner.children))
		if inner.open != inner.end {
			open, shut := d.src[t.start:inner.open], d.src[inner.shut:t.end]
			if open != taskTag(done) || shut != taskEnd {
				items[0].open, items[0].shut = open, shut
			}
		}
		n.content = append(n.content, items...)
	}
	return n
}

// taskItems returns the task and the lists nested in it. Text without a tag
// around it is the task's own.
func (d *storageDecoder) taskItems(done bool, content []*Node) []*Node {
	if len(content) > 0 && content[0].kind == typeParagraph && !content[0].bare {
		state := "TODO"
		if done {
			state = "DONE"
		}
		return []*Node{newNode(typeBlockTaskItem, members{{"state", str(state)}}, content...)}
	}
	return taskItems(done, content)
}

func (d *storageDecoder) layout(x *element) []*Node {
	sections, only := x.elements()
	if !only || len(sections) == 0 {
		return nil
	}
	var out []*Node
	for _, s := range sections {
		cells, only := s.elements()
		if s.name != "ac:layout-section" || !only || len(cells) == 0 {
			return nil
		}
		kind := s.attr("ac:type")
		n := newNode(typeLayoutSection, nil)
		for i, c := range cells {
			if c.name != "ac:layout-cell" {
				return nil
			}
			column := newNode(typeLayoutColumn, members{{"width", columnWidth(kind, len(cells), i)}}, d.flow(c.children)...)
			n.content = append(n.content, d.around(column, c))
		}
		if mode := s.attr("ac:breakout-mode"); mode == "wide" || mode == "full-width" {
			n.marks = []Mark{newMark(markBreakout, member{"mode", str(mode)})}
		}
		if d.around(n, s); n.open == sectionTag(n) {
			n.open, n.shut = "", ""
		}
		out = append(out, n)
	}
	return out
}
