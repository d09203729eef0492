package markdown

import (
	"cmp"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
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
	rows    [][]*tree.Node
	columns int
}

// layOut spreads merged cells over the places they cover.
func (e *encoder) layOut(table *tree.Node) grid {
	var g grid
	// covered counts, by column, the rows that a cell above still covers.
	var covered []int
	for _, row := range table.Content {
		out := make([]*tree.Node, 0, len(row.Content))
		place := func() int {
			for len(out) < len(covered) && covered[len(out)] > 0 {
				covered[len(out)]--
				out = append(out, nil)
			}
			return len(out)
		}
		for _, cell := range row.Content {
			column := place()
			colspan := min(max(cell.Attrs.Integer("colspan", 1), 1), widestSpan)
			rowspan := min(max(cell.Attrs.Integer("rowspan", 1), 1), widestSpan)
			if colspan > 1 || rowspan > 1 {
				e.Lose("merged cells", tree.Changed)
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

func (e *encoder) table(n *tree.Node) {
	e.blockLosses(n)
	g := e.layOut(n)
	if g.columns == 0 {
		e.Lose(tree.TypeTable, tree.Shown)
		e.line("[table]")
		return
	}
	rows := make([][]string, len(g.rows))
	aligned := make([]columnAlignment, g.columns)
	headed := len(n.Content) > 0 && headerRow(n.Content[0])
	for i, row := range g.rows {
		rows[i] = make([]string, 0, len(row))
		e.Enter(i)
		for j, cell := range row {
			text := ""
			if cell != nil {
				e.Enter(j)
				e.blockLosses(cell)
				if cell.Kind == tree.TypeTableHeader && (i > 0 || !headed) {
					e.Lose("header cell outside the first row", tree.Changed)
				}
				aligned[j].add(cell)
				text = e.cell(cell)
				e.Leave()
			}
			rows[i] = append(rows[i], text)
		}
		e.Leave()
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
			e.Lose(tree.MarkAlignment, tree.Dropped)
		}
	}
	e.row(rule)
	for _, row := range rows[1:] {
		e.row(row)
	}
}

func headerRow(row *tree.Node) bool {
	for _, cell := range row.Content {
		if cell.Kind != tree.TypeTableHeader {
			return false
		}
	}
	return len(row.Content) > 0
}

func (e *encoder) row(cells []string) {
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

func (a *columnAlignment) add(cell *tree.Node) {
	for _, b := range cell.Content {
		if b.Kind != tree.TypeParagraph {
			continue
		}
		value := ""
		if m, ok := b.Mark(tree.MarkAlignment); ok {
			value = m.Attrs.String("align")
		}
		switch {
		case len(b.Content) == 0:
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
func (e *encoder) cell(n *tree.Node) string {
	if len(n.Content) == 1 {
		switch b := n.Content[0]; b.Kind {
		case tree.TypeParagraph:
			e.cellMarks(b)
			return e.inline(b.Content, inTable|singleLine)
		case tree.TypeMediaSingle:
			// Written as it would be outside a table, then kept on one line.
			sub := &encoder{Recorder: e.Recorder}
			sub.mediaSingle(b)
			e.Adopt(sub.Recorder)
			text := strings.TrimRight(sub.out.String(), "\n")
			return strings.ReplaceAll(escapePipes(text), "\\\n", "<br>")
		}
	}
	var parts []string
	e.cellParts(n.Content, "", &parts)
	if len(n.Content) > 1 || len(parts) > 1 || (len(n.Content) == 1 && !tree.IsInline(n.Content[0].Kind)) {
		e.Lose("blocks in a table cell", tree.Changed)
	}
	return strings.Join(parts, "<br>")
}

// cellMarks records the marks of a block in a cell, but for the alignment that
// its column carries.
func (e *encoder) cellMarks(n *tree.Node) {
	e.attributeLosses(n)
	for _, m := range n.Marks {
		if m.Kind != tree.MarkAlignment || n.Kind != tree.TypeParagraph {
			e.markLoss(n, m)
		}
	}
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
func (e *encoder) cellParts(nodes []*tree.Node, indent string, parts *[]string) {
	add := func(inline []*tree.Node) {
		if s := e.inline(inline, inTable|singleLine); s != "" {
			*parts = append(*parts, indent+s)
		}
	}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if !tree.IsInline(n.Kind) {
			e.cellMarks(n)
		}
		if (n.Kind == tree.TypeExtension || n.Kind == tree.TypeBodiedExtension) && !tree.IsAnchor(n) {
			e.Lose("macro:"+tree.MacroName(n), tree.Shown)
		}
		switch {
		case tree.IsInline(n.Kind):
			first := i
			for i+1 < len(nodes) && tree.IsInline(nodes[i+1].Kind) {
				i++
			}
			add(nodes[first : i+1])
		case n.Kind == tree.TypeHeading:
			add(tree.Embolden(n.Content))
		case n.Kind == tree.TypeCodeBlock:
			add(tree.InlineOf([]*tree.Node{n}))
		case tree.IsList(n.Kind):
			for _, item := range n.Content {
				label := "- "
				switch {
				case item.Kind == tree.TypeTaskItem && item.Attrs.String("state") == "DONE":
					label = "- [x] "
				case item.Kind == tree.TypeTaskItem:
					label = "- [ ] "
				}
				var inner []string
				e.cellParts(item.Content, "", &inner)
				for j, s := range inner {
					if j == 0 {
						*parts = append(*parts, indent+label+s)
					} else {
						*parts = append(*parts, indent+"- "+s)
					}
				}
			}
		case tree.HoldsInline(n.Kind):
			add(n.Content)
		case n.Kind == tree.TypeHidden:
		case tree.IsAnchor(n):
			e.Lose("macro:"+tree.MacroName(n), tree.Dropped)
		case n.Kind == tree.TypeBlockCard || n.Kind == tree.TypeEmbedCard:
			e.Lose(n.Kind, tree.Changed)
			url, words := tree.CardTarget(n)
			text := tree.NewText(cmp.Or(words, url, "[card]"))
			if url != "" {
				text.Marks = []tree.Mark{tree.LinkMark(url, "")}
			}
			add([]*tree.Node{text})
		case len(n.Content) == 0:
			add([]*tree.Node{tree.NewText(tree.BlockLabel(n))})
			if m, _ := tree.ReadMacro(n); m.HasBody {
				add(tree.InlineOf([]*tree.Node{tree.New(tree.TypeCodeBlock, nil, tree.NewText(m.Body))}))
			}
		default:
			if title := n.Attrs.String("title"); title != "" {
				add([]*tree.Node{tree.NewText(title, tree.NewMark(tree.MarkStrong))})
			}
			if label := tree.InlineLabel(n); label != "" {
				add([]*tree.Node{tree.NewText(label)})
			}
			e.cellParts(n.Content, indent, parts)
		}
	}
}
