package richtext

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func parseInt(s string, fallback int) int {
	i, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || i < 0 || i > 1<<30 {
		return fallback
	}
	return i
}

// inline converts inline content.
func (d *storageDecoder) inline(children []*element) []*Node {
	var out []*Node
	d.spans(children, nil, &out)
	return mergeText(out)
}

func (d *storageDecoder) spans(children []*element, marks []Mark, out *[]*Node) {
	for _, x := range children {
		switch {
		case x.comment:
			*out = append(*out, &Node{kind: typeRawInline, whole: d.raw(x), marks: marks})
		case x.name == "":
			*out = append(*out, newText(x.text, marks...))
		default:
			d.span(x, marks, out)
		}
	}
}

// span converts one inline element: a node of its own, or marks on what is
// inside it.
func (d *storageDecoder) span(x *element, marks []Mark, out *[]*Node) {
	if n := d.inlineNode(x); n != nil {
		n.marks = append(slices.Clip(marks), n.marks...)
		*out = append(*out, n)
		return
	}
	if x.name == "ac:link" {
		d.link(x, marks, out)
		return
	}
	m, ok := d.inlineMark(x)
	if !ok || len(x.children) == 0 {
		m = Mark{kind: markRaw, attrs: members{{"element", str(x.name)}}}
	}
	if m.kind == markRaw && len(x.children) == 0 {
		*out = append(*out, &Node{
			kind: typeRawInline, attrs: members{{"element", str(x.name)}}, marks: marks, whole: d.raw(x),
		})
		return
	}
	open, shut := d.src[x.start:x.open], d.src[x.shut:x.end]
	if canonical, end := markTags(m); m.kind == markRaw || open != canonical || shut != end {
		m.open, m.shut = open, shut
	}
	if m.kind == markRaw {
		d.serial++
		m.serial = d.serial
	}
	before := len(*out)
	d.spans(x.children, append(slices.Clip(marks), m), out)
	if len(mergeText((*out)[before:])) == 0 {
		*out = (*out)[:before]
	}
}

func (d *storageDecoder) inlineNode(x *element) *Node {
	switch x.name {
	case "br":
		return &Node{kind: typeHardBreak, whole: unlessSame(d.raw(x), "<br/>")}
	case "time":
		if stamp, ok := dayTimestamp(x.attr("datetime")); ok {
			n := newNode(typeDate, members{{"timestamp", str(stamp)}})
			n.whole = unlessSame(d.raw(x), dateTag(x.attr("datetime")))
			return n
		}
	case "ac:emoticon":
		return d.emoticon(x)
	case "ac:structured-macro":
		return d.macro(x, false)
	case "ac:image":
		return d.imageInline(x)
	case "ac:placeholder":
		n := newNode(typePlaceholder, members{{"text", str(x.words())}})
		n.whole = unlessSame(d.raw(x), "<ac:placeholder>"+escapeXML(x.words())+"</ac:placeholder>")
		return n
	case "a":
		if x.attr("data-card-appearance") == "inline" {
			return d.card(x)
		}
	case "ac:link":
		if user := x.child("ri:user"); user != nil && user.attr("ri:account-id") != "" {
			n := newNode(typeMention, members{{"id", str(user.attr("ri:account-id"))}})
			if body := strings.TrimSpace(x.words()); body != "" {
				n.attrs = append(n.attrs, member{"text", str("@" + strings.TrimPrefix(body, "@"))})
			}
			n.whole = d.raw(x)
			return n
		}
	}
	return nil
}

func (d *storageDecoder) emoticon(x *element) *Node {
	name := x.attr("ac:emoji-shortname")
	if name == "" {
		name = ":" + strings.Trim(x.attr("ac:name"), ":") + ":"
	}
	n := newNode(typeEmoji, members{{"shortName", str(name)}})
	if id := x.attr("ac:emoji-id"); id != "" {
		n.attrs = append(n.attrs, member{"id", str(id)})
	}
	if text := x.attr("ac:emoji-fallback"); text != "" {
		n.attrs = append(n.attrs, member{"text", str(text)})
	}
	n.whole = unlessSame(d.raw(x), emoticonTag(n))
	return n
}

func (d *storageDecoder) card(x *element) *Node {
	kind := map[string]string{"inline": typeInlineCard, "block": typeBlockCard, "embed": typeEmbedCard}[x.attr("data-card-appearance")]
	href := x.attr("href")
	if kind == "" || href == "" {
		return nil
	}
	n := newNode(kind, members{{"url", str(href)}})
	if kind == typeEmbedCard {
		layout := x.attr("data-layout")
		if layout == "" || layout == "default" || !tableLayout(layout) {
			layout = "center"
		}
		n.attrs = append(n.attrs, member{"layout", str(layout)})
	}
	n.whole = unlessSame(d.raw(x), cardTag(n))
	return n
}

// link converts a link to something in Confluence.
func (d *storageDecoder) link(x *element, marks []Mark, out *[]*Node) {
	href, name := linkAddress(x)
	body := x.child("ac:link-body")
	if body == nil {
		body = x.child("ac:plain-text-link-body")
	}
	if href == "" {
		n := &Node{kind: typeRawInline, attrs: members{{"element", str("ac:link")}}, marks: marks, whole: d.raw(x)}
		if body != nil {
			d.spans(body.children, nil, &n.content)
		}
		*out = append(*out, n)
		return
	}
	m := linkMark(href, "")
	var inner []*Node
	if body != nil {
		open, shut := d.src[x.start:body.open], d.src[body.shut:x.end]
		if canonical, end := markTags(m); open != canonical || shut != end {
			m.open, m.shut = open, shut
		}
		if body.name == "ac:link-body" {
			d.spans(body.children, append(slices.Clip(marks), m), &inner)
		}
	}
	if len(mergeText(inner)) == 0 {
		// Without words of its own the link shows what it points at; plain-text
		// bodies are CDATA, which is kept as it is.
		if body != nil && body.words() != "" {
			name = body.words()
		}
		m.open, m.shut = "", ""
		inner = []*Node{{kind: typeText, text: name, marks: append(slices.Clip(marks), m), whole: d.raw(x)}}
	}
	*out = append(*out, inner...)
}

// linkAddress returns the address our links use for a Confluence target, and
// what the target is called. Both are empty when it has none.
func linkAddress(x *element) (href, name string) {
	anchor := x.attr("ac:anchor")
	if page := x.child("ri:page"); page != nil && page.attr("ri:content-title") != "" {
		name = page.attr("ri:content-title")
		href = schemePage
		if space := page.attr("ri:space-key"); space != "" {
			href += url.PathEscape(space) + "/"
		}
		href += url.PathEscape(name)
	} else if file := x.child("ri:attachment"); file != nil && file.attr("ri:filename") != "" && len(file.children) == 0 {
		name = file.attr("ri:filename")
		href = schemeAttachment + url.PathEscape(name)
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
func imageAttrs(x *element) (attrs members, features []string) {
	if u := x.child("ri:url"); u != nil && u.attr("ri:value") != "" {
		attrs = members{{"type", str("external")}, {"url", str(u.attr("ri:value"))}}
	} else if f := x.child("ri:attachment"); f != nil && f.attr("ri:filename") != "" {
		attrs = members{{"type", str("external")}, {"url", str(schemeAttachment + url.PathEscape(f.attr("ri:filename")))}}
		if len(f.children) > 0 {
			features = append(features, "image.page")
		}
	} else {
		return nil, nil
	}
	for _, a := range x.attrs {
		switch name := qualified(a.Name); {
		case name == "ac:alt":
			attrs = append(attrs, member{"alt", str(a.Value)})
		case name == "ac:href" || name == "ac:src" || name == "ac:original-width" || name == "ac:original-height":
		case !incidental(name):
			features = append(features, "image."+name)
		}
	}
	return attrs, features
}

func (d *storageDecoder) imageBlock(x, outer *element) *Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		return d.rawBlock(outer)
	}
	media := &Node{kind: typeMedia, attrs: attrs, features: features}
	if href := x.attr("ac:href"); href != "" {
		media.marks = []Mark{linkMark(href, "")}
	}
	n := newNode(typeMediaSingle, nil, media)
	if c := x.child("ac:caption"); c != nil {
		if content := inlineOf(d.flow(c.children)); len(content) > 0 {
			n.content = append(n.content, newNode(typeCaption, nil, content...))
		}
	}
	n.whole = d.raw(outer)
	return n
}

func (d *storageDecoder) imageInline(x *element) *Node {
	attrs, features := imageAttrs(x)
	if attrs == nil {
		return &Node{kind: typeRawInline, attrs: members{{"element", str("ac:image")}}, whole: d.raw(x)}
	}
	n := &Node{kind: typeMediaInline, attrs: attrs, features: features, whole: d.raw(x)}
	if c := x.child("ac:caption"); c != nil && c.words() != "" {
		n.attrs = append(n.attrs, member{"title", str(c.words())})
	}
	if href := x.attr("ac:href"); href != "" {
		n.marks = []Mark{linkMark(href, "")}
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
	if isHexColor(s) {
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

func blockStyle(style string) ([]Mark, bool) {
	if m := alignStyle.FindStringSubmatch(style); m != nil {
		switch m[1] {
		case "center":
			return []Mark{newMark(markAlignment, member{"align", str("center")})}, true
		case "right", "end":
			return []Mark{newMark(markAlignment, member{"align", str("end")})}, true
		}
		return nil, true
	}
	if m := indentStyle.FindStringSubmatch(style); m != nil {
		level := parseInt(m[1], 0) / indentPixels
		if level >= 1 && level <= 6 && parseInt(m[1], 0)%indentPixels == 0 {
			return []Mark{newMark(markIndentation, member{"level", integer(level)})}, true
		}
	}
	return nil, false
}

// inlineMark returns the mark an inline element stands for.
func (d *storageDecoder) inlineMark(x *element) (Mark, bool) {
	switch x.name {
	case "strong", "b":
		return newMark(markStrong), true
	case "em", "i":
		return newMark(markEm), true
	case "u", "ins":
		return newMark(markUnderline), true
	case "s", "del", "strike":
		return newMark(markStrike), true
	case "code", "tt":
		return newMark(markCode), true
	case "sub", "sup":
		return newMark(markSubsup, member{"type", str(x.name)}), true
	case "a":
		return linkMark(x.attr("href"), x.attr("title")), x.attr("href") != ""
	case "ac:inline-comment-marker":
		return newMark(markAnnotation, member{"id", str(x.attr("ac:ref"))},
			member{"annotationType", str("inlineComment")}), x.attr("ac:ref") != ""
	case "span":
		style := x.attr("style")
		if m := colorStyle.FindStringSubmatch(style); m != nil {
			color, ok := hexColor(m[1])
			return newMark(markTextColor, member{"color", str(color)}), ok
		}
		if m := backgroundStyle.FindStringSubmatch(style); m != nil {
			color, ok := hexColor(m[1])
			return newMark(markBackgroundColor, member{"color", str(color)}), ok
		}
	}
	return Mark{}, false
}
