// Package markdown reads and writes documents as CommonMark with GitHub's
// extensions and the notation of package richtext.
package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"arcade-atlassian/tools/richtext/internal/tree"
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

// Options are the optional parts of reading Markdown.
type Options struct {
	tree.Limits
	// ResolveMention finds the person meant by @[Name] or @[mail@host]. An
	// error other than [ErrNoMention] stops the conversion and is returned, so
	// that an ambiguous name can be refused. Without a resolver such mentions
	// stay text and are listed as losses.
	ResolveMention func(name string) (Mention, error)
}

// Decode reads Markdown and returns its doc node and what was lost. The
// error wraps [tree.ErrTooLarge] when the input exceeds the limits, and is that of
// the resolver when it fails; there is no malformed Markdown.
func Decode(src string, opts Options) (*tree.Node, tree.Losses, error) {
	b := tree.NewBudget(opts.Limits, tree.MarkdownBytes)
	if err := b.Size(len(src)); err != nil {
		return nil, nil, err
	}
	src = strings.TrimPrefix(tree.CleanUTF8(src), "\uFEFF")
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(src)
	if err := checkSource(src); err != nil {
		return nil, nil, err
	}
	if err := checkInline([]byte(src)); err != nil {
		return nil, nil, err
	}
	d := &decoder{Budget: b, opts: opts, src: []byte(src)}
	content, err := d.parse(0)
	if err != nil {
		return nil, nil, err
	}
	return tree.New(tree.TypeDoc, nil, content...), d.Result(nil), nil
}

type decoder struct {
	*tree.Budget
	tree.Recorder
	opts Options
	src  []byte
	// inCell is set while the content of a table cell is converted.
	inCell bool
	parser parser.Parser
	// names holds the answers of the resolver, so that it is asked once.
	names map[string]*Mention
	notes *notes
}

func (d *decoder) parse(depth int) ([]*tree.Node, error) {
	if d.parser == nil {
		d.parser = newParser()
	}
	root := d.parser.Parse(text.NewReader(d.src))
	d.notes = collectNotes(root)
	content, err := d.blocks(root, depth)
	if err != nil {
		return nil, err
	}
	list, err := d.noteList(depth)
	return append(content, list...), err
}

// blocks converts the children of a block. <details> and </details> stand in
// HTML blocks of their own among them and are paired here.
func (d *decoder) blocks(parent ast.Node, depth int) ([]*tree.Node, error) {
	f := detailsFrames{open: []detailsFrame{{}}}
	index := 0
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		d.Enter(index)
		var err error
		if html, ok := child.(*ast.HTMLBlock); ok {
			err = d.htmlBlock(html, &f, depth)
		} else {
			var nodes []*tree.Node
			nodes, err = d.block(child, depth+len(f.open))
			f.add(nodes...)
		}
		d.Leave()
		if err != nil {
			return nil, err
		}
		index++
	}
	return f.finish(), nil
}

func (d *decoder) block(n ast.Node, depth int) ([]*tree.Node, error) {
	if err := d.Node(depth, 0); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return d.paragraph(n, depth)
	case *ast.Heading:
		content, err := d.inline(n, depth)
		heading := tree.New(tree.TypeHeading, tree.Members{tree.Attr("level", tree.Integer(n.Level))}, content...)
		d.Under(heading)
		return []*tree.Node{heading}, err
	case *ast.ThematicBreak:
		return []*tree.Node{tree.New(tree.TypeRule, nil)}, nil
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
	case *ast.LinkReferenceDefinition, *xast.FootnoteList: // read where they are referred to
		return nil, nil
	}
	return d.blocks(n, depth)
}

func (d *decoder) paragraph(n ast.Node, depth int) ([]*tree.Node, error) {
	content, err := d.inline(n, depth)
	if err != nil || len(content) == 0 {
		return nil, err
	}
	if len(content) == 1 && content[0].Kind == tree.TypeMediaInline {
		return []*tree.Node{soleImage(content[0])}, nil
	}
	return []*tree.Node{tree.New(tree.TypeParagraph, nil, content...)}, nil
}

// soleImage turns an image that is all of its paragraph into an image block.
func soleImage(n *tree.Node) *tree.Node {
	media := tree.New(tree.TypeMedia, n.Attrs.Without("title"))
	for _, m := range n.Marks {
		if m.Kind == tree.MarkLink {
			media.Marks = []tree.Mark{m}
		}
	}
	single := tree.New(tree.TypeMediaSingle, nil, media)
	if title := n.Attrs.String("title"); title != "" {
		single.Content = append(single.Content, tree.New(tree.TypeCaption, nil, tree.NewText(title)))
	}
	return single
}

func (d *decoder) codeBlock(n ast.Node, info string, depth int) ([]*tree.Node, error) {
	var b strings.Builder
	lines := n.Lines()
	indent := d.codeIndent(lines)
	for i := range lines.Len() {
		line := lines.At(i)
		if value := line.Value(d.src); len(bytes.TrimSpace(value)) > 0 || !d.blankCode(&b, line, indent) {
			b.Write(value)
		}
	}
	if err := d.Node(depth, lines.Len()); err != nil {
		return nil, err
	}
	code := tree.New(tree.TypeCodeBlock, nil)
	if code.Content = nil; b.Len() > 0 {
		if s := strings.TrimSuffix(b.String(), "\n"); s != "" {
			code.Content = []*tree.Node{tree.NewText(s)}
		}
	}
	language, rest, _ := strings.Cut(strings.TrimSpace(info), " ")
	if strings.TrimSpace(rest) != "" {
		d.Lose("codeBlock.info", tree.Dropped)
	}
	if language = unescapeMarkdown(language); language != "" {
		code.Attrs = tree.Members{tree.Attr("language", tree.String(language))}
	}
	return []*tree.Node{code}, nil
}

// codeIndent returns how many bytes the lines of a code block are indented by
// for the containers around it and its fence, or -1 when all are empty.
func (d *decoder) codeIndent(lines *text.Segments) int {
	indent := -1
	for i := range lines.Len() {
		line := lines.At(i)
		if len(bytes.TrimSpace(line.Value(d.src))) > 0 {
			indent = max(indent, line.Start-d.lineStart(line.Start))
		}
	}
	return indent
}

func (d *decoder) lineStart(i int) int { return bytes.LastIndexByte(d.src[:i], '\n') + 1 }

// blankCode writes the white space of an otherwise empty line of code, which
// the parser leaves out inside a list. It reports whether it could tell.
func (d *decoder) blankCode(b *strings.Builder, line text.Segment, indent int) bool {
	start := d.lineStart(line.Start)
	source, _, _ := bytes.Cut(d.src[start:line.Stop], []byte("\n"))
	if indent < 0 || len(source) <= indent || len(bytes.Trim(source[:indent], " >")) > 0 || len(bytes.TrimSpace(source[indent:])) > 0 {
		return false
	}
	b.Write(source[indent:])
	b.WriteByte('\n')
	return true
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

func (d *decoder) quote(n *ast.Blockquote, depth int) ([]*tree.Node, error) {
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
		return []*tree.Node{tree.New(tree.TypeBlockquote, nil, content...)}, err
	}
	removeFirstLine(first)
	content, err := d.blocks(n, depth)
	return []*tree.Node{tree.New(tree.TypePanel, tree.Members{tree.Attr("panelType", tree.String(kind))}, content...)}, err
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

func (d *decoder) list(n *ast.List, depth int) ([]*tree.Node, error) {
	var out []*tree.Node
	var current *tree.Node
	index := 0
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if err := d.Node(depth, 0); err != nil {
			return nil, err
		}
		d.Enter(index)
		box := checkBox(item)
		content, err := d.blocks(item, depth)
		d.Leave()
		if err != nil {
			return nil, err
		}
		kind := tree.TypeBulletList
		switch {
		case box != nil:
			kind = tree.TypeTaskList
		case n.IsOrdered():
			kind = tree.TypeOrderedList
		}
		if box != nil && n.IsOrdered() {
			d.Lose("number of task", tree.Dropped)
		}
		if current == nil || current.Kind != kind {
			current = tree.New(kind, nil)
			if kind == tree.TypeOrderedList {
				current.Attrs = tree.Members{tree.Attr("order", tree.Integer(n.Start+index))}
			}
			out = append(out, current)
		}
		if box != nil {
			current.Content = append(current.Content, tree.TaskItems(box.IsChecked, content)...)
		} else {
			current.Content = append(current.Content, tree.New(tree.TypeListItem, nil, content...))
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

func (d *decoder) table(n *xast.Table, depth int) ([]*tree.Node, error) {
	table := tree.New(tree.TypeTable, nil)
	index := 0
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		kind := tree.TypeTableCell
		if _, ok := r.(*xast.TableHeader); ok {
			kind = tree.TypeTableHeader
		}
		row := tree.New(tree.TypeTableRow, nil)
		empty := true
		d.Enter(index)
		for cell := r.FirstChild(); cell != nil; cell = cell.NextSibling() {
			d.Enter(len(row.Content))
			if err := d.Node(depth+2, 0); err != nil {
				return nil, err
			}
			d.inCell = true
			content, err := d.inline(cell, depth+2)
			d.inCell = false
			if err != nil {
				return nil, err
			}
			empty = empty && len(content) == 0
			row.Content = append(row.Content, tree.New(kind, nil, cellBlock(content, n, len(row.Content))))
			d.Leave()
		}
		if kind == tree.TypeTableCell {
			for range d.cellsInSource(r) - len(row.Content) {
				d.Lose("cell beyond the table's columns", tree.Dropped)
			}
		}
		d.Leave()
		// A header of empty cells is how a table without one is written.
		if kind != tree.TypeTableHeader || !empty || r.NextSibling() == nil {
			table.Content = append(table.Content, row)
		}
		index++
	}
	return []*tree.Node{table}, nil
}

// cellsInSource counts the cells that a row was written with: the parser leaves
// out those that the header has no columns for.
func (d *decoder) cellsInSource(row ast.Node) int {
	if row.Pos() < 0 || row.Pos() > len(d.src) {
		return 0
	}
	source, _, _ := bytes.Cut(d.src[row.Pos():], []byte("\n"))
	line := string(source)
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

func cellBlock(content []*tree.Node, table *xast.Table, column int) *tree.Node {
	if len(content) == 1 && content[0].Kind == tree.TypeMediaInline {
		return soleImage(content[0])
	}
	p := tree.New(tree.TypeParagraph, nil, content...)
	if column < len(table.Alignments) {
		switch table.Alignments[column] {
		case xast.AlignCenter:
			p.Marks = []tree.Mark{tree.NewMark(tree.MarkAlignment, tree.Attr("align", tree.String("center")))}
		case xast.AlignRight:
			p.Marks = []tree.Mark{tree.NewMark(tree.MarkAlignment, tree.Attr("align", tree.String("end")))}
		case xast.AlignLeft, xast.AlignNone:
		}
	}
	return p
}

// mention turns a name into a mention node, or nil when it stays text.
func (d *decoder) mention(name string) (*tree.Node, error) {
	m, known := d.names[name]
	if !known {
		if d.opts.ResolveMention != nil {
			found, err := d.opts.ResolveMention(name)
			switch {
			case err == nil && found.ID != "":
				m = &found
			case err != nil && !errors.Is(err, ErrNoMention):
				return nil, fmt.Errorf("mention of %q: %w", tree.Clip(name, 80), err)
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
	attrs := tree.Members{tree.Attr("id", tree.String(m.ID))}
	if m.Name != "" {
		attrs = append(attrs, tree.Attr("text", tree.String("@"+m.Name)))
	}
	return tree.New(tree.TypeMention, attrs), nil
}
