package richtext

import (
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The node types of the Atlassian Document Format.
const (
	typeDoc             = "doc"
	typeParagraph       = "paragraph"
	typeHeading         = "heading"
	typeText            = "text"
	typeHardBreak       = "hardBreak"
	typeBulletList      = "bulletList"
	typeOrderedList     = "orderedList"
	typeListItem        = "listItem"
	typeTaskList        = "taskList"
	typeTaskItem        = "taskItem"
	typeBlockTaskItem   = "blockTaskItem"
	typeDecisionList    = "decisionList"
	typeDecisionItem    = "decisionItem"
	typeBlockquote      = "blockquote"
	typeCodeBlock       = "codeBlock"
	typeRule            = "rule"
	typeTable           = "table"
	typeTableRow        = "tableRow"
	typeTableHeader     = "tableHeader"
	typeTableCell       = "tableCell"
	typePanel           = "panel"
	typeExpand          = "expand"
	typeNestedExpand    = "nestedExpand"
	typeMediaSingle     = "mediaSingle"
	typeMediaGroup      = "mediaGroup"
	typeMedia           = "media"
	typeMediaInline     = "mediaInline"
	typeCaption         = "caption"
	typeMention         = "mention"
	typeEmoji           = "emoji"
	typeDate            = "date"
	typeStatus          = "status"
	typeInlineCard      = "inlineCard"
	typeBlockCard       = "blockCard"
	typeEmbedCard       = "embedCard"
	typeLayoutSection   = "layoutSection"
	typeLayoutColumn    = "layoutColumn"
	typeExtension       = "extension"
	typeInlineExtension = "inlineExtension"
	typeBodiedExtension = "bodiedExtension"
	typeSyncBlock       = "syncBlock"
	typeBodiedSyncBlock = "bodiedSyncBlock"
	typePlaceholder     = "placeholder"

	// Storage elements without a counterpart in ADF. They are kept verbatim
	// for storage and shown as what is inside them elsewhere.
	typeRawBlock  = "storageBlock"
	typeRawInline = "storageInline"
)

// The mark types of the Atlassian Document Format.
const (
	markStrong          = "strong"
	markEm              = "em"
	markStrike          = "strike"
	markUnderline       = "underline"
	markCode            = "code"
	markLink            = "link"
	markSubsup          = "subsup"
	markTextColor       = "textColor"
	markBackgroundColor = "backgroundColor"
	markAnnotation      = "annotation"
	markAlignment       = "alignment"
	markIndentation     = "indentation"
	markBreakout        = "breakout"
	markFontSize        = "fontSize"
	markBorder          = "border"
	markDataConsumer    = "dataConsumer"
	markFragment        = "fragment"

	// markRaw is an inline storage element without a counterpart in ADF.
	markRaw = "storageElement"
)

// member is one name and value of a JSON object. Objects are kept as lists of
// members so that a document is written in the order it was read.
type member struct {
	name  string
	value jsontext.Value
}

type members []member

func (m members) get(name string) jsontext.Value {
	for i := range m {
		if m[i].name == name {
			return m[i].value
		}
	}
	return nil
}

func (m members) str(name string) string {
	v := m.get(name)
	if v.Kind() != '"' {
		return ""
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(b)
}

// integer reads a number as a whole number; anything else is the fallback.
func (m members) integer(name string, fallback int) int {
	v := m.get(name)
	if v.Kind() != '0' {
		return fallback
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fallback
	}
	return int(f)
}

func (m members) with(name string, value jsontext.Value) members {
	out := make(members, 0, len(m)+1)
	done := false
	for _, x := range m {
		if x.name == name {
			x.value = value
			done = true
		}
		out = append(out, x)
	}
	if !done {
		out = append(out, member{name, value})
	}
	return out
}

func (m members) without(name string) members {
	out := make(members, 0, len(m))
	for _, x := range m {
		if x.name != name {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func str(s string) jsontext.Value { return appendString(nil, s) }

func appendString(b []byte, s string) []byte {
	out, err := jsontext.AppendQuote(b, s)
	if err != nil {
		// Only invalid UTF-8 is refused; the same text with it replaced is not.
		out, _ = jsontext.AppendQuote(b, cleanUTF8(s))
	}
	return out
}

func integer(i int) jsontext.Value { return jsontext.Value(strconv.Itoa(i)) }

// Mark is formatting that applies to one node.
type Mark struct {
	kind  string
	attrs members
	extra members
	// opaque is a list element that is not an object at all.
	opaque jsontext.Value

	// open and shut are the tags the mark was read from when it came from
	// storage; serial keeps two neighboring elements apart.
	open, shut string
	serial     int
}

// Type returns the ADF type of the mark, such as "strong".
func (m Mark) Type() string { return m.kind }

// Attr returns a string attribute of the mark, or "" when it has none.
func (m Mark) Attr(name string) string { return m.attrs.str(name) }

func (m Mark) equal(o Mark) bool {
	return m.kind == o.kind && m.serial == o.serial && m.open == o.open && sameMembers(m.attrs, o.attrs)
}

func sameMembers(a, b members) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name || string(a[i].value) != string(b[i].value) {
			return false
		}
	}
	return true
}

func sameMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].equal(b[i]) {
			return false
		}
	}
	return true
}

// Node is one element of a document. Nodes are not changed after parsing:
// what was read from one format can therefore be written back to it verbatim.
type Node struct {
	kind    string
	attrs   members
	content []*Node
	marks   []Mark
	text    string

	// hasContent and hasMarks tell an empty list from an absent one.
	hasContent, hasMarks bool
	// extra are members of the JSON object that are not part of ADF's shape.
	extra members
	// opaque is a list element that is not an object at all.
	opaque jsontext.Value

	// whole is the storage element this node was read from, verbatim; open
	// and shut are what stood around its content when that is edited apart.
	whole, open, shut string
	// bare marks a paragraph that storage wrote without a <p>.
	bare bool
	// features names what the storage element holds beyond this node.
	features []string
}

// Type returns the ADF type of the node, such as "paragraph".
func (n *Node) Type() string { return n.kind }

// Text returns the text of a text node and "" for every other.
func (n *Node) Text() string { return n.text }

// Attr returns a string attribute, or "" when the node has none of that name.
func (n *Node) Attr(name string) string { return n.attrs.str(name) }

// Marks returns the formatting of the node.
func (n *Node) Marks() iter.Seq[Mark] {
	return func(yield func(Mark) bool) {
		for _, m := range n.marks {
			if !yield(m) {
				return
			}
		}
	}
}

// Children returns the nodes inside this one.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, c := range n.content {
			if !yield(c) {
				return
			}
		}
	}
}

func newNode(kind string, attrs members, content ...*Node) *Node {
	return &Node{kind: kind, attrs: attrs, content: content}
}

func newText(s string, marks ...Mark) *Node {
	return &Node{kind: typeText, text: s, marks: marks}
}

func (n *Node) clone() *Node {
	c := *n
	return &c
}

func (n *Node) mark(kind string) (Mark, bool) {
	for _, m := range n.marks {
		if m.kind == kind {
			return m, true
		}
	}
	return Mark{}, false
}

func newMark(kind string, attrs ...member) Mark { return Mark{kind: kind, attrs: attrs} }

func linkMark(href, title string) Mark {
	m := Mark{kind: markLink, attrs: members{{"href", str(href)}}}
	if title != "" {
		m.attrs = append(m.attrs, member{"title", str(title)})
	}
	return m
}

func isInline(kind string) bool {
	switch kind {
	case typeText, typeHardBreak, typeMention, typeEmoji, typeDate, typeStatus, typeInlineCard,
		typeInlineExtension, typePlaceholder, typeMediaInline, typeRawInline:
		return true
	}
	return false
}

// holdsInline reports whether nodes of this type contain inline content.
func holdsInline(kind string) bool {
	switch kind {
	case typeParagraph, typeHeading, typeTaskItem, typeDecisionItem, typeCaption:
		return true
	}
	return false
}

// mergeText joins neighboring text nodes with the same marks and drops empty
// ones, which Jira refuses.
func mergeText(nodes []*Node) []*Node {
	out := nodes[:0:0]
	var pending []string
	flush := func() {
		if len(pending) > 1 {
			last := out[len(out)-1].clone()
			last.text = strings.Join(pending, "")
			out[len(out)-1] = last
		}
		pending = pending[:0]
	}
	for _, n := range nodes {
		if n.kind == typeText {
			if n.text == "" {
				continue
			}
			if len(pending) > 0 && sameMarks(out[len(out)-1].marks, n.marks) && n.extra == nil &&
				n.whole == "" && out[len(out)-1].whole == "" {
				pending = append(pending, n.text)
				continue
			}
			flush()
			out = append(out, n)
			pending = append(pending, n.text)
			continue
		}
		flush()
		out = append(out, n)
	}
	flush()
	return out
}

// plainText writes the words of a node: text, and the visible label of inline
// nodes. Blocks end with a line break.
func plainText(b *strings.Builder, n *Node) {
	switch n.kind {
	case typeText:
		b.WriteString(n.text)
	case typeHardBreak:
		b.WriteByte('\n')
	case typeRule:
		b.WriteString("---\n")
	case typeTableHeader, typeTableCell:
		var cell strings.Builder
		for _, c := range n.content {
			plainText(&cell, c)
		}
		b.WriteString(strings.ReplaceAll(strings.TrimSuffix(cell.String(), "\n"), "\n", " "))
		b.WriteByte('\t')
	case typeTableRow:
		var row strings.Builder
		for _, c := range n.content {
			plainText(&row, c)
		}
		b.WriteString(strings.TrimSuffix(row.String(), "\t"))
		b.WriteByte('\n')
	default:
		if label := inlineLabel(n); label != "" {
			b.WriteString(label)
			if !isInline(n.kind) && len(n.content) == 0 {
				b.WriteByte('\n')
			}
		}
		if t := n.attrs.str("title"); t != "" && (n.kind == typeExpand || n.kind == typeNestedExpand) {
			b.WriteString(t)
			b.WriteByte('\n')
		}
		for _, c := range n.content {
			plainText(b, c)
		}
		if holdsInline(n.kind) || n.kind == typeCodeBlock {
			b.WriteByte('\n')
		}
	}
}

// inlineLabel is what a reader sees of a node that has no text of its own.
func inlineLabel(n *Node) string {
	switch n.kind {
	case typeMention:
		return mentionLabel(n)
	case typeEmoji:
		return n.attrs.str("shortName")
	case typeDate:
		if day, _, ok := dateDay(n); ok {
			return day
		}
		return n.attrs.str("timestamp")
	case typeStatus, typePlaceholder:
		return n.attrs.str("text")
	case typeInlineCard, typeBlockCard, typeEmbedCard:
		return n.attrs.str("url")
	case typeMedia, typeMediaInline:
		return "[" + mediaWord(n) + ": " + mediaName(n) + "]"
	case typeExtension, typeInlineExtension, typeBodiedExtension:
		return "[macro: " + macroName(n) + "]"
	case typeSyncBlock:
		return "[synced block: " + n.attrs.str("resourceId") + "]"
	}
	return ""
}

func mentionLabel(n *Node) string {
	name := n.attrs.str("text")
	switch {
	case name == "":
		return "@" + n.attrs.str("id")
	case strings.HasPrefix(name, "@"):
		return name
	}
	return "@" + name
}

func macroName(n *Node) string {
	if k := n.attrs.str("extensionKey"); k != "" {
		return k
	}
	return "unknown"
}

func mediaWord(n *Node) string {
	if n.kind == typeMediaInline && n.attrs.str("type") != "image" && n.attrs.str("type") != "external" {
		return "file"
	}
	return "image"
}

func mediaName(n *Node) string {
	for _, name := range []string{"alt", "url", "id"} {
		if s := n.attrs.str(name); s != "" {
			if t, ok := parseTarget(s); ok && name == "url" {
				return t.file + t.page + t.anchor
			}
			return s
		}
	}
	return "unnamed"
}

func textOf(nodes ...*Node) string {
	var b strings.Builder
	for _, n := range nodes {
		plainText(&b, n)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
