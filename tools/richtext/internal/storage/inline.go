package storage

import (
	"cmp"
	"fmt"
	"net/url"
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
	d.spans(children, nil, &out)
	return tree.MergeText(out)
}

func (d *decoder) spans(children []*element, marks []tree.Mark, out *[]*tree.Node) {
	d.Repeat(tree.Size(marks) * len(children))
	for _, x := range children {
		switch {
		case x.comment:
			*out = append(*out, &tree.Node{Kind: tree.TypeRawInline, Whole: d.raw(x), Marks: marks})
		case x.name == "":
			*out = append(*out, tree.NewText(x.text, marks...))
		default:
			d.span(x, marks, out)
		}
	}
}

// span converts one inline element: a node of its own, or marks on what is
// inside it.
func (d *decoder) span(x *element, marks []tree.Mark, out *[]*tree.Node) {
	if n := d.inlineNode(x); n != nil {
		n.Marks = append(slices.Clip(marks), n.Marks...)
		*out = append(*out, n)
		return
	}
	if x.name == "ac:link" {
		d.link(x, marks, out)
		return
	}
	m, ok := d.inlineMark(x)
	if !ok || len(x.children) == 0 {
		m = tree.Mark{Kind: tree.MarkRaw, Attrs: tree.Members{tree.Attr("element", elementName(x))}}
	}
	if m.Kind == tree.MarkRaw && len(x.children) == 0 {
		*out = append(*out, &tree.Node{
			Kind: tree.TypeRawInline, Attrs: tree.Members{tree.Attr("element", elementName(x))}, Marks: marks, Whole: d.raw(x),
		})
		return
	}
	open, shut := d.src[x.start:x.open], d.src[x.shut:x.end]
	if canonical, end := markTags(m); m.Kind == tree.MarkRaw || open != canonical || shut != end {
		m.Open, m.Shut = open, shut
	}
	if m.Kind == tree.MarkRaw {
		d.serial++
		m.Serial = d.serial
	}
	before := len(*out)
	d.spans(x.children, append(slices.Clip(marks), m), out)
	if len(tree.MergeText((*out)[before:])) == 0 {
		*out = (*out)[:before]
	}
}

func (d *decoder) inlineNode(x *element) *tree.Node {
	switch x.name {
	case "br":
		return &tree.Node{Kind: tree.TypeHardBreak, Whole: unlessSame(d.raw(x), "<br/>")}
	case "time":
		if stamp, ok := tree.DayTimestamp(x.attr("datetime")); ok {
			n := tree.New(tree.TypeDate, tree.Members{tree.Attr("timestamp", tree.String(stamp))})
			n.Whole = unlessSame(d.raw(x), dateTag(x.attr("datetime")))
			return n
		}
	case "ac:emoticon":
		return d.emoticon(x)
	case "ac:structured-macro":
		return d.macro(x, false)
	case "ac:image":
		return d.imageInline(x)
	case "ac:placeholder":
		n := tree.New(tree.TypePlaceholder, tree.Members{tree.Attr("text", tree.String(x.words()))})
		n.Whole = unlessSame(d.raw(x), "<ac:placeholder>"+escapeXML(x.words())+"</ac:placeholder>")
		return n
	case "a":
		if x.attr("data-card-appearance") == "inline" {
			return d.card(x)
		}
	case "ac:link":
		if user := x.child("ri:user"); user != nil && user.attr("ri:account-id") != "" {
			n := tree.New(tree.TypeMention, tree.Members{tree.Attr("id", tree.String(user.attr("ri:account-id")))})
			if body := strings.TrimSpace(x.words()); body != "" {
				n.Attrs = append(n.Attrs, tree.Attr("text", tree.String("@"+strings.TrimPrefix(body, "@"))))
			}
			n.Whole = d.raw(x)
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
	n.Whole = unlessSame(d.raw(x), emoticonTag(n))
	return n
}

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
	n.Whole = unlessSame(d.raw(x), cardTag(n))
	return n
}

// link converts a link to something in Confluence.
func (d *decoder) link(x *element, marks []tree.Mark, out *[]*tree.Node) {
	href, name := linkAddress(x)
	body := x.child("ac:link-body")
	if body == nil {
		body = x.child("ac:plain-text-link-body")
	}
	if href == "" {
		n := &tree.Node{Kind: tree.TypeRawInline, Attrs: tree.Members{tree.Attr("element", tree.String("ac:link"))}, Marks: marks, Whole: d.raw(x)}
		if body != nil {
			d.spans(body.children, nil, &n.Content)
		}
		*out = append(*out, n)
		return
	}
	m := tree.LinkMark(href, "")
	var inner []*tree.Node
	if body != nil {
		open, shut := d.src[x.start:body.open], d.src[body.shut:x.end]
		if canonical, end := markTags(m); open != canonical || shut != end {
			m.Open, m.Shut = open, shut
		}
		if body.name == "ac:link-body" {
			d.spans(body.children, append(slices.Clip(marks), m), &inner)
		}
	}
	if len(tree.MergeText(inner)) == 0 {
		// Without words of its own the link shows what it points at; plain-text
		// bodies are CDATA, which is kept as it is.
		if body != nil && body.words() != "" {
			name = body.words()
		}
		m.Open, m.Shut = "", ""
		inner = []*tree.Node{{Kind: tree.TypeText, Text: name, Marks: append(slices.Clip(marks), m), Whole: d.raw(x)}}
	}
	*out = append(*out, inner...)
}

// linkAddress returns the address our links use for a Confluence target, and
// what the target is called. Both are empty when it has none.
func linkAddress(x *element) (href, name string) {
	anchor := x.attr("ac:anchor")
	if page := x.child("ri:page"); page != nil && page.attr("ri:content-title") != "" {
		name = page.attr("ri:content-title")
		href = tree.SchemePage
		if space := page.attr("ri:space-key"); space != "" {
			href += url.PathEscape(space) + "/"
		}
		href += url.PathEscape(name)
	} else if file := x.child("ri:attachment"); file != nil && file.attr("ri:filename") != "" && len(file.children) == 0 {
		name = file.attr("ri:filename")
		href = tree.SchemeAttachment + url.PathEscape(name)
	} else if inner, _ := x.elements(); anchor != "" && (len(inner) == 0 || strings.HasSuffix(inner[0].name, "link-body")) {
		name = anchor
	} else {
		return "", ""
	}
	if anchor != "" {
		href += "#" + url.PathEscape(anchor)
	}
	return href, name
}

// imageAttrs reads an image, and names what only storage knows about it.
func imageAttrs(x *element) (attrs tree.Members, features []string) {
	if u := x.child("ri:url"); u != nil && u.attr("ri:value") != "" {
		attrs = tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(u.attr("ri:value")))}
	} else if f := x.child("ri:attachment"); f != nil && f.attr("ri:filename") != "" {
		attrs = tree.Members{tree.Attr("type", tree.String("external")), tree.Attr("url", tree.String(tree.SchemeAttachment+url.PathEscape(f.attr("ri:filename"))))}
		if len(f.children) > 0 {
			features = append(features, "image.page")
		}
	} else {
		return nil, nil
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "ac:alt":
			attrs = append(attrs, tree.Attr("alt", tree.String(a.Value)))
		case name == "ac:href" || name == "ac:src" || name == "ac:original-width" || name == "ac:original-height":
		case !incidental(name):
			features = append(features, "image."+name)
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
	case "ac:image":
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
	if href == "" || !only || len(inner) != 1 || inner[0].name != "ac:image" || inner[0].attr("ac:href") != "" {
		return nil, ""
	}
	return inner[0], href
}

// imageBlock returns an image that is all its outer element holds, with the
// link around it or that of its own.
func (d *decoder) imageBlock(x, outer *element, href string) *tree.Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		return d.rawBlock(outer)
	}
	media := &tree.Node{Kind: tree.TypeMedia, Attrs: attrs, Features: features}
	if href = cmp.Or(href, x.attr("ac:href")); href != "" {
		media.Marks = []tree.Mark{tree.LinkMark(href, "")}
	}
	n := tree.New(tree.TypeMediaSingle, nil, media)
	if c := x.child("ac:caption"); c != nil {
		if content := tree.InlineOf(d.flow(c.children)); len(content) > 0 {
			n.Content = append(n.Content, tree.New(tree.TypeCaption, nil, content...))
		}
	}
	n.Whole = d.raw(outer)
	return n
}

func (d *decoder) imageInline(x *element) *tree.Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		return &tree.Node{Kind: tree.TypeRawInline, Attrs: tree.Members{tree.Attr("element", tree.String("ac:image"))}, Whole: d.raw(x)}
	}
	n := &tree.Node{Kind: tree.TypeMediaInline, Attrs: attrs, Features: features, Whole: d.raw(x)}
	if c := x.child("ac:caption"); c != nil && c.words() != "" {
		n.Attrs = append(n.Attrs, tree.Attr("title", tree.String(c.words())))
	}
	if href := x.attr("ac:href"); href != "" {
		own := tree.LinkMark(href, "")
		d.serial++
		own.Serial = d.serial // tells it from a link around the image
		n.Marks = []tree.Mark{own}
	}
	return n
}

var (
	colorStyle      = regexp.MustCompile(`^\s*color:\s*([^;]+?)\s*;?\s*$`)
	backgroundStyle = regexp.MustCompile(`^\s*background-color:\s*([^;]+?)\s*;?\s*$`)
	alignStyle      = regexp.MustCompile(`^\s*text-align:\s*(left|start|center|right|end)\s*;?\s*$`)
	indentStyle     = regexp.MustCompile(`^\s*margin-left:\s*([0-9]+)(?:\.0+)?px\s*;?\s*$`)
	rgbColor        = regexp.MustCompile(`^rgb\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)$`)
)

// hexColor returns a color as ADF writes it.
func hexColor(s string) (string, bool) {
	if tree.IsHexColor(s) {
		return strings.ToLower(s), true
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
		return tree.LinkMark(x.attr("href"), x.attr("title")), x.attr("href") != ""
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
