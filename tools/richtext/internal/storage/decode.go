// Package storage reads and writes documents as the XHTML in which Confluence
// stores the body of a page.
package storage

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// Decode reads a storage body and returns its doc node. Elements,
// attributes and macros without a counterpart in the tree are kept verbatim.
// The error wraps [tree.ErrMalformed] or [tree.ErrTooLarge].
func Decode(src string, limits tree.Limits) (*tree.Node, error) {
	b := tree.NewBudget(limits, tree.StoredBytes)
	root, err := parseXML(src, b)
	if err != nil {
		return nil, err
	}
	d := &decoder{Budget: b, src: src}
	doc := tree.New(tree.TypeDoc, nil, d.flow(root.children)...)
	return doc, d.Grown()
}

type decoder struct {
	*tree.Budget
	src    string
	serial int
}

// raw returns the source of an element.
func (d *decoder) raw(x *element) string { return d.src[x.start:x.end] }

// opening returns the start tag when it says more than its name; otherwise the
// writer makes the same one.
func (d *decoder) around(n *tree.Node, x *element) *tree.Node {
	if len(x.attrs) > 0 || d.src[x.start:x.open] != "<"+x.name+">" {
		n.Open, n.Shut = d.src[x.start:x.open], d.src[x.shut:x.end]
		if x.open == x.end { // an empty element in its short form
			n.Open, n.Shut = n.Open[:len(n.Open)-2]+">", "</"+x.name+">"
		}
	}
	return n
}

// flow converts content that may mix blocks and text. Text outside a block
// becomes a paragraph that is written without a tag.
func (d *decoder) flow(children []*element) []*tree.Node {
	var out []*tree.Node
	var run []*element
	flush := func() {
		blank := true
		for _, x := range run {
			blank = blank && x.blank()
		}
		if !blank {
			p := tree.New(tree.TypeParagraph, nil, d.inline(run)...)
			p.Bare = true
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
func (d *decoder) inFlow(children []*element, i int) bool {
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

func (d *decoder) block(x *element) []*tree.Node {
	switch x.name {
	case "":
		return []*tree.Node{{Kind: tree.TypeRawBlock, Whole: d.raw(x)}}
	case "p":
		return []*tree.Node{d.paragraph(x)}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		if !contentBlocks(x) {
			n := tree.New(tree.TypeHeading, tree.Members{tree.Attr("level", tree.Integer(int(x.name[1]-'0')))}, d.inline(x.children)...)
			return []*tree.Node{d.styled(d.around(n, x), x)}
		}
	case "ul", "ol":
		if n := d.list(x); n != nil {
			return []*tree.Node{n}
		}
	case "blockquote":
		return []*tree.Node{d.styled(d.around(tree.New(tree.TypeBlockquote, nil, d.flow(x.children)...), x), x)}
	case "hr":
		return []*tree.Node{{Kind: tree.TypeRule, Whole: unlessSame(d.raw(x), "<hr/>")}}
	case "pre":
		return []*tree.Node{{Kind: tree.TypeCodeBlock, Content: textNodes(x.words()), Whole: d.raw(x)}}
	case "table":
		if n := d.table(x); n != nil {
			return []*tree.Node{n}
		}
	case "ac:task-list":
		if n := d.taskList(x); n != nil {
			return []*tree.Node{n}
		}
	case "ac:layout":
		if sections := d.layout(x); sections != nil {
			return sections
		}
	case "ac:structured-macro":
		return []*tree.Node{d.macro(x, true)}
	case "ac:adf-extension":
		if n := d.adfExtension(x); n != nil {
			return []*tree.Node{n}
		}
	case "ac:image":
		return []*tree.Node{d.imageBlock(x, x, "")}
	case "a":
		if n := d.card(x); n != nil {
			return []*tree.Node{n}
		}
	}
	return []*tree.Node{d.rawBlock(x)}
}

// rawBlock keeps an element verbatim and reads what is inside it for display.
func (d *decoder) rawBlock(x *element) *tree.Node {
	return &tree.Node{
		Kind: tree.TypeRawBlock, Attrs: tree.Members{tree.Attr("element", elementName(x))},
		Content: d.flow(x.children), Whole: d.raw(x),
	}
}

// elementName is the value of the attribute that names a storage element, which
// is only for display.
func elementName(x *element) jsontext.Value { return tree.String(tree.Clip(x.name, 100)) }

func unlessSame(s, canonical string) string {
	if s == canonical {
		return ""
	}
	return s
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
		return d.imageBlock(image, x, href)
	}
	return d.styled(d.around(tree.New(tree.TypeParagraph, nil, d.inline(x.children)...), x), x)
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
			n.Features = append(n.Features, x.name+"."+name)
		}
	}
	return n
}

// incidental reports whether an attribute only identifies an element.
func incidental(name string) bool {
	return strings.HasSuffix(name, "local-id") || name == "id" || name == "class"
}

// allNamed reports whether elements have one of the names. It is asked before any
// of them is converted, so that nothing is converted twice.
func allNamed(elements []*element, names ...string) bool {
	for _, x := range elements {
		if !slices.Contains(names, x.name) {
			return false
		}
	}
	return true
}

func (d *decoder) list(x *element) *tree.Node {
	items, only := x.elements()
	if !only || !allNamed(items, "li") {
		return nil
	}
	n := tree.New(tree.TypeBulletList, nil)
	if x.name == "ol" {
		order := 1
		if s := x.attr("start"); s != "" {
			order = parseInt(s, 1)
		}
		n = tree.New(tree.TypeOrderedList, tree.Members{tree.Attr("order", tree.Integer(order))})
	}
	for _, item := range items {
		li := d.around(tree.New(tree.TypeListItem, nil, d.flow(item.children)...), item)
		n.Content = append(n.Content, d.styled(li, item))
	}
	if d.around(n, x); n.Kind == tree.TypeOrderedList && n.Open == orderedTag(n) {
		n.Open, n.Shut = "", ""
	}
	for _, a := range x.attrs {
		if name := qualified(a.Name); name != "start" && !incidental(name) {
			n.Features = append(n.Features, x.name+"."+name)
		}
	}
	return n
}

func (d *decoder) table(x *element) *tree.Node {
	var rows []*element
	n := tree.New(tree.TypeTable, nil)
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
			if !only || !allNamed(inner, "tr") {
				return nil
			}
			rows = append(rows, inner...)
		case "colgroup":
			n.Features = append(n.Features, "table.colgroup")
		default:
			return nil
		}
	}
	if len(rows) == 0 {
		return nil
	}
	cells := make([][]*element, len(rows))
	for i, r := range rows {
		if cells[i], only = r.elements(); !only || r.open == r.end || !allNamed(cells[i], "th", "td") {
			return nil
		}
	}
	n.Open, n.Shut = d.src[x.start:rows[0].start], d.src[rows[len(rows)-1].end:x.end]
	for i, r := range rows {
		row := tree.New(tree.TypeTableRow, nil)
		gap := rows[max(i-1, 0)].end
		if i == 0 {
			gap = r.start
		}
		row.Open, row.Shut = d.src[gap:r.open], d.src[r.shut:r.end]
		for _, c := range cells[i] {
			row.Content = append(row.Content, d.cell(c))
		}
		n.Content = append(n.Content, row)
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "data-layout" && tableLayout(a.Value):
			n.Attrs = append(n.Attrs, tree.Attr("layout", tree.String(a.Value)))
		case !incidental(name):
			n.Features = append(n.Features, "table."+name)
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

func (d *decoder) cell(x *element) *tree.Node {
	kind := tree.TypeTableCell
	if x.name == "th" {
		kind = tree.TypeTableHeader
	}
	n := tree.New(kind, nil, d.flow(x.children)...)
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
	if d.around(n, x); n.Open == cellTag(n) {
		n.Open, n.Shut = "", ""
	}
	return n
}

func (d *decoder) taskList(x *element) *tree.Node {
	tasks, only := x.elements()
	if !only || len(tasks) == 0 || !allNamed(tasks, "ac:task") ||
		slices.ContainsFunc(tasks, func(t *element) bool { return t.child("ac:task-body") == nil }) {
		return nil
	}
	n := d.around(tree.New(tree.TypeTaskList, nil), x)
	for _, t := range tasks {
		body := t.child("ac:task-body")
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
				items[0].Open, items[0].Shut = open, shut
			}
		}
		n.Content = append(n.Content, items...)
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
	return tree.TaskItems(done, content)
}

func (d *decoder) layout(x *element) []*tree.Node {
	sections, only := x.elements()
	if !only || len(sections) == 0 || !allNamed(sections, "ac:layout-section") {
		return nil
	}
	cells := make([][]*element, len(sections))
	for i, s := range sections {
		if cells[i], only = s.elements(); !only || len(cells[i]) == 0 || !allNamed(cells[i], "ac:layout-cell") {
			return nil
		}
	}
	var out []*tree.Node
	for i, s := range sections {
		kind := s.attr("ac:type")
		n := tree.New(tree.TypeLayoutSection, nil)
		for j, c := range cells[i] {
			column := tree.New(tree.TypeLayoutColumn, tree.Members{tree.Attr("width", columnWidth(kind, len(cells[i]), j))}, d.flow(c.children)...)
			n.Content = append(n.Content, d.around(column, c))
		}
		if mode := s.attr("ac:breakout-mode"); mode == "wide" || mode == "full-width" {
			n.Marks = []tree.Mark{tree.NewMark(tree.MarkBreakout, tree.Attr("mode", tree.String(mode)))}
		}
		if d.around(n, s); n.Open == sectionTag(n) {
			n.Open, n.Shut = "", ""
		}
		out = append(out, n)
	}
	return out
}
