package richtext

import (
	"slices"
	"strings"
)

const (
	// fillerCells bounds the empty cells written in place of merged ones.
	fillerCells = 20_000
	// widestSpan is the largest span taken at its word.
	widestSpan = 1000
)

// grid is a table laid out in rows and columns, with nil where a merged cell
// covers another place.
type grid struct {
	rows    [][]*Node
	columns int
}

// layOut spreads merged cells over the places they cover.
func (e *markdownEncoder) layOut(table *Node) grid {
	var g grid
	// covered counts, by column, the rows that a cell above still covers.
	var covered []int
	for _, row := range table.content {
		var out []*Node
		place := func() int {
			for len(out) < len(covered) && covered[len(out)] > 0 {
				covered[len(out)]--
				out = append(out, nil)
			}
			return len(out)
		}
		for _, cell := range row.content {
			column := place()
			colspan := min(max(cell.attrs.integer("colspan", 1), 1), widestSpan)
			rowspan := min(max(cell.attrs.integer("rowspan", 1), 1), widestSpan)
			if colspan > 1 || rowspan > 1 {
				e.lose("merged cells", Changed)
			}
			if e.filler += colspan*rowspan - 1; e.filler > fillerCells {
				colspan, rowspan = 1, 1
			}
			for len(covered) < column+colspan {
				covered = append(covered, 0)
			}
			for i := range colspan {
				covered[column+i] = rowspan - 1
				if i == 0 {
					out = append(out, cell)
				} else {
					out = append(out, nil)
				}
			}
		}
		place()
		g.columns = max(g.columns, len(out))
		g.rows = append(g.rows, out)
	}
	return g
}

func (e *markdownEncoder) table(n *Node) {
	e.blockLosses(n)
	g := e.layOut(n)
	if g.columns == 0 {
		e.lose(typeTable, Shown)
		e.line("[table]")
		return
	}
	rows := make([][]string, len(g.rows))
	aligned := make([]columnAlignment, g.columns)
	headed := len(n.content) > 0 && headerRow(n.content[0])
	for i, row := range g.rows {
		e.enter(i)
		for j, cell := range row {
			text := ""
			if cell != nil {
				e.enter(j)
				e.blockLosses(cell)
				if cell.kind == typeTableHeader && (i > 0 || !headed) {
					e.lose("header cell outside the first row", Changed)
				}
				aligned[j].add(cell)
				text = e.cell(cell)
				e.leave()
			}
			rows[i] = append(rows[i], text)
		}
		e.leave()
	}
	if !headed {
		rows = append([][]string{nil}, rows...)
	}
	for len(rows[0]) < g.columns {
		rows[0] = append(rows[0], "")
	}
	e.row(rows[0])
	rule := make([]string, g.columns)
	for i := range rule {
		rule[i] = aligned[i].rule()
		if aligned[i].mixed {
			e.lose(markAlignment, Dropped)
		}
	}
	e.row(rule)
	for _, row := range rows[1:] {
		e.row(row)
	}
}

func headerRow(row *Node) bool {
	for _, cell := range row.content {
		if cell.kind != typeTableHeader {
			return false
		}
	}
	return len(row.content) > 0
}

func (e *markdownEncoder) row(cells []string) {
	var b strings.Builder
	b.WriteByte('|')
	for _, c := range cells {
		b.WriteByte(' ')
		b.WriteString(c)
		if c != "" {
			b.WriteByte(' ')
		}
		b.WriteByte('|')
	}
	e.line(b.String())
}

// columnAlignment finds the alignment that the cells of a column share. Cells
// without text follow the others.
type columnAlignment struct {
	value, empty string
	seen, mixed  bool
}

func (a *columnAlignment) add(cell *Node) {
	for _, b := range cell.content {
		if b.kind != typeParagraph {
			continue
		}
		value := ""
		if m, ok := b.mark(markAlignment); ok {
			value = m.attrs.str("align")
		}
		switch {
		case len(b.content) == 0:
			a.empty = value
		case !a.seen:
			a.value, a.seen = value, true
		case a.value != value:
			a.mixed = true
		}
	}
}

func (a *columnAlignment) rule() string {
	value := a.value
	if !a.seen {
		value = a.empty
	}
	switch {
	case a.mixed:
		return "---"
	case value == "center":
		return ":---:"
	case value == "end":
		return "---:"
	}
	return "---"
}

// cell returns the content of a table cell on one line.
func (e *markdownEncoder) cell(n *Node) string {
	if len(n.content) == 1 {
		switch b := n.content[0]; b.kind {
		case typeParagraph:
			e.cellMarks(b)
			return e.inline(b.content, inTable|singleLine)
		case typeMediaSingle:
			// Written as it would be outside a table, then kept on one line.
			sub := &markdownEncoder{recorder: e.recorder}
			sub.mediaSingle(b)
			e.adopt(sub.recorder)
			text := strings.TrimRight(sub.out.String(), "\n")
			return strings.ReplaceAll(escapePipes(text), "\\\n", "<br>")
		}
	}
	var parts []string
	e.cellParts(n.content, "", &parts)
	if len(n.content) > 1 || len(parts) > 1 || (len(n.content) == 1 && !isInline(n.content[0].kind)) {
		e.lose("blocks in a table cell", Changed)
	}
	return strings.Join(parts, "<br>")
}

// cellMarks records the marks of a block in a cell, but for the alignment that
// its column carries.
func (e *markdownEncoder) cellMarks(n *Node) {
	if _, aligned := n.mark(markAlignment); aligned && n.kind == typeParagraph {
		n = n.clone()
		n.marks = slices.DeleteFunc(slices.Clone(n.marks), func(m Mark) bool { return m.kind == markAlignment })
	}
	e.blockLosses(n)
}

func escapePipes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '|' && (i == 0 || s[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// cellParts writes the blocks of a cell as lines of inline Markdown.
func (e *markdownEncoder) cellParts(nodes []*Node, indent string, parts *[]string) {
	add := func(inline []*Node) {
		if s := e.inline(inline, inTable|singleLine); s != "" {
			*parts = append(*parts, indent+s)
		}
	}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if !isInline(n.kind) {
			e.cellMarks(n)
		}
		switch {
		case isInline(n.kind):
			first := i
			for i+1 < len(nodes) && isInline(nodes[i+1].kind) {
				i++
			}
			add(nodes[first : i+1])
		case n.kind == typeHeading:
			add(embolden(n.content))
		case n.kind == typeCodeBlock:
			add(inlineOf([]*Node{n}))
		case isList(n.kind):
			for _, item := range n.content {
				label := "- "
				switch {
				case item.kind == typeTaskItem && item.attrs.str("state") == "DONE":
					label = "- [x] "
				case item.kind == typeTaskItem:
					label = "- [ ] "
				}
				var inner []string
				e.cellParts(item.content, "", &inner)
				for j, s := range inner {
					if j == 0 {
						*parts = append(*parts, indent+label+s)
					} else {
						*parts = append(*parts, indent+"- "+s)
					}
				}
			}
		case holdsInline(n.kind):
			add(n.content)
		case len(n.content) == 0:
			add([]*Node{newText(blockLabel(n))})
		default:
			if title := n.attrs.str("title"); title != "" {
				add([]*Node{newText(title, newMark(markStrong))})
			}
			if label := inlineLabel(n); label != "" {
				add([]*Node{newText(label)})
			}
			e.cellParts(n.content, indent, parts)
		}
	}
}
