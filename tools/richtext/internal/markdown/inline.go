package markdown

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// inline converts the inline content of a block.
func (d *decoder) inline(n ast.Node, depth int) ([]*tree.Node, error) {
	var out []*tree.Node
	if err := d.spans(n, nil, depth, &out); err != nil {
		return nil, err
	}
	return tree.MergeText(out), nil
}

// spans appends the inline children of a node, each carrying the marks around it.
func (d *decoder) spans(parent ast.Node, marks []tree.Mark, depth int, out *[]*tree.Node) error {
	if err := d.Node(depth, 0); err != nil {
		return err
	}
	tags := pairTags(parent, d.src)
	size := tree.Size(marks)
	var elements []element // those that are open
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		d.Repeat(size)
		if err := d.Node(depth, 0); err != nil {
			return err
		}
		var err error
		switch n := n.(type) {
		case *ast.Text:
			d.text(n, marks, out)
		case *ast.String:
			*out = append(*out, tree.NewText(string(n.Value), marks...))
		case *ast.CodeSpan:
			if s := d.codeSpanText(n); s != "" {
				*out = append(*out, tree.NewText(s, withMark(marks, tree.NewMark(tree.MarkCode))...))
			}
		case *ast.Emphasis:
			kind := tree.MarkEm
			if n.Level == 2 {
				kind = tree.MarkStrong
			}
			err = d.spans(n, withMark(marks, tree.NewMark(kind)), depth+1, out)
		case *xast.Strikethrough:
			err = d.spans(n, withMark(marks, tree.NewMark(tree.MarkStrike)), depth+1, out)
		case *ast.Link:
			err = d.link(n, marks, depth, out)
		case *ast.Image:
			err = d.image(n, marks, depth, out)
		case *ast.AutoLink:
			label := unescapeEntities(string(n.Label(d.src)))
			href := unescapeEntities(string(n.URL(d.src)))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(href), "mailto:") {
				href = "mailto:" + href
			}
			if unsafeScheme(href) {
				d.Lose("link with a script", tree.Shown)
				*out = append(*out, tree.NewText(label, marks...))
				break
			}
			*out = append(*out, tree.NewText(label, withMark(marks, tree.LinkMark(href, ""))...))
		case *notation:
			err = d.notation(n, marks, out)
		case *noteReference:
			d.noteReference(n, marks, out)
		case *ast.RawHTML:
			t, understood := tags[n]
			switch {
			case !understood && isComment(n, d.src):
				d.Lose("html: comment", tree.Dropped)
			case !understood:
				d.tagText(n, marks, out)
			case t.kind() == emptyTag:
				d.emptyElement(t, marks, out)
			case t.empty: // <a/> and the like hold nothing
				d.close(d.open(t, marks, len(*out)), out)
			case t.shut:
				e := elements[len(elements)-1]
				elements = elements[:len(elements)-1]
				d.close(e, out)
				marks = e.outer
			default:
				e := d.open(t, marks, len(*out))
				elements = append(elements, e)
				marks = e.marks
			}
		case *xast.TaskCheckBox:
		default:
			err = d.spans(n, marks, depth+1, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) text(n *ast.Text, marks []tree.Mark, out *[]*tree.Node) {
	raw := string(n.Segment.Value(d.src))
	if !n.IsRaw() {
		raw = unescapeMarkdown(raw)
	}
	// A line break can only come from a character reference here.
	for i, line := range strings.Split(raw, "\n") {
		if i > 0 {
			*out = append(*out, tree.New(tree.TypeHardBreak, nil))
		}
		*out = append(*out, tree.NewText(line, marks...))
	}
	switch {
	case n.HardLineBreak():
		*out = append(*out, tree.New(tree.TypeHardBreak, nil))
	case n.SoftLineBreak():
		*out = append(*out, tree.NewText(" ", marks...))
	}
}

func (d *decoder) codeSpanText(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(d.src))
		}
	}
	s := strings.ReplaceAll(b.String(), "\n", " ")
	if d.inCell { // a bar is escaped there even in code
		s = strings.ReplaceAll(s, "\\|", "|")
	}
	return s
}

func (d *decoder) link(n *ast.Link, marks []tree.Mark, depth int, out *[]*tree.Node) error {
	href, title := unescapeMarkdown(string(n.Destination)), unescapeMarkdown(string(n.Title))
	if unsafeScheme(href) {
		d.Lose("link with a script", tree.Shown)
		if err := d.spans(n, marks, depth+1, out); err != nil {
			return err
		}
		*out = append(*out, tree.NewText(" ("+href+")", marks...))
		return nil
	}
	if id, ok := strings.CutPrefix(href, tree.SchemeAccount); ok && tree.IsAccountID(id) {
		return d.account(n, id, depth, out)
	}
	before := len(*out)
	marks = withMark(marks, tree.LinkMark(href, title))
	if err := d.spans(n, marks, depth+1, out); err != nil {
		return err
	}
	switch words := (*out)[before:]; {
	case href == "" && strings.TrimSpace(tree.TextOf(words...)) == "" && !slices.ContainsFunc(words, notText):
		// It leads nowhere and shows nothing.
		for _, n := range words {
			n.Marks = slices.DeleteFunc(slices.Clone(n.Marks), func(m tree.Mark) bool { return m.Kind == tree.MarkLink })
		}
	case len(tree.MergeText(words)) == 0:
		// A link without words would vanish; its target stands in for them.
		*out = append(*out, tree.NewText(href, marks...))
	}
	return nil
}

func notText(n *tree.Node) bool { return n.Kind != tree.TypeText }

// account reads a link to an account as a mention by the words of the link.
func (d *decoder) account(n *ast.Link, id string, depth int, out *[]*tree.Node) error {
	var inner []*tree.Node
	if err := d.spans(n, nil, depth+1, &inner); err != nil {
		return err
	}
	inner = tree.MergeText(inner)
	name := strings.TrimPrefix(strings.TrimSpace(oneLine(tree.TextOf(inner...))), "@")
	if len(inner) > 1 || len(inner) == 1 && (inner[0].Kind != tree.TypeText || len(inner[0].Marks) > 0) {
		d.Lose("formatting of mention", tree.Dropped)
	}
	mention := tree.New(tree.TypeMention, tree.Members{tree.Attr("id", tree.String(id))})
	switch {
	case noted(name):
		mention.Attrs = append(mention.Attrs, tree.Attr("text", tree.String("@"+name)))
	case name != "":
		*out = append(*out, tree.NewText(name+" "))
	}
	*out = append(*out, mention)
	return nil
}

// unsafeScheme reports whether following a link would run what it holds.
func unsafeScheme(href string) bool {
	var b strings.Builder
	for _, r := range href {
		if r == ':' {
			break
		}
		if r > ' ' {
			b.WriteRune(r)
		}
		if b.Len() > 12 {
			return false
		}
	}
	switch strings.ToLower(b.String()) {
	case "javascript", "vbscript", "data":
		return strings.Contains(href, ":")
	}
	return false
}

func (d *decoder) image(n *ast.Image, marks []tree.Mark, depth int, out *[]*tree.Node) error {
	var inner []*tree.Node
	if err := d.spans(n, nil, depth+1, &inner); err != nil {
		return err
	}
	alt := strings.ReplaceAll(tree.TextOf(inner...), "\n", " ")
	title := oneLine(unescapeMarkdown(string(n.Title)))
	*out = append(*out, d.imageNode(unescapeMarkdown(string(n.Destination)), alt, title, marks))
	return nil
}

// imageNode returns an image, or its words when it has no usable address.
func (d *decoder) imageNode(url, alt, title string, marks []tree.Mark) *tree.Node {
	if url == "" || unsafeScheme(url) {
		d.Lose("image without a usable address", tree.Shown)
		return tree.NewText("[image: "+alt+"]", marks...)
	}
	attrs := tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(tree.NormalTarget(url)))}
	if alt != "" {
		attrs = append(attrs, tree.Attr("alt", tree.String(alt)))
	}
	if title != "" {
		attrs = append(attrs, tree.Attr("title", tree.String(title)))
	}
	image := tree.New(tree.TypeMediaInline, attrs)
	for _, m := range marks {
		if m.Kind == tree.MarkLink {
			image.Marks = []tree.Mark{m}
		}
	}
	return image
}

func (d *decoder) notation(n *notation, marks []tree.Mark, out *[]*tree.Node) error {
	if n.node != nil {
		*out = append(*out, n.node)
		return nil
	}
	node, err := d.mention(n.person)
	if err != nil {
		return err
	}
	if node == nil {
		d.Lose("mention of @"+n.person, tree.Shown)
		node = tree.NewText("@["+n.person+"]", marks...)
	}
	*out = append(*out, node)
	return nil
}

// isComment reports whether raw HTML is a comment.
func isComment(n *ast.RawHTML, src []byte) bool {
	return n.Segments.Len() > 0 && bytes.HasPrefix(n.Segments.Value(src), []byte("<!--"))
}

// tagText shows a tag that is not understood as it is written.
func (d *decoder) tagText(n *ast.RawHTML, marks []tree.Mark, out *[]*tree.Node) {
	raw := strings.TrimSuffix(string(n.Segments.Value(d.src)), "\n")
	*out = append(*out, tree.NewText(strings.ReplaceAll(raw, "\n", " "), marks...))
}

// element is an HTML element that is open.
type element struct {
	tag tag
	// marks are those inside the element, outer those around it.
	marks, outer []tree.Mark
	// at is where its content begins.
	at int
}

// open begins an element that is formatting, a link or says nothing.
func (d *decoder) open(t tag, marks []tree.Mark, at int) element {
	e := element{tag: t, marks: marks, outer: marks, at: at}
	href := t.attr("href")
	switch m, ok := t.mark(); {
	case ok:
		e.marks = withMark(marks, m)
	case t.name != "a" || href == "":
		d.Lose("html: "+t.name, tree.Dropped)
		return e
	case unsafeScheme(href):
		d.Lose("link with a script", tree.Shown)
	default:
		e.marks = withMark(marks, tree.LinkMark(href, oneLine(t.attr("title"))))
	}
	d.attributes(t)
	return e
}

// close ends an element. A link without words would vanish; its target stands
// in for them.
func (d *decoder) close(e element, out *[]*tree.Node) {
	href := e.tag.attr("href")
	switch {
	case e.tag.name != "a" || href == "":
	case unsafeScheme(href):
		*out = append(*out, tree.NewText(" ("+href+")", e.outer...))
	case len(tree.MergeText((*out)[e.at:])) == 0:
		*out = append(*out, tree.NewText(href, e.marks...))
	}
}

// emptyElement converts an element that never holds anything.
func (d *decoder) emptyElement(t tag, marks []tree.Mark, out *[]*tree.Node) {
	switch t.name {
	case "br":
		*out = append(*out, tree.New(tree.TypeHardBreak, nil))
	case "img":
		d.attributes(t)
		*out = append(*out, d.imageNode(t.attr("src"), oneLine(t.attr("alt")), oneLine(t.attr("title")), marks))
	default:
		d.Lose("html: "+t.name, tree.Dropped)
	}
}

// pairTags finds the tags among the children of a node that are understood:
// elements that never hold anything, and pairs of an opening and a closing tag.
func pairTags(parent ast.Node, src []byte) map[*ast.RawHTML]tag {
	type opened struct {
		node *ast.RawHTML
		tag  tag
	}
	var found map[*ast.RawHTML]tag
	var open []opened
	add := func(n *ast.RawHTML, t tag) {
		if found == nil {
			found = make(map[*ast.RawHTML]tag)
		}
		found[n] = t
	}
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		n, ok := c.(*ast.RawHTML)
		if !ok {
			continue
		}
		t, length := scanTag(string(n.Segments.Value(src)))
		switch {
		case length == 0 || t.kind() == unknownTag || t.kind() == blockTag || t.name == "hr":
		case t.kind() == looseTag && !t.inlineLoose():
		case t.empty:
			if !t.shut {
				add(n, t)
			}
		case !t.shut:
			open = append(open, opened{n, t})
		default:
			// An element left open inside another is text; how far back to look
			// is bounded, so that many of them cost no more than their number.
			for i := len(open) - 1; i >= 0 && i >= len(open)-16; i-- {
				if open[i].tag.name == t.name {
					add(open[i].node, open[i].tag)
					add(n, t)
					open = open[:i]
					break
				}
			}
		}
	}
	return found
}

// markRank orders marks from the outside in, the same for every document.
func markRank(kind string) int {
	switch kind {
	case tree.MarkLink:
		return 0
	case tree.MarkStrong:
		return 1
	case tree.MarkEm:
		return 2
	case tree.MarkStrike:
		return 3
	case tree.MarkUnderline:
		return 4
	case tree.MarkSubsup:
		return 5
	case tree.MarkTextColor:
		return 6
	case tree.MarkBackgroundColor:
		return 7
	}
	return 8
}

// withMark adds a mark in its place. A mark of a kind already there replaces it.
func withMark(marks []tree.Mark, m tree.Mark) []tree.Mark {
	out := make([]tree.Mark, 0, len(marks)+1)
	placed := false
	for _, x := range marks {
		if x.Kind == m.Kind {
			continue
		}
		if !placed && markRank(x.Kind) > markRank(m.Kind) {
			out = append(out, m)
			placed = true
		}
		out = append(out, x)
	}
	if !placed {
		out = append(out, m)
	}
	return out
}

// unescapeMarkdown resolves backslash escapes and character references.
func unescapeMarkdown(s string) string { return unescape(s, true) }

// unescapeEntities resolves character references only.
func unescapeEntities(s string) string { return unescape(s, false) }

func unescape(s string, backslash bool) string {
	if !strings.ContainsAny(s, "\\&\x00") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && backslash && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case c == '&':
			if decoded, length := characterReference(s[i:]); length > 0 {
				b.WriteString(decoded)
				i += length - 1
				continue
			}
			b.WriteByte(c)
		case c == 0:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// longestEntity is the length of the longest entity name HTML has, and then some.
const longestEntity = 40

func characterReference(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), longestEntity)], ';')
	if end < 2 {
		return "", 0
	}
	name := s[1:end]
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base, limit := 10, 7
		if hex := strings.TrimLeft(digits, "xX"); len(hex) == len(digits)-1 {
			digits, base, limit = hex, 16, 6
		}
		if len(digits) == 0 || len(digits) > limit {
			return "", 0
		}
		code, err := strconv.ParseUint(digits, base, 32)
		if err != nil {
			return "", 0
		}
		r := rune(utf8.RuneError)
		if code > 0 && code <= utf8.MaxRune && utf8.ValidRune(rune(code)) {
			r = rune(code)
		}
		return string(r), end + 1
	}
	if entity, ok := util.LookUpHTML5EntityByName(name); ok {
		return string(entity.Characters), end + 1
	}
	return "", 0
}
