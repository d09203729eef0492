package markdown

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// htmlNode is an element of an HTML block, or text when it has no tag.
type htmlNode struct {
	tag      tag
	text     string
	children []*htmlNode
}

const (
	// htmlDepth is how deep the elements of a block may nest to be understood.
	htmlDepth = 32
	// widestRow bounds the cells that merged ones are spread over.
	widestRow = 100
)

func (x *htmlNode) is(names ...string) bool { return slices.Contains(names, x.tag.name) }

func (x *htmlNode) blank() bool {
	return x.tag.name == "" && strings.Trim(x.text, " \t\n\r\f") == ""
}

// block reports whether an element begins a block, or holds one.
func (x *htmlNode) block() bool {
	switch x.tag.kind() {
	case blockTag:
		return true
	case looseTag:
		if !x.tag.inlineLoose() {
			return true
		}
	case emptyTag:
		return x.tag.name == "hr"
	case unknownTag, markTag:
	}
	return x.holdsBlock()
}

func (x *htmlNode) holdsBlock() bool {
	for _, c := range x.children {
		if c.block() {
			return true
		}
	}
	return false
}

// optionalEnd reports whether the end of an element may be left out.
func optionalEnd(name string) bool {
	switch name {
	case "p", "li", "td", "th", "tr", "thead", "tbody", "tfoot":
		return true
	}
	return false
}

// endedBy reports whether an open element ends where another begins.
func endedBy(open, begin tag) bool {
	switch open.name {
	case "p":
		return begin.kind() == blockTag || begin.kind() == looseTag && !begin.inlineLoose() || begin.name == "hr"
	case "li":
		return begin.name == "li"
	case "td", "th":
		return begin.name == "td" || begin.name == "th" || begin.name == "tr" || begin.name == "thead" || begin.name == "tbody" || begin.name == "tfoot"
	case "tr":
		return begin.name == "tr" || begin.name == "thead" || begin.name == "tbody" || begin.name == "tfoot"
	case "thead", "tbody", "tfoot":
		return begin.name == "thead" || begin.name == "tbody" || begin.name == "tfoot"
	}
	return false
}

// parseHTML reads the elements of an HTML block, and how many comments it has.
// It reports false when nothing in it is understood or its elements do not
// nest; those that say nothing may begin or end in another block.
func parseHTML(raw string) (root *htmlNode, comments int, ok bool) {
	root = &htmlNode{}
	stack := []*htmlNode{root}
	top := func() *htmlNode { return stack[len(stack)-1] }
	text := func(s string) {
		if s != "" {
			top().children = append(top().children, &htmlNode{text: s})
		}
	}
	understood, from := false, 0
	for i := 0; i < len(raw); {
		next := strings.IndexByte(raw[i:], '<')
		if next < 0 {
			break
		}
		i += next
		if strings.HasPrefix(raw[i:], "<!--") {
			end := strings.Index(raw[i+4:], "-->")
			if end < 0 {
				break
			}
			text(raw[from:i])
			comments++
			i += 4 + end + 3
			from = i
			continue
		}
		t, length := scanTag(raw[i:])
		if length == 0 || t.kind() == unknownTag {
			i += max(length, 1)
			continue
		}
		text(raw[from:i])
		i += length
		from, understood = i, true
		switch {
		case t.shut:
			if stack, ok = closeElement(stack, t); !ok {
				return nil, 0, false
			}
		default:
			for endedBy(top().tag, t) {
				stack = stack[:len(stack)-1]
			}
			x := &htmlNode{tag: t}
			top().children = append(top().children, x)
			if !t.empty {
				stack = append(stack, x)
			}
		}
		if len(stack) > htmlDepth {
			return nil, 0, false
		}
	}
	text(raw[from:])
	for _, x := range stack[1:] {
		if !optionalEnd(x.tag.name) && x.tag.kind() != looseTag {
			return nil, 0, false
		}
	}
	return root, comments, (understood || comments > 0) && convertible(root)
}

// closeElement takes the element that a tag ends off the stack.
func closeElement(stack []*htmlNode, t tag) ([]*htmlNode, bool) {
	for i := len(stack) - 1; i > 0; i-- {
		open := stack[i].tag
		if open.name == t.name {
			return stack[:i], true
		}
		if !optionalEnd(open.name) && open.kind() != looseTag {
			break
		}
	}
	return stack, t.kind() == looseTag || t.name == "p"
}

// convertible reports whether documents can hold elements the way they nest.
func convertible(x *htmlNode) bool {
	only := func(names ...string) bool {
		for _, c := range x.children {
			if !c.blank() && !c.is(names...) {
				return false
			}
		}
		return true
	}
	var fits bool
	switch x.tag.name {
	case "ul", "ol":
		fits = only("li")
	case "table":
		fits = only("caption", "thead", "tbody", "tfoot", "tr") && len(rowsOf(x)) > 0
	case "thead", "tbody", "tfoot":
		fits = only("tr")
	case "tr":
		fits = only("td", "th")
	case "td", "th":
		rows, columns := span(x, "rowspan"), span(x, "colspan")
		fits = rows == 1 && columns <= widestRow && !unwrapped(x).holdsBlock()
	case "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "caption":
		fits = !x.holdsBlock()
	default:
		fits = x.tag.kind() != markTag || !x.holdsBlock()
	}
	for _, c := range x.children {
		fits = fits && convertible(c) && containedIn(c.tag.name, x.tag.name)
	}
	return fits
}

// containedIn reports whether an element may stand in another as far as lists
// and tables go.
func containedIn(name, parent string) bool {
	switch name {
	case "li":
		return parent == "ul" || parent == "ol"
	case "td", "th":
		return parent == "tr"
	case "tr":
		return parent == "table" || parent == "thead" || parent == "tbody" || parent == "tfoot"
	case "thead", "tbody", "tfoot", "caption":
		return parent == "table"
	}
	return true
}

func span(x *htmlNode, name string) int {
	n, err := strconv.Atoi(x.tag.attr(name))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// unwrapped returns the paragraph that is all a cell holds, or the cell.
func unwrapped(x *htmlNode) *htmlNode {
	var sole *htmlNode
	for _, c := range x.children {
		if c.blank() {
			continue
		}
		if sole != nil || !c.is("p", "div", "center") {
			return x
		}
		sole = c
	}
	if sole == nil {
		return x
	}
	return unwrapped(sole)
}

func rowsOf(table *htmlNode) []*htmlNode {
	var rows []*htmlNode
	for _, c := range table.children {
		switch {
		case c.is("tr"):
			rows = append(rows, c)
		case c.is("thead", "tbody", "tfoot"):
			rows = append(rows, rowsOf(c)...)
		}
	}
	return rows
}

// htmlFlow converts elements that may mix blocks and text.
func (d *decoder) htmlFlow(children []*htmlNode, depth int) ([]*tree.Node, error) {
	var out, run []*tree.Node
	flush := func() {
		if content := settled(run); len(content) > 0 {
			out = append(out, textBlock(content))
		}
		run = nil
	}
	for _, c := range children {
		if err := d.Node(depth, 0); err != nil {
			return nil, err
		}
		if !c.block() {
			if err := d.htmlSpan(c, nil, depth, &run); err != nil {
				return nil, err
			}
			continue
		}
		flush()
		blocks, err := d.htmlElement(c, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, blocks...)
	}
	flush()
	return out, nil
}

// textBlock returns a paragraph, or an image block for an image of its own.
func textBlock(content []*tree.Node) *tree.Node {
	if len(content) == 1 && content[0].Kind == tree.TypeMediaInline {
		return soleImage(content[0])
	}
	return tree.New(tree.TypeParagraph, nil, content...)
}

func (d *decoder) htmlElement(x *htmlNode, depth int) ([]*tree.Node, error) {
	if x.tag.kind() == looseTag {
		d.Lose("html: "+x.tag.name, tree.Dropped)
		return d.htmlFlow(x.children, depth)
	}
	d.attributes(x.tag)
	switch x.tag.name {
	case "hr":
		return []*tree.Node{tree.New(tree.TypeRule, nil)}, nil
	case "pre":
		return []*tree.Node{d.htmlCode(x)}, nil
	case "ul", "ol":
		return d.htmlList(x, depth)
	case "table":
		return d.htmlTable(x, depth)
	case "blockquote":
		content, err := d.htmlFlow(x.children, depth+1)
		return []*tree.Node{tree.New(tree.TypeBlockquote, nil, content...)}, err
	}
	content, err := d.htmlInline(x, depth)
	if err != nil {
		return nil, err
	}
	if x.tag.name[0] == 'h' {
		level := int(x.tag.name[1] - '0')
		heading := tree.New(tree.TypeHeading, tree.Members{tree.Attr("level", tree.Integer(level))}, content...)
		d.Under(heading)
		return []*tree.Node{heading}, nil
	}
	if len(content) == 0 {
		return nil, nil
	}
	return []*tree.Node{textBlock(content)}, nil
}

func (d *decoder) htmlList(x *htmlNode, depth int) ([]*tree.Node, error) {
	list := tree.New(tree.TypeBulletList, nil)
	if x.tag.name == "ol" {
		order, err := strconv.Atoi(x.tag.attr("start"))
		if err != nil || order < 0 || order > 999_999_999 {
			order = 1
		}
		list = tree.New(tree.TypeOrderedList, tree.Members{tree.Attr("order", tree.Integer(order))})
	}
	for _, c := range x.children {
		if c.blank() {
			continue
		}
		d.attributes(c.tag)
		content, err := d.htmlFlow(c.children, depth+1)
		if err != nil {
			return nil, err
		}
		list.Content = append(list.Content, tree.New(tree.TypeListItem, nil, content...))
	}
	if len(list.Content) == 0 {
		return nil, nil
	}
	return []*tree.Node{list}, nil
}

// htmlCode returns preformatted text, which holds no formatting.
func (d *decoder) htmlCode(x *htmlNode) *tree.Node {
	var b strings.Builder
	language := ""
	var words func(x *htmlNode)
	words = func(x *htmlNode) {
		b.WriteString(html.UnescapeString(x.text))
		for _, c := range x.children {
			switch {
			case c.is("br"):
				b.WriteByte('\n')
			case c.is("code"):
				for class := range strings.FieldsSeq(c.tag.attr("class")) {
					if name, ok := strings.CutPrefix(class, "language-"); ok {
						language = name
					}
				}
			case c.tag.name != "":
				d.Lose("html: "+c.tag.name, tree.Dropped)
			}
			words(c)
		}
	}
	words(x)
	code := tree.New(tree.TypeCodeBlock, nil)
	if language != "" {
		code.Attrs = tree.Members{tree.Attr("language", tree.String(language))}
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(b.String())
	if text = strings.TrimSuffix(strings.TrimPrefix(text, "\n"), "\n"); text != "" {
		code.Content = []*tree.Node{tree.NewText(text)}
	}
	return code
}

// htmlTable returns a table, and its caption before it. Every row gets as many
// cells as the widest has, because that is what a table in Markdown has.
func (d *decoder) htmlTable(x *htmlNode, depth int) ([]*tree.Node, error) {
	var out []*tree.Node
	for _, c := range x.children {
		if c.is("caption") {
			content, err := d.htmlInline(c, depth)
			if err != nil {
				return nil, err
			}
			if len(content) > 0 {
				d.Lose("html: caption", tree.Changed)
				out = append(out, tree.New(tree.TypeParagraph, nil, content...))
			}
		}
	}
	table := tree.New(tree.TypeTable, nil)
	columns := 0
	for _, r := range rowsOf(x) {
		row, err := d.htmlRow(r, depth+2)
		if err != nil {
			return nil, err
		}
		if len(table.Content) > 0 || !headerRow(row) {
			d.plainCells(row)
		}
		columns = max(columns, len(row.Content))
		table.Content = append(table.Content, row)
	}
	if columns == 0 {
		return out, nil
	}
	for i, row := range table.Content {
		kind := tree.TypeTableCell
		if i == 0 && len(row.Content) > 0 {
			kind = row.Content[len(row.Content)-1].Kind
		}
		for len(row.Content) < columns {
			if err := d.Node(depth+2, 0); err != nil {
				return nil, err
			}
			row.Content = append(row.Content, emptyCell(kind))
		}
	}
	// A header of empty cells is how a table without one is written.
	if len(table.Content) > 1 && tree.TextOf(table.Content[0]) == "" && emptyHeader(table.Content[0]) {
		table.Content = table.Content[1:]
	}
	return append(out, table), nil
}

// plainCells makes a row of one that is not the header, which is the only place
// where Markdown has header cells.
func (d *decoder) plainCells(row *tree.Node) {
	for _, cell := range row.Content {
		if cell.Kind == tree.TypeTableHeader {
			d.Lose("header cell outside the first row", tree.Changed)
			cell.Kind = tree.TypeTableCell
		}
	}
}

func emptyCell(kind string) *tree.Node {
	return tree.New(kind, nil, tree.New(tree.TypeParagraph, nil))
}

func emptyHeader(row *tree.Node) bool {
	for _, cell := range row.Content {
		if cell.Kind != tree.TypeTableHeader || len(cell.Content[0].Content) > 0 {
			return false
		}
	}
	return true
}

func (d *decoder) htmlRow(r *htmlNode, depth int) (*tree.Node, error) {
	row := tree.New(tree.TypeTableRow, nil)
	d.attributes(r.tag)
	for _, c := range r.children {
		if c.blank() {
			continue
		}
		kind := tree.TypeTableCell
		if c.is("th") {
			kind = tree.TypeTableHeader
		}
		content, err := d.htmlInline(unwrapped(c), depth)
		if err != nil {
			return nil, err
		}
		d.attributes(c.tag)
		row.Content = append(row.Content, tree.New(kind, nil, textBlock(content)))
		for range span(c, "colspan") - 1 {
			row.Content = append(row.Content, emptyCell(kind))
		}
	}
	return row, nil
}

// htmlInline returns what is inside an element that holds no block.
func (d *decoder) htmlInline(x *htmlNode, depth int) ([]*tree.Node, error) {
	var out []*tree.Node
	for _, c := range x.children {
		if err := d.htmlSpan(c, nil, depth, &out); err != nil {
			return nil, err
		}
	}
	return settled(out), nil
}

func (d *decoder) htmlSpan(x *htmlNode, marks []tree.Mark, depth int, out *[]*tree.Node) error {
	if err := d.Node(depth, 0); err != nil {
		return err
	}
	if x.tag.name == "" {
		*out = append(*out, tree.NewText(collapsed(html.UnescapeString(x.text)), marks...))
		return nil
	}
	if x.tag.kind() == emptyTag {
		d.emptyElement(x.tag, marks, out)
		return nil
	}
	e := d.open(x.tag, marks, len(*out))
	for _, c := range x.children {
		if err := d.htmlSpan(c, e.marks, depth, out); err != nil {
			return err
		}
	}
	d.close(e, out)
	return nil
}

// collapsed returns text with its white space as browsers show it.
func collapsed(s string) string {
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	var b strings.Builder
	space := false
	for i := range len(s) {
		if isSpace(s[i]) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteByte(s[i])
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

// settled returns inline nodes without the white space that browsers do not
// show: at the edges, next to line breaks and next to other white space.
func settled(nodes []*tree.Node) []*tree.Node {
	var out []*tree.Node
	space := true
	trim := func() {
		for len(out) > 0 && out[len(out)-1].Kind == tree.TypeText {
			last := out[len(out)-1]
			if last.Text = strings.TrimSuffix(last.Text, " "); last.Text != "" {
				return
			}
			out = out[:len(out)-1]
		}
	}
	for _, n := range nodes {
		switch n.Kind {
		case tree.TypeText:
			if space {
				n.Text = strings.TrimPrefix(n.Text, " ")
			}
			if n.Text == "" {
				continue
			}
			space = strings.HasSuffix(n.Text, " ")
		case tree.TypeHardBreak:
			trim()
			space = true
		default:
			space = false
		}
		out = append(out, n)
	}
	trim()
	return tree.MergeText(out)
}
