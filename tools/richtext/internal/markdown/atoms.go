package markdown

import (
	"cmp"
	"regexp"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// atom writes an inline node that is not text.
func (e *encoder) atom(n *tree.Node, mode inlineMode) string {
	e.blockLosses(n)
	var s string
	switch n.Kind {
	case tree.TypeMention:
		s = e.mention(n)
	case tree.TypeEmoji:
		s = e.emoji(n)
	case tree.TypeDate:
		s = e.date(n)
	case tree.TypeStatus:
		s = e.status(n)
	case tree.TypeInlineCard:
		url, words := tree.CardTarget(n)
		switch {
		case words == "" && cardPattern.MatchString(url):
			s = "<" + url + ">"
		case url != "":
			e.Lose(tree.TypeInlineCard, tree.Changed)
			s = cardText(url, words)
		default:
			e.Lose(tree.TypeInlineCard, tree.Shown)
			s = "[" + label(cmp.Or(words, "card")) + "]"
		}
	case tree.TypeMediaInline:
		if n.Attrs.String("type") == "external" && n.Attrs.String("url") != "" {
			s = e.image(n.Attrs, oneLine(n.Attrs.String("title")))
			break
		}
		e.Lose(tree.MediaWord(n), tree.Shown)
		s = "[" + tree.MediaWord(n) + ": " + label(tree.MediaName(n)) + "]"
	case tree.TypeInlineExtension, tree.TypeExtension, tree.TypeBodiedExtension:
		e.Lose("macro:"+tree.MacroName(n), tree.Shown)
		s = macroLabel(n)
		if m, _ := tree.ReadMacro(n); m.HasBody {
			s += " " + codeSpan(oneLine(m.Body), mode)
		}
		if inner := tree.InlineOf(n.Content); len(inner) > 0 {
			s += " " + e.inline(inner, mode|singleLine)
		}
	case tree.TypePlaceholder:
		e.Lose(tree.TypePlaceholder, tree.Shown)
		s = "[placeholder: " + label(n.Attrs.String("text")) + "]"
	case tree.TypeRawInline:
		e.Lose(tree.RawName(n), tree.Shown)
		s = e.content(n, mode, "["+tree.RawName(n)+"]")
	default:
		kind := n.Kind
		if kind == "" {
			kind = "unknown"
		}
		e.Lose(kind, tree.Shown)
		s = e.content(n, mode, "["+label(kind)+"]")
	}
	if mode&inTable != 0 {
		return escapePipes(s)
	}
	return s
}

// content writes what is inside a node, or a placeholder when that is nothing.
func (e *encoder) content(n *tree.Node, mode inlineMode, placeholder string) string {
	if inner := tree.InlineOf(n.Content); len(inner) > 0 {
		return e.inline(inner, mode|singleLine)
	}
	return placeholder
}

// label writes a name inside the brackets of a placeholder.
func label(s string) string { return escapeInBrackets(oneLine(tree.Clip(s, 200))) }

// cardPattern is what is read back as a card between angle brackets.
var cardPattern = regexp.MustCompile(`^(?i:https?)://[^\s<>\x00-\x20\x7f]+$`)

// cardText shows a card as a link with the words it is called by, if any.
func cardText(url, words string) string {
	return "[" + label(cmp.Or(words, url)) + "](" + linkTarget(url, "") + ")"
}

// macroLabel shows the name and parameters of a macro in brackets.
func macroLabel(n *tree.Node) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(tree.MacroLabel(n), "["), "]")
	return "[" + escapeInBrackets(oneLine(inner)) + "]"
}

// bracketText escapes text that stands in the brackets of a notation.
func bracketText(s string) string {
	if !strings.ContainsAny(s, `\[]()|`+"`<*") {
		return s
	}
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

func (e *encoder) mention(n *tree.Node) string {
	id := n.Attrs.String("id")
	name := strings.TrimPrefix(n.Attrs.String("text"), "@")
	switch {
	case !tree.IsAccountID(id):
		e.Lose(tree.TypeMention, tree.Shown)
		return label(tree.MentionLabel(n))
	case noted(name):
		return "@[" + bracketText(name) + "](" + tree.SchemeAccount + bracketText(id) + ")"
	case name != "":
		e.Lose("mention.text", tree.Dropped)
	}
	if strings.ContainsAny(id, " \t") {
		return "@[" + bracketText(id) + "](" + tree.SchemeAccount + bracketText(id) + ")"
	}
	return "[~" + tree.SchemeAccount + bracketText(id) + "]"
}

func (e *encoder) emoji(n *tree.Node) string {
	name := n.Attrs.String("shortName")
	if !noted(name) {
		e.Lose(tree.TypeEmoji, tree.Shown)
		return label(tree.BlockLabel(n))
	}
	return "[emoji: " + bracketText(name) + "]"
}

// shortEmoji returns the form between colons, which works only where neither
// side touches a word.
func shortEmoji(n *tree.Node) string {
	name := n.Attrs.String("shortName")
	if emojiAt(name, ' ') != name {
		return ""
	}
	return name
}

func (e *encoder) date(n *tree.Node) string {
	day, exact, ok := tree.DateDay(n)
	switch {
	case !ok:
		e.Lose(tree.TypeDate, tree.Shown)
		return "[date: " + label(n.Attrs.String("timestamp")) + "]"
	case !exact:
		e.Lose("date.timestamp", tree.Dropped)
	}
	return "[date: " + day + "]"
}

func (e *encoder) status(n *tree.Node) string {
	text, color := n.Attrs.String("text"), n.Attrs.String("color")
	if !noted(text) {
		e.Lose(tree.TypeStatus, tree.Shown)
		return "[status: " + label(text) + "]"
	}
	if !isStatusColor(color) {
		e.Lose("status.color", tree.Dropped)
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
func (e *encoder) blockLosses(n *tree.Node) {
	e.attributeLosses(n)
	for _, m := range n.Marks {
		e.markLoss(n, m)
	}
}

func (e *encoder) attributeLosses(n *tree.Node) {
	for _, f := range n.Features {
		e.Lose(f, tree.Dropped)
	}
	external := (n.Kind == tree.TypeMedia || n.Kind == tree.TypeMediaInline) && n.Attrs.String("type") == "external"
	for _, a := range n.Attrs {
		if a.Name == "title" && (n.Kind == tree.TypePanel || n.Kind == tree.TypeCodeBlock) {
			e.Lose(n.Kind+".title", tree.Shown)
			continue
		}
		if !carriedAttr(n.Kind, external, a) {
			e.Lose(tree.Part(n.Kind, a.Name), tree.Dropped)
		}
	}
}

func (e *encoder) markLoss(n *tree.Node, m tree.Mark) {
	switch {
	case m.Kind == tree.MarkLink && (n.Kind == tree.TypeMedia || n.Kind == tree.TypeMediaSingle || n.Kind == tree.TypeMediaInline):
	case m.Kind == tree.MarkRaw:
		e.Lose(tree.RawMarkName(m), tree.Dropped)
	default:
		e.Lose(m.Kind, tree.Dropped)
	}
}

// carriedAttr reports whether Markdown holds an attribute of a node, or it is one
// that products derive again. An external image has its own address.
func carriedAttr(kind string, external bool, a tree.Member) bool {
	value := string(a.Value)
	if a.Name == "localId" || value == "null" || value == `""` {
		return true
	}
	switch kind {
	case tree.TypeHeading, tree.TypeOrderedList, tree.TypeTaskItem, tree.TypeBlockTaskItem, tree.TypeDecisionItem, tree.TypeDate,
		tree.TypeExtension, tree.TypeInlineExtension, tree.TypeBodiedExtension, tree.TypeBlockCard, tree.TypeEmbedCard, tree.TypeSyncBlock,
		tree.TypeBodiedSyncBlock, tree.TypePlaceholder, tree.TypeRawBlock, tree.TypeRawInline, tree.TypeLayoutColumn, tree.TypeMediaGroup:
		return true
	case tree.TypeHardBreak:
		return a.Name == "text"
	case tree.TypePanel:
		return a.Name == "panelType"
	case tree.TypeExpand, tree.TypeNestedExpand:
		return a.Name == "title"
	case tree.TypeCodeBlock:
		return a.Name == "language" || a.Name == "uniqueId"
	case tree.TypeMention:
		return a.Name != "userType" || value == `"DEFAULT"`
	case tree.TypeEmoji:
		return a.Name == "shortName" || a.Name == "text" || a.Name == "id" && isCodePoints(a.String())
	case tree.TypeStatus:
		return a.Name == "text" || a.Name == "color"
	case tree.TypeInlineCard:
		return a.Name == "url"
	case tree.TypeTable:
		return a.Name == "isNumberColumnEnabled" && value == "false" ||
			(a.Name == "layout" || a.Name == "displayMode") && value == `"default"`
	case tree.TypeTableCell, tree.TypeTableHeader:
		return a.Name == "colspan" || a.Name == "rowspan"
	case tree.TypeMedia, tree.TypeMediaInline:
		switch a.Name {
		case "type", "url", "alt", "title":
			return true
		}
		return !external
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
