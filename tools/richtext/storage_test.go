package richtext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

// fragments are what random storage bodies are put together from.
var fragments = []string{
	"text", " ", "&nbsp;", "&mdash;", "&lt;p&gt;", "<br/>", "<br />", "<hr/>", "<p/>", "<p>a</p>", "<p>a <strong>b</strong></p>", `<p class="x" style="text-align: right;">r</p>`,
	"<h1>H</h1>", "<h3><br/></h3>", "<ul><li>a</li><li><p>b</p><ol><li>c</li></ol></li></ul>", "<ul>text</ul>", "<ol start=\"0\"><li/></ol>",
	"<table><tbody><tr><td>a</td><td colspan=\"2\"><p>b</p></td></tr></tbody></table>", "<table><thead><tr><th>h</th></tr></thead><tbody><tr><td/></tr></tbody></table>", "<table/>", "<table><tbody><tr/></tbody></table>",
	"<table><tbody><tr><td><table><tbody><tr><td>n</td></tr></tbody></table></td></tr></tbody></table>",
	"<blockquote>q<blockquote><h2>n</h2></blockquote></blockquote>", "<pre>a\n  b</pre>", "<div><p>d</p></div>", "<div>d</div>", "<!-- comment -->", "<span>s</span>", "<small>s</small>", "<a name=\"x\"/>", "<a href=\"u\">l</a>", "<font><p>x</p></font>",
	`<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[x ]]]]><![CDATA[> y]]></ac:plain-text-body></ac:structured-macro>`,
	`<ac:structured-macro ac:name="info"><ac:rich-text-body><p>i</p></ac:rich-text-body></ac:structured-macro>`, `<ac:structured-macro ac:name="tip"><ac:rich-text-body/></ac:structured-macro>`,
	`<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">S</ac:parameter></ac:structured-macro>`, `<ac:structured-macro/>`, `<ac:structured-macro ac:name="x"><ac:rich-text-body><ul><li><h1>t</h1></li></ul></ac:rich-text-body></ac:structured-macro>`,
	`<p><ac:structured-macro ac:name="info"><ac:rich-text-body><p>i</p></ac:rich-text-body></ac:structured-macro></p>`, `<li>stray</li>`, `<td>stray</td>`,
	`<ac:link><ri:user ri:account-id="1"/></ac:link>`, `<ac:link><ri:page ri:content-title="A/B"/></ac:link>`, `<ac:link/>`, `<ac:link ac:anchor="x"/>`, `<ac:image><ri:attachment ri:filename="a b.png"/></ac:image>`, `<ac:image/>`, `<p><ac:image><ri:url ri:value="u"/></ac:image></p>`,
	`<ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>t<ac:task-list><ac:task><ac:task-body/></ac:task></ac:task-list></ac:task-body></ac:task></ac:task-list>`, `<ac:task-list><ac:task><ac:task-body><p>t</p><table><tbody><tr><td>x</td></tr></tbody></table></ac:task-body></ac:task></ac:task-list>`,
	`<ac:layout><ac:layout-section ac:type="two_equal"><ac:layout-cell><p>l</p></ac:layout-cell><ac:layout-cell/></ac:layout-section></ac:layout>`, `<ac:layout><ac:layout-section ac:type="fixed-width" ac:breakout-mode="default"><ac:layout-cell><p>f</p></ac:layout-cell></ac:layout-section></ac:layout>`,
	`<ac:emoticon ac:name="thumbs-up"/>`, `<time datetime="2026-01-02"/>`, `<time datetime="x"/>`, `<ac:inline-comment-marker ac:ref="r">c</ac:inline-comment-marker>`, `<ac:inline-comment-marker ac:ref="r"><p>c</p></ac:inline-comment-marker>`, `<ac:placeholder>p</ac:placeholder>`,
	`<ac:adf-extension><ac:adf-node type="x"><ac:adf-content><p>n</p></ac:adf-content></ac:adf-node></ac:adf-extension>`, `<ac:unknown xmlns:q="z"><q:y/></ac:unknown>`,
}

// checkStorage holds the promises for a storage body: it is the same after one
// turn at the latest, with the same words, and what the other formats make of
// it is valid.
func checkStorage(t fataler, validate func([]byte) error, src string) {
	t.Helper()
	d := readStorage(t, src)
	once, _ := d.Storage()
	again := readStorage(t, once)
	twice, _ := again.Storage()
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Fatalf("a second turn changed the body %q:\n%s", src, diff)
	}
	if diff := cmp.Diff(d.PlainText(), again.PlainText()); diff != "" {
		t.Fatalf("words of %q changed:\n%s\n%s", src, once, diff)
	}
	adf, _ := d.ADF()
	if err := validate(adf); err != nil {
		t.Fatalf("invalid ADF from %q: %v\n%s", src, err, adf)
	}
	markdown, _ := d.Markdown()
	back, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{})
	if err != nil {
		return
	}
	adf, _ = back.ADF()
	if err := validate(adf); err != nil {
		t.Fatalf("invalid ADF by way of Markdown from %q: %v\n%s", src, err, adf)
	}
}

func TestStorageProperties(t *testing.T) {
	t.Parallel()
	validate := adfValidator(t)
	body := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 8).Draw(t, "fragments")
		s := strings.Join(parts, "")
		if wrap := rapid.SampledFrom([]string{"", "p", "li", "div", "strong", "td", "ac:layout"}).Draw(t, "wrap"); wrap != "" {
			s += "<" + wrap + ">" + s + "</" + wrap + ">"
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		checkStorage(t, validate, body.Draw(t, "body"))
	})
}

// TestStorageIdentity writes pages back exactly as they were.
func TestStorageIdentity(t *testing.T) {
	t.Parallel()
	src := string(document(t, "every-macro.storage.xml"))
	got, losses := readStorage(t, src).Storage()
	if diff := cmp.Diff(src, got); diff != "" || len(losses) > 0 {
		t.Errorf("losses %v, changed (-before +after):\n%s", losses, diff)
	}
}

// TestQuoteKeepsLineBreaks holds that a line break inside a text, which ADF
// shows as one, is not lost when the document is adapted.
func TestQuoteKeepsLineBreaks(t *testing.T) {
	t.Parallel()
	d := readADF(t, []byte(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a\nb"}]}]}`))
	want := `{"type":"doc","version":1,"content":[{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"a\nb"}]}]}]}`
	if adf, losses := d.Quote().ADF(); string(adf) != want || len(losses) > 0 {
		t.Errorf("%s, losses %v", adf, losses)
	}
}
