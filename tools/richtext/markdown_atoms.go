package richtext

import (
	"regexp"
	"strings"
)

// atom writes an inline node that is not text.
func (e *markdownEncoder) atom(n *Node, mode inlineMode) string {
	e.blockLosses(n)
	var s string
	switch n.kind {
	case typeMention:
		s = e.mention(n)
	case typeEmoji:
		s = e.emoji(n)
	case typeDate:
		s = e.date(n)
	case typeStatus:
		s = e.status(n)
	case typeInlineCard:
		url := n.attrs.str("url")
		switch {
		case cardPattern.MatchString(url):
			s = "<" + url + ">"
		case url != "":
			e.lose(typeInlineCard, Changed)
			s = cardText(url)
		default:
			e.lose(typeInlineCard, Shown)
			s = "[card]"
		}
	case typeMediaInline:
		if n.attrs.str("type") == "external" && n.attrs.str("url") != "" {
			s = e.image(n.attrs, oneLine(n.attrs.str("title")))
			break
		}
		e.lose(mediaWord(n), Shown)
		s = "[" + mediaWord(n) + ": " + label(mediaName(n)) + "]"
	case typeInlineExtension, typeExtension, typeBodiedExtension:
		e.lose("macro:"+macroName(n), Shown)
		s = "[macro: " + label(macroName(n)) + "]"
	case typePlaceholder:
		e.lose(typePlaceholder, Shown)
		s = "[placeholder: " + label(n.attrs.str("text")) + "]"
	case typeRawInline:
		e.lose(rawName(n), Shown)
		s = e.content(n, mode, "["+rawName(n)+"]")
	default:
		kind := n.kind
		if kind == "" {
			kind = "unknown"
		}
		e.lose(kind, Shown)
		s = e.content(n, mode, "["+label(kind)+"]")
	}
	if mode&inTable != 0 {
		return escapePipes(s)
	}
	return s
}

// content writes what is inside a node, or a placeholder when that is nothing.
func (e *markdownEncoder) content(n *Node, mode inlineMode, placeholder string) string {
	if inner := inlineOf(n.content); len(inner) > 0 {
		return e.inline(inner, mode|singleLine)
	}
	return placeholder
}

// label writes a name inside the brackets of a placeholder.
func label(s string) string { return escapeText(oneLine(clip(s, 200)), ' ', ' ', inBrackets) }

// cardPattern is what is read back as a card between angle brackets.
var cardPattern = regexp.MustCompile(`^(?i:https?)://[^\s<>\x00-\x20\x7f]+$`)

func cardText(url string) string {
	return "[" + label(url) + "](" + linkTarget(url, "") + ")"
}

// bracketText escapes text that stands in the brackets of a notation.
func bracketText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '\\', '[', ']', '(', ')', '|', '`', '<', '*':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// noted reports whether a value can stand in a notation and be read back the
// same.
func noted(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && len(s) < notationLimit/4 && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f
	})
}

func (e *markdownEncoder) mention(n *Node) string {
	id := n.attrs.str("id")
	name := strings.TrimPrefix(n.attrs.str("text"), "@")
	switch {
	case !noted(id):
		e.lose(typeMention, Shown)
		return label(mentionLabel(n))
	case noted(name):
		return "@[" + bracketText(name) + "](" + schemeAccount + bracketText(id) + ")"
	case name != "":
		e.lose("mention.text", Dropped)
	}
	if strings.ContainsAny(id, " \t") {
		return "@[" + bracketText(id) + "](" + schemeAccount + bracketText(id) + ")"
	}
	return "[~" + schemeAccount + bracketText(id) + "]"
}

var emojiName = regexp.MustCompile(`^:([a-zA-Z0-9_+-]{1,64}):(?::skin-tone-[2-6]:)?$`)

func (e *markdownEncoder) emoji(n *Node) string {
	name := n.attrs.str("shortName")
	if !noted(name) {
		e.lose(typeEmoji, Shown)
		return label(blockLabel(n))
	}
	return "[emoji: " + bracketText(name) + "]"
}

// shortEmoji returns the form between colons, which works only where neither
// side touches a word.
func shortEmoji(n *Node) string {
	name := n.attrs.str("shortName")
	if m := emojiName.FindStringSubmatch(name); m != nil && isEmojiName(m[1]) {
		return name
	}
	return ""
}

func (e *markdownEncoder) date(n *Node) string {
	day, exact, ok := dateDay(n)
	switch {
	case !ok:
		e.lose(typeDate, Shown)
		return "[date: " + label(n.attrs.str("timestamp")) + "]"
	case !exact:
		e.lose("date.timestamp", Dropped)
	}
	return "[date: " + day + "]"
}

func (e *markdownEncoder) status(n *Node) string {
	text, color := n.attrs.str("text"), n.attrs.str("color")
	if !noted(text) {
		e.lose(typeStatus, Shown)
		return "[status: " + label(text) + "]"
	}
	if !isStatusColor(color) {
		e.lose("status.color", Dropped)
		color = "neutral"
	}
	out := bracketText(text)
	if color != "neutral" || strings.HasSuffix(text, ")") {
		out += " (" + color + ")"
	}
	return "[status: " + out + "]"
}

// blockLosses records the attributes and marks of a node that Markdown has no
// form for.
func (e *markdownEncoder) blockLosses(n *Node) {
	for _, f := range n.features {
		e.lose(f, Dropped)
	}
	for _, a := range n.attrs {
		if a.name == "title" && (n.kind == typePanel || n.kind == typeCodeBlock) {
			e.lose(n.kind+".title", Shown)
			continue
		}
		if !carriedAttr(n, a) {
			e.lose(n.kind+"."+a.name, Dropped)
		}
	}
	for _, m := range n.marks {
		switch {
		case m.kind == markLink && (n.kind == typeMedia || n.kind == typeMediaSingle || n.kind == typeMediaInline):
		case m.kind == markRaw:
			e.lose(rawMarkName(m), Dropped)
		default:
			e.lose(m.kind, Dropped)
		}
	}
}

// carriedAttr reports whether Markdown holds an attribute, or it is one that
// products derive again.
func carriedAttr(n *Node, a member) bool {
	value := string(a.value)
	if a.name == "localId" || value == "null" || value == `""` {
		return true
	}
	switch n.kind {
	case typeHeading, typeOrderedList, typeTaskItem, typeBlockTaskItem, typeDecisionItem, typeDate,
		typeExtension, typeInlineExtension, typeBodiedExtension, typeBlockCard, typeEmbedCard, typeSyncBlock,
		typeBodiedSyncBlock, typePlaceholder, typeRawBlock, typeRawInline, typeLayoutColumn, typeMediaGroup:
		return true
	case typeHardBreak:
		return a.name == "text"
	case typePanel:
		return a.name == "panelType"
	case typeExpand, typeNestedExpand:
		return a.name == "title"
	case typeCodeBlock:
		return a.name == "language" || a.name == "uniqueId"
	case typeMention:
		return a.name != "userType" || value == `"DEFAULT"`
	case typeEmoji:
		return a.name == "shortName" || a.name == "text" || a.name == "id" && isCodePoints(n.attrs.str("id"))
	case typeStatus:
		return a.name == "text" || a.name == "color"
	case typeInlineCard:
		return a.name == "url"
	case typeTable:
		return a.name == "isNumberColumnEnabled" && value == "false" ||
			(a.name == "layout" || a.name == "displayMode") && value == `"default"`
	case typeTableCell, typeTableHeader:
		return a.name == "colspan" || a.name == "rowspan"
	case typeMedia, typeMediaInline:
		switch a.name {
		case "type", "url", "alt", "title":
			return true
		}
		return n.attrs.str("type") != "external"
	}
	return false
}

// isCodePoints reports whether an emoji ID names Unicode code points, as those
// of standard emoji do.
func isCodePoints(id string) bool {
	if id == "" {
		return true
	}
	for part := range strings.SplitSeq(id, "-") {
		if len(part) < 2 || len(part) > 6 || strings.Trim(part, "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}
