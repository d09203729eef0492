package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// noteLabel bounds the label of a footnote that is looked for in text.
const noteLabel = 100

// noteReference is a [^label] in goldmark's tree. Whether there is such a
// footnote is known when all blocks are.
type noteReference struct {
	ast.BaseInline
	label string
}

var kindNoteReference = ast.NewNodeKind("NoteReference")

func (*noteReference) Kind() ast.NodeKind { return kindNoteReference }

func (n *noteReference) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// noteParser reads references to footnotes. The parser of goldmark compares
// each with all footnotes.
type noteParser struct{}

func (noteParser) Trigger() []byte { return []byte{'['} }

func (noteParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("[^")) {
		return nil
	}
	end := bytes.IndexAny(line[2:min(len(line), noteLabel)], "] \t\n[\\`<&|")
	if end < 1 || line[2+end] != ']' {
		return nil
	}
	length := 2 + end + 1
	if rest := line[length:]; bytes.HasPrefix(rest, []byte("(")) || bytes.HasPrefix(rest, []byte("[")) && !bytes.HasPrefix(rest, []byte("[^")) {
		return nil // the words of a link
	}
	block.Advance(length)
	return &noteReference{label: tree.CleanUTF8(string(line[2 : 2+end]))}
}

// notes are the footnotes of a source: all of them, those with a label, and
// those that have a number, in the order of their numbers.
type notes struct {
	all      []*xast.Footnote
	labels   map[string]*xast.Footnote
	numbers  map[*xast.Footnote]int
	numbered []*xast.Footnote
}

// collectNotes finds the footnotes of a source. Of several with one label the
// first is meant.
func collectNotes(root ast.Node) *notes {
	n := &notes{labels: make(map[string]*xast.Footnote), numbers: make(map[*xast.Footnote]int)}
	var walk func(parent ast.Node)
	walk = func(parent ast.Node) {
		for c := parent.FirstChild(); c != nil && c.Type() == ast.TypeBlock; c = c.NextSibling() {
			if note, ok := c.(*xast.Footnote); ok {
				n.all = append(n.all, note)
				if label := tree.CleanUTF8(string(note.Ref)); n.labels[label] == nil {
					n.labels[label] = note
				}
			}
			walk(c)
		}
	}
	walk(root)
	return n
}

// number returns the number of a footnote, which it gets the first time.
func (n *notes) number(note *xast.Footnote) int {
	if n.numbers[note] == 0 {
		n.numbered = append(n.numbered, note)
		n.numbers[note] = len(n.numbered)
	}
	return n.numbers[note]
}

// next returns the footnote with a number, or once those are used up one that
// no text refers to, or nil.
func (n *notes) next(number int) *xast.Footnote {
	for number > len(n.numbered) && len(n.all) > 0 {
		n.number(n.all[0])
		n.all = n.all[1:]
	}
	if number > len(n.numbered) {
		return nil
	}
	return n.numbered[number-1]
}

// noteReference shows the number of a footnote, raised; documents have no
// footnotes that it could lead to.
func (d *decoder) noteReference(n *noteReference, marks []tree.Mark, out *[]*tree.Node) {
	note := d.notes.labels[n.label]
	if note == nil {
		*out = append(*out, tree.NewText("[^"+n.label+"]", marks...))
		return
	}
	d.Lose("footnote", tree.Changed)
	raised := tree.NewMark(tree.MarkSubsup, tree.Attr("type", tree.String("sup")))
	*out = append(*out, tree.NewText("["+strconv.Itoa(d.notes.number(note))+"]", withMark(marks, raised)...))
}

// noteList returns the footnotes as a numbered list below a rule: those that
// are referred to, also by other footnotes, and then any others.
func (d *decoder) noteList(depth int) ([]*tree.Node, error) {
	list := tree.New(tree.TypeOrderedList, tree.Members{tree.Attr("order", tree.Integer(1))})
	for note := d.notes.next(1); note != nil; note = d.notes.next(len(list.Content) + 1) {
		content, err := d.blocks(note, depth+2)
		if err != nil {
			return nil, err
		}
		list.Content = append(list.Content, tree.New(tree.TypeListItem, nil, content...))
	}
	if len(list.Content) == 0 {
		return nil, nil
	}
	return []*tree.Node{tree.New(tree.TypeRule, nil), list}, nil
}
