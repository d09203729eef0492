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
	// A tag that does not end would be found again as it is.
	tags := detailsTags(raw)
	switch {
	case breakLine.MatchString(raw):
		p := tree.New(tree.TypeParagraph, nil)
		for range breakTag.FindAllString(raw, -1) {
			p.Content = append(p.Content, tree.New(tree.TypeHardBreak, nil))
		}
		f.add(p)
		return nil
	case len(tags) == 0 || !detailsSet.MatchString(raw):
		nodes, err := d.htmlElements(raw, depth+len(f.open))
		f.add(nodes...)
		return err
	}
	end := 0
	for _, t := range tags {
		if err := d.inDetails(raw[end:t.start], f, depth); err != nil {
			return err
		}
		end = t.end
		if t.shut {
			if !f.shut() {
				f.add(textLines(raw[t.start:t.end])...)
			}
			continue
		}
		f.open = append(f.open, detailsFrame{opening: raw[t.start:t.end], title: summaryTitle(t.summary)})
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

// detailsTag is the start of a <details>, with a summary that follows it, or its
// end.
type detailsTag struct {
	start, end int
	shut       bool
	summary    string
}

// detailsTags finds the tags in a source. Each byte is looked at a few times at
// most, whatever is left open.
func detailsTags(s string) []detailsTag {
	lower := lowerASCII(s)
	var tags []detailsTag
	summaries := true
	for i := 0; ; {
		next := strings.IndexByte(lower[i:], '<')
		if next < 0 {
			return tags
		}
		start := i + next
		i = start + 1
		if rest, ok := strings.CutPrefix(lower[start:], "</details"); ok {
			if rest = trimSpace(rest); strings.HasPrefix(rest, ">") {
				i = len(lower) - len(rest) + 1
				tags = append(tags, detailsTag{start: start, end: i, shut: true})
			}
			continue
		}
		end, closed := endOfTag(lower, start, "<details")
		if !closed {
			return tags // nothing behind it is closed either
		}
		if end == 0 {
			continue
		}
		t := detailsTag{start: start, end: end}
		inner := len(lower) - len(trimSpace(lower[end:]))
		if open, _ := endOfTag(lower, inner, "<summary"); open > 0 && summaries {
			length := strings.Index(lower[open:], "</summary>")
			if summaries = length >= 0; summaries {
				t.summary = s[open : open+length]
				t.end = open + length + len("</summary>")
			}
		}
		tags = append(tags, t)
		i = t.end
	}
}

// endOfTag returns where a start tag ends that begins at a place, or 0 when
// another begins there. It reports false for one that does not end.
func endOfTag(s string, start int, tag string) (end int, closed bool) {
	rest, ok := strings.CutPrefix(s[start:], tag)
	if !ok || rest != "" && rest[0] != '>' && strings.IndexByte(htmlSpace, rest[0]) < 0 {
		return 0, true
	}
	length := strings.IndexByte(rest, '>')
	if length < 0 {
		return 0, false
	}
	return len(s) - len(rest) + length + 1, true
}

const htmlSpace = " \t\n\f\r"

func trimSpace(s string) string { return strings.TrimLeft(s, htmlSpace) }

// lowerASCII returns a copy of a string of the same length with small letters.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
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
	inner := &decoder{Budget: d.Budget, parser: d.parser, Recorder: d.Recorder, opts: d.opts, names: d.names}
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
