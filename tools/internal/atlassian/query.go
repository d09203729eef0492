package atlassian

import (
	"fmt"
	"strings"
	"unicode"
)

// QuoteText makes a text one value of a query in JQL or CQL, whatever it holds
// (facts §8, §14). Between double quotes only they and the backslash mean
// something; control characters are written as escapes.
func QuoteText(value string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(value, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// EscapeWords makes words one literal part of a search expression, which is what
// the value of ~ is: some characters mean something there (facts §8). Words in
// capitals can be operators all the same.
func EscapeWords(words string) string {
	var b strings.Builder
	for _, r := range words {
		if strings.ContainsRune(`+-&|!(){}[]^~*?\:"/`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// IsWordCharacter reports whether a search looks for a character: whatever is
// none only stands between words.
func IsWordCharacter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
