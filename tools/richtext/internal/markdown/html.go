package markdown

import (
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// detailsFrame is a <details> whose end has not been seen.
type detailsFrame struct {
	opening string
	title   string
	content []*tree.Node
}

// detailsFrames are the open <details>, innermost last, above a first frame
// that stands for the container itself.
type detailsFrames struct{ open []detailsFrame }

func (f *detailsFrames) top() *detailsFrame { return &f.open[len(f.open)-1] }

func (f *detailsFrames) add(nodes ...*tree.Node) {
	f.top().content = append(f.top().content, nodes...)
}

func (f *detailsFrames) shut() bool {
	if len(f.open) == 1 {
		return false
	}
	done := *f.top()
	f.open = f.open[:len(f.open)-1]
	f.add(tree.New(tree.TypeExpand, tree.Members{tree.Attr("title", tree.String(done.title))}, done.content...))
	return true
}

// finish returns the content. A <details> without an end is text.
func (f *detailsFrames) finish() []*tree.Node {
	out := f.open[0].content
	for _, frame := range f.open[1:] {
		out = append(append(out, textLines(frame.opening)...), frame.content...)
	}
	return out
}

var (
	detailsTag = regexp.MustCompile(`(?is)<details(?:\s[^>]*)?>(?:\s*<summary(?:\s[^>]*)?>(.*?)</summary>)?|</details\s*>`)
	detailsSet = regexp.MustCompile(`(?i)^(?:\s*</?(?:div|center|section|p)(?:\s[^<>]*)?>)*\s*</?details[\s>]`)
	breakLine  = regexp.MustCompile(`(?i)^(?:\s*<br\s*/?>\s*)+$`)
	breakTag   = regexp.MustCompile(`(?i)<br\s*/?>`)
	styleTag   = regexp.MustCompile(`(?i)</?(?:b|strong|i|em|u|s|del|code)>`)
)

func (d *decoder) htmlBlock(n *ast.HTMLBlock, f *detailsFrames, depth int) error {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		b.Write(line.Value(d.src))
	}
	if n.HasClosure() {
		b.Write(n.ClosureLine.Value(d.src))
	}
	raw := strings.TrimRight(b.String(), "\n")
	if err := d.Node(depth+len(f.open), strings.Count(raw, "\n")); err != nil {
		return err
	}
	switch {
	case breakLine.MatchString(raw):
		p := tree.New(tree.TypeParagraph, nil)
		for range breakTag.FindAllString(raw, -1) {
			p.Content = append(p.Content, tree.New(tree.TypeHardBreak, nil))
		}
		f.add(p)
		return nil
	case !detailsSet.MatchString(raw):
		nodes, err := d.htmlElements(raw, depth+len(f.open))
		f.add(nodes...)
		return err
	}
	end := 0
	for _, m := range detailsTag.FindAllStringSubmatchIndex(raw, -1) {
		if err := d.inDetails(raw[end:m[0]], f, depth); err != nil {
			return err
		}
		end = m[1]
		tag := raw[m[0]:m[1]]
		if strings.HasPrefix(tag, "</") {
			if !f.shut() {
				f.add(textLines(tag)...)
			}
			continue
		}
		frame := detailsFrame{opening: tag}
		if m[2] >= 0 {
			frame.title = summaryTitle(raw[m[2]:m[3]])
		}
		f.open = append(f.open, frame)
		if err := d.Node(depth+len(f.open), 0); err != nil {
			return err
		}
	}
	return d.inDetails(raw[end:], f, depth)
}

// htmlElements converts an HTML block; what does not nest or is not understood
// is shown as it is written.
func (d *decoder) htmlElements(raw string, depth int) ([]*tree.Node, error) {
	root, comments, ok := parseHTML(raw)
	if !ok {
		return textLines(raw), nil
	}
	for range comments {
		d.Lose("html: comment", tree.Dropped)
	}
	return d.htmlFlow(root.children, depth)
}

// summaryTitle returns the words of a summary, which a title holds without
// formatting.
func summaryTitle(s string) string {
	s = styleTag.ReplaceAllString(s, "")
	return strings.Join(strings.Fields(html.UnescapeString(s)), " ")
}

// inDetails reads what follows a <details> without an empty line between as
// Markdown of its own; it holds no further <details>.
func (d *decoder) inDetails(src string, f *detailsFrames, depth int) error {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	inner := &decoder{Budget: d.Budget, Recorder: d.Recorder, opts: d.opts, names: d.names}
	inner.src = []byte(strings.Trim(src, "\n"))
	nodes, err := inner.parse(depth + len(f.open))
	d.names = inner.names
	d.Adopt(inner.Recorder)
	f.add(nodes...)
	return err
}

// textLines returns a paragraph that shows source as it is written.
func textLines(raw string) []*tree.Node {
	p := tree.New(tree.TypeParagraph, nil)
	for i, line := range strings.Split(strings.Trim(raw, "\n"), "\n") {
		if i > 0 {
			p.Content = append(p.Content, tree.New(tree.TypeHardBreak, nil))
		}
		if line != "" {
			p.Content = append(p.Content, tree.NewText(line))
		}
	}
	if len(p.Content) == 0 {
		return nil
	}
	return []*tree.Node{p}
}
