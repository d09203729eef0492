package storage

import (
	"cmp"
	"strconv"
	"strings"

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
	words := false
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
		if n.Kind == tree.TypeText {
			e.lineText(nodes, i, &words)
		} else {
			e.node(n)
			words = n.Kind != tree.TypeHardBreak
		}
		e.Leave()
	}
	closeTo(0)
}

// lineText writes text in a line. White space that browsers would collapse or
// drop is written as character references, which keep it. Words says whether
// what was written last takes a blank after it.
func (e *encoder) lineText(nodes []*tree.Node, i int, words *bool) {
	text := tree.CleanUTF8(nodes[i].Text)
	from := 0
	for j := range len(text) {
		if text[j] == '\n' {
			// A line end would be white space; in ADF it is shown as a line break.
			e.Lose("line break in text", tree.Changed)
			e.text(text[from:j])
			e.write("<br/>")
			from, *words = j+1, false
			continue
		}
		if text[j] != ' ' && text[j] != '\t' {
			*words = true
			continue
		}
		if text[j] == ' ' && *words && !endsLine(nodes, i, text[j+1:]) {
			*words = false
			continue
		}
		e.text(text[from:j])
		e.write("&#" + strconv.Itoa(int(text[j])) + ";")
		from, *words = j+1, true
	}
	e.text(text[from:])
}

// endsLine reports whether nothing follows the rest of a text on its line.
func endsLine(nodes []*tree.Node, i int, rest string) bool {
	for i++; rest == "" && i < len(nodes) && nodes[i].Kind == tree.TypeText; i++ {
		rest = nodes[i].Text
	}
	return strings.HasPrefix(rest, "\n") || rest == "" && (i == len(nodes) || nodes[i].Kind == tree.TypeHardBreak)
}

// writable returns the marks of a node that storage has tags for.
func (e *encoder) writable(n *tree.Node) []tree.Mark {
	var out []tree.Mark
	for _, m := range n.Marks {
		if open, _ := markTags(m); open == "" {
			e.Lose(m.Kind, tree.Dropped)
			continue
		}
		out = append(out, m)
	}
	return out
}

// markTags returns the tags of a mark, or nothing when storage has none.
func markTags(m tree.Mark) (open, shut string) {
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
	if id, ok := strings.CutPrefix(href, tree.SchemeAccount); ok && tree.IsAccountID(id) {
		return `<ac:link><ri:user ri:account-id="` + escapeXML(id) + `"/><ac:link-body>`, "</ac:link-body></ac:link>"
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

// node writes one inline node that is not text.
func (e *encoder) node(n *tree.Node) {
	e.unstored(n)
	switch n.Kind {
	case tree.TypeHardBreak:
		e.write("<br/>")
	case tree.TypeMention:
		if !tree.IsAccountID(n.Attrs.String("id")) {
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
		if url, name := tree.CardTarget(n); url == "" {
			e.Lose(n.Kind, tree.Shown)
			e.text("[" + cmp.Or(name, "card") + "]")
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
		if tag, ok := e.extensionTag(n); ok {
			e.write(tag, "</ac:structured-macro>")
			return
		}
		e.Lose("macro:"+tree.MacroName(n), tree.Shown)
		e.text(tree.MacroLabel(n))
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
	url, name := tree.CardTarget(n)
	href := escapeXML(tree.CleanUTF8(url))
	open := `<a href="` + href + `" data-card-appearance="` + appearance + `"`
	if n.Kind == tree.TypeEmbedCard {
		open += ` data-layout="` + escapeXML(n.Attrs.String("layout")) + `"`
	}
	return open + ">" + escapeXML(tree.CleanUTF8(cmp.Or(name, url))) + "</a>"
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

// extensionTag returns the start of the macro an extension stands for, with
// its parameters and plain-text body, when it is one of Confluence's.
func (e *encoder) extensionTag(n *tree.Node) (string, bool) {
	m, ok := tree.ReadMacro(n)
	if !ok {
		return "", false
	}
	var tag strings.Builder
	tag.WriteString(`<ac:structured-macro ac:name="` + escapeXML(tree.MacroName(n)) + `"`)
	if m.SchemaVersion != "" {
		tag.WriteString(` ac:schema-version="` + escapeXML(m.SchemaVersion) + `"`)
	}
	if m.ID != "" {
		tag.WriteString(` ac:macro-id="` + escapeXML(m.ID) + `"`)
	}
	tag.WriteString(">")
	for _, p := range m.Parameters {
		if source := p.Members.String(sourceMember); isResource(source) {
			tag.WriteString(`<ac:parameter ac:name="` + escapeXML(p.Name) + `">` + source + "</ac:parameter>")
			continue
		} else if source != "" {
			e.Lose(tree.Part("macro:"+tree.MacroName(n), p.Name), tree.Changed)
		}
		tag.WriteString(parameterTag(p.Name, p.Value))
	}
	if m.HasBody {
		tag.WriteString("<ac:plain-text-body>" + cdata(m.Body) + "</ac:plain-text-body>")
	}
	return tag.String(), true
}

// isResource reports whether the source of a parameter is well-formed and names
// pages, users, files and the like, and nothing else.
func isResource(src string) bool {
	if src == "" {
		return false
	}
	root, err := parseXML(src, tree.NewBudget(tree.Limits{}, tree.StoredBytes))
	if err != nil {
		return false
	}
	var only func(x *element) bool
	only = func(x *element) bool {
		for _, c := range x.children {
			switch {
			case c.comment, c.name != "" && c.name != "ac:link" && c.name != "ac:image" && !strings.HasPrefix(c.name, "ri:"):
				return false
			case !only(c):
				return false
			}
		}
		return true
	}
	return only(root)
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
			stored = (n.Kind == tree.TypeParagraph || n.Kind == tree.TypeHeading) && !styled
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
