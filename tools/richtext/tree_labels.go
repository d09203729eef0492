package richtext

import "strings"

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

func textOf(nodes ...*Node) string {
	var b strings.Builder
	for _, n := range nodes {
		plainText(&b, n)
	}
	return strings.TrimSuffix(b.String(), "\n")
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

func blockLabel(n *Node) string {
	if label := textOf(n); label != "" {
		return label
	}
	return "[" + n.kind + "]"
}

// rawName names a storage element for a placeholder or a loss.
func rawName(n *Node) string {
	if name := n.attrs.str("element"); name != "" {
		return "html: " + name
	}
	return "html"
}

func rawMarkName(m Mark) string {
	if name := m.attrs.str("element"); name != "" {
		return "html: " + name
	}
	return "html"
}
