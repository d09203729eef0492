package storage

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/richtext/internal/tree"
)

func parseInt(s string, fallback int) int {
	i, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || i < 0 || i > 1<<30 {
		return fallback
	}
	return i
}

// inline converts inline content.
func (d *decoder) inline(children []*element) []*tree.Node {
	var out []*tree.Node
	l := &line{}
	d.spans(children, d.marks, l, &out)
	l.end()
	return tree.MergeText(out)
}

// line collapses white space as browsers do: a run of it is one blank, and
// there is none at the edges of a line. A nil line keeps it.
type line struct {
	// words is set when what stands last takes a blank after it.
	words bool
	// last is the text that ends with a blank, which goes if the line ends.
	last *tree.Node
}

// text returns text that goes on the line.
func (l *line) text(s string, marks []tree.Mark) *tree.Node {
	if l == nil {
		return tree.NewText(s, marks...)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		switch {
		case strings.IndexByte(whiteSpace, s[i]) < 0:
			b.WriteByte(s[i])
			l.words = true
		case l.words:
			b.WriteByte(' ')
			l.words = false
		}
	}
	n := tree.NewText(b.String(), marks...)
	switch {
	case n.Text == "":
	case l.words:
		l.last = nil
	default:
		l.last = n
	}
	return n
}

// atom says that something other than text goes on the line.
func (l *line) atom() {
	if l != nil {
		l.words, l.last = true, nil
	}
}

// end says that the line ends.
func (l *line) end() {
	if l == nil {
		return
	}
	if l.last != nil {
		l.last.Text = strings.TrimSuffix(l.last.Text, " ")
	}
	l.words, l.last = false, nil
}

func (d *decoder) spans(children []*element, marks []tree.Mark, l *line, out *[]*tree.Node) {
	d.Repeat(tree.Size(marks) * len(children))
	for _, x := range children {
		switch {
		case x.comment:
			d.hide(x)
		case x.kept:
			l.atom()
			*out = append(*out, tree.NewText(x.text, marks...))
		case x.name == "":
			*out = append(*out, l.text(x.text, marks))
		default:
			d.span(x, marks, l, out)
		}
	}
}

// span converts one inline element: a node of its own, or marks on what is
// inside it.
func (d *decoder) span(x *element, marks []tree.Mark, l *line, out *[]*tree.Node) {
	if n := d.inlineNode(x); n != nil {
		switch {
		case n.Kind == tree.TypeHardBreak:
			l.end()
		case !tree.IsAnchor(n):
			l.atom()
		}
		n.Marks = append(slices.Clip(marks), n.Marks...)
		*out = append(*out, n)
		return
	}
	if x.name == "ac:link" {
		d.link(x, marks, l, out)
		return
	}
	m, ok := d.inlineMark(x)
	before := len(*out)
	if marks = slices.Clip(marks); !ok || x.name != "span" {
		marks = colored(x, marks)
	}
	switch {
	case ok && m.Kind == tree.MarkLink:
		marks = append(slices.Clip(marks), m)
		if d.spans(x.children, marks, l, out); blankText((*out)[before:]) && !x.keepsSpace() {
			// A link without words shows its address.
			l.atom()
			*out = append((*out)[:before], tree.NewText(m.Attrs.String("href"), marks...))
		}
	case ok && len(x.children) > 0:
		d.spans(x.children, append(slices.Clip(marks), m), l, out)
	case len(x.children) > 0:
		m = tree.Mark{Kind: tree.MarkRaw, Attrs: elementName(x)}
		d.spans(x.children, append(slices.Clip(marks), m), l, out)
	case ok || invisible(x.name):
		d.hide(x)
	default:
		l.atom()
		n := rawInline(x, textNodes(cmp.Or(resourceName(x), attributeWords(x)))...)
		n.Marks = marks
		*out = append(*out, n)
	}
}

// blankText reports whether nodes show nothing.
func blankText(nodes []*tree.Node) bool {
	for _, n := range nodes {
		if n.Kind != tree.TypeText || strings.Trim(n.Text, whiteSpace) != "" {
			return false
		}
	}
	return true
}

// rawInline returns an element without a counterpart, with what is shown of it.
func rawInline(x *element, content ...*tree.Node) *tree.Node {
	return tree.New(tree.TypeRawInline, elementName(x), content...)
}

// invisible reports whether an element shows nothing when it is empty.
func invisible(name string) bool {
	switch name {
	case "a", "span", "font", "small", "big", "label", "abbr", "acronym", "cite", "dfn", "kbd", "mark", "q", "samp", "var", "wbr":
		return true
	}
	return false
}

// attributeWords returns what an empty element shows by its attributes: other
// words than addresses, dates and what stands for an image are shown to nobody.
func attributeWords(x *element) string {
	var names []string
	switch x.name {
	case "img", "ac:image":
		names = []string{"alt", "title", "src"}
	case "time":
		if date := x.attr("datetime"); strings.Trim(date, "0123456789-:.+TWZ ") == "" {
			return date
		}
	default:
		names = []string{"src", "data"}
	}
	for _, name := range names {
		if s := x.attr(name); s != "" {
			return s
		}
	}
	return ""
}

func (d *decoder) inlineNode(x *element) *tree.Node {
	switch x.name {
	case "br":
		return tree.New(tree.TypeHardBreak, nil)
	case "time":
		if stamp, ok := tree.DayTimestamp(x.attr("datetime")); ok {
			return tree.New(tree.TypeDate, tree.Members{tree.Attr("timestamp", tree.String(stamp))})
		}
	case "ac:emoticon":
		return d.emoticon(x)
	case "ac:structured-macro", "ac:macro":
		return d.macro(x, false)
	case "ac:image", "img":
		return d.imageInline(x)
	case "ac:placeholder":
		return tree.New(tree.TypePlaceholder, tree.Members{tree.Attr("text", tree.String(x.words()))})
	case "a":
		if x.attr("data-card-appearance") == "inline" {
			return d.card(x)
		}
	case "ac:link":
		if user := x.child("ri:user"); user != nil && user.attr("ri:account-id") != "" {
			n := tree.New(tree.TypeMention, tree.Members{tree.Attr("id", tree.String(user.attr("ri:account-id")))})
			if body := linkBody(x); body != nil {
				if name := strings.Join(strings.Fields(body.words()), " "); name != "" {
					n.Attrs = append(n.Attrs, tree.Attr("text", tree.String("@"+strings.TrimPrefix(name, "@"))))
				}
			}
			return n
		}
	}
	return nil
}

func (d *decoder) emoticon(x *element) *tree.Node {
	name := x.attr("ac:emoji-shortname")
	if name == "" {
		name = ":" + strings.Trim(x.attr("ac:name"), ":") + ":"
	}
	n := tree.New(tree.TypeEmoji, tree.Members{tree.Attr("shortName", tree.String(name))})
	if id := x.attr("ac:emoji-id"); id != "" {
		n.Attrs = append(n.Attrs, tree.Attr("id", tree.String(id)))
	}
	if text := x.attr("ac:emoji-fallback"); text != "" {
		n.Attrs = append(n.Attrs, tree.Attr("text", tree.String(text)))
	}
	return n
}

// card converts a link that is shown as a card, with its words if they are not
// the address.
func (d *decoder) card(x *element) *tree.Node {
	kind := map[string]string{"inline": tree.TypeInlineCard, "block": tree.TypeBlockCard, "embed": tree.TypeEmbedCard}[x.attr("data-card-appearance")]
	href := x.attr("href")
	if kind == "" || href == "" {
		return nil
	}
	n := tree.New(kind, tree.Members{tree.Attr("url", tree.String(href))})
	if kind == tree.TypeEmbedCard {
		layout := x.attr("data-layout")
		if layout == "" || layout == "default" || !tableLayout(layout) {
			layout = "center"
		}
		n.Attrs = append(n.Attrs, tree.Attr("layout", tree.String(layout)))
	}
	if words := d.inline(x.children); tree.TextOf(words...) != strings.TrimSpace(href) && !blankText(words) {
		n.Content = words
	}
	return n
}

// link converts a link to something in Confluence. Without words of its own it
// shows what it points at.
func (d *decoder) link(x *element, marks []tree.Mark, l *line, out *[]*tree.Node) {
	d.hideComments(x)
	href, name := linkAddress(x)
	body := linkBody(x)
	if href == "" {
		l.atom()
		n := rawInline(x)
		if body != nil {
			n.Content = d.inline(body.children)
		}
		if target := linkTarget(x); !strings.EqualFold(target, tree.TextOf(n.Content...)) {
			if len(n.Content) > 0 {
				target = " (" + target + ")"
			}
			n.Content = append(n.Content, textNodes(target)...)
		}
		n.Marks = marks
		*out = append(*out, n)
		return
	}
	marks = append(slices.Clip(marks), tree.LinkMark(href, ""))
	before := len(*out)
	if body != nil {
		d.spans(body.children, marks, l, out)
	}
	if blankText((*out)[before:]) && (body == nil || !body.keepsSpace()) {
		*out = append((*out)[:before], l.text(name, marks))
	}
}

// linkBody returns the element with the words of a link, nil when it has none of
// its own. What else stands in a link is shown to nobody.
func linkBody(x *element) *element {
	if body := x.child("ac:link-body"); body != nil {
		return body
	}
	return x.child("ac:plain-text-link-body")
}

// linkTarget returns what a link points at that our links cannot address.
func linkTarget(x *element) string {
	var names []string
	for _, c := range x.children {
		if !strings.HasPrefix(c.name, "ri:") {
			continue
		}
		name := resourceName(c)
		if c.name == "ri:user" && name != "" {
			name = "@" + name
		}
		if name != "" {
			names = append(names, name)
		}
	}
	if anchor := x.attr("ac:anchor"); anchor != "" {
		names = append(names, "#"+anchor)
	}
	return strings.Join(names, " ")
}

// resourceName returns what a page, user, file or another resource is called,
// or those inside an element.
func resourceName(x *element) string {
	name := ""
	switch x.name {
	case "ri:page", "ri:blog-post":
		if name = x.attr("ri:content-title"); name != "" && x.attr("ri:space-key") != "" {
			name = x.attr("ri:space-key") + ":" + name
		}
	case "ri:user":
		name = cmp.Or(x.attr("ri:account-id"), x.attr("ri:username"), x.attr("ri:userkey"))
	case "ri:space":
		name = x.attr("ri:space-key")
	case "ri:attachment":
		name = x.attr("ri:filename")
	case "ri:url":
		name = x.attr("ri:value")
	case "ri:shortcut":
		name = x.attr("ri:parameter") + "@" + x.attr("ri:key")
	case "ri:content-entity":
		name = x.attr("ri:content-id")
	}
	var inner []string
	for _, c := range x.children {
		if s := resourceName(c); s != "" {
			inner = append(inner, s)
		}
	}
	within := strings.Join(inner, ", ")
	switch {
	case name == "":
		return within
	case within != "":
		return name + " (" + within + ")"
	}
	return name
}

// linkAddress returns the address our links use for a Confluence target, and
// what the target is called. Both are empty when it has none.
func linkAddress(x *element) (href, name string) {
	t := tree.Target{Anchor: x.attr("ac:anchor")}
	if page := x.child("ri:page"); page != nil && page.attr("ri:content-title") != "" {
		t.Space, t.Page = page.attr("ri:space-key"), page.attr("ri:content-title")
		name = t.Page
	} else if file := x.child("ri:attachment"); file != nil && file.attr("ri:filename") != "" && len(file.children) == 0 {
		t.File = file.attr("ri:filename")
		name = t.File
	} else if inner, _ := x.elements(); t.Anchor != "" && (len(inner) == 0 || strings.HasSuffix(inner[0].name, "link-body")) {
		name = t.Anchor
	} else {
		return "", ""
	}
	return t.String(), name
}

// imageAttrs reads an image, and names what only storage knows about it.
func imageAttrs(x *element) (attrs tree.Members, features []string) {
	if x.name == "img" {
		return htmlImageAttrs(x)
	}
	if u := x.child("ri:url"); u != nil && u.attr("ri:value") != "" {
		attrs = tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(tree.NormalTarget(u.attr("ri:value"))))}
	} else if f := x.child("ri:attachment"); f != nil && f.attr("ri:filename") != "" {
		attrs = tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(tree.Target{File: f.attr("ri:filename")}.String()))}
		if len(f.children) > 0 {
			features = append(features, "image.page")
		}
	} else {
		return nil, nil
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "ac:alt":
			attrs = describe(attrs, a.Value)
		case name == "ac:href" || name == "ac:src" || name == "ac:original-width" || name == "ac:original-height":
		case !incidental(name):
			features = append(features, tree.Part("image", name))
		}
	}
	return attrs, features
}

// describe adds the description of an image, if there is one.
func describe(attrs tree.Members, alt string) tree.Members {
	if alt == "" {
		return attrs
	}
	return append(attrs, tree.Attr("alt", tree.String(alt)))
}

// htmlImageAttrs reads an image of HTML.
func htmlImageAttrs(x *element) (attrs tree.Members, features []string) {
	if x.attr("src") == "" {
		return nil, nil
	}
	attrs = tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(tree.NormalTarget(x.attr("src"))))}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "alt":
			attrs = describe(attrs, a.Value)
		case name != "src" && !incidental(name):
			features = append(features, tree.Part("image", name))
		}
	}
	return attrs, features
}

// soleImage returns the image that is all an element holds, and the address of
// the link around that image, if there is one.
func soleImage(x *element) (image *element, href string) {
	inner, only := x.elements()
	if !only || len(inner) != 1 {
		return nil, ""
	}
	link := inner[0]
	switch link.name {
	case "ac:image", "img":
		return link, ""
	case "a":
		href = link.attr("href")
		inner, only = link.elements()
	case "ac:link":
		href, _ = linkAddress(link)
		if body := link.child("ac:link-body"); body != nil {
			inner, only = body.elements()
		}
	}
	if href == "" || !only || len(inner) != 1 || !isImage(inner[0]) || inner[0].attr("ac:href") != "" {
		return nil, ""
	}
	return inner[0], href
}

// imageBlock returns an image that is all its outer element holds, with the
// link around it or that of its own, or nothing when it has no address.
func (d *decoder) imageBlock(x, outer *element, href string) *tree.Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		if x == outer {
			return raw(x, textNodes(cmp.Or(resourceName(x), attributeWords(x)))...)
		}
		return d.styled(tree.New(tree.TypeParagraph, nil, d.inline(outer.children)...), outer)
	}
	media := &tree.Node{Kind: tree.TypeMedia, Attrs: attrs, Features: features}
	if href = cmp.Or(href, x.attr("ac:href")); href != "" {
		media.Marks = []tree.Mark{tree.LinkMark(href, "")}
	}
	n := tree.New(tree.TypeMediaSingle, nil, media)
	d.hideComments(x)
	if c := x.child("ac:caption"); c != nil {
		blocks := d.flow(c.children)
		for _, b := range blocks {
			n.Features = append(n.Features, b.Features...)
		}
		if content := tree.InlineOf(blocks); len(content) > 0 {
			n.Content = append(n.Content, tree.New(tree.TypeCaption, nil, content...))
		}
	}
	return n
}

func (d *decoder) imageInline(x *element) *tree.Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		return rawInline(x, textNodes(cmp.Or(resourceName(x), attributeWords(x)))...)
	}
	n := &tree.Node{Kind: tree.TypeMediaInline, Attrs: attrs, Features: features}
	if c := x.child("ac:caption"); c != nil && c.words() != "" {
		n.Attrs = append(n.Attrs, tree.Attr("title", tree.String(c.words())))
	}
	if href := x.attr("ac:href"); href != "" {
		n.Marks = []tree.Mark{tree.LinkMark(href, "")}
	}
	return n
}

var (
	colorStyle      = regexp.MustCompile(`^\s*color:\s*([^;]+?)\s*;?\s*$`)
	backgroundStyle = regexp.MustCompile(`^\s*background-color:\s*([^;]+?)\s*;?\s*$`)
	alignStyle      = regexp.MustCompile(`^\s*text-align:\s*(left|start|center|right|end)\s*;?\s*$`)
	indentStyle     = regexp.MustCompile(`^\s*margin-left:\s*([0-9]+)(?:\.0+)?px\s*;?\s*$`)
	rgbColor        = regexp.MustCompile(`^rgba?\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*(?:,[^,)]*)?\)$`)
)

// hexColor returns a color as ADF writes it.
func hexColor(s string) (string, bool) {
	if tree.IsHexColor(s) {
		return strings.ToLower(s), true
	}
	if name, ok := paperColor(s); ok {
		return name, true
	}
	m := rgbColor.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	var rgb [3]int
	for i := range rgb {
		rgb[i] = parseInt(m[i+1], 0)
		if rgb[i] > 255 {
			return "", false
		}
	}
	return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2]), true
}

// indentPixels is the margin of one level of indentation.
const indentPixels = 30

func blockStyle(style string) ([]tree.Mark, bool) {
	if m := alignStyle.FindStringSubmatch(style); m != nil {
		switch m[1] {
		case "center":
			return []tree.Mark{tree.NewMark(tree.MarkAlignment, tree.Attr("align", tree.String("center")))}, true
		case "right", "end":
			return []tree.Mark{tree.NewMark(tree.MarkAlignment, tree.Attr("align", tree.String("end")))}, true
		}
		return nil, true
	}
	if m := indentStyle.FindStringSubmatch(style); m != nil {
		level := parseInt(m[1], 0) / indentPixels
		if level >= 1 && level <= 6 && parseInt(m[1], 0)%indentPixels == 0 {
			return []tree.Mark{tree.NewMark(tree.MarkIndentation, tree.Attr("level", tree.Integer(level)))}, true
		}
	}
	return nil, false
}

// inlineMark returns the mark an inline element stands for.
func (d *decoder) inlineMark(x *element) (tree.Mark, bool) {
	switch x.name {
	case "strong", "b":
		return tree.NewMark(tree.MarkStrong), true
	case "em", "i":
		return tree.NewMark(tree.MarkEm), true
	case "u", "ins":
		return tree.NewMark(tree.MarkUnderline), true
	case "s", "del", "strike":
		return tree.NewMark(tree.MarkStrike), true
	case "code", "tt":
		return tree.NewMark(tree.MarkCode), true
	case "sub", "sup":
		return tree.NewMark(tree.MarkSubsup, tree.Attr("type", tree.String(x.name))), true
	case "a":
		leads := x.attr("href") != "" || x.has("href") && strings.Trim(x.words(), whiteSpace) != ""
		return tree.LinkMark(x.attr("href"), x.attr("title")), leads
	case "ac:inline-comment-marker":
		return tree.NewMark(tree.MarkAnnotation, tree.Attr("id", tree.String(x.attr("ac:ref"))),
			tree.Attr("annotationType", tree.String("inlineComment"))), x.attr("ac:ref") != ""
	case "span":
		style := x.attr("style")
		if m := colorStyle.FindStringSubmatch(style); m != nil {
			color, ok := hexColor(m[1])
			return tree.NewMark(tree.MarkTextColor, tree.Attr("color", tree.String(color))), ok
		}
		if m := backgroundStyle.FindStringSubmatch(style); m != nil {
			color, ok := hexColor(m[1])
			return tree.NewMark(tree.MarkBackgroundColor, tree.Attr("color", tree.String(color))), ok
		}
	}
	return tree.Mark{}, false
}
