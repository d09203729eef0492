package confluence

import (
	"html"
	"strings"
	"unicode"

	"arcade-atlassian/tools/sandbox/internal/query"
)

// marks is how a search shows the words that it has looked for (facts §14).
type marks struct {
	highlight, escape, none bool
	words                   []query.Pattern
}

func newMarks(mode string, words []query.Pattern) marks {
	return marks{
		highlight: mode == "" || strings.HasPrefix(mode, "highlight"),
		escape:    !strings.HasSuffix(mode, "_unescaped"),
		none:      mode == "none",
		words:     words,
	}
}

// title marks what was found of a title, which is not escaped.
func (m marks) title(s string) string { return m.mark(s, false) }

// excerpt is the part of a text in which something was found, or its beginning.
func (m marks) excerpt(s string) string {
	if m.none {
		return ""
	}
	const before, most = 60, 300
	letters := []rune(strings.Join(strings.Fields(s), " "))
	from := 0
	m.each(letters, func(begin, end int, found bool) {
		if found && from == 0 && begin > before {
			from = begin - before
		}
	})
	return m.mark(string(letters[from:min(len(letters), from+most)]), m.escape)
}

func (m marks) mark(s string, escape bool) string {
	plain := func(letters []rune) string {
		if escape {
			return html.EscapeString(string(letters))
		}
		return string(letters)
	}
	var b strings.Builder
	letters := []rune(s)
	m.each(letters, func(begin, end int, found bool) {
		if found && m.highlight {
			b.WriteString("@@@hl@@@" + plain(letters[begin:end]) + "@@@endhl@@@")
		} else {
			b.WriteString(plain(letters[begin:end]))
		}
	})
	return b.String()
}

// each goes through a text, word by word and with what is between them, and tells which were looked for.
func (m marks) each(letters []rune, do func(begin, end int, found bool)) {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	for begin := 0; begin < len(letters); {
		end := begin + 1
		for end < len(letters) && isWord(letters[end]) == isWord(letters[begin]) {
			end++
		}
		word := strings.ToLower(string(letters[begin:end]))
		found := false
		for _, p := range m.words {
			found = found || isWord(letters[begin]) && p.Match(word)
		}
		do(begin, end, found)
		begin = end
	}
}
