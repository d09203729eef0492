package richtext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JiraFieldLimit is the most characters a Jira rich-text field holds.
const JiraFieldLimit = 32_767

// JiraFieldSize returns the size of a field value as Jira counts it: the
// UTF-16 code units of what is stored, which for ADF is the JSON itself.
func JiraFieldSize(adf []byte) int {
	n := 0
	for _, r := range string(adf) {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// Summary returns the words of a document on one line, cut between words so
// that the result has at most limit characters. A cut is marked with how many
// characters were left out.
func (d *Document) Summary(limit int) string {
	return Truncate(strings.Join(strings.Fields(d.PlainText()), " "), limit)
}

// Truncate cuts text between words so that it has at most limit characters,
// and ends it with a marker that says how many were left out. When there is no
// room for the marker, the text is cut at the limit.
func Truncate(s string, limit int) string {
	total := utf8.RuneCountInString(s)
	if total <= max(limit, 0) {
		return s
	}
	runes := []rune(s)
	marker := func(kept int) string { return fmt.Sprintf("… [%d more characters]", total-kept) }
	room := limit - utf8.RuneCountInString(marker(0))
	if room <= 0 {
		return string(runes[:max(limit, 0)])
	}
	end := room
	if !unicode.IsSpace(runes[end]) {
		for end > 0 && !unicode.IsSpace(runes[end-1]) {
			end--
		}
	}
	for end > 0 && unicode.IsSpace(runes[end-1]) {
		end--
	}
	if end == 0 { // one long word
		end = room
	}
	return string(runes[:end]) + marker(end)
}
