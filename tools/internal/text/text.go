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
	return Clip(strings.Join(strings.Fields(Clean(s)), " "), limit)
}

// Clean removes from text of several lines what could deceive a reader: control
// characters other than line ends and tabs, characters that turn the direction
// of writing, and those that show nothing, in which words for a model alone can
// be hidden. Joiners and variation selectors stay where they change how the
// character before looks, as in emoji. Everything else stays as it is.
func Clean(s string) string {
	i := deceptive(s)
	if i < 0 {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	b.Grow(len(s))
	before, _ := utf8.DecodeLastRuneInString(s[:i]) // the rune that was kept last
	b.WriteString(strings.ToValidUTF8(s[:i], "\uFFFD"))
	for _, r := range strings.ToValidUTF8(s[i:], "\uFFFD") {
		if !deceives(r, before) {
			b.WriteRune(r)
			before = r
		}
	}
	return b.String()
}

// deceptive finds the first character that deceives, or returns -1.
func deceptive(s string) int {
	before := utf8.RuneError
	for i, r := range s {
		if deceives(r, before) {
			return i
		}
		before = r
	}
	return -1
}

// deceives reports whether a character does when it stands behind another one.
func deceives(r, before rune) bool {
	switch {
	case r < 0x7f:
		return r < ' ' && r != '\n' && r != '\t'
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		return !joins(before)
	case unicode.Is(unicode.Variation_Selector, r):
		return !varies(r, before)
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && !unicode.Is(unicode.Egyptian_Hieroglyphs, r)
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// separate are scripts of letters that no joiner changes.
var separate = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
}

// joins reports whether a joiner can change how a character looks.
func joins(r rune) bool {
	return r >= 0x80 && r != utf8.RuneError && r != zeroWidthJoiner && r != zeroWidthNonJoiner &&
		!unicode.IsSpace(r) && !unicode.In(r, separate...)
}

// varies reports whether a variation selector can change how a character
// looks.
func varies(selector, r rune) bool {
	switch {
	case selector < 0x2000:
		return unicode.Is(unicode.Mongolian, r) && !unicode.Is(unicode.Variation_Selector, r)
	case selector >= 0xe0100:
		return unicode.Is(unicode.Han, r)
	case selector < '\ufe0e':
		return unicode.In(r, unicode.Han, unicode.Sm, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean)
	}
	// Text or emoji: symbols, some marks of punctuation, and what is on keys.
	if r < 0x80 {
		return r == '#' || r == '*' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsSymbol(r) || r == '\u2139' || r >= 0x2000 && unicode.IsPunct(r))
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
