package tree

import (
	"cmp"
	"strings"
)

// plainText writes the words of a node: text, and the visible label of inline
// nodes. Blocks end with a line break.
func plainText(b *strings.Builder, n *Node) {
	switch n.Kind {
	case TypeText:
		b.WriteString(n.Text)
	case TypeHardBreak:
		b.WriteByte('\n')
	case TypeRule:
		b.WriteString("---\n")
	case TypeInlineCard:
		b.WriteString(InlineLabel(n))
	case TypeBlockCard, TypeEmbedCard:
		if label := InlineLabel(n); label != "" {
			b.WriteString(label + "\n")
		}
	case TypeTableHeader, TypeTableCell:
		var cell strings.Builder
		for _, c := range n.Content {
			plainText(&cell, c)
		}
		b.WriteString(strings.ReplaceAll(strings.TrimSuffix(cell.String(), "\n"), "\n", " "))
		b.WriteByte('\t')
	case TypeTableRow:
		var row strings.Builder
		for _, c := range n.Content {
			plainText(&row, c)
		}
		b.WriteString(strings.TrimSuffix(row.String(), "\t"))
		b.WriteByte('\n')
	default:
		if label := InlineLabel(n); label != "" {
			b.WriteString(label)
			if !IsInline(n.Kind) && len(n.Content) == 0 {
				b.WriteByte('\n')
			}
		}
		if t := n.Attrs.String("title"); t != "" && (n.Kind == TypeExpand || n.Kind == TypeNestedExpand) {
			b.WriteString(t)
			b.WriteByte('\n')
		}
		for _, c := range n.Content {
			plainText(b, c)
		}
		if HoldsInline(n.Kind) || n.Kind == TypeCodeBlock {
			b.WriteByte('\n')
		}
	}
}

// TextOf returns the words of nodes, one line per block.
func TextOf(nodes ...*Node) string {
	var b strings.Builder
	for _, n := range nodes {
		plainText(&b, n)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// InlineLabel is what a reader sees of a node that has no text of its own.
func InlineLabel(n *Node) string {
	switch n.Kind {
	case TypeMention:
		return MentionLabel(n)
	case TypeEmoji:
		return n.Attrs.String("shortName")
	case TypeDate:
		if day, _, ok := DateDay(n); ok {
			return day
		}
		return n.Attrs.String("timestamp")
	case TypeStatus, TypePlaceholder:
		return n.Attrs.String("text")
	case TypeInlineCard, TypeBlockCard, TypeEmbedCard:
		url, name := CardTarget(n)
		if url != "" && name != "" {
			return name + " (" + url + ")"
		}
		return cmp.Or(url, name)
	case TypeMedia, TypeMediaInline:
		return "[" + MediaWord(n) + ": " + MediaName(n) + "]"
	case TypeExtension, TypeInlineExtension, TypeBodiedExtension:
		if IsAnchor(n) {
			return ""
		}
		return MacroLabel(n)
	case TypeSyncBlock:
		return "[synced block: " + n.Attrs.String("resourceId") + "]"
	}
	return ""
}

// MentionLabel returns the name of a mention, with an @ before it.
func MentionLabel(n *Node) string {
	name := n.Attrs.String("text")
	switch {
	case name == "":
		return "@" + n.Attrs.String("id")
	case strings.HasPrefix(name, "@"):
		return name
	}
	return "@" + name
}

// MediaWord says whether a media node is an image or another file.
func MediaWord(n *Node) string {
	if n.Kind == TypeMediaInline && n.Attrs.String("type") != "image" && n.Attrs.String("type") != "external" {
		return "file"
	}
	return "image"
}

// MediaName returns what a media node is called: its text, address or ID.
func MediaName(n *Node) string {
	for _, name := range []string{"alt", "url", "id"} {
		if s := n.Attrs.String(name); s != "" {
			if t, ok := ParseTarget(s); ok && name == "url" {
				return t.File + t.Page + t.Anchor
			}
			return s
		}
	}
	return "unnamed"
}

// BlockLabel is what a reader sees of any node: its words, or else its type.
func BlockLabel(n *Node) string {
	if label := TextOf(n); label != "" {
		return label
	}
	return "[" + cmp.Or(n.Kind, "unknown") + "]"
}

// RawName names a storage element for a placeholder or a loss, or what there is
// at a place where none is expected.
func RawName(n *Node) string {
	if name := n.Attrs.String("unexpected"); name != "" {
		return name
	}
	if name := n.Attrs.String("element"); name != "" {
		return "html: " + name
	}
	return "html"
}

// RawMarkName names a storage element that is a mark, for a loss.
func RawMarkName(m Mark) string {
	if name := m.Attrs.String("element"); name != "" {
		return "html: " + name
	}
	return "html"
}
