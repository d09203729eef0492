package richtext_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"arcade-atlassian/tools/richtext"
)

// tableSamples returns, for the elements of the table in the package
// documentation, a document that holds little else.
func tableSamples() map[string]string {
	doc := func(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }
	text := `{"type":"text","text":"words"}`
	para := `{"type":"paragraph","content":[` + text + `]}`
	inline := func(n string) string { return doc(`{"type":"paragraph","content":[` + n + `]}`) }
	marked := func(m string) string { return inline(`{"type":"text","text":"words","marks":[` + m + `]}`) }
	list := func(kind string) string {
		return doc(`{"type":"` + kind + `","content":[{"type":"listItem","content":[` + para + `]}]}`)
	}
	tasks := doc(`{"type":"taskList","attrs":{"localId":"a"},"content":[{"type":"taskItem","attrs":{"localId":"b","state":"DONE"},"content":[` + text + `]}]}`)
	decisions := doc(`{"type":"decisionList","attrs":{"localId":"a"},"content":[{"type":"decisionItem","attrs":{"localId":"b","state":"DECIDED"},"content":[` + text + `]}]}`)
	table := doc(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[` + para + `]}]},{"type":"tableRow","content":[{"type":"tableCell","content":[` + para + `]}]}]}`)
	media := doc(`{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"https://example.com/i.png","alt":"words"}},{"type":"caption","content":[` + text + `]}]}`)
	layout := doc(`{"type":"layoutSection","content":[{"type":"layoutColumn","attrs":{"width":50},"content":[` + para + `]},{"type":"layoutColumn","attrs":{"width":50},"content":[` + para + `]}]}`)
	core := `"extensionType":"com.atlassian.confluence.macro.core","extensionKey":"words"`
	macro := func(name, rest string) string {
		return `<ac:structured-macro ac:name="` + name + `">` + rest + `</ac:structured-macro>`
	}
	rich := "<ac:rich-text-body><p>words</p></ac:rich-text-body>"
	plain := "<ac:plain-text-body><![CDATA[words]]></ac:plain-text-body>"
	return map[string]string{
		"node paragraph": doc(para), "node text": doc(para),
		"node heading":    doc(`{"type":"heading","attrs":{"level":2},"content":[` + text + `]}`),
		"node hardBreak":  inline(text + `,{"type":"hardBreak"},` + text),
		"node bulletList": list("bulletList"), "node listItem": list("bulletList"),
		"node orderedList": doc(`{"type":"orderedList","attrs":{"order":4},"content":[{"type":"listItem","content":[` + para + `]}]}`),
		"node taskList":    tasks, "node taskItem": tasks,
		"node blockTaskItem": doc(`{"type":"taskList","attrs":{"localId":"a"},"content":[{"type":"blockTaskItem","attrs":{"localId":"b","state":"TODO"},"content":[` + para + `,` + para + `]}]}`),
		"node decisionList":  decisions, "node decisionItem": decisions,
		"node blockquote": doc(`{"type":"blockquote","content":[` + para + `]}`),
		"node codeBlock":  doc(`{"type":"codeBlock","attrs":{"language":"go"},"content":[` + text + `]}`),
		"node rule":       doc(para + `,{"type":"rule"}`),
		"node table":      table, "node tableRow": table, "node tableHeader": table, "node tableCell": table,
		"node panel":        doc(`{"type":"panel","attrs":{"panelType":"warning"},"content":[` + para + `]}`),
		"node expand":       doc(`{"type":"expand","attrs":{"title":"words"},"content":[` + para + `]}`),
		"node nestedExpand": doc(`{"type":"expand","attrs":{"title":"words"},"content":[{"type":"nestedExpand","attrs":{"title":"more"},"content":[` + para + `]}]}`),
		"node mediaSingle":  media, "node media": media, "node caption": media,
		"node mediaGroup":    doc(`{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":"c","alt":"words"}}]}`),
		"node mediaInline":   inline(`{"type":"mediaInline","attrs":{"type":"file","id":"1","collection":"c","alt":"words"}}`),
		"node mention":       inline(text + `,{"type":"mention","attrs":{"id":"1"}}`),
		"node emoji":         inline(text + `,{"type":"emoji","attrs":{"shortName":":smile:"}}`),
		"node date":          inline(text + `,{"type":"date","attrs":{"timestamp":"1767312000000"}}`),
		"node status":        inline(`{"type":"status","attrs":{"text":"words","color":"green"}}`),
		"node inlineCard":    inline(`{"type":"inlineCard","attrs":{"url":"https://example.com/words"}}`),
		"node blockCard":     doc(`{"type":"blockCard","attrs":{"url":"https://example.com/words"}}`),
		"node embedCard":     doc(`{"type":"embedCard","attrs":{"url":"https://example.com/words","layout":"wide"}}`),
		"node layoutSection": layout, "node layoutColumn": layout,
		"node extension":       doc(`{"type":"extension","attrs":{` + core + `}}`),
		"node inlineExtension": inline(`{"type":"text","text":"a"},{"type":"inlineExtension","attrs":{` + core + `}}`),
		"node bodiedExtension": doc(`{"type":"bodiedExtension","attrs":{` + core + `},"content":[` + para + `]}`),
		"node syncBlock":       doc(`{"type":"syncBlock","attrs":{"resourceId":"words","localId":"1"}}`),
		"node bodiedSyncBlock": doc(`{"type":"bodiedSyncBlock","attrs":{"resourceId":"r","localId":"1"},"content":[` + para + `]}`),
		"node placeholder":     inline(`{"type":"placeholder","attrs":{"text":"words"}}`),
		"node unknown":         doc(`{"type":"hologram","attrs":{"x":1},"content":[` + para + `]}`),
		"mark strong":          marked(`{"type":"strong"}`), "mark em": marked(`{"type":"em"}`), "mark strike": marked(`{"type":"strike"}`),
		"mark underline": marked(`{"type":"underline"}`), "mark code": marked(`{"type":"code"}`),
		"mark link":            marked(`{"type":"link","attrs":{"href":"https://example.com","title":"t"}}`),
		"mark subsup":          marked(`{"type":"subsup","attrs":{"type":"sup"}}`),
		"mark textColor":       marked(`{"type":"textColor","attrs":{"color":"#ff5630"}}`),
		"mark backgroundColor": marked(`{"type":"backgroundColor","attrs":{"color":"#abf5d1"}}`),
		"mark annotation":      marked(`{"type":"annotation","attrs":{"id":"1","annotationType":"inlineComment"}}`),
		"mark alignment":       doc(strings.TrimSuffix(para, "}") + `,"marks":[{"type":"alignment","attrs":{"align":"end"}}]}`),
		"mark indentation":     doc(strings.TrimSuffix(para, "}") + `,"marks":[{"type":"indentation","attrs":{"level":2}}]}`),
		"mark fontSize":        doc(strings.TrimSuffix(para, "}") + `,"marks":[{"type":"fontSize","attrs":{"fontSize":"small"}}]}`),
		"mark breakout":        doc(`{"type":"codeBlock","content":[` + text + `],"marks":[{"type":"breakout","attrs":{"mode":"wide"}}]}`),
		"mark border":          doc(`{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"external","url":"https://example.com/words"},"marks":[{"type":"border","attrs":{"size":1,"color":"#000000"}}]}]}`),
		"mark dataConsumer":    doc(para + `,{"type":"extension","attrs":{` + core + `},"marks":[{"type":"dataConsumer","attrs":{"sources":["x"]}}]}`),
		"mark fragment":        doc(strings.TrimSuffix(table[len(`{"type":"doc","version":1,"content":[`):], "}]}") + `,"marks":[{"type":"fragment","attrs":{"localId":"f"}}]}`),
		"mark unknown":         marked(`{"type":"glow"}`),

		"macro code": macro("code", plain), "macro noformat": macro("noformat", plain),
		"macro info": macro("info", rich), "macro tip": macro("tip", rich), "macro note": macro("note", rich), "macro warning": macro("warning", rich),
		"macro expand": macro("expand", `<ac:parameter ac:name="title">t</ac:parameter>`+rich),
		"macro status": "<p>" + macro("status", `<ac:parameter ac:name="title">words</ac:parameter><ac:parameter ac:name="colour">Red</ac:parameter>`) + "</p>", //nolint:misspell // the parameter is spelled so
		"macro toc":    macro("toc", "") + "<p>words</p>", "macro jira": "<p>words " + macro("jira", "") + "</p>",
		"macro excerpt": macro("excerpt", rich), "macro html": macro("html", plain) + "<p>words</p>",
		"element page-link":      `<p><ac:link><ri:page ri:space-key="S" ri:content-title="T"/><ac:link-body>words</ac:link-body></ac:link></p>`,
		"element user-link":      `<p>words <ac:link><ri:user ri:account-id="1"/></ac:link></p>`,
		"element other-link":     `<p><ac:link><ri:blog-post ri:content-title="B"/><ac:link-body>words</ac:link-body></ac:link></p>`,
		"element attached-image": `<ac:image ac:alt="words"><ri:attachment ri:filename="f.png"/></ac:image>`,
		"element image":          `<ac:image ac:alt="words"><ri:url ri:value="https://example.com/i.png"/></ac:image>`,
		"element comment-marker": `<p><ac:inline-comment-marker ac:ref="r">words</ac:inline-comment-marker></p>`,
		"element layout":         `<ac:layout><ac:layout-section ac:type="two_equal"><ac:layout-cell><p>words</p></ac:layout-cell><ac:layout-cell><p>b</p></ac:layout-cell></ac:layout-section></ac:layout>`,
		"element div":            "<div><p>words</p></div>", "element span": `<p><span class="x">words</span></p>`,
	}
}

// documentedRows reads the table in the package documentation.
func documentedRows(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string][]string)
	for line := range strings.Lines(string(b)) {
		cells := strings.Fields(strings.TrimPrefix(line, "//"))
		if len(cells) == 6 && (cells[0] == "node" || cells[0] == "mark" || cells[0] == "macro" || cells[0] == "element") {
			rows[cells[0]+" "+cells[1]] = cells[2:]
		}
	}
	return rows
}

// fate returns what the documentation calls the outcome of a conversion.
func fate(losses richtext.Losses) string {
	out := "kept"
	for _, l := range losses {
		switch {
		case l.Fate == richtext.Shown:
			return "shown"
		case l.Fate == richtext.Changed:
			out = "changed"
		case out == "kept":
			out = "dropped"
		}
	}
	return out
}

func TestDocumentedTable(t *testing.T) {
	t.Parallel()
	samples := tableSamples()
	rows := documentedRows(t)
	for name := range samples {
		if rows[name] == nil {
			t.Errorf("%s has no row in the package documentation", name)
		}
	}
	for name, row := range rows {
		source := samples[name]
		if source == "" {
			t.Errorf("%s has a row in the documentation and no sample in the test", name)
			continue
		}
		stored := !strings.HasPrefix(source, "{")
		var d *richtext.Document
		if stored {
			d = readStorage(t, source)
		} else {
			d = readADF(t, []byte(source))
		}
		kind, element, _ := strings.Cut(name, " ")
		markdown, losses := d.Markdown()
		losses = about(kind, element, losses)
		tree := readMarkdown(t, markdown)
		checkRow(t, name+" in Markdown", row[0], row[1], losses, markdown, tree)
		if stored {
			adf, losses := d.ADF()
			checkRow(t, name+" in ADF", row[2], row[3], losses, string(adf), readADF(t, adf))
			continue
		}
		storage, losses := d.Storage()
		checkRow(t, name+" in storage", row[2], row[3], about(kind, element, losses), storage, readStorage(t, storage))
		if same, _ := d.ADF(); !bytes.Equal(same, []byte(source)) {
			t.Errorf("%s is not kept in ADF: %s", name, same)
		}
	}
}

// about leaves out what a mark's carrier loses, which has a row of its own.
func about(kind, element string, losses richtext.Losses) richtext.Losses {
	if kind != "mark" {
		return losses
	}
	var out richtext.Losses
	for _, l := range losses {
		if strings.Contains(l.Kind, element) || element == "unknown" {
			out = append(out, l)
		}
	}
	return out
}

func checkRow(t *testing.T, name, wantFate, wantBack string, losses richtext.Losses, written string, tree *richtext.Document) {
	t.Helper()
	if got := fate(losses); got != wantFate {
		t.Errorf("%s is %s, documented as %s: %s\n%s", name, got, wantFate, losses, written)
	}
	if !strings.Contains(written, "words") {
		t.Errorf("%s loses its words: %s", name, written)
	}
	types := make(map[string]bool)
	collectTypes(tree.Root(), types)
	if wantBack != "-" && !types[wantBack] {
		t.Errorf("%s does not come back as %s: %v\n%s", name, wantBack, types, written)
	}
	element := strings.Fields(name)[1]
	if (wantFate != "kept" || wantBack == "-") && wantBack != element && types[element] {
		t.Errorf("%s comes back after all, documented as %s", name, wantFate)
	}
}

func collectTypes(n *richtext.Node, types map[string]bool) {
	types[n.Type()] = true
	for m := range n.Marks() {
		types[m.Type()] = true
	}
	for c := range n.Children() {
		collectTypes(c, types)
	}
}
