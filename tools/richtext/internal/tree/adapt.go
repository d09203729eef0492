package tree

import "strings"

// MergeText joins neighboring text nodes with the same marks and drops empty
// ones, which Jira refuses.
func MergeText(nodes []*Node) []*Node {
	out := nodes[:0:0]
	var pending []string
	flush := func() {
		if len(pending) > 1 {
			last := out[len(out)-1].Clone()
			last.Text = strings.Join(pending, "")
			out[len(out)-1] = last
		}
		pending = pending[:0]
	}
	for _, n := range nodes {
		if n.Kind == TypeText {
			if n.Text == "" {
				continue
			}
			if len(pending) > 0 && SameMarks(out[len(out)-1].Marks, n.Marks) && n.Unknown == nil {
				pending = append(pending, n.Text)
				continue
			}
			flush()
			out = append(out, n)
			pending = append(pending, n.Text)
			continue
		}
		flush()
		out = append(out, n)
	}
	flush()
	return out
}

// InlineOf returns the inline content of nodes that may be wrapped in blocks,
// with a line break where a block ended.
func InlineOf(nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		switch {
		case IsInline(n.Kind):
			out = append(out, n)
		case n.Kind == TypeCodeBlock:
			out = appendBreak(out)
			for i, line := range strings.Split(TextOf(n), "\n") {
				if i > 0 {
					out = append(out, New(TypeHardBreak, nil))
				}
				out = append(out, NewText(line, NewMark(MarkCode)))
			}
		default:
			if inner := InlineOf(n.Content); len(inner) > 0 {
				out = append(appendBreak(out), inner...)
			} else if label := TextOf(n); label != "" {
				out = append(appendBreak(out), NewText(label))
			}
		}
	}
	return out
}

func appendBreak(out []*Node) []*Node {
	if len(out) == 0 {
		return out
	}
	return append(out, New(TypeHardBreak, nil))
}

// TitleParagraph is the title of a block that ADF gives no place for one.
func TitleParagraph(title string) *Node {
	return New(TypeParagraph, nil, NewText(title, NewMark(MarkStrong)))
}

// Embolden returns inline nodes in which all text but code is strong.
func Embolden(nodes []*Node) []*Node {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		out[i] = n
		if n.Kind != TypeText {
			continue
		}
		_, strong := n.Mark(MarkStrong)
		_, code := n.Mark(MarkCode)
		if !strong && !code {
			out[i] = n.Clone()
			out[i].Marks = append([]Mark{NewMark(MarkStrong)}, n.Marks...)
		}
	}
	return out
}

// TaskItems returns a task and the task lists nested in it, which ADF keeps
// beside their parent. Any other block makes it a task that holds blocks.
func TaskItems(done bool, content []*Node) []*Node {
	state := "TODO"
	if done {
		state = "DONE"
	}
	attrs := Members{{"state", String(state)}}
	item := New(TypeTaskItem, attrs)
	nested := content
	if len(content) > 0 && content[0].Kind == TypeParagraph {
		item.Content, nested = content[0].Content, content[1:]
	}
	for _, b := range nested {
		if b.Kind != TypeTaskList {
			return []*Node{New(TypeBlockTaskItem, attrs, content...)}
		}
	}
	return append([]*Node{item}, nested...)
}

// TextOfCode returns the text of a code block.
func TextOfCode(n *Node) string {
	if len(n.Content) == 1 {
		return n.Content[0].Text
	}
	var b strings.Builder
	for _, t := range n.Content {
		b.WriteString(t.Text)
	}
	return b.String()
}
