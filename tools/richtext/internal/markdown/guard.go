package markdown

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"arcade-atlassian/tools/richtext/internal/tree"
)

const (
	// tableCells bounds what goldmark may have to invent: a row shorter than
	// the header is filled up with empty cells.
	tableCells = 250_000
	// markerDepth bounds how many quote and list markers may open one line, and
	// listIndent how far a list marker may be indented.
	markerDepth = 256
	listIndent  = 256
	// blankVisits bounds how often empty lines may lead the parser through the
	// lists that are open.
	blankVisits = 2_000_000
	// emphasisMarkers and brackets bound what one paragraph, heading or cell may
	// hold of them: the parser compares every closing one with those before it.
	emphasisMarkers = 2048
	brackets        = 1024
)

// checkSource refuses sources that would make the parser do more work than
// their length justifies, before it sees them.
func checkSource(src string) error {
	cells, columns := 0, 0
	var open openBlocks
	for line := range strings.SplitSeq(src, "\n") {
		n := markers(line)
		if open.line(line, n); open.visits > blankVisits {
			return fmt.Errorf("%w: too many empty lines in nested lists", tree.ErrTooLarge)
		}
		if n > markerDepth {
			return fmt.Errorf("%w: more than %d markers at the start of one line", tree.ErrTooLarge, markerDepth)
		}
		if content := strings.TrimLeft(line, " \t>"); len(line)-len(content) > listIndent && markers(content) > 0 {
			return fmt.Errorf("%w: a list item indented by more than %d columns", tree.ErrTooLarge, listIndent)
		}
		switch {
		case strings.TrimLeft(line, " \t>") == "":
			columns = 0
		case isDelimiterRow(line):
			columns = max(columns, strings.Count(line, "|")+1)
		}
		if cells += columns; cells > tableCells {
			return fmt.Errorf("%w: tables of more than %d cells", tree.ErrTooLarge, tableCells)
		}
	}
	return nil
}

// checkInline refuses text with more markup than the parser handles in time
// proportional to its length. It looks at the blocks alone, whose text has not
// been parsed yet, so that code may hold whatever it likes.
func checkInline(src []byte) error {
	blocks := parser.NewParser(
		parser.WithBlockParsers(blockParsers()...),
		parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
	)
	var walk func(n ast.Node) error
	walk = func(n ast.Node) error {
		switch n.Kind() {
		case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading, xast.KindTableCell:
			marks, open := 0, 0
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				value := line.Value(src)
				marks += bytes.Count(value, []byte("*")) + bytes.Count(value, []byte("~")) + outerUnderscores(value)
				open += bytes.Count(value, []byte("["))
			}
			if marks > emphasisMarkers || open > brackets {
				return fmt.Errorf("%w: more than %d emphasis marks or %d brackets in one paragraph", tree.ErrTooLarge, emphasisMarkers, brackets)
			}
			return nil
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(blocks.Parse(text.NewReader(src)))
}

// outerUnderscores counts the underscores of a line that are not inside a word.
func outerUnderscores(line []byte) int {
	count := 0
	for i := 0; ; {
		next := bytes.IndexByte(line[i:], '_')
		if next < 0 {
			return count
		}
		i += next
		length := underscores(line[i:])
		before, _ := utf8.DecodeLastRune(line[:i])
		after, _ := utf8.DecodeRune(line[i+length:])
		if !insideWord(before, after) {
			count += length
		}
		i += length
	}
}

// openBlocks estimates how many lists and footnotes are open at an empty line,
// all of which the parser then visits.
type openBlocks struct {
	depth, visits int
	blank         bool
}

// line takes the next line, which begins with a number of markers. A list that
// is open stays so in indented lines, and until an empty line in any.
func (o *openBlocks) line(s string, markers int) {
	content := strings.TrimLeft(s, " \t>")
	if content == "" {
		o.visits += o.depth
		o.blank = true
		return
	}
	indent := s[:len(s)-len(content)]
	own := markers + (len(indent)+3*strings.Count(indent, "\t"))/2
	if !o.blank {
		own = max(own, o.depth)
	}
	o.depth, o.blank = own, false
}

func isDelimiterRow(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|:- \t>*+0123456789.)") == ""
}

// markers counts the quote, list and footnote markers a line begins with. A list marker
// is one only before a blank or the end of the line.
func markers(line string) int {
	ends := func(i int) bool { return i == len(line) || line[i] == ' ' || line[i] == '\t' }
	n := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			continue
		case c == '>':
		case strings.IndexByte("-+*", c) >= 0 && ends(i+1):
		case c >= '0' && c <= '9':
			for i < len(line) && line[i] >= '0' && line[i] <= '9' {
				i++
			}
			if i == len(line) || line[i] != '.' && line[i] != ')' || !ends(i+1) {
				return n
			}
		case c == '[' && strings.HasPrefix(line[i:], "[^"):
			// The label of a footnote has at most 999 bytes.
			label := strings.Index(line[i:min(len(line), i+1004)], "]:")
			if label < 0 {
				return n
			}
			i += label + 1
		default:
			return n
		}
		n++
	}
	// A line of nothing else is a rule, or a border in a drawing.
	if strings.Trim(line, " -") == "" || strings.Trim(line, " *") == "" {
		return 0
	}
	return n
}
