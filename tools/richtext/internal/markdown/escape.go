package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// escapeInBrackets writes text that stands between the brackets of a link, an
// image or a placeholder.
func escapeInBrackets(s string) string { return string(appendEscaped(nil, s, ' ', ' ', inBrackets)) }

// appendEscaped appends text so that Markdown reads it as that text. It is given
// the runes on both sides; a line break stands for the edge of a line.
func appendEscaped(b []byte, s string, before, after rune, mode inlineMode) []byte {
	const byteOrderMark = "\uFEFF"
	written := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !maySignify[c] || c == ' ' && i > 0 && i+1 < len(s) && s[i-1] != '\n' && s[i+1] != '\n' {
			continue
		}
		previous, next := before, after
		if i > 0 {
			previous, _ = utf8.DecodeLastRuneInString(s[:i])
		}
		if i+1 < len(s) {
			next, _ = utf8.DecodeRuneInString(s[i+1:])
		}
		r := rune(c)
		switch {
		case c == byteOrderMark[0] && strings.HasPrefix(s[i:], byteOrderMark):
			b = append(b, s[written:i]...)
			b = append(b, "&#65279;"...)
			written = i + len(byteOrderMark)
		case edgeSpace(r) && (previous == '\n' || next == '\n') || c == '\r':
			b = fmt.Appendf(append(b, s[written:i]...), "&#%d;", c)
			written = i + 1
		case i == 0 && (c == '(' && mode&afterNotation != 0 || c == ':' && mode&firstNotation != 0),
			needsEscape(s, i, r, previous, next, after, mode):
			b = append(append(b, s[written:i]...), '\\')
			written = i
		}
	}
	return append(b, s[written:]...)
}

// maySignify holds the first bytes of what may have to be escaped.
var maySignify = func() (set [256]bool) {
	for _, c := range []byte("\\`[]~*_<|&!@:.( \t\v\f\r\xEF") {
		set[c] = true
	}
	return set
}()

// edgeSpace reports whether a rune is trimmed at the edge of a line.
func edgeSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\v' || r == '\f' }

func needsEscape(s string, i int, r, previous, next, after rune, mode inlineMode) bool {
	switch r {
	case '\\':
		return next == '\n' || isPunct(next) || edgeSpace(next) || next == '\r' || next == '\uFEFF'
	case '`', '[', '~':
		return true
	case ']':
		return mode&inBrackets != 0
	case '*':
		return previous != ' ' || next != ' '
	case '_':
		return !wordRune(previous) || !wordRune(next)
	case '<':
		return next == '/' || next == '!' || next == '?' || next < utf8.RuneSelf && unicode.IsLetter(next) || next == after
	case '|':
		return mode&inTable != 0
	case '&':
		return referenceLike(s[i:]) || i == len(s)-1
	case '!', '@':
		last := i == len(s)-1
		return last && next != '\n' || r == '@' && mode&inBrackets == 0 && mailLike(previous) && mailLike(next)
	case ':':
		return emojiAt(s[i:], previous) != "" || mode&inBrackets == 0 && schemeBefore(s[:i])
	case '.':
		return mode&inBrackets == 0 && len(s[:i]) >= 3 && strings.EqualFold(s[i-3:i], "www")
	}
	return false
}

func wordRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func mailLike(r rune) bool {
	return r > ' ' && r < utf8.RuneSelf && r != 0x7f
}

// referenceLike reports whether a text begins with what may be read as a
// character reference.
func referenceLike(s string) bool {
	name := strings.TrimPrefix(s[1:min(len(s), longestEntity+8)], "#")
	end := 0
	for end < len(name) && (isLetter(name[end]) || isDigit(name[end])) {
		end++
	}
	return end > 0 && end <= 40 && end < len(name) && name[end] == ';'
}

func schemeBefore(s string) bool {
	s = strings.ToLower(s[max(0, len(s)-5):])
	return strings.HasSuffix(s, "http") || strings.HasSuffix(s, "https") || strings.HasSuffix(s, "ftp")
}

// guardLine keeps a line of a paragraph from being read as the start of
// another block.
func guardLine(line string) string {
	if i := blockMarker(line); i >= 0 {
		return line[:i] + "\\" + line[i:]
	}
	return line
}

// blockMarker returns where the punctuation stands that makes a line the start of
// a block, or -1.
func blockMarker(line string) int {
	if line == "" {
		return -1
	}
	blankAt := func(i int) bool { return i == len(line) || line[i] == ' ' || line[i] == '\t' }
	switch c := line[0]; {
	case c == '>':
		return 0
	case c == '#':
		if level := leading(line, "#"); level <= 6 && blankAt(level) {
			return 0
		}
	case isDigit(c):
		n := leading(line, "0123456789")
		if n <= 9 && n < len(line) && (line[n] == '.' || line[n] == ')') && blankAt(n+1) {
			return n
		}
	case (c == '-' || c == '+') && blankAt(1), leading(line, "-|:= \t") == len(line):
		return 0
	}
	return -1
}

// leading returns how many bytes at the beginning of a text are in a set.
func leading(s, set string) int {
	n := 0
	for n < len(s) && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return n
}

// closeHeading keeps number signs at the end of a heading.
func closeHeading(s string) string {
	words := strings.TrimRight(s, "#")
	if len(words) < len(s) && (words == "" || strings.HasSuffix(words, " ") || strings.HasSuffix(words, "\t")) {
		return words + "\\" + s[len(words):]
	}
	return s
}

// codeSpan writes inline code between as many backticks as it needs.
func codeSpan(s string, mode inlineMode) string {
	fence := strings.Repeat("`", freeRun(s))
	s = strings.ReplaceAll(s, "\r", " ")
	// The parser takes a blank off both ends unless there is nothing but blanks.
	padded := strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") ||
		strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") && strings.Trim(s, " \t\n") != ""
	if mode&inTable != 0 {
		s = strings.ReplaceAll(s, "|", "\\|")
	}
	if padded {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// freeRun returns the smallest length that no run of backticks has.
func freeRun(s string) int {
	if strings.IndexByte(s, '`') < 0 {
		return 1
	}
	runs := make(map[int]bool)
	run := 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			continue
		}
		runs[run] = true
		run = 0
	}
	runs[run] = true
	free := 1
	for runs[free] {
		free++
	}
	return free
}

// linkTarget writes the destination and title of a link.
func linkTarget(href, title string) string { return string(appendTarget(nil, href, title)) }

// appendTarget appends what [linkTarget] returns.
func appendTarget(b []byte, href, title string) []byte {
	if plainTarget(href) {
		b = append(b, href...)
	} else {
		b = append(b, '<')
		href = tree.CleanUTF8(href)
		for i, r := range href {
			b = appendTargetRune(b, r, r == '&' && referenceLike(href[i:]) || strings.ContainsRune("<>\\|`[]", r))
		}
		b = append(b, '>')
	}
	if title != "" {
		b = append(b, ` "`...)
		for _, r := range tree.CleanUTF8(title) {
			b = appendTargetRune(b, r, strings.ContainsRune("\"\\&|`[]<", r))
		}
		b = append(b, '"')
	}
	return b
}

func appendTargetRune(b []byte, r rune, escape bool) []byte {
	switch {
	case escape:
		return utf8.AppendRune(append(b, '\\'), r)
	case r == 0:
		return utf8.AppendRune(b, utf8.RuneError)
	case r < ' ':
		return fmt.Appendf(b, "&#%d;", r)
	}
	return utf8.AppendRune(b, r)
}

// plainTarget reports whether a destination needs no angle brackets.
func plainTarget(href string) bool {
	for i := range len(href) {
		c := href[i]
		if c <= ' ' || c == 0x7f || strings.IndexByte("()<>\\`|", c) >= 0 || c == '&' && referenceLike(href[i:]) {
			return false
		}
	}
	return href != ""
}

var (
	// bareURL and bareWWW are addresses that the parser takes for a link as a
	// whole; of the characters it accepts, those that end emphasis or tags and
	// those it takes off the end are left out.
	bareURL  = regexp.MustCompile(`^(?:https?|ftp)://` + bareHost)
	bareWWW  = regexp.MustCompile(`^www\.` + bareHost)
	bareMail = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*@[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)+$`)
)

const bareHost = `[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]+(?::[0-9]+)?` +
	`(?:[/?](?:[A-Za-z0-9@:%_+.~#$!?&/=();,'-]*[A-Za-z0-9@%+#$&/=)'-])?)?$`

// afterBare is what may follow a bare link: the parser takes punctuation off
// its end, and a closing parenthesis that none in the link opens.
var afterBare = regexp.MustCompile(`^[?!.,:)]*(?: |$)`)

// bareLink reports whether a link is its own target and can be written as
// such: an address on its own between spaces, or a mail address in brackets.
func (w *spanWriter) bareLink(s style, i, until int, before rune) bool {
	p := &w.pieces[i]
	href := s.value
	if until != i+1 || p.code || p.atom != "" || len(p.styles) != 1 || s.title != "" {
		return false
	}
	if href == "mailto:"+p.text {
		return bareMail.MatchString(p.text)
	}
	address := p.text == href && bareURL.MatchString(href) || "http://"+p.text == href && bareWWW.MatchString(p.text)
	if !address || strings.Count(href, "(") != strings.Count(href, ")") || len(href) > bareLimit || mistakable(href) || !w.beforeBare(before) {
		return false
	}
	if i+1 >= len(w.pieces) {
		return true
	}
	next := w.pieces[i+1]
	switch {
	case len(next.styles) > 0 || next.code:
		return false
	case next.atom != "":
		return strings.HasPrefix(next.atom, "\\")
	}
	return afterBare.MatchString(next.text) && (strings.Contains(next.text, " ") || i+2 == len(w.pieces))
}

// bareLimit bounds the length of a bare link: longer host names are not taken
// for one.
const bareLimit = 250

// beforeBare reports whether a bare link may follow what is written.
func (w *spanWriter) beforeBare(before rune) bool {
	switch before {
	case '\n', ' ':
		return true
	case '(': // but not an escaped one
		return !bytes.HasSuffix(w.out, []byte("\\("))
	}
	return false
}

// mistakable reports whether an address holds what is read as a character
// reference.
func mistakable(href string) bool {
	for i := range len(href) {
		if href[i] == '&' && referenceLike(href[i:]) {
			return true
		}
	}
	return false
}
