package storage

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// conceal makes comments of the elements below one that show nothing to a
// person, and reports whether there are any. Words in them would be for a model
// alone. It reads the usual spellings of styles and does not lay out a page: what
// is behind something else or has the color of its ground is not found.
func conceal(x *element) (found bool) {
	for _, c := range x.children {
		if c.name != "" && hides(c) {
			*c = element{comment: true, hidden: true, start: c.start, end: c.end}
			found = true
		} else if conceal(c) {
			found = true
		}
	}
	if found {
		x.blocks = isBlockElement(x) || contentBlocks(x)
	}
	return found
}

// holdsUntold reports whether an element holds a hidden one that no node names.
func (x *element) holdsUntold() bool {
	return x.hidden && !x.told || slices.ContainsFunc(x.children, (*element).holdsUntold)
}

// hides reports whether an element shows nothing of what is inside it.
func hides(x *element) bool {
	switch x.name {
	case "script", "style", "template":
		return true
	}
	if len(x.attrs) == 0 || strings.Contains(x.name, ":") { // macros have no style
		return false
	}
	return x.has("hidden") || hidingStyle(x.attr("style"))
}

// A size or shift is a number and its unit.
var (
	cssSize    = regexp.MustCompile(`^([-+]?[0-9]*\.?[0-9]+)([a-z%]*)$`)
	cssEscape  = regexp.MustCompile(`\\(?:([0-9a-fA-F]{1,6})\s?|(.))`)
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// declarations are the properties of a style, the last of each, in lower case.
func declarations(style string) map[string]string {
	if strings.Contains(style, "/*") {
		style = cssComment.ReplaceAllString(style, "")
	}
	if strings.Contains(style, `\`) {
		style = cssEscape.ReplaceAllStringFunc(style, func(s string) string {
			m := cssEscape.FindStringSubmatch(s)
			if code, err := strconv.ParseInt(m[1], 16, 32); err == nil {
				return string(rune(code))
			}
			return m[2]
		})
	}
	out := map[string]string{}
	for one := range strings.SplitSeq(strings.ToLower(style), ";") {
		name, value, _ := strings.Cut(one, ":")
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		out[strings.TrimSpace(name)] = value
	}
	return out
}

// hidingStyle reports whether a style shows nothing of an element, on any ground.
func hidingStyle(style string) bool {
	if style == "" {
		return false
	}
	clipped := false
	all := declarations(style)
	for name, value := range all {
		switch name {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility", "content-visibility":
			if value == "hidden" || value == "collapse" {
				return true
			}
		case "opacity":
			if atMost(value, 0.1, 10) {
				return true
			}
		case "font-size":
			if tiny(value) {
				return true
			}
		case "font":
			for field := range strings.FieldsSeq(value) {
				if size, _, _ := strings.Cut(field, "/"); tiny(size) {
					return true
				}
			}
		case "color", "-webkit-text-fill-color":
			if transparent(value) {
				return true
			}
		case "height", "max-height", "width", "max-width":
			clipped = clipped || atMost(value, 1, 0)
		case "clip", "clip-path":
			if strings.HasPrefix(value, "rect(0") || strings.HasPrefix(value, "rect(1px") || value == "inset(50%)" || value == "inset(100%)" {
				return true
			}
		case "transform":
			if value == "scale(0)" {
				return true
			}
		case "text-indent", "left", "right", "top", "bottom", "margin-left", "margin-top":
			if atMost(value, -500, -90) {
				return true
			}
		}
	}
	return clipped && (all["overflow"] == "hidden" || all["overflow"] == "clip")
}

// atMost reports whether a size is at most so many pixels or points, or so many
// per cent.
func atMost(value string, most, percent float64) bool {
	m := cssSize.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	switch {
	case err != nil:
		return false
	case m[2] == "%":
		return n <= percent
	case m[2] == "em", m[2] == "rem":
		return n*16 <= most
	}
	return n <= most
}

// tiny reports whether letters of a size cannot be read.
func tiny(size string) bool { return atMost(size, 2, 10) && !strings.HasPrefix(size, "-") }

// transparent reports whether a color shows nothing.
func transparent(color string) bool {
	if color == "transparent" || len(color) == 9 && color[0] == '#' && color[7:] == "00" || len(color) == 5 && color[0] == '#' && color[4] == '0' {
		return true
	}
	inner, ok := strings.CutSuffix(color, ")")
	alpha := strings.HasPrefix(color, "rgba(") || strings.HasPrefix(color, "hsla(")
	if i := strings.LastIndexAny(inner, ",/"); ok && i >= 0 && (alpha || inner[i] == '/') {
		return atMost(strings.TrimSpace(inner[i+1:]), 0.1, 10)
	}
	return false
}

// paperColor returns the white of a name or short form, so that words that may
// not be seen are shown with their color.
func paperColor(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "white", "#fff":
		return "#ffffff", true
	case "snow":
		return "#fffafa", true
	case "ivory":
		return "#fffff0", true
	case "ghostwhite":
		return "#f8f8ff", true
	case "floralwhite":
		return "#fffaf0", true
	case "whitesmoke":
		return "#f5f5f5", true
	}
	return "", false
}

// colored returns marks and the colors of an element that its style declares
// among others.
func colored(x *element, marks []tree.Mark) []tree.Mark {
	if len(x.attrs) == 0 {
		return marks
	}
	if x.name == "font" {
		if color, ok := hexColor(x.attr("color")); ok {
			return append(slices.Clip(marks), tree.NewMark(tree.MarkTextColor, tree.Attr("color", tree.String(color))))
		}
	}
	style := x.attr("style")
	if !strings.Contains(strings.ToLower(style), "color") && !strings.Contains(style, `\`) {
		return marks
	}
	all := declarations(style)
	if color, ok := hexColor(all["color"]); ok {
		marks = append(slices.Clip(marks), tree.NewMark(tree.MarkTextColor, tree.Attr("color", tree.String(color))))
	}
	if color, ok := hexColor(all["background-color"]); ok && x.name == "span" {
		marks = append(slices.Clip(marks), tree.NewMark(tree.MarkBackgroundColor, tree.Attr("color", tree.String(color))))
	}
	return marks
}
