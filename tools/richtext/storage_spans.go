package richtext

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// inline writes inline content, opening and closing marks as they change.
func (e *storageEncoder) inline(nodes []*Node) {
	var open []Mark
	closeTo := func(keep int) {
		for len(open) > keep {
			_, shut := markTags(open[len(open)-1])
			e.write(shut)
			open = open[:len(open)-1]
		}
	}
	for i, n := range nodes {
		marks := e.writable(n)
		keep := 0
		for keep < len(open) && keep < len(marks) && open[keep].equal(marks[keep]) {
			keep++
		}
		closeTo(keep)
		for _, m := range marks[keep:] {
			tag, _ := markTags(m)
			e.write(tag)
			open = append(open, m)
		}
		e.enter(i)
		e.node(n)
		e.leave()
	}
	closeTo(0)
}

// writable returns the marks of a node that storage has tags for.
func (e *storageEncoder) writable(n *Node) []Mark {
	var out []Mark
	for _, m := range n.marks {
		switch {
		case n.whole != "" && m.kind == markLink && (n.kind == typeText || n.kind == typeMediaInline):
			// The source of a link without words, and of an image, includes it.
		case m.open != "":
			out = append(out, m)
		default:
			if open, _ := markTags(m); open == "" {
				e.lose(m.kind, Dropped)
				continue
			}
			out = append(out, m)
		}
	}
	return out
}

// markTags returns the tags of a mark, or nothing when storage has none.
func markTags(m Mark) (open, shut string) {
	if m.open != "" {
		return m.open, m.shut
	}
	element := func(name string) (string, string) { return "<" + name + ">", "</" + name + ">" }
	switch m.kind {
	case markStrong:
		return element("strong")
	case markEm:
		return element("em")
	case markUnderline:
		return element("u")
	case markStrike:
		return element("s")
	case markCode:
		return element("code")
	case markSubsup:
		if t := m.attrs.str("type"); t == "sub" || t == "sup" {
			return element(t)
		}
	case markTextColor:
		if c := m.attrs.str("color"); isHexColor(c) {
			return `<span style="color: ` + rgb(c) + `;">`, "</span>"
		}
	case markBackgroundColor:
		if c := m.attrs.str("color"); isHexColor(c) {
			return `<span style="background-color: ` + rgb(c) + `;">`, "</span>"
		}
	case markAnnotation:
		return `<ac:inline-comment-marker ac:ref="` + escapeXML(m.attrs.str("id")) + `">`, "</ac:inline-comment-marker>"
	case markLink:
		return linkTags(m)
	}
	return "", ""
}

func rgb(hex string) string {
	part := func(i int) string {
		const digits = "0123456789abcdef"
		hex := strings.ToLower(hex)
		return string(integer(strings.IndexByte(digits, hex[i])*16 + strings.IndexByte(digits, hex[i+1])))
	}
	return "rgb(" + part(1) + "," + part(3) + "," + part(5) + ")"
}

func linkTags(m Mark) (open, shut string) {
	href := m.attrs.str("href")
	if t, ok := parseTarget(href); ok {
		open = "<ac:link"
		if t.anchor != "" {
			open += ` ac:anchor="` + escapeXML(t.anchor) + `"`
		}
		open += ">"
		switch {
		case t.page != "":
			open += "<ri:page"
			if t.space != "" {
				open += ` ri:space-key="` + escapeXML(t.space) + `"`
			}
			open += ` ri:content-title="` + escapeXML(t.page) + `"/>`
		case t.file != "":
			open += `<ri:attachment ri:filename="` + escapeXML(t.file) + `"/>`
		}
		return open + "<ac:link-body>", "</ac:link-body></ac:link>"
	}
	open = `<a href="` + escapeXML(cleanUTF8(href)) + `"`
	if title := m.attrs.str("title"); title != "" {
		open += ` title="` + escapeXML(cleanUTF8(title)) + `"`
	}
	return open + ">", "</a>"
}

// node writes one inline node.
func (e *storageEncoder) node(n *Node) {
	if n.whole != "" {
		e.write(n.whole)
		return
	}
	if n.kind != typeText {
		e.unstored(n)
	}
	switch n.kind {
	case typeText:
		e.text(n.text)
	case typeHardBreak:
		e.write("<br/>")
	case typeMention:
		e.write(`<ac:link><ri:user ri:account-id="`, escapeXML(n.attrs.str("id")), `"/></ac:link>`)
	case typeEmoji:
		e.write(emoticonTag(n))
	case typeDate:
		day, exact, ok := dateDay(n)
		if !ok {
			e.lose(typeDate, Shown)
			e.text("[date: " + n.attrs.str("timestamp") + "]")
			return
		}
		if !exact {
			e.lose("date.timestamp", Dropped)
		}
		e.write(dateTag(day))
	case typeStatus:
		e.status(n)
	case typeInlineCard, typeBlockCard, typeEmbedCard:
		if n.attrs.str("url") == "" {
			e.lose(n.kind, Shown)
			e.text("[card]")
			return
		}
		e.write(cardTag(n))
	case typePlaceholder:
		e.write("<ac:placeholder>")
		e.text(n.attrs.str("text"))
		e.write("</ac:placeholder>")
	case typeMediaInline:
		var link *Mark
		if tag := imageTag(n, link); tag != "" {
			e.write(tag)
			return
		}
		e.lose(mediaWord(n), Shown)
		e.text(inlineLabel(n))
	case typeInlineExtension:
		if tag, ok := extensionTag(n); ok {
			e.write(tag, "</ac:structured-macro>")
			return
		}
		e.lose("macro:"+macroName(n), Shown)
		e.text("[macro: " + macroName(n) + "]")
	default:
		e.lose(n.kind, Shown)
		if inner := inlineOf(n.content); len(inner) > 0 {
			e.inline(inner)
		} else {
			e.text(blockLabel(n))
		}
	}
}

func (e *storageEncoder) status(n *Node) {
	color := n.attrs.str("color")
	stored := map[string]string{
		"neutral": "Grey", "": "Grey", "green": "Green", "yellow": "Yellow", "red": "Red", "blue": "Blue", "purple": "Purple",
	}[color]
	if stored == "" {
		e.lose("status.color", Dropped)
		stored = "Grey"
	}
	e.write(macroTag("status"), parameterTag("title", n.attrs.str("text")), parameterTag("colour", stored), "</ac:structured-macro>") //nolint:misspell // the parameter is spelled so
}

func dateTag(day string) string { return `<time datetime="` + escapeXML(day) + `"/>` }

func cardTag(n *Node) string {
	appearance := map[string]string{typeInlineCard: "inline", typeBlockCard: "block", typeEmbedCard: "embed"}[n.kind]
	href := escapeXML(cleanUTF8(n.attrs.str("url")))
	open := `<a href="` + href + `" data-card-appearance="` + appearance + `"`
	if n.kind == typeEmbedCard {
		open += ` data-layout="` + escapeXML(n.attrs.str("layout")) + `"`
	}
	return open + ">" + href + "</a>"
}

func emoticonTag(n *Node) string {
	name := n.attrs.str("shortName")
	tag := `<ac:emoticon ac:name="` + escapeXML(strings.Trim(name, ":")) + `" ac:emoji-shortname="` + escapeXML(name) + `"`
	if id := n.attrs.str("id"); id != "" {
		tag += ` ac:emoji-id="` + escapeXML(id) + `"`
	}
	if text := n.attrs.str("text"); text != "" {
		tag += ` ac:emoji-fallback="` + escapeXML(text) + `"`
	}
	return tag + "/>"
}

// imageTag returns the element for an image storage can address, or nothing.
func imageTag(n *Node, link *Mark) string {
	href := n.attrs.str("url")
	if n.attrs.str("type") != "external" || href == "" {
		return ""
	}
	tag := "<ac:image"
	if alt := n.attrs.str("alt"); alt != "" {
		tag += ` ac:alt="` + escapeXML(alt) + `"`
	}
	if m, ok := n.mark(markLink); ok && link == nil {
		link = &m
	}
	if link != nil {
		tag += ` ac:href="` + escapeXML(link.attrs.str("href")) + `"`
	}
	if file, ok := strings.CutPrefix(href, schemeAttachment); ok {
		return tag + `><ri:attachment ri:filename="` + escapeXML(unescapePath(file)) + `"/></ac:image>`
	}
	return tag + `><ri:url ri:value="` + escapeXML(href) + `"/></ac:image>`
}

// macroParameters is the part of an extension's parameters that Confluence
// gives its macros.
type macroParameters struct {
	Params   jsontext.Value `json:"macroParams"`
	Metadata struct {
		ID      struct{ Value string } `json:"macroId"`
		Version struct{ Value string } `json:"schemaVersion"`
	} `json:"macroMetadata"`
}

// extensionTag returns the start of the macro an extension stands for, with
// its parameters and plain-text body, when it is one of Confluence's.
func extensionTag(n *Node) (string, bool) {
	if n.attrs.str("extensionType") != confluenceMacro {
		return "", false
	}
	var p macroParameters
	if raw := n.attrs.get("parameters"); raw != nil {
		if err := json.Unmarshal(raw, &p, json.MatchCaseInsensitiveNames(true)); err != nil {
			return "", false
		}
	}
	var tag strings.Builder
	tag.WriteString(`<ac:structured-macro ac:name="` + escapeXML(macroName(n)) + `"`)
	if v := p.Metadata.Version.Value; v != "" {
		tag.WriteString(` ac:schema-version="` + escapeXML(v) + `"`)
	}
	if id := p.Metadata.ID.Value; id != "" {
		tag.WriteString(` ac:macro-id="` + escapeXML(id) + `"`)
	}
	tag.WriteString(">")
	body := ""
	if p.Params != nil {
		params, err := readMembers(jsontext.NewDecoder(bytes.NewReader(p.Params)))
		if err != nil {
			return "", false
		}
		for _, m := range params {
			var v struct{ Value string }
			if err := json.Unmarshal(m.value, &v, json.MatchCaseInsensitiveNames(true)); err != nil {
				return "", false
			}
			if m.name == plainBody {
				body = "<ac:plain-text-body>" + cdata(v.Value) + "</ac:plain-text-body>"
				continue
			}
			tag.WriteString(parameterTag(m.name, v.Value))
		}
	}
	return tag.String() + body, true
}

// unstored records the attributes and marks of a node that storage has no form
// for.
func (e *storageEncoder) unstored(n *Node) {
	for _, a := range n.attrs {
		if !storedAttr(n, a) {
			e.lose(n.kind+"."+a.name, Dropped)
		}
	}
	if isInline(n.kind) {
		return
	}
	for i, m := range n.marks {
		stored := false
		switch m.kind {
		case markAlignment, markIndentation:
			first := slices.IndexFunc(n.marks, func(o Mark) bool { return o.kind == markAlignment || o.kind == markIndentation })
			stored = (n.kind == typeParagraph || n.kind == typeHeading) && !n.bare && first == i
		case markBreakout:
			stored = n.kind == typeCodeBlock || n.kind == typeExpand || n.kind == typeLayoutSection
		case markLink:
			stored = n.kind == typeMedia || n.kind == typeMediaSingle
		}
		if !stored {
			e.lose(m.kind, Dropped)
		}
	}
}

// storedAttr reports whether storage holds an attribute, or it is one that
// Confluence derives again.
func storedAttr(n *Node, a member) bool {
	value := string(a.value)
	if a.name == "localId" || value == "null" || value == `""` {
		return true
	}
	switch n.kind {
	case typePanel:
		return a.name == "panelType" || a.name == "title" || panelMacro(n.attrs.str("panelType")) == "" && panelAttributes()[a.name] != ""
	case typeExpand, typeNestedExpand:
		return a.name == "title"
	case typeCodeBlock:
		return a.name == "language" || a.name == "title" || a.name == "uniqueId"
	case typeTable:
		return a.name == "layout" || a.name == "isNumberColumnEnabled" && value == "false" ||
			a.name == "displayMode" && value == `"default"`
	case typeTableCell, typeTableHeader:
		return a.name == "colspan" || a.name == "rowspan" || a.name == "background"
	case typeMention:
		return a.name != "userType" || value == `"DEFAULT"`
	case typeStatus:
		return a.name == "text" || a.name == "color"
	case typeEmbedCard:
		return a.name == "url" || a.name == "layout"
	case typeInlineCard, typeBlockCard:
		return a.name == "url"
	case typeMedia, typeMediaInline:
		switch a.name {
		case "type", "url", "alt":
			return true
		}
		return n.attrs.str("type") != "external"
	case typeMediaSingle, typeTableRow:
		return false
	}
	return true
}
