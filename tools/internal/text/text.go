// Package text makes text that strangers wrote fit to be shown.
package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup leaves alone what is only compared, such as the operators of JQL.
var markup = regexp.MustCompile(`</?[A-Za-z!][^<>]*>`)

// Line makes text from outside one line of at most limit bytes: without
// markup, control and invisible characters, with single blanks. What is cut off
// is marked by an ellipsis.
func Line(s string, limit int) string {
	s = s[:min(len(s), 4*limit)] // what comes after is cut anyway
	s = markup.ReplaceAllString(strings.ToValidUTF8(s, ""), " ")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return Clip(strings.Join(strings.Fields(s), " "), limit)
}

// Clean removes from text of several lines what could deceive a reader: control
// characters other than line ends and tabs, characters that turn the direction
// of writing, and those that show nothing, in which words for a model alone can
// be hidden. Everything else stays as it is, emoji and their joiners
// included.
func Clean(s string) string {
	if !strings.ContainsFunc(s, deceives) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if deceives(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func deceives(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return r != '\n' && r != '\t'
	case r == '\u200b', r == '\ufeff', r >= '\u2060' && r <= '\u206f', // zero width
		r >= 0xe0000 && r <= 0xe007f: // tags, a second ASCII
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}

// Clip cuts s to at most limit bytes of whole characters, an ellipsis included.
func Clip(s string, limit int) string {
	const ellipsis = "…"
	if len(s) <= limit {
		return s
	}
	s = s[:max(0, limit-len(ellipsis))]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + ellipsis
}
