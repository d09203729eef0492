package richtext_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"arcade-atlassian/tools/richtext"
)

// TestHostileMarkdown feeds sources that make naive parsers slow. They are
// large enough that work growing with the square of their length would not
// end within the time a test may take.
func TestHostileMarkdown(t *testing.T) {
	t.Parallel()
	const size = 1 << 16
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var ticks, steps strings.Builder
	for i := 1; ticks.Len() < size; i++ {
		ticks.WriteString("e" + strings.Repeat("`", i))
	}
	for i := 0; steps.Len() < size; i++ {
		steps.WriteString(strings.Repeat(" ", 2*i) + "- a\n")
	}
	sources := []string{
		repeat("*a "), repeat("a* "), repeat("*a_ "), repeat("a**b"), repeat("_a "), repeat("~~a "), repeat("***a "),
		strings.Repeat("*a **b ", size/14) + strings.Repeat(" b** a*", size/14),
		repeat("["), repeat("]"), repeat("![["), repeat("[a]("), repeat("[a](<b"), repeat("[a "), repeat("[ (]("), repeat("@["), repeat("[date: "), repeat("[~accountid:"),
		repeat(">"), repeat("> "), repeat("> > a\n"), repeat("- "), repeat("* - "), repeat("1. "), repeat("- a\n"), repeat("- [ ] a\n"), steps.String(),
		repeat("`"), ticks.String(), repeat("a``b`"), repeat("```\n"), repeat("    a\n"),
		repeat("<"), repeat("<a "), repeat("<!-- "), repeat("<!A"), repeat("<?"), repeat("<![CDATA["), repeat("<a x='"), repeat("<u>a"), repeat("<u>a</b>"), repeat("<http://"), repeat("<br>"),
		repeat("<a b='"), repeat("<a b=\"<a b='"), repeat("<img a b c "), "<div>\n" + repeat("<div>"), "<p>\n" + repeat("<p>a"), "<ul>\n" + repeat("<li>a"), "<div>\n" + repeat("<b>a"), "<div>\n" + repeat("<!-- "), "<div>\n" + repeat("<!-- -->"),
		"<table>\n" + repeat("<tr><td>a"), "<table>\n<tr>" + repeat("<td>a") + repeat("<tr>"), "<table>\n" + repeat("<tr><td colspan=100>"), repeat("<a href=b>a</a>"), repeat("<span>"),
		repeat("[^a]: "), repeat("[^a]:\n"), repeat("[^a]: b\n"), "[^a]: b\n\n" + repeat("[^a] "), repeat("[^a]: [^a]\n"), repeat("[^"), strings.Repeat("[^a]: ", 200) + repeat("\n") + "    b", strings.Repeat("- ", 200) + "a\nb" + repeat("\n"), strings.Repeat("> - ", 30) + "a" + repeat("\n>"),
		repeat("<details>"), repeat("<details>\n\n"), repeat("</details>\n\n"), repeat("<div>\n"),
		repeat("&"), repeat("&a"), repeat("\\"), repeat(":a"), repeat("a@"), repeat(" a@b"), repeat("http://"), repeat(" www.a("), "http://a.b/" + repeat(")"), repeat("aaaaaaaaaaaaaaaaaaa "),
		"|a|\n|-|\n" + repeat("|b|\n"), repeat("|") + "\n" + repeat("|-"), repeat("a\n|-|\n"), strings.Repeat("|a", 500) + "\n" + strings.Repeat("|-", 500) + "\n" + repeat("|\n"),
		repeat("[a]: b\n"), "[a]: b\n\n" + repeat("[a] "), "[" + repeat("\\]"), repeat("a\n="), repeat("\n"), repeat(" "), repeat("\t"), repeat("#"), repeat("\x00"), repeat("\xff"), repeat("\r"),
	}
	for _, src := range sources {
		d, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{})
		if err != nil {
			if !errors.Is(err, richtext.ErrTooLarge) {
				t.Errorf("%.20q: %v", src, err)
			}
			continue
		}
		d.Markdown()
		d.ADF()
		d.Storage()
	}
}

func TestHostileADF(t *testing.T) {
	t.Parallel()
	nest := func(n int) string {
		return `{"type":"doc","version":1,"content":[` + strings.Repeat(`{"type":"blockquote","content":[`, n) + strings.Repeat("]}", n) + "]}"
	}
	wide := `{"type":"doc","version":1,"content":[{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colspan":1000000000,"rowspan":1000000000},"content":[]}]}` +
		strings.Repeat(`,{"type":"tableRow","content":[{"type":"tableCell","attrs":{"colspan":999,"rowspan":-5},"content":[]}]}`, 2000) + "]}]}"
	lines := `{"type":"doc","version":1,"content":[` + strings.Repeat(`{"type":"blockquote","content":[`, 60) +
		`{"type":"codeBlock","content":[{"type":"text","text":"` + strings.Repeat(`\n`, 1<<20) + `"}]}` + strings.Repeat("]}", 60) + "]}"
	for _, tt := range []struct {
		name, src string
		want      error
	}{
		{"depth at the limit", nest(60), nil},
		{"deep", nest(70), richtext.ErrTooLarge},
		{"very deep", nest(1_000_000), richtext.ErrTooLarge},
		{"huge spans", wide, nil},
		{"many lines, deeply nested", lines, richtext.ErrTooLarge},
		{"many nodes", `{"type":"doc","content":[` + strings.Repeat("1,", 400_000) + "1]}", richtext.ErrTooLarge},
		{"bytes", `{"type":"doc","content":["` + strings.Repeat("a", 9<<20) + `"]}`, richtext.ErrTooLarge},
		{"a string", `"{\"type\":\"doc\"}"`, richtext.ErrMalformed},
		{"a list", `[]`, richtext.ErrMalformed},
		{"another root", `{"type":"paragraph"}`, richtext.ErrMalformed},
		{"nothing", ``, richtext.ErrMalformed},
		{"cut off", `{"type":"doc","content":[`, richtext.ErrMalformed},
		{"more behind", `{"type":"doc"} x`, richtext.ErrMalformed},
		{"a name twice", `{"type":"doc","type":"doc"}`, richtext.ErrMalformed},
		{"invalid UTF-8", "{\"type\":\"doc\",\"x\":\"\xff\"}", richtext.ErrMalformed},
	} {
		d, err := richtext.ParseADF([]byte(tt.src), richtext.Limits{})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err == nil {
			markdown, _ := d.Markdown()
			storage, _ := d.Storage()
			if grown := len(markdown) + len(storage); grown > 20*len(tt.src) {
				t.Errorf("%s: %d bytes grow to %d", tt.name, len(tt.src), grown)
			}
			d.Quote().ADF()
		}
	}
}

func TestHostileStorage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, src string
		want      error
	}{
		{"deep", strings.Repeat("<div>", 1000) + strings.Repeat("</div>", 1000), richtext.ErrTooLarge},
		{"very deep and open", strings.Repeat("<div>", 1<<20), richtext.ErrTooLarge},
		{"many elements", strings.Repeat("<br/>", 400_000), richtext.ErrTooLarge},
		{"bytes", strings.Repeat("a", 9<<20), richtext.ErrTooLarge},
		{"entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b;</p>`, richtext.ErrMalformed},
		{"unknown entity", "<p>&nothing;</p>", richtext.ErrMalformed},
		{"processing instruction", "<?xml version='1.0'?><p/>", richtext.ErrMalformed},
		{"not closed", "<p>", richtext.ErrMalformed},
		{"not opened", "</p>", richtext.ErrMalformed},
		{"crossed", "<b><i></b></i>", richtext.ErrMalformed},
		{"control character", "<p>\x01</p>", richtext.ErrMalformed},
		{"invalid UTF-8", "<p>\xff</p>", richtext.ErrMalformed},
		{"flat text", strings.Repeat("a b ", 1<<18), nil},
		{"many attributes", "<p " + strings.Repeat(`a="b" `, 1<<16) + "/>", nil},
		{"tables without rows in captions", strings.Repeat("<table><caption>", 60) + strings.Repeat("</caption></table>", 60), nil},
		{"huge span", `<table><tbody><tr><td colspan="99999999">a</td></tr></tbody></table>`, nil},
	} {
		d, err := richtext.ParseStorage(tt.src, richtext.Limits{})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err == nil {
			d.Markdown()
			d.ADF()
			d.Storage()
		}
	}
}

func TestLimitsOfTheCaller(t *testing.T) {
	t.Parallel()
	for _, limits := range []richtext.Limits{{Bytes: 5}, {Depth: 1}, {Nodes: 2}} {
		_, markdown := richtext.ParseMarkdown("- a\n  - b\n", richtext.MarkdownOptions{Limits: limits})
		_, adf := richtext.ParseADF([]byte(`{"type":"doc","content":[{"content":[{}]}]}`), limits)
		_, storage := richtext.ParseStorage("<p><b><i><u>x</u></i></b></p>", limits)
		for _, err := range []error{markdown, adf, storage} {
			if !errors.Is(err, richtext.ErrTooLarge) {
				t.Errorf("%+v: %v", limits, err)
			}
		}
	}
}

func TestResolverErrorsStopTheConversion(t *testing.T) {
	t.Parallel()
	ambiguous := fmt.Errorf("two people are called that")
	asked := 0
	_, err := richtext.ParseMarkdown("@[Jane] @[Jane]", richtext.MarkdownOptions{ResolveMention: func(string) (richtext.Mention, error) {
		asked++
		return richtext.Mention{}, ambiguous
	}})
	if !errors.Is(err, ambiguous) || !strings.Contains(err.Error(), `"Jane"`) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// Markdown has no place for cells beyond the header's columns. That they are
// left out is said.
func TestCellsBeyondTheColumnsAreReported(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]int{
		"| a |\n|---|\n| b | c | d |":                2,
		"> | a | b |\n> |---|---|\n> | 1 | 2 | 3":    1,
		"a | b\n--|--\n1 | `x \\| y`\n2 \\| 2 | 3 |": 0,
		"| a | b |\n|---|---|\n| 1 |\n|\n|  |":       0,
		"- | a |\n  |---|\n  | 1 | 2 |\n  | 1 | 2 |": 2,
	} {
		d, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, loss := range d.Losses() {
			if strings.HasPrefix(loss.Kind, "cell beyond") && loss.Fate == richtext.Dropped {
				got += loss.Count
			}
		}
		if got != want {
			t.Errorf("%q: %d cells reported, want %d", src, got, want)
		}
	}
}

// TestEmptyLinesInLists refuses what leads the parser through many open lists
// again and again, and nothing that people write.
func TestEmptyLinesInLists(t *testing.T) {
	t.Parallel()
	for src, refused := range map[string]bool{
		strings.Repeat("- ", 60) + "a" + strings.Repeat("\n", 40_000):             true,
		strings.Repeat("- ", 60) + "a\nlazy" + strings.Repeat("\n", 40_000):       true,
		strings.Repeat("[^a]: ", 60) + "a" + strings.Repeat("\n", 40_000):         true,
		"> " + strings.Repeat("- ", 50) + "a" + strings.Repeat("\n>", 50_000):     true,
		strings.Repeat("- ", 5) + "a" + strings.Repeat("\n", 100_000):             false,
		strings.Repeat("- ", 60) + "a\n\nb" + strings.Repeat("\n", 100_000):       false,
		strings.Repeat("- a\n\n  ```\n\n        b\n\n\n      c\n  ```\n", 10_000): false,
	} {
		_, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{})
		if errors.Is(err, richtext.ErrTooLarge) != refused {
			t.Errorf("%.40q of %d bytes: %v, want refused %t", src, len(src), err, refused)
		}
	}
}

// TestDeepHTMLIsText shows elements that nest deeper than a document may as
// they are written, instead of refusing the document.
func TestDeepHTMLIsText(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<blockquote>", 40) + "a" + strings.Repeat("</blockquote>", 40)
	if got := readMarkdown(t, deep).PlainText(); got != deep {
		t.Errorf("%q", got)
	}
	flat := strings.Repeat("<blockquote>", 20) + "a" + strings.Repeat("</blockquote>", 20)
	if got := readMarkdown(t, flat).PlainText(); got != "a" {
		t.Errorf("%q", got)
	}
}

// TestEmphasisBound counts what can open or close emphasis, not the underscores
// inside words.
func TestEmphasisBound(t *testing.T) {
	t.Parallel()
	for src, refused := range map[string]bool{
		strings.Repeat("*a ", 2048):           false,
		strings.Repeat("*a ", 2049):           true,
		strings.Repeat("_a ", 2049):           true,
		strings.Repeat("~a ", 2049):           true,
		strings.Repeat("a_b__c ", 30_000):     false,
		strings.Repeat("漢_字_é_1 ", 30_000):    false,
		strings.Repeat("a_", 2049) + "*b*":    false,
		strings.Repeat("a_ ", 2049):           true,
		strings.Repeat("*a ", 2048) + "\n\n*": false,
		strings.Repeat("[a ", 1024):           false,
		strings.Repeat("[a ", 1025):           true,
	} {
		_, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{})
		if errors.Is(err, richtext.ErrTooLarge) != refused {
			t.Errorf("%.12q of %d bytes: %v, want refused %t", src, len(src), err, refused)
		}
	}
}
