package storage

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/richtext/internal/tree"
)

// inline writes inline content, opening and closing marks as they change.
func (e *encoder) inline(nodes []*tree.Node) {
	var open []tree.Mark
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
		for keep < len(open) && keep < len(marks) && open[keep].Equal(marks[keep]) {
			keep++
		}
		closeTo(keep)
		for _, m := range marks[keep:] {
			tag, _ := markTags(m)
			e.write(tag)
			open = append(open, m)
		}
		e.Enter(i)
		e.node(n)
		e.Leave()
	}
	closeTo(0)
}

// writable returns the marks of a node that storage has tags for.
func (e *encoder) writable(n *tree.Node) []tree.Mark {
	var out []tree.Mark
	for _, m := range n.Marks {
		switch {
		case n.Whole != "" && m.Kind == tree.MarkLink && (n.Kind == tree.TypeText || m.Serial != 0):
			// The source of a link without words, and of an image with an address
			// of its own, includes it.
		case m.Open != "":
			out = append(out, m)
		default:
			if open, _ := markTags(m); open == "" {
				e.Lose(m.Kind, tree.Dropped)
				continue
			}
			out = append(out, m)
		}
	}
	return out
}

// markTags returns the tags of a mark, or nothing when storage has none.
func markTags(m tree.Mark) (open, shut string) {
	if m.Open != "" {
		return m.Open, m.Shut
	}
	element := func(name string) (string, string) { return "<" + name + ">", "</" + name + ">" }
	switch m.Kind {
	case tree.MarkStrong:
		return element("strong")
	case tree.MarkEm:
		return element("em")
	case tree.MarkUnderline:
		return element("u")
	case tree.MarkStrike:
		return element("s")
	case tree.MarkCode:
		return element("code")
	case tree.MarkSubsup:
		if t := m.Attrs.String("type"); t == "sub" || t == "sup" {
			return element(t)
		}
	case tree.MarkTextColor:
		if c := m.Attrs.String("color"); tree.IsHexColor(c) {
			return `<span style="color: ` + rgb(c) + `;">`, "</span>"
		}
	case tree.MarkBackgroundColor:
		if c := m.Attrs.String("color"); tree.IsHexColor(c) {
			return `<span style="background-color: ` + rgb(c) + `;">`, "</span>"
		}
	case tree.MarkAnnotation:
		return `<ac:inline-comment-marker ac:ref="` + escapeXML(m.Attrs.String("id")) + `">`, "</ac:inline-comment-marker>"
	case tree.MarkLink:
		return linkTags(m)
	}
	return "", ""
}

func rgb(hex string) string {
	part := func(i int) string {
		const digits = "0123456789abcdef"
		hex := strings.ToLower(hex)
		return string(tree.Integer(strings.IndexByte(digits, hex[i])*16 + strings.IndexByte(digits, hex[i+1])))
	}
	return "rgb(" + part(1) + "," + part(3) + "," + part(5) + ")"
}

// insideConfluence reports whether a link points at something that storage
// addresses by name.
func insideConfluence(href string) bool {
	_, ok := tree.ParseTarget(href)
	return ok || tree.ConfluenceOnly(href)
}

func linkTags(m tree.Mark) (open, shut string) {
	href := m.Attrs.String("href")
	if id, ok := strings.CutPrefix(href, tree.SchemeAccount); ok && id != "" {
		return `<ac:link><ri:user ri:account-id="` + escapeXML(tree.CleanUTF8(id)) + `"/><ac:link-body>`, "</ac:link-body></ac:link>"
	}
	if t, ok := tree.ParseTarget(href); ok {
		open = "<ac:link"
		if t.Anchor != "" {
			open += ` ac:anchor="` + escapeXML(t.Anchor) + `"`
		}
		open += ">"
		switch {
		case t.Page != "":
			open += "<ri:page"
			if t.Space != "" {
				open += ` ri:space-key="` + escapeXML(t.Space) + `"`
			}
			open += ` ri:content-title="` + escapeXML(t.Page) + `"/>`
		case t.File != "":
			open += `<ri:attachment ri:filename="` + escapeXML(t.File) + `"/>`
		}
		return open + "<ac:link-body>", "</ac:link-body></ac:link>"
	}
	open = `<a href="` + escapeXML(tree.CleanUTF8(href)) + `"`
	if title := m.Attrs.String("title"); title != "" {
		open += ` title="` + escapeXML(tree.CleanUTF8(title)) + `"`
	}
	return open + ">", "</a>"
}

// node writes one inline node.
func (e *encoder) node(n *tree.Node) {
	if n.Whole != "" {
		e.write(n.Whole)
		return
	}
	if n.Kind != tree.TypeText {
		e.unstored(n)
	}
	switch n.Kind {
	case tree.TypeText:
		e.text(n.Text)
	case tree.TypeHardBreak:
		e.write("<br/>")
	case tree.TypeMention:
		if n.Attrs.String("id") == "" {
			e.Lose(tree.TypeMention, tree.Shown)
			e.text(tree.MentionLabel(n))
			return
		}
		e.write(`<ac:link><ri:user ri:account-id="`, escapeXML(n.Attrs.String("id")), `"/></ac:link>`)
	case tree.TypeEmoji:
		e.write(emoticonTag(n))
	case tree.TypeDate:
		day, exact, ok := tree.DateDay(n)
		if !ok {
			e.Lose(tree.TypeDate, tree.Shown)
			e.text("[date: " + n.Attrs.String("timestamp") + "]")
			return
		}
		if !exact {
			e.Lose("date.timestamp", tree.Dropped)
		}
		e.write(dateTag(day))
	case tree.TypeStatus:
		e.status(n)
	case tree.TypeInlineCard, tree.TypeBlockCard, tree.TypeEmbedCard:
		if n.Attrs.String("url") == "" {
			e.Lose(n.Kind, tree.Shown)
			e.text("[card]")
			return
		}
		e.write(cardTag(n))
	case tree.TypePlaceholder:
		e.write("<ac:placeholder>")
		e.text(n.Attrs.String("text"))
		e.write("</ac:placeholder>")
	case tree.TypeMediaInline:
		if tag := imageTag(n, ""); tag != "" { // its link goes around it
			e.write(tag)
			return
		}
		e.Lose(tree.MediaWord(n), tree.Shown)
		e.text(tree.InlineLabel(n))
	case tree.TypeInlineExtension:
		if tag, ok := extensionTag(n); ok {
			e.write(tag, "</ac:structured-macro>")
			return
		}
		e.Lose("macro:"+tree.MacroName(n), tree.Shown)
		e.text("[macro: " + tree.MacroName(n) + "]")
	default:
		e.Lose(n.Kind, tree.Shown)
		if inner := tree.InlineOf(n.Content); len(inner) > 0 {
			e.inline(inner)
		} else {
			e.text(tree.BlockLabel(n))
		}
	}
}

func (e *encoder) status(n *tree.Node) {
	color := n.Attrs.String("color")
	stored := map[string]string{
		"neutral": "Grey", "": "Grey", "green": "Green", "yellow": "Yellow", "red": "Red", "blue": "Blue", "purple": "Purple",
	}[color]
	if stored == "" {
		e.Lose("status.color", tree.Dropped)
		stored = "Grey"
	}
	e.write(macroTag("status"), parameterTag("title", n.Attrs.String("text")), parameterTag("colour", stored), "</ac:structured-macro>") //nolint:misspell // the parameter is spelled so
}

func dateTag(day string) string { return `<time datetime="` + escapeXML(day) + `"/>` }

func cardTag(n *tree.Node) string {
	appearance := map[string]string{tree.TypeInlineCard: "inline", tree.TypeBlockCard: "block", tree.TypeEmbedCard: "embed"}[n.Kind]
	href := escapeXML(tree.CleanUTF8(n.Attrs.String("url")))
	open := `<a href="` + href + `" data-card-appearance="` + appearance + `"`
	if n.Kind == tree.TypeEmbedCard {
		open += ` data-layout="` + escapeXML(n.Attrs.String("layout")) + `"`
	}
	return open + ">" + href + "</a>"
}

func emoticonTag(n *tree.Node) string {
	name := n.Attrs.String("shortName")
	tag := `<ac:emoticon ac:name="` + escapeXML(strings.Trim(name, ":")) + `" ac:emoji-shortname="` + escapeXML(name) + `"`
	if id := n.Attrs.String("id"); id != "" {
		tag += ` ac:emoji-id="` + escapeXML(id) + `"`
	}
	if text := n.Attrs.String("text"); text != "" {
		tag += ` ac:emoji-fallback="` + escapeXML(text) + `"`
	}
	return tag + "/>"
}

// imageTag returns the element for an image storage can address, or nothing,
// with the address that it links to, if any.
func imageTag(n *tree.Node, link string) string {
	href := n.Attrs.String("url")
	if n.Attrs.String("type") != "external" || href == "" {
		return ""
	}
	tag := "<ac:image"
	if alt := n.Attrs.String("alt"); alt != "" {
		tag += ` ac:alt="` + escapeXML(alt) + `"`
	}
	if link != "" {
		tag += ` ac:href="` + escapeXML(link) + `"`
	}
	if file, ok := strings.CutPrefix(href, tree.SchemeAttachment); ok {
		return tag + `><ri:attachment ri:filename="` + escapeXML(tree.UnescapePath(file)) + `"/></ac:image>`
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
func extensionTag(n *tree.Node) (string, bool) {
	if n.Attrs.String("extensionType") != confluenceMacro {
		return "", false
	}
	var p macroParameters
	if raw := n.Attrs.Get("parameters"); raw != nil {
		if err := json.Unmarshal(raw, &p, json.MatchCaseInsensitiveNames(true)); err != nil {
			return "", false
		}
	}
	var tag strings.Builder
	tag.WriteString(`<ac:structured-macro ac:name="` + escapeXML(tree.MacroName(n)) + `"`)
	if v := p.Metadata.Version.Value; v != "" {
		tag.WriteString(` ac:schema-version="` + escapeXML(v) + `"`)
	}
	if id := p.Metadata.ID.Value; id != "" {
		tag.WriteString(` ac:macro-id="` + escapeXML(id) + `"`)
	}
	tag.WriteString(">")
	body := ""
	if p.Params != nil {
		params, err := tree.ReadMembers(jsontext.NewDecoder(bytes.NewReader(p.Params)))
		if err != nil {
			return "", false
		}
		for _, m := range params {
			var v struct{ Value string }
			if err := json.Unmarshal(m.Value, &v, json.MatchCaseInsensitiveNames(true)); err != nil {
				return "", false
			}
			if m.Name == plainBody {
				body = "<ac:plain-text-body>" + cdata(v.Value) + "</ac:plain-text-body>"
				continue
			}
			tag.WriteString(parameterTag(m.Name, v.Value))
		}
	}
	return tag.String() + body, true
}

// unstored records the attributes and marks of a node that storage has no form
// for.
func (e *encoder) unstored(n *tree.Node) {
	of := variant(n)
	for _, a := range n.Attrs {
		if !storedAttr(n.Kind, of, a) {
			e.Lose(tree.Part(n.Kind, a.Name), tree.Dropped)
		}
	}
	if tree.IsInline(n.Kind) {
		return
	}
	styled := false
	for _, m := range n.Marks {
		stored := false
		switch m.Kind {
		case tree.MarkAlignment, tree.MarkIndentation:
			stored = (n.Kind == tree.TypeParagraph || n.Kind == tree.TypeHeading) && !n.Bare && !styled
			styled = true
		case tree.MarkBreakout:
			stored = n.Kind == tree.TypeCodeBlock || n.Kind == tree.TypeExpand || n.Kind == tree.TypeLayoutSection
		case tree.MarkLink:
			stored = n.Kind == tree.TypeMedia || n.Kind == tree.TypeMediaSingle
		}
		if !stored {
			e.Lose(m.Kind, tree.Dropped)
		}
	}
}

// variant returns the attribute that decides which others of a node storage holds.
func variant(n *tree.Node) string {
	switch n.Kind {
	case tree.TypePanel:
		return n.Attrs.String("panelType")
	case tree.TypeMedia, tree.TypeMediaInline:
		return n.Attrs.String("type")
	}
	return ""
}

// storedAttr reports whether storage holds an attribute of a node of a kind and
// variant, or it is one that Confluence derives again.
func storedAttr(kind, of string, a tree.Member) bool {
	value := string(a.Value)
	if a.Name == "localId" || value == "null" || value == `""` {
		return true
	}
	switch kind {
	case tree.TypePanel:
		return a.Name == "panelType" || a.Name == "title" || panelMacro(of) == "" && panelAttributes()[a.Name] != ""
	case tree.TypeExpand, tree.TypeNestedExpand:
		return a.Name == "title"
	case tree.TypeCodeBlock:
		return a.Name == "language" || a.Name == "title" || a.Name == "uniqueId"
	case tree.TypeTable:
		return a.Name == "layout" || a.Name == "isNumberColumnEnabled" && value == "false" ||
			a.Name == "displayMode" && value == `"default"`
	case tree.TypeTableCell, tree.TypeTableHeader:
		return a.Name == "colspan" || a.Name == "rowspan" || a.Name == "background"
	case tree.TypeMention:
		return a.Name != "userType" || value == `"DEFAULT"`
	case tree.TypeStatus:
		return a.Name == "text" || a.Name == "color"
	case tree.TypeEmbedCard:
		return a.Name == "url" || a.Name == "layout"
	case tree.TypeInlineCard, tree.TypeBlockCard:
		return a.Name == "url"
	case tree.TypeMedia, tree.TypeMediaInline:
		switch a.Name {
		case "type", "url", "alt":
			return true
		}
		return of != "external"
	case tree.TypeMediaSingle, tree.TypeTableRow:
		return false
	}
	return true
}
