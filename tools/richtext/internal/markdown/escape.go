package markdown

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// escapeText writes text so that Markdown reads it as that text. It is given
// the runes on both sides; a line break stands for the edge of a line.
func escapeText(s string, before, after rune, mode inlineMode) string {
	var b strings.Builder
	previous := before
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next := after
		if rest != "" {
			next, _ = utf8.DecodeRuneInString(rest)
		}
		switch {
		case edgeSpace(r) && (previous == '\n' || next == '\n'):
			fmt.Fprintf(&b, "&#%d;", r)
		case r == '\r' || r == '\uFEFF':
			fmt.Fprintf(&b, "&#%d;", r)
		case i == 0 && (r == '(' && mode&afterNotation != 0 || r == ':' && mode&firstNotation != 0):
			b.WriteByte('\\')
			b.WriteRune(r)
		case needsEscape(s, i, r, previous, next, after, mode):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	return b.String()
}

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
		return emojiLike(s[i:], previous) || mode&inBrackets == 0 && schemeBefore(s[:i])
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

var referencePattern = regexp.MustCompile(`^&#?[0-9A-Za-z]{1,40};`)

func referenceLike(s string) bool {
	return referencePattern.MatchString(s[:min(len(s), longestEntity+8)])
}

func emojiLike(s string, before rune) bool {
	n, _ := emojiNotation([]byte(s[:min(len(s), 160)]), before)
	return n != nil
}

func schemeBefore(s string) bool {
	s = strings.ToLower(s[max(0, len(s)-5):])
	return strings.HasSuffix(s, "http") || strings.HasSuffix(s, "https") || strings.HasSuffix(s, "ftp")
}

var (
	headingLine   = regexp.MustCompile(`^#{1,6}(?:[ \t]|$)`)
	bulletLine    = regexp.MustCompile(`^[-+](?:[ \t]|$)`)
	numberLine    = regexp.MustCompile(`^([0-9]{1,9})([.)])(?:[ \t]|$)`)
	ruleLine      = regexp.MustCompile(`^[-|:= \t]+$`)
	closingHashes = regexp.MustCompile(`(?:^|[ \t])(#+)$`)
)

// guardLine keeps a line of a paragraph from being read as the start of
// another block.
func guardLine(line string) string {
	switch {
	case line == "":
		return line
	case line[0] == '>' || headingLine.MatchString(line) || bulletLine.MatchString(line) || ruleLine.MatchString(line):
		return "\\" + line
	}
	if m := numberLine.FindStringSubmatchIndex(line); m != nil {
		return line[:m[4]] + "\\" + line[m[4]:]
	}
	return line
}

// closeHeading keeps number signs at the end of a heading.
func closeHeading(s string) string {
	if m := closingHashes.FindStringSubmatchIndex(s); m != nil {
		return s[:m[2]] + "\\" + s[m[2]:]
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
func linkTarget(href, title string) string {
	var b strings.Builder
	plain := href != ""
	for i, r := range href {
		if r <= ' ' || r == 0x7f || strings.ContainsRune("()<>\\`|", r) || r == '&' && referenceLike(href[i:]) {
			plain = false
			break
		}
	}
	if plain {
		b.WriteString(href)
	} else {
		b.WriteByte('<')
		href = tree.CleanUTF8(href)
		for i, r := range href {
			switch {
			case r == '&' && referenceLike(href[i:]) || r == '<' || r == '>' || r == '\\' || r == '|' || r == '`' || r == '[' || r == ']':
				b.WriteByte('\\')
				b.WriteRune(r)
			case r == 0:
				b.WriteRune(utf8.RuneError)
			case r < ' ':
				fmt.Fprintf(&b, "&#%d;", r)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('>')
	}
	if title != "" {
		b.WriteString(` "`)
		for _, r := range tree.CleanUTF8(title) {
			switch {
			case r == '"' || r == '\\' || r == '&' || r == '|' || r == '`' || r == '[' || r == ']' || r == '<':
				b.WriteByte('\\')
				b.WriteRune(r)
			case r == 0:
				b.WriteRune(utf8.RuneError)
			case r < ' ':
				fmt.Fprintf(&b, "&#%d;", r)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('"')
	}
	return b.String()
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
func (w *spanWriter) bareLink(m tree.Mark, i, until int, before rune) bool {
	p := w.pieces[i]
	href := m.Attrs.String("href")
	if until != i+1 || p.code || p.atom != "" || len(p.marks) != 1 || m.Attrs.Get("title") != nil {
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
	case len(next.marks) > 0 || next.code:
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
		return !strings.HasSuffix(w.out[len(w.out)-1], "\\(")
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
