package richtext

import "strings"

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

// inlineOf returns the inline content of nodes that may be wrapped in blocks,
// with a line break where a block ended.
func inlineOf(nodes []*Node) []*Node {
	var out []*Node
	for _, n := range nodes {
		switch {
		case isInline(n.kind):
			out = append(out, n)
		case n.kind == typeCodeBlock:
			out = appendBreak(out)
			for i, line := range strings.Split(textOf(n), "\n") {
				if i > 0 {
					out = append(out, newNode(typeHardBreak, nil))
				}
				out = append(out, newText(line, newMark(markCode)))
			}
		default:
			if inner := inlineOf(n.content); len(inner) > 0 {
				out = append(appendBreak(out), inner...)
			} else if label := textOf(n); label != "" {
				out = append(appendBreak(out), newText(label))
			}
		}
	}
	return out
}

func appendBreak(out []*Node) []*Node {
	if len(out) == 0 {
		return out
	}
	return append(out, newNode(typeHardBreak, nil))
}

// titleParagraph is the title of a block that ADF gives no place for one.
func titleParagraph(title string) *Node {
	return newNode(typeParagraph, nil, newText(title, newMark(markStrong)))
}

func embolden(nodes []*Node) []*Node {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		out[i] = n
		if n.kind != typeText {
			continue
		}
		_, strong := n.mark(markStrong)
		_, code := n.mark(markCode)
		if !strong && !code {
			out[i] = n.clone()
			out[i].marks = append([]Mark{newMark(markStrong)}, n.marks...)
		}
	}
	return out
}

// taskItems returns a task and the task lists nested in it, which ADF keeps
// beside their parent. Any other block makes it a task that holds blocks.
func taskItems(done bool, content []*Node) []*Node {
	state := "TODO"
	if done {
		state = "DONE"
	}
	attrs := members{{"state", str(state)}}
	item := newNode(typeTaskItem, attrs)
	nested := content
	if len(content) > 0 && content[0].kind == typeParagraph {
		item.content, nested = content[0].content, content[1:]
	}
	for _, b := range nested {
		if b.kind != typeTaskList {
			return []*Node{newNode(typeBlockTaskItem, attrs, content...)}
		}
	}
	return append([]*Node{item}, nested...)
}

func textOfCode(n *Node) string {
	var b strings.Builder
	for _, t := range n.content {
		b.WriteString(t.text)
	}
	return b.String()
}
