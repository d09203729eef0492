//go:build unix

package richtext_test

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"arcade-atlassian/tools/richtext"
)

// direction is one thing to do with a source or with the document read from it.
type direction struct {
	name string
	run  func(src string, d *richtext.Document)
}

func directions(format string) []direction {
	out := []direction{
		{"reading", func(src string, _ *richtext.Document) { _, _ = read(format, src) }},
		{"writing Markdown", func(_ string, d *richtext.Document) { d.Markdown() }},
		{"writing ADF", func(_ string, d *richtext.Document) { d.Quote().ADF() }},
		{"writing storage", func(_ string, d *richtext.Document) { d.Storage() }},
	}
	if format == "markdown" {
		return out
	}
	stored := richtext.FormatADF
	if format == "storage" {
		stored = richtext.FormatStorage
	}
	return append(out, direction{"replacing a section", func(src string, d *richtext.Document) {
		_, _, _ = richtext.ReplaceSection([]byte(src), stored, "nowhere", d)
	}})
}

func read(format, src string) (*richtext.Document, error) {
	switch format {
	case "markdown":
		return richtext.ParseMarkdown(src, richtext.MarkdownOptions{})
	case "adf":
		return richtext.ParseADF([]byte(src), richtext.Limits{})
	}
	return richtext.ParseStorage(src, richtext.Limits{})
}

// repeated returns a part n times; # in it is the number of the repetition.
func repeated(n int, part, between string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(strings.ReplaceAll(part, "#", strconv.Itoa(i)))
	}
	return b.String()
}

// TestLinear holds every direction to time in proportion to the length of the
// input: twice as much takes less than three times as long. It is measured with
// four times as much, which then takes less than nine times as long, because the
// difference between linear (four) and quadratic (sixteen) is greater there. Each
// case is made of what a direction once looked at again and again, or might.
func TestLinear(t *testing.T) { //nolint:paralleltest // other tests would be timed with it
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	text := `{"type":"text","text":"a"}`
	doc := func(content string) string { return `{"type":"doc","version":1,"content":[` + content + `]}` }
	block := func(kind, rest string) string { return doc(`{"type":"` + kind + `",` + rest + `}`) }
	macro := func(name, inner string) string {
		return `<ac:structured-macro ac:name="` + name + `">` + inner + `<ac:rich-text-body><p>a</p></ac:rich-text-body></ac:structured-macro>`
	}
	parameter := `<ac:parameter ac:name="p#">a</ac:parameter>`
	for _, tt := range []struct {
		format, name string
		// size is how many parts the smaller of the two inputs has.
		size int
		make func(n int) string
	}{
		{"markdown", "a table before code", 500, func(n int) string {
			return "|a|b|\n|-|-|\n" + repeated(n, "|b|c|\n", "") + "\n```\n" + repeated(n, "some code that goes on\n", "") + "```\n"
		}},
		{"markdown", "sections", 250, func(n int) string { return repeated(n, "## Section #\n\nSome *words* and `code`.\n\n", "") }},
		{"markdown", "items", 500, func(n int) string { return repeated(n, "- [ ] a\n  - b\n", "") }},
		{"markdown", "links", 250, func(n int) string { return repeated(n, "[a](b#) @[Jane] https://example.com/#\n\n", "") }},
		{"markdown", "<details> in one block", 250, func(n int) string { return repeated(n, "<details></details><details><summary></details>\n", "") }},
		{"markdown", "elements of one block", 500, func(n int) string {
			return "<div>\n<ul>" + repeated(n, "<li><a href=b#>a</a> <b>c</b>", "\n") + "</ul>\n<table>" + repeated(n, "<tr><td>a<td>b", "\n") + "</table></div>"
		}},
		{"markdown", "tags in one paragraph", 500, func(n int) string { return repeated(n, "<span>a</span> <img src=b#> <!-- c -->", "\n") }},
		{"markdown", "footnotes", 250, func(n int) string { return repeated(n, "a[^#]\n\n[^#]: b[^0]\n\n", "") }},
		{"markdown", "one footnote", 250, func(n int) string { return "[^a]: b\n\n" + repeated(n, "a[^a]\n", "") }},
		{"markdown", "words with underscores", 2000, func(n int) string { return repeated(n, "snake_case_# ", "") }},
		{"markdown", "code in lists", 250, func(n int) string { return repeated(n, "- a\n\n  ```\n  b\n    \n\n  c\n  ```\n", "") }},
		{"markdown", "code with bars in cells", 1500, func(n int) string { return "|a|\n|-|\n" + repeated(n, "|`a\\|b`|\n", "") }},

		{"adf", "attributes of a panel", 2000, func(n int) string { return block("panel", `"attrs":{`+repeated(n, `"a#":1`, ",")+"}") }},
		{"adf", "attributes of an image", 6000, func(n int) string { return block("media", `"attrs":{`+repeated(n, `"a#":1`, ",")+"}") }},
		{"adf", "attributes of a node with a long name", 500, func(n int) string {
			return block(strings.Repeat("name", n), `"attrs":{`+repeated(n, `"a#":1`, ",")+"}")
		}},
		{"adf", "marks of one text", 2000, func(n int) string {
			return block("paragraph", `"content":[{"type":"text","text":"a","marks":[`+repeated(n, `{"type":"m#"}`, ",")+"]}]")
		}},
		{"adf", "styles of one paragraph", 500, func(n int) string {
			return block("paragraph", `"marks":[`+repeated(n, `{"type":"m#"}`, ",")+","+repeated(n, `{"type":"alignment"}`, ",")+"]")
		}},
		{"adf", "lists in a task list", 500, func(n int) string {
			return block("taskList", `"content":[`+repeated(n, `{"type":"taskList","content":[{"type":"taskItem","content":[`+text+`]}]}`, ",")+"]")
		}},
		{"adf", "blocks", 500, func(n int) string {
			return doc(repeated(n, `{"type":"heading","content":[{"type":"text","text":"a#"}]},{"type":"paragraph","content":[`+text+`]}`, ","))
		}},
		{"adf", "cells", 500, func(n int) string {
			return block("table", `"content":[`+repeated(n, `{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[`+text+`]}]}]}`, ",")+"]")
		}},
		{"adf", "short rows under a long one", 250, func(n int) string {
			cell := `{"type":"tableCell","content":[]}`
			return block("table", `"content":[{"type":"tableRow","content":[`+repeated(n, cell, ",")+`]},`+repeated(n, `{"type":"tableRow","content":[`+cell+`]}`, ",")+"]")
		}},
		{"adf", "emphasis that has to be a tag", 250, func(n int) string {
			return block("paragraph", `"content":[`+repeated(n, `{"type":"text","text":"a","marks":[{"type":"strong"}]},{"type":"text","text":"b","marks":[{"type":"strong"},{"type":"em"}]},{"type":"text","text":"c"}`, ",")+"]")
		}},

		{"storage", "parameters of a panel", 500, func(n int) string { return macro("info", repeated(n, parameter, "")) }},
		{"storage", "parameters of any macro", 500, func(n int) string { return macro("excerpt", repeated(n, parameter, "")) }},
		{"storage", "parameters of code", 500, func(n int) string {
			return `<ac:structured-macro ac:name="code">` + repeated(n, parameter, "") + `</ac:structured-macro>`
		}},
		{"storage", "parameters of a macro with a long name", 500, func(n int) string {
			return macro("info", repeated(n, parameter, "")) + macro("expand"+strings.Repeat("name", n), repeated(n, parameter, ""))
		}},
		{"storage", "text in an element with a long name", 500, func(n int) string {
			name := strings.Repeat("name", n)
			return "<p>a<" + name + ">" + repeated(n, "a<br/>", "") + "</" + name + "></p>"
		}},
		{"storage", "rows", 500, func(n int) string {
			return "<table><tbody>" + repeated(n, "<tr><td>a</td></tr>", "") + "</tbody></table>"
		}},
		{"storage", "content between rows", 250, func(n int) string {
			return "<table>" + repeated(n, "<tr>x<td>a</td></tr>y<caption>c</caption>", "") + "</table>"
		}},
		{"storage", "bodies of a macro", 500, func(n int) string {
			return macro("excerpt", repeated(n, "<ac:rich-text-body><p>a</p></ac:rich-text-body>", ""))
		}},
		{"storage", "comments in a line", 1000, func(n int) string { return "<p>" + repeated(n, "a&nbsp;<!-- c --> ", "") + "</p>" }},
		{"storage", "links in preformatted text", 500, func(n int) string { return "<pre>" + repeated(n, `<a href="u">x</a>y`, "") + "</pre>" }},
		{"storage", "sections", 500, func(n int) string { return repeated(n, "<h2>a #</h2><p>b <strong>c</strong></p>", "") }},
	} {
		small, large := tt.make(tt.size), tt.make(4*tt.size)
		from, err := read(tt.format, small)
		if err != nil {
			t.Errorf("%s: %s: %v", tt.format, tt.name, err)
			continue
		}
		to, err := read(tt.format, large)
		if err != nil {
			t.Errorf("%s: %s: %v", tt.format, tt.name, err)
			continue
		}
		for _, dir := range directions(tt.format) {
			runtime.GC() // so that no garbage is collected meanwhile
			once, more := time.Hour, time.Hour
			linear := func() bool { return more < 9*once+time.Millisecond/2 }
			for try := 0; try == 0 || try < 40 && !linear(); try++ {
				once = min(once, timed(t, func() { dir.run(small, from) }))
				more = min(more, timed(t, func() { dir.run(large, to) }))
			}
			if !linear() {
				t.Errorf("%s: %s: %s takes %v, and %v for four times as much", tt.format, tt.name, dir.name, once, more)
			}
		}
	}
}

// timed returns the time that the processor was busy, which other processes do
// not add to.
func timed(t *testing.T, f func()) time.Duration {
	t.Helper()
	start := busy(t)
	f()
	return busy(t) - start
}

func busy(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What is nested in elements that are no lists after all is converted once, not
// twice for each of them.
func TestNestingIsReadOnce(t *testing.T) {
	t.Parallel()
	for open, shut := range map[string]string{
		"<ul><li>":                                       "</li><x/></ul>",
		"<table><tr><td>":                                "</td><x/></tr></table>",
		"<table><tr><td>a</td>":                          "<x/></tr></table>",
		"<ac:task-list><ac:task><ac:task-body>":          "</ac:task-body></ac:task><x/></ac:task-list>",
		"<ac:layout><ac:layout-section><ac:layout-cell>": "</ac:layout-cell></ac:layout-section><x/></ac:layout>",
	} {
		depth := 120 / strings.Count(open, "<")
		d := readStorage(t, strings.Repeat(open, depth)+"words"+strings.Repeat(shut, depth))
		if got := d.PlainText(); strings.Count(got, "words") != 1 {
			t.Errorf("%s: %q", open, got)
		}
	}
}

// What several pieces of text share is written for each of them. A document that
// would grow beyond all measure is refused.
func TestSharedTargetsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for name, read := range map[string]func() error{
		"Markdown": func() error {
			_, err := richtext.ParseMarkdown("["+strings.Repeat("a<br>", 1000)+"](https://"+long+")", richtext.MarkdownOptions{})
			return err
		},
		"storage": func() error {
			_, err := richtext.ParseStorage(`<p><a href="https://`+long+`">`+strings.Repeat("a<br/>", 1000)+"</a></p>", richtext.Limits{})
			return err
		},
	} {
		if err := read(); !errors.Is(err, richtext.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	panel := `{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"custom","panelIconText":"` + long + `"},"content":[` +
		repeated(200, `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[]}]}]},{"type":"rule"}`, ",") + `]}]}`
	stored, _ := readADF(t, []byte(panel)).Storage()
	adf, losses := readStorage(t, stored).ADF()
	if len(adf) > 3*len(panel) || !strings.Contains(losses.String(), "panel.attributes dropped") {
		t.Errorf("%d bytes grow to %d: %s", len(panel), len(adf), losses)
	}
}
