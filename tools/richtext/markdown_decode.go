package richtext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Mention is a person as a mention names them.
type Mention struct {
	// ID is the Atlassian account ID.
	ID string
	// Name is the display name, without the leading @.
	Name string
}

// ErrNoMention is returned by a resolver for a name that belongs to nobody;
// the words then stay text.
var ErrNoMention = errors.New("nobody has that name")

// MarkdownOptions are the optional parts of reading Markdown.
type MarkdownOptions struct {
	Limits
	// ResolveMention finds the person meant by @[Name] or @[mail@host]. An
	// error other than [ErrNoMention] stops the conversion and is returned, so
	// that an ambiguous name can be refused. Without a resolver such mentions
	// stay text and are listed as losses.
	ResolveMention func(name string) (Mention, error)
}

// markdownDecode reads Markdown and returns its doc node and what was lost. The
// error wraps [ErrTooLarge] when the input exceeds the limits, and is that of
// the resolver when it fails; there is no malformed Markdown.
func markdownDecode(src string, opts MarkdownOptions) (*Node, Losses, error) {
	b := newBudget(opts.Limits, defaultMarkdownBytes)
	if err := b.size(len(src)); err != nil {
		return nil, nil, err
	}
	src = strings.TrimPrefix(cleanUTF8(src), "\uFEFF")
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(src)
	if err := checkMarkdown(src); err != nil {
		return nil, nil, err
	}
	if err := checkInline([]byte(src)); err != nil {
		return nil, nil, err
	}
	d := &markdownDecoder{budget: b, opts: opts, src: []byte(src)}
	content, err := d.parse(0)
	if err != nil {
		return nil, nil, err
	}
	return newNode(typeDoc, nil, content...), d.result(nil), nil
}

type markdownDecoder struct {
	*budget
	recorder
	opts MarkdownOptions
	src  []byte
	// names holds the answers of the resolver, so that it is asked once.
	names map[string]*Mention
}

func (d *markdownDecoder) parse(depth int) ([]*Node, error) {
	root := newMarkdownParser().Parse(text.NewReader(d.src))
	return d.blocks(root, depth)
}

// blocks converts the children of a block. <details> and </details> stand in
// HTML blocks of their own among them and are paired here.
func (d *markdownDecoder) blocks(parent ast.Node, depth int) ([]*Node, error) {
	f := detailsFrames{open: []detailsFrame{{}}}
	index := 0
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		d.enter(index)
		var err error
		if html, ok := child.(*ast.HTMLBlock); ok {
			err = d.htmlBlock(html, &f, depth)
		} else {
			var nodes []*Node
			nodes, err = d.block(child, depth+len(f.open))
			f.add(nodes...)
		}
		d.leave()
		if err != nil {
			return nil, err
		}
		index++
	}
	return f.finish(), nil
}

func (d *markdownDecoder) block(n ast.Node, depth int) ([]*Node, error) {
	if err := d.node(depth, 0); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return d.paragraph(n, depth)
	case *ast.Heading:
		content, err := d.inline(n, depth)
		heading := newNode(typeHeading, members{{"level", integer(n.Level)}}, content...)
		d.under(heading)
		return []*Node{heading}, err
	case *ast.ThematicBreak:
		return []*Node{newNode(typeRule, nil)}, nil
	case *ast.CodeBlock:
		return d.codeBlock(n, "", depth)
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = string(n.Info.Segment.Value(d.src))
		}
		return d.codeBlock(n, info, depth)
	case *ast.Blockquote:
		return d.quote(n, depth)
	case *ast.List:
		return d.list(n, depth)
	case *xast.Table:
		return d.table(n, depth)
	case *ast.LinkReferenceDefinition:
		return nil, nil
	}
	return d.blocks(n, depth)
}

func (d *markdownDecoder) paragraph(n ast.Node, depth int) ([]*Node, error) {
	content, err := d.inline(n, depth)
	if err != nil || len(content) == 0 {
		return nil, err
	}
	if len(content) == 1 && content[0].kind == typeMediaInline {
		return []*Node{soleImage(content[0])}, nil
	}
	return []*Node{newNode(typeParagraph, nil, content...)}, nil
}

// soleImage turns an image that is all of its paragraph into an image block.
func soleImage(n *Node) *Node {
	media := newNode(typeMedia, n.attrs.without("title"))
	for _, m := range n.marks {
		if m.kind == markLink {
			media.marks = []Mark{m}
		}
	}
	single := newNode(typeMediaSingle, nil, media)
	if title := n.attrs.str("title"); title != "" {
		single.content = append(single.content, newNode(typeCaption, nil, newText(title)))
	}
	return single
}

func (d *markdownDecoder) codeBlock(n ast.Node, info string, depth int) ([]*Node, error) {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		b.Write(line.Value(d.src))
	}
	if err := d.node(depth, lines.Len()); err != nil {
		return nil, err
	}
	code := newNode(typeCodeBlock, nil)
	if code.content = nil; b.Len() > 0 {
		if s := strings.TrimSuffix(b.String(), "\n"); s != "" {
			code.content = []*Node{newText(s)}
		}
	}
	language, rest, _ := strings.Cut(strings.TrimSpace(info), " ")
	if strings.TrimSpace(rest) != "" {
		d.lose("codeBlock.info", Dropped)
	}
	if language = unescapeMarkdown(language); language != "" {
		code.attrs = members{{"language", str(language)}}
	}
	return []*Node{code}, nil
}

// alertTypes maps the names of GitHub's alerts, and of the panels it does not
// have, to panels of the same color.
func alertType(name string) string {
	switch strings.ToUpper(name) {
	case "NOTE", "INFO":
		return "info"
	case "TIP", "SUCCESS":
		return "success"
	case "IMPORTANT":
		return "note"
	case "WARNING":
		return "warning"
	case "CAUTION", "ERROR":
		return "error"
	}
	return ""
}

func (d *markdownDecoder) quote(n *ast.Blockquote, depth int) ([]*Node, error) {
	kind := ""
	first, ok := n.FirstChild().(*ast.Paragraph)
	if ok && first.Lines().Len() > 0 {
		line := first.Lines().At(0)
		label := bytes.TrimSpace(line.Value(d.src))
		if bytes.HasPrefix(label, []byte("[!")) && bytes.HasSuffix(label, []byte("]")) {
			kind = alertType(string(label[2 : len(label)-1]))
		}
	}
	if kind == "" {
		content, err := d.blocks(n, depth)
		return []*Node{newNode(typeBlockquote, nil, content...)}, err
	}
	removeFirstLine(first)
	content, err := d.blocks(n, depth)
	return []*Node{newNode(typePanel, members{{"panelType", str(kind)}}, content...)}, err
}

// removeFirstLine takes the inline nodes of the first line off a paragraph.
func removeFirstLine(p *ast.Paragraph) {
	for p.HasChildren() {
		c := p.FirstChild()
		p.RemoveChild(p, c)
		if t, ok := c.(*ast.Text); ok && (t.SoftLineBreak() || t.HardLineBreak()) {
			return
		}
	}
}

func (d *markdownDecoder) list(n *ast.List, depth int) ([]*Node, error) {
	var out []*Node
	var current *Node
	index := 0
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if err := d.node(depth, 0); err != nil {
			return nil, err
		}
		d.enter(index)
		box := checkBox(item)
		content, err := d.blocks(item, depth)
		d.leave()
		if err != nil {
			return nil, err
		}
		kind := typeBulletList
		switch {
		case box != nil:
			kind = typeTaskList
		case n.IsOrdered():
			kind = typeOrderedList
		}
		if box != nil && n.IsOrdered() {
			d.lose("number of task", Dropped)
		}
		if current == nil || current.kind != kind {
			current = newNode(kind, nil)
			if kind == typeOrderedList {
				current.attrs = members{{"order", integer(n.Start + index)}}
			}
			out = append(out, current)
		}
		if box != nil {
			current.content = append(current.content, taskItems(box.IsChecked, content)...)
		} else {
			current.content = append(current.content, newNode(typeListItem, nil, content...))
		}
		index++
	}
	return out, nil
}

func checkBox(item ast.Node) *xast.TaskCheckBox {
	if first := item.FirstChild(); first != nil {
		if box, ok := first.FirstChild().(*xast.TaskCheckBox); ok {
			return box
		}
	}
	return nil
}

func (d *markdownDecoder) table(n *xast.Table, depth int) ([]*Node, error) {
	table := newNode(typeTable, nil)
	index := 0
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		kind := typeTableCell
		if _, ok := r.(*xast.TableHeader); ok {
			kind = typeTableHeader
		}
		row := newNode(typeTableRow, nil)
		empty := true
		d.enter(index)
		for cell := r.FirstChild(); cell != nil; cell = cell.NextSibling() {
			d.enter(len(row.content))
			if err := d.node(depth+2, 0); err != nil {
				return nil, err
			}
			content, err := d.inline(cell, depth+2)
			if err != nil {
				return nil, err
			}
			empty = empty && len(content) == 0
			row.content = append(row.content, newNode(kind, nil, cellBlock(content, n, len(row.content))))
			d.leave()
		}
		if kind == typeTableCell {
			for range d.cellsInSource(r) - len(row.content) {
				d.lose("cell beyond the table's columns", Dropped)
			}
		}
		d.leave()
		// A header of empty cells is how a table without one is written.
		if kind != typeTableHeader || !empty || r.NextSibling() == nil {
			table.content = append(table.content, row)
		}
		index++
	}
	return []*Node{table}, nil
}

// cellsInSource counts the cells that a row was written with: the parser leaves
// out those that the header has no columns for.
func (d *markdownDecoder) cellsInSource(row ast.Node) int {
	if row.Pos() < 0 || row.Pos() > len(d.src) {
		return 0
	}
	line, _, _ := strings.Cut(string(d.src[row.Pos():]), "\n")
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	cells := 0
	for i := 0; i < len(line); cells++ {
		for i < len(line) && (line[i] != '|' || i > 0 && line[i-1] == '\\') {
			i++
		}
		i++
	}
	return cells
}

func cellBlock(content []*Node, table *xast.Table, column int) *Node {
	if len(content) == 1 && content[0].kind == typeMediaInline {
		return soleImage(content[0])
	}
	p := newNode(typeParagraph, nil, content...)
	if column < len(table.Alignments) {
		switch table.Alignments[column] {
		case xast.AlignCenter:
			p.marks = []Mark{newMark(markAlignment, member{"align", str("center")})}
		case xast.AlignRight:
			p.marks = []Mark{newMark(markAlignment, member{"align", str("end")})}
		case xast.AlignLeft, xast.AlignNone:
		}
	}
	return p
}

// mention turns a name into a mention node, or nil when it stays text.
func (d *markdownDecoder) mention(name string) (*Node, error) {
	m, known := d.names[name]
	if !known {
		if d.opts.ResolveMention != nil {
			found, err := d.opts.ResolveMention(name)
			switch {
			case err == nil && found.ID != "":
				m = &found
			case err != nil && !errors.Is(err, ErrNoMention):
				return nil, fmt.Errorf("mention of %q: %w", clip(name, 80), err)
			}
		}
		if d.names == nil {
			d.names = make(map[string]*Mention)
		}
		d.names[name] = m
	}
	if m == nil {
		return nil, nil
	}
	attrs := members{{"id", str(m.ID)}}
	if m.Name != "" {
		attrs = append(attrs, member{"text", str("@" + m.Name)})
	}
	return newNode(typeMention, attrs), nil
}
