package richtext_test

import (
	"regexp"
	"strings"
	"testing"

	"arcade-atlassian/tools/richtext"
)

// A reproduction is a document that an independent converter or Atlassian's
// validator handled better than this package did, and what must hold of the
// result and of the notices of the losses since. The first letter of its name
// says what went wrong: S a silent loss, L a listed loss of something that can
// be shown, W wrong output, U ugly output.
type reproduction struct {
	name, path, source string
	holds              func(out, losses string) bool
}

// shown holds when the result or a notice has the words.
func shown(words string) func(out, losses string) bool {
	return func(out, losses string) bool { return strings.Contains(out, words) || strings.Contains(losses, words) }
}

// has holds when the result has the words, which a notice does not make up for.
func has(words string) func(out, losses string) bool {
	return func(out, _ string) bool { return strings.Contains(out, words) }
}

// hasNot holds when the result is free of the words.
func hasNot(words string) func(out, losses string) bool {
	return func(out, _ string) bool { return !strings.Contains(out, words) }
}

// noticed holds when the result is free of the words or a notice has them.
func noticed(words string) func(out, losses string) bool {
	return func(out, losses string) bool { return !strings.Contains(out, words) || strings.Contains(losses, words) }
}

// reproductions lists what the judges found.
func reproductions() []reproduction {
	macro := func(name, content string) string {
		return `<ac:structured-macro ac:name="` + name + `">` + content + `</ac:structured-macro>`
	}
	rich := func(content string) string { return "<ac:rich-text-body>" + content + "</ac:rich-text-body>" }
	include := macro("include", `<ac:parameter ac:name=""><ac:link><ri:page ri:content-title="Shared"/></ac:link></ac:parameter>`)
	image := `<ac:image><ri:url ri:value="https://i.x/a.png"/></ac:image>`
	doc := func(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }
	inline := func(content string) string { return doc(`{"type":"paragraph","content":[` + content + `]}`) }
	nameless := regexp.MustCompile(`× +shown`)
	return []reproduction{
		{"S1 link around an image", "storage storage", `<p><a href="https://e.x">` + image + `</a></p>`, shown("https://e.x")},
		{"S2 page link around an image", "storage storage", `<p><ac:link><ri:page ri:content-title="Plan"/><ac:link-body>` + image + `</ac:link-body></ac:link></p>`, shown("Plan")},
		{"S3 page as a parameter", "storage adf storage", include, shown("<ri:page")},
		{"S4 second body", "storage adf", macro("details", rich("<p>one</p>")+rich("<p>two</p>")), shown("two")},
		{"S5 image linked to a page", "markdown storage", "[![](attachment:a.png)](page:Plan)", noticed(`ac:href="page:`)},
		{"S6 link to an account", "markdown storage", "[Ann](accountid:5b10)", noticed(`href="accountid:`)},
		{"S7 line break in a text", "adf storage", inline(`{"type":"text","text":"a\nb"}`), shown("<br")},
		{"S8 blank code line in a list", "markdown adf", "- a\n  ```\n  x\n    \n  y\n  ```\n", shown(`x\n  \ny`)},
		{"S9 column widths", "adf storage adf", doc(`{"type":"layoutSection","content":[` +
			`{"type":"layoutColumn","attrs":{"width":70},"content":[{"type":"paragraph"}]},` +
			`{"type":"layoutColumn","attrs":{"width":30},"content":[{"type":"paragraph"}]}]}`), shown("layoutColumn.width")},
		{"S10 mention without an account", "adf storage", inline(`{"type":"mention","attrs":{"text":"@Ann"}}`), shown("Ann")},
		{"S11 link in preformatted text", "storage markdown", `<pre>see <a href="https://e.x">this</a></pre>`, shown("https://e.x")},
		{"S12 link on a file", "adf markdown", doc(`{"type":"mediaGroup","content":[{"type":"media","attrs":{"type":"file","id":"u","collection":"c","alt":"f.pdf"},` +
			`"marks":[{"type":"link","attrs":{"href":"https://e.x"}}]}]}`), func(out, losses string) bool {
			return strings.Contains(out, "https://e.x") || strings.Contains(losses, "link")
		}},
		{"S13 words of a block card", "storage adf", `<a href="https://e.x" data-card-appearance="block">Project plan</a>`, shown("Project plan")},

		{"L1 key of an issue macro", "storage markdown", "<p>" + macro("jira", `<ac:parameter ac:name="key">ABC-12</ac:parameter>`) + "</p>", has("ABC-12")},
		{"L2 plain-text body", "storage markdown", macro("plantuml", "<ac:plain-text-body><![CDATA[Alice -> Bob]]></ac:plain-text-body>"), has("Alice")},
		{"L3 title of a panel macro", "storage markdown", macro("panel", `<ac:parameter ac:name="title">Mind this</ac:parameter>`+rich("<p>x</p>")), has("Mind this")},
		{"L4 mention by name", "storage markdown", `<p><ac:link><ri:user ri:username="joe"/></ac:link></p>`, has("joe")},
		{"L5 included page", "storage markdown", include, has("Shared")},
		{"L6 card with data", "adf markdown", inline(`{"type":"inlineCard","attrs":{"data":{"@type":"Document","name":"Plan","url":"https://e.x/c"}}}`), has("https://e.x/c")},
		{"L7 macro of the older form", "storage markdown", `<ac:macro ac:name="code"><ac:plain-text-body><![CDATA[x = 1]]></ac:plain-text-body></ac:macro>`, has("```")},
		{"L8 HTML image", "storage markdown", `<p><img src="https://i.x/a.png" alt="Alt"/></p>`, has("https://i.x/a.png")},

		{"W1 line end in the source", "storage markdown", "<p>line one\n   line two</p>", hasNot("<br>")},
		{"W2 indented source", "storage adf", "<ul>\n  <li>\n    one\n  </li>\n</ul>", has(`"one"`)},
		{"W3 relative link", "markdown adf", "[license](LICENSE.md)", hasNot(`"href":"LICENSE.md"`)},
		{"W4 table with a caption", "storage markdown", "<table><caption>Cap</caption><tbody><tr><td>alpha</td><td>beta</td></tr></tbody></table>", hasNot("alphabeta")},
		{"W5 neighboring blocks", "storage markdown", "<dl><dt>Term</dt><dd>Meaning</dd></dl>", hasNot("TermMeaning")},
		{"W6 many underscores", "markdown adf", strings.Repeat("snake_case_name ", 1500), has("snake_case_name")},
		{"W7 words between colons", "markdown storage", "as in :return: and :rtype:", hasNot(`ac:name="return"`)},
		{"W8 loss without a name", "adf storage", doc(`{"type":1}`), func(_, losses string) bool { return !nameless.MatchString(losses) }},

		{"U1 bare link", "markdown markdown", "see https://e.x/a_b now", func(out, _ string) bool { return out == "see https://e.x/a_b now" }},
		{"U2 bold in a link", "markdown markdown", "[**x**](https://e.x)", hasNot("<strong>")},
		{"U3 comment in Markdown", "markdown adf", "a\n\n<!-- TODO: ask Ann -->\n\nb", hasNot("TODO")},
		{"U4 anchor in a heading", "storage markdown", "<h2>" + macro("anchor", `<ac:parameter ac:name="">a1</ac:parameter>`) + "Setup</h2>", hasNot("[macro")},
		{"U5 comment in storage", "storage markdown", "<p>b<!-- d --></p>", hasNot("[html]")},
		{"U6 HTML image in a link", "markdown adf", `<a href="https://e.x"><img src="https://i.x/a.png" alt="Alt"></a>`, hasNot("<img")},
		{"U7 footnote", "markdown storage", "text[^1]\n\n[^1]: The note\n", hasNot("[^1]")},
		{"U8 block in a paragraph", "storage markdown", "<p>before " + macro("info", rich("<p>in</p>")) + " after</p>", hasNot("&#32;")},
	}
}

// convert carries a source through formats, and returns the notices of all
// steps. A source that is refused is a notice.
func convert(path, source string) (out, losses string) {
	formats := strings.Fields(path)
	var notices []string
	for i, from := range formats[:len(formats)-1] {
		d, err := parse(from, source)
		if err != nil {
			return "", err.Error()
		}
		var lost richtext.Losses
		source, lost = write(formats[i+1], d)
		notices = append(notices, lost.String())
	}
	return source, strings.Join(notices, "\n")
}

func parse(format, source string) (*richtext.Document, error) {
	switch format {
	case "adf":
		return richtext.ParseADF([]byte(source), richtext.Limits{})
	case "storage":
		return richtext.ParseStorage(source, richtext.Limits{})
	}
	return richtext.ParseMarkdown(source, richtext.MarkdownOptions{})
}

func write(format string, d *richtext.Document) (string, richtext.Losses) {
	switch format {
	case "adf":
		adf, losses := d.ADF()
		return string(adf), losses
	case "storage":
		return d.Storage()
	}
	return d.Markdown()
}

func TestReproductions(t *testing.T) {
	t.Parallel()
	for _, r := range reproductions() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			out, losses := convert(r.path, r.source)
			if !r.holds(out, losses) {
				t.Errorf("%s of %.300q does not hold: %.300q, losses %q", r.path, r.source, out, losses)
			}
		})
	}
}
