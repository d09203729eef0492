package richtext_test

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
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
// input: twice as much takes less than three times as long. Each case is made
// of what a direction once looked at again and again.
func TestLinear(t *testing.T) { //nolint:paralleltest // other tests would be timed with it
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
		{"markdown", "a table before code", 2000, func(n int) string {
			return "|a|b|\n|-|-|\n" + repeated(n, "|b|c|\n", "") + "\n```\n" + repeated(n, "some code that goes on\n", "") + "```\n"
		}},
		{"markdown", "sections", 1000, func(n int) string { return repeated(n, "## Section #\n\nSome *words* and `code`.\n\n", "") }},
		{"markdown", "items", 2000, func(n int) string { return repeated(n, "- [ ] a\n  - b\n", "") }},
		{"markdown", "links", 1000, func(n int) string { return repeated(n, "[a](b#) @[Jane] https://example.com/#\n\n", "") }},
		{"markdown", "<details> without an end of the summary", 2000, func(n int) string { return repeated(n, "</details><details><summary>", "") }},

		{"adf", "attributes of a panel", 2000, func(n int) string { return block("panel", `"attrs":{`+repeated(n, `"a#":1`, ",")+"}") }},
		{"adf", "attributes of an image", 2000, func(n int) string { return block("media", `"attrs":{`+repeated(n, `"a#":1`, ",")+"}") }},
		{"adf", "attributes of a node with a long name", 2000, func(n int) string {
			return block(strings.Repeat("name", n), `"attrs":{`+repeated(n, `"a#":1`, ",")+"}")
		}},
		{"adf", "marks of one text", 2000, func(n int) string {
			return block("paragraph", `"content":[{"type":"text","text":"a","marks":[`+repeated(n, `{"type":"m#"}`, ",")+"]}]")
		}},
		{"adf", "styles of one paragraph", 2000, func(n int) string {
			return block("paragraph", `"marks":[`+repeated(n, `{"type":"m#"}`, ",")+","+repeated(n, `{"type":"alignment"}`, ",")+"]")
		}},
		{"adf", "lists in a task list", 2000, func(n int) string {
			return block("taskList", `"content":[`+repeated(n, `{"type":"taskList","content":[{"type":"taskItem","content":[`+text+`]}]}`, ",")+"]")
		}},
		{"adf", "blocks", 2000, func(n int) string {
			return doc(repeated(n, `{"type":"heading","content":[{"type":"text","text":"a#"}]},{"type":"paragraph","content":[`+text+`]}`, ","))
		}},
		{"adf", "cells", 2000, func(n int) string {
			return block("table", `"content":[`+repeated(n, `{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[`+text+`]}]}]}`, ",")+"]")
		}},
		{"adf", "tables in a panel", 1000, func(n int) string {
			return block("panel", `"attrs":{"panelType":"custom","panelIconText":"`+strings.Repeat("long name", n)+`"},"content":[`+
				repeated(n, `{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[]}]}]},{"type":"paragraph","content":[`+text+`]}`, ",")+"]")
		}},

		{"storage", "parameters of a panel", 2000, func(n int) string { return macro("info", repeated(n, parameter, "")) }},
		{"storage", "parameters of any macro", 2000, func(n int) string { return macro("excerpt", repeated(n, parameter, "")) }},
		{"storage", "parameters of code", 2000, func(n int) string {
			return `<ac:structured-macro ac:name="code">` + repeated(n, parameter, "") + `</ac:structured-macro>`
		}},
		{"storage", "parameters of an expand with a long name", 2000, func(n int) string {
			return macro("expand", repeated(n, `<ac:parameter ac:name="`+"p#"+`">a</ac:parameter>`, ""))
		}},
		{"storage", "attributes of an element with a long name", 2000, func(n int) string {
			return "<ul " + repeated(n, ` a#="b"`, "") + "><li>a</li></ul>"
		}},
		{"storage", "text in an element with a long name", 2000, func(n int) string {
			name := strings.Repeat("name", n)
			return "<p>a<" + name + ">" + repeated(n, "a<br/>", "") + "</" + name + "></p>"
		}},
		{"storage", "rows", 2000, func(n int) string {
			return "<table><tbody>" + repeated(n, "<tr><td>a</td></tr>", "") + "</tbody></table>"
		}},
		{"storage", "sections", 2000, func(n int) string { return repeated(n, "<h2>a #</h2><p>b <strong>c</strong></p>", "") }},
	} {
		small, large := tt.make(tt.size), tt.make(2*tt.size)
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
			once, twice := time.Hour, time.Hour
			for try := 0; try < 3 || try < 20 && twice > 3*once+time.Millisecond; try++ {
				once = min(once, timed(func() { dir.run(small, from) }))
				twice = min(twice, timed(func() { dir.run(large, to) }))
			}
			if twice > 3*once+time.Millisecond {
				t.Errorf("%s: %s: %s takes %v, and %v for twice as much", tt.format, tt.name, dir.name, once, twice)
			}
		}
	}
}

func timed(f func()) time.Duration {
	runtime.GC() // so that the garbage of one run is not collected during the next
	start := time.Now()
	f()
	return time.Since(start)
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
