package richtext_test

import (
	"html"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// TestLinksThatADFAccepts writes links and cards as ADF with addresses that
// Atlassian's validator accepts and refuses; a refused one is shown in words.
func TestLinksThatADFAccepts(t *testing.T) {
	t.Parallel()
	for href, accepted := range map[string]bool{
		"https://e.x/a": true, "HTTP://e.x": true, " https://e.x": true, "ftp://e.x": true, "/wiki/x": true, "//e.x": true, "#top": true,
		"mailto:a@e.x": true, "tel:1": true, "slack:x": true, "sftp://e.x": true,
		"http:e.x": false, "sftp:e.x": false, "a.md": false, "../a": false, "?q=1": false, "made-up:x": false, "javascript:x": false, "e.x:80/a": false,
	} {
		attr := html.EscapeString(href)
		for source, member := range map[string]string{
			`<p><a href="` + attr + `">words</a></p>`:                                                   "href",
			`<p>a <a href="` + attr + `" data-card-appearance="inline">` + attr + `</a></p>`:            "url",
			`<a href="` + attr + `" data-card-appearance="block">` + attr + `</a>`:                      "url",
			`<ac:image ac:href="` + attr + `"><ri:url ri:value="https://i.x/a.png"/></ac:image><p></p>`: "href",
		} {
			adf, losses := readStorage(t, source).ADF()
			if got := strings.Contains(string(adf), `"`+member+`":"`+href+`"`); got != accepted {
				t.Errorf("%s is a link in ADF: %t, want %t: %s", source, got, accepted, adf)
			}
			image := strings.HasPrefix(source, "<ac:image")
			if shown := strings.Contains(string(adf), href); !accepted && shown == image || accepted != (len(losses) == 0) {
				t.Errorf("%s is neither kept nor shown and listed: %s\n%s", source, adf, losses)
			}
		}
	}
}

// TestBareLinks writes links whose words are their address, next to all kinds
// of text, and reads them back the same.
func TestBareLinks(t *testing.T) {
	t.Parallel()
	long := "https://" + strings.Repeat("a.", 130) + "org"
	written := 0
	for _, href := range []string{
		"https://e.x", "https://e.x/a_b", "http://e.x/~a?b=c&d=e#f", "https://e.x/(a)", "https://e.x/a(b", "https://e.x/a)", "https://e.x/a&copy;b", "https://e.x/a&b;",
		"https://e.x/a.", "https://e.x/a*b", "https://e.x/a**", "https://e.x/<b", "https://e.X", "https://e.x:80/a", "https://1.2.3.4/", "ftp://e.x", "https://e.x?a=b", "https://e.x#a.b-c", long,
		"https://e.x/a|b", "https://e.x/`a", "https://e.x/[a]", "https://e.x/a\\b", "https://e.x/:smile:", "https://e.x/~~a~~", "https://e.x/a'b", "https://e.x/é",
	} {
		for _, before := range []string{"", "see ", "(", "a(", "*", "see:", `\`, "[", "é "} {
			for _, after := range []string{"", " now", ".", ". Then", ", a", ")", "). A", "s", "'", `"`, "&lt;", "**", "/b", ";", "_", ":smile:"} {
				text := func(s string) string {
					if s == "" {
						return ""
					}
					return `{"type":"text","text":` + quoted(t, s) + `},`
				}
				source := `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"emoji","attrs":{"shortName":":x:"}},` + text(before) +
					`{"type":"text","text":` + quoted(t, href) + `,"marks":[{"type":"link","attrs":{"href":` + quoted(t, href) + `}}]},` + text(after)
				source = strings.TrimSuffix(source, ",") + `]}]}`
				if before != "" && before[0] != '(' { // without the emoji, which escapes a parenthesis
					source = strings.Replace(source, `{"type":"emoji","attrs":{"shortName":":x:"}},`, "", 1)
				}
				markdown, _ := readADF(t, []byte(source)).Markdown()
				if back, _ := readMarkdown(t, markdown).ADF(); string(back) != source {
					t.Errorf("%s\nis written as %s\nand read as %s", source, markdown, back)
				}
				if !strings.Contains(markdown, "](") {
					written++
				}
			}
		}
	}
	if written < 150 {
		t.Errorf("%d links are written bare, want at least 150", written)
	}
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
