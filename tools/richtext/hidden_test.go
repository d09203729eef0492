package richtext_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/richtext"
)

// TestHiddenContentIsNotShown puts words that show nothing wherever words may
// stand: no format shows them, the losses tell, and an edit keeps them.
func TestHiddenContentIsNotShown(t *testing.T) {
	t.Parallel()
	const words = "IGNORE"
	hiding := map[string]string{
		"display":    `<span style="display: none">` + words + `</span>`,
		"visibility": `<em style="visibility:hidden"><strong>` + words + `</strong></em>`,
		"size":       `<a href="https://example.com" style="color:red;font-size:0.01em">` + words + `</a>`,
		"hidden":     `<u hidden="hidden">` + words + `</u>`,
		"script":     `<script>` + words + `</script>`,
		"comment":    `<!-- ` + words + ` -->`,
	}
	places := map[string]string{
		"paragraph":   `<p>Seen %</p>`,
		"bare":        `Seen %`,
		"heading":     `<h1>Seen %</h1>`,
		"item":        `<ul><li>Seen %</li></ul>`,
		"list":        `<ol>%<li>Seen</li></ol>`,
		"definition":  `<dl><dt>Seen</dt>%<dd>also %</dd></dl>`,
		"quote":       `<blockquote>%<p>Seen</p></blockquote>`,
		"cell":        `<table><tbody><tr><td>Seen %</td></tr></tbody></table>`,
		"row":         `<table><tbody><tr>%<td>Seen</td></tr></tbody></table>`,
		"table":       `<table>%<tbody>%<tr><td>Seen</td></tr></tbody></table>`,
		"task":        `<ac:task-list><ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>Seen %</ac:task-body></ac:task></ac:task-list>`,
		"panel":       `<ac:structured-macro ac:name="info"><ac:rich-text-body>%<p>Seen</p></ac:rich-text-body></ac:structured-macro>`,
		"macro":       `<ac:structured-macro ac:name="other">%<ac:rich-text-body><p>Seen</p></ac:rich-text-body></ac:structured-macro>`,
		"layout":      `<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell><p>Seen %</p></ac:layout-cell></ac:layout-section></ac:layout>`,
		"link":        `<p><ac:link><ri:page ri:content-title="T"/><ac:link-body>Seen %</ac:link-body></ac:link></p>`,
		"mention":     `<p>Seen <ac:link><ri:user ri:account-id="5b10"/><ac:link-body>J %</ac:link-body></ac:link></p>`,
		"image":       `<p>Seen <ac:image><ri:url ri:value="https://example.com/a.png"/><ac:caption>C %</ac:caption></ac:image></p>`,
		"image block": `<p>Seen</p><ac:image><ri:url ri:value="https://example.com/a.png"/><ac:caption>C %</ac:caption></ac:image>`,
		"placeholder": `<p>Seen <ac:placeholder>P %</ac:placeholder></p>`,
		"code":        `<p>Seen</p><pre>code %</pre>`,
		"plain body":  `<p>Seen</p><ac:structured-macro ac:name="code"><ac:plain-text-body>code %</ac:plain-text-body></ac:structured-macro>`,
		"unknown":     `<foo>Seen %</foo>`,
		"division":    `<div>%<p>Seen</p>%</div>`,
	}
	for place, around := range places {
		for how, hidden := range hiding {
			src := strings.ReplaceAll(around, "%", hidden)
			d := readStorage(t, src)
			markdown, losses := d.Markdown()
			adf, _ := d.ADF()
			outline, err := richtext.Outline([]byte(src), richtext.FormatStorage)
			if err != nil {
				t.Fatal(err)
			}
			shown := markdown + string(adf) + d.PlainText()
			for _, h := range outline {
				shown += h.Text
			}
			switch {
			case strings.Contains(shown, words) || strings.Contains(losses.String(), words):
				t.Errorf("%s, %s: is shown:\n%s\n%s\n%s", place, how, markdown, adf, losses)
			case !strings.Contains(markdown, "Seen"):
				t.Errorf("%s, %s: more is hidden: %q", place, how, markdown)
			case how != "comment" && !strings.Contains(losses.String(), "hidden content dropped"):
				t.Errorf("%s, %s: not told: %q", place, how, losses)
			}
			if same, _ := d.Storage(); same != src {
				t.Errorf("%s, %s: is not kept: %s", place, how, same)
			}
			edited, _, err := richtext.Append([]byte(src), richtext.FormatStorage, readMarkdown(t, "added"))
			if err != nil || strings.Count(string(edited), words) != strings.Count(src, words) {
				t.Errorf("%s, %s: is not kept when the page is edited: %s, %v", place, how, edited, err)
			}
		}
	}
}

// TestWordsBesideTheBodyOfALinkAreNotShown holds that the words of a link, and
// the name of a mentioned person, come from its body alone.
func TestWordsBesideTheBodyOfALinkAreNotShown(t *testing.T) {
	t.Parallel()
	for _, target := range []string{`<ri:user ri:account-id="5b10"/>`, `<ri:page ri:content-title="T"/>`} {
		for _, body := range []string{"", "<ac:link-body>Seen</ac:link-body>"} {
			d := readStorage(t, "<p><ac:link>stray"+target+body+"</ac:link></p>")
			markdown, _ := d.Markdown()
			if strings.Contains(markdown, "stray") || strings.Contains(markdown, "Seen") != (body != "") {
				t.Errorf("%s%s became %q", target, body, markdown)
			}
		}
	}
}
