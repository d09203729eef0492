package schema

import (
	"strings"
	"unicode"
)

// HasInvisible reports whether s holds a character that cannot be seen and is
// no ordinary white space: control and format characters such as the zero-width
// space, and blanks of other widths. A name that is copied with one of them
// looks right and matches nothing.
func HasInvisible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// isBlank reports whether s shows nothing.
func isBlank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsPrint(r) && !unicode.IsSpace(r) })
}
