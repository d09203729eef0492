package richtext

import (
	"fmt"
	"strings"
)

const (
	// tableCells bounds what goldmark may have to invent: a row shorter than
	// the header is filled up with empty cells.
	tableCells = 250_000
	// markerDepth bounds how many quote and list markers may open one line.
	markerDepth = 256
)

// checkMarkdown refuses sources that would make the parser do more work than
// their length justifies, before it sees them.
func checkMarkdown(src string) error {
	cells, columns := 0, 0
	for line := range strings.SplitSeq(src, "\n") {
		if markers(line) > markerDepth {
			return fmt.Errorf("%w: more than %d markers at the start of one line", ErrTooLarge, markerDepth)
		}
		switch {
		case strings.TrimLeft(line, " \t>") == "":
			columns = 0
		case isDelimiterRow(line):
			columns = max(columns, strings.Count(line, "|")+1)
		}
		if cells += columns; cells > tableCells {
			return fmt.Errorf("%w: tables of more than %d cells", ErrTooLarge, tableCells)
		}
	}
	return nil
}

func isDelimiterRow(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|:- \t>*+0123456789.)") == ""
}

// markers counts the quote and list markers a line begins with.
func markers(line string) int {
	n := 0
	for i := range len(line) {
		switch line[i] {
		case '>', '-', '+', '*':
			n++
		case ' ', '\t', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		default:
			return n
		}
	}
	// A line of nothing else is a rule, or a border in a drawing.
	if strings.Trim(line, " -") == "" || strings.Trim(line, " *") == "" {
		return 0
	}
	return n
}
