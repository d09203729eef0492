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
	"\n  ", "\t", "&#32;", "&#9;", "&#10;", "\u00a0", "a\n  b", "<p> a <strong> b </strong> <br/> c </p>", "<p>\n</p>", "<p>a<!-- c --> b</p>", "<p><!-- c --></p>", "<ul>\n  <li>\n    a\n    <ul><!-- c --><ul><li/></ul></ul></li>b</ul>",
	"<table><caption>c</caption><tfoot><tr><td>f</td></tr></tfoot>x<tr>y<td>a</td></tr></table>", "<table><caption><table><caption>c</caption></table></caption></table>", "<dl><dt>t</dt><dd>d</dd>x<dt><h1>b</h1></dt></dl>",
	"<img src=\"u\" alt=\"a\" width=\"3\"/>", "<img/>", "<p><img src=\"u\"/></p>", "<a href=\"u\"> </a>", "<a href=\"u\"><p>a</p><table><tbody><tr><td>b</td></tr></tbody></table></a>", "<pre>a <a href=\"u\">b</a><br/><ac:image/><em>c</em></pre>", "<pre><p>a</p></pre>",
	`<a href="u" data-card-appearance="block">words</a>`, `<a href="https://e.x" data-card-appearance="inline"><em>w</em></a>`, `<a href="https://e.x" data-card-appearance="embed"><p>w</p></a>`,
	`<ac:macro ac:name="code"><ac:plain-text-body>x</ac:plain-text-body></ac:macro>`, `<ac:macro ac:name="m"><ac:default-parameter>p</ac:default-parameter></ac:macro>`, `<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">a</ac:parameter></ac:structured-macro>`,
	`<ac:structured-macro ac:name="m"><ac:parameter ac:name="p"><ac:link><ri:page ri:content-title="T"/></ac:link></ac:parameter><ac:parameter ac:name="p"><b>x</b></ac:parameter>text<ac:plain-text-body>x</ac:plain-text-body><ac:plain-text-body>y</ac:plain-text-body></ac:structured-macro>`,
	`<ac:structured-macro ac:name="info">x<ac:rich-text-body><p>a</p></ac:rich-text-body><!-- c --><ac:rich-text-body>b</ac:rich-text-body></ac:structured-macro>`, `<ac:structured-macro ac:name="m"><ac:image><ri:url ri:value="u"/></ac:image><em>x</em></ac:structured-macro>`,
	`<ac:link><ri:user ri:username="joe"/><ac:link-body>J</ac:link-body></ac:link>`, `<ac:link><ri:space ri:space-key="S"/></ac:link>`, `<ac:link ac:anchor="a"><ri:attachment ri:filename="f"><ri:page ri:content-title="P"/></ri:attachment></ac:link>`,
}

// checkStorage holds the promises for a storage body: it is the same after one
// turn at the latest, with the same words, and what the other formats make of
// it is valid.
func checkStorage(t fataler, validate func([]byte) error, src string) {
	t.Helper()
	d := readStorage(t, src)
	once, _ := d.Storage()
	if once != src && !strings.Contains(src, "<ac:layout") {
		t.Fatalf("the body changed when nothing was edited:\n%s", cmp.Diff(src, once))
	}
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

// TestJoinedTextStaysApart writes documents of text without a paragraph around
// it as paragraphs of their own.
func TestJoinedTextStaysApart(t *testing.T) {
	t.Parallel()
	got, _ := richtext.Join(readStorage(t, "a"), readStorage(t, "b"), readStorage(t, "<p>c</p>")).Storage()
	if want := "a<p>b</p><p>c</p>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
