package markdown

import (
	"html"
	"regexp"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// tag is one HTML tag as it is written.
type tag struct {
	name  string
	attrs []attribute
	// shut is set for </name>, empty for <name/> and for elements that never
	// hold anything.
	shut, empty bool
}

type attribute struct{ name, value string }

func (t tag) attr(name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// colorStyle is the one style that documents hold: a color of the words or
// behind them.
var colorStyle = regexp.MustCompile(`(?i)^\s*(background-)?color:\s*(#[0-9a-f]{6})\s*;?\s*$`)

// mark returns the mark an element stands for, if it is formatting.
func (t tag) mark() (tree.Mark, bool) {
	switch t.name {
	case "b", "strong":
		return tree.NewMark(tree.MarkStrong), true
	case "i", "em", "cite", "var", "dfn":
		return tree.NewMark(tree.MarkEm), true
	case "s", "del", "strike":
		return tree.NewMark(tree.MarkStrike), true
	case "u", "ins":
		return tree.NewMark(tree.MarkUnderline), true
	case "sub", "sup":
		return tree.NewMark(tree.MarkSubsup, tree.Attr("type", tree.String(t.name))), true
	case "code", "kbd", "samp", "tt":
		return tree.NewMark(tree.MarkCode), true
	case "span":
		if m := colorStyle.FindStringSubmatch(t.attr("style")); m != nil {
			kind := tree.MarkTextColor
			if m[1] != "" {
				kind = tree.MarkBackgroundColor
			}
			return tree.NewMark(kind, tree.Attr("color", tree.String(strings.ToLower(m[2])))), true
		}
	}
	return tree.Mark{}, false
}

// tagKind says what is made of an element.
type tagKind int

const (
	// unknownTag is shown as it is written.
	unknownTag tagKind = iota
	// markTag is formatting, and a link.
	markTag
	// emptyTag never holds anything: a line break, an image, a rule.
	emptyTag
	// looseTag says nothing a document could hold; what is inside it stays.
	looseTag
	// blockTag is a block of a kind documents have.
	blockTag
)

func (t tag) kind() tagKind {
	switch t.name {
	case "a":
		return markTag
	case "br", "img", "hr", "wbr", "source":
		return emptyTag
	case "span", "font", "small", "big", "mark", "abbr", "picture", "center", "div", "section", "article", "main",
		"header", "footer", "figure", "figcaption", "aside", "nav":
		return looseTag
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table", "caption",
		"thead", "tbody", "tfoot", "tr", "th", "td":
		return blockTag
	}
	if _, ok := t.mark(); ok {
		return markTag
	}
	return unknownTag
}

// inlineLoose reports whether an element that says nothing can stand in a line.
func (t tag) inlineLoose() bool {
	switch t.name {
	case "span", "font", "small", "big", "mark", "abbr", "picture":
		return true
	}
	return false
}

// scanTag reads the tag a text begins with, and returns its length, or 0 when
// that is no tag. It looks no further than the first sign that it is none.
func scanTag(s string) (t tag, length int) {
	i := 1
	if strings.HasPrefix(s[i:], "/") {
		t.shut = true
		i++
	}
	start := i
	for i < len(s) && (isLetter(s[i]) || i > start && (isDigit(s[i]) || s[i] == '-')) {
		i++
	}
	if i == start {
		return tag{}, 0
	}
	t.name = strings.ToLower(s[start:i])
	for {
		space := i
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		switch {
		case i == len(s):
			return tag{}, 0
		case s[i] == '>':
			t.empty = t.empty || t.kind() == emptyTag
			return t, i + 1
		case strings.HasPrefix(s[i:], "/>"):
			t.empty = true
			return t, i + 2
		case i == space || t.shut:
			return tag{}, 0
		}
		a, n := scanAttribute(s[i:])
		if n == 0 {
			return tag{}, 0
		}
		t.attrs = append(t.attrs, a)
		i += n
	}
}

func scanAttribute(s string) (a attribute, length int) {
	i := 0
	for i < len(s) && !isSpace(s[i]) && strings.IndexByte(`"'<>/=`, s[i]) < 0 {
		i++
	}
	if i == 0 {
		return attribute{}, 0
	}
	a.name = strings.ToLower(s[:i])
	value := i
	for value < len(s) && isSpace(s[value]) {
		value++
	}
	if value == len(s) || s[value] != '=' {
		return a, i
	}
	for value++; value < len(s) && isSpace(s[value]); value++ {
	}
	if value == len(s) {
		return attribute{}, 0
	}
	if quote := s[value]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(s[value+1:], quote)
		if end < 0 {
			return attribute{}, 0
		}
		a.value = html.UnescapeString(s[value+1 : value+1+end])
		return a, value + end + 2
	}
	end := value
	for end < len(s) && !isSpace(s[end]) && strings.IndexByte("\"'<>=`", s[end]) < 0 {
		end++
	}
	if end == value {
		return attribute{}, 0
	}
	a.value = html.UnescapeString(s[value:end])
	return a, end
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isSpace(c byte) bool  { return strings.IndexByte(" \t\n\r\f", c) >= 0 }

// attributes records the attributes of an element that nothing is made of.
func (d *decoder) attributes(t tag) {
	for _, a := range t.attrs {
		switch a.name {
		case "id", "class", "name":
		case "href", "title", "src", "alt", "start":
			if t.name != "a" && t.name != "img" && t.name != "ol" {
				d.Lose("html: "+t.name+"."+a.name, tree.Dropped)
			}
		case "style":
			if t.name != "span" || !colorStyle.MatchString(a.value) {
				d.Lose("html: "+t.name+"."+a.name, tree.Dropped)
			}
		default:
			d.Lose("html: "+t.name+"."+a.name, tree.Dropped)
		}
	}
}
