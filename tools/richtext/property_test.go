package richtext_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

// snippets are what random Markdown is put together from: every construct,
// and the punctuation that opens or closes one.
var snippets = []string{
	"a", "word", "two words", " ", "  ", "\n", "\n\n", "\n", "\t", "    ", "é", "漢字", "😀", "\u00a0", "\u200b", "€",
	"*", "**", "_", "__", "~", "~~", "`", "``", "```", "```\n", "~~~\n", "[", "]", "(", ")", "<", ">", "!", "!", "#", "# ", "## ",
	"- ", "* ", "+ ", "1. ", "2) ", "9. ", "- [ ] ", "- [x] ", "> ", "> [!NOTE]\n", "> [!WARNING]\n> ", "---", "***", "===",
	"|", "| a | b |\n| - | :-: |\n| c | d |\n", "\\", "\\\n", "  \n", "&amp;", "&#10;", "&#32;", "&copy;", "&", ";", ":", "::",
	"<u>", "</u>", "<b>", "</b>", "<sub>", "</sub>", "<br>", "<br/>", "<div>", "</div>", "<!-- c -->", "<x y='z'>",
	"<details>\n", "<details><summary>t</summary>\n\n", "\n</details>\n", "<summary>s</summary>",
	"<p>", "</p>", "\n<ul><li>", "<li>", "</ul>\n", "\n<table><tr><td>", "<th>", "<td colspan=2>", "<tr>", "</table>\n", "<h2>", "</h2>", "\n<pre>\n", "</pre>\n", "<hr>",
	"<img src=i.png alt=a>", "<a href='u'>", "</a>", "<span>", "</span>", "\n<blockquote>", "</blockquote>\n", "<ol start=3>", "</ol>", "<code>", "</code>",
	"[^1]", "[^n]", "\n[^1]: note\n", "\n\n[^n]: other\n    more\n\n", "    ",
	"[text](url)", "[text](<u v> \"title\")", "![alt](img.png)", "![alt](img.png \"cap\")", "[ref]", "\n[ref]: /dest\n", "[x](javascript:a)",
	"https://example.com/a?b=c", "http://x.y", "www.example.com", "me@example.com", "<https://card.example>", "<me@example.com>",
	"@[Jane Doe]", "@[jane@example.com]", "@[Jane](accountid:1:2)", "[~accountid:5b10]", "[date: 2026-01-02]", "[status: Done (green)]",
	"[status: x]", ":smile:", ":+1:", "[emoji: :x:]", "10:30:00", "[page](page:DS/Title)", "![f](attachment:f.png)",
	"1", ".", "-", "+", "=", "\"", "'", "/", "foo_bar", "x*y", "\x00", "\r", "\x7f",
}

func markdownSource() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(snippets), 0, 24).Draw(t, "snippets"), "")
	})
}

func resolver(name string) (richtext.Mention, error) {
	if strings.HasPrefix(name, "J") || strings.HasPrefix(name, "j") {
		return richtext.Mention{ID: "id-of-" + name, Name: name}, nil
	}
	return richtext.Mention{}, richtext.ErrNoMention
}

// fataler is what *rapid.T and *testing.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func readMarkdown(t fataler, src string) *richtext.Document {
	t.Helper()
	d, err := richtext.ParseMarkdown(src, richtext.MarkdownOptions{ResolveMention: resolver})
	if err != nil {
		t.Fatalf("ParseMarkdown(%q): %v", src, err)
	}
	return d
}

func readADF(t fataler, src []byte) *richtext.Document {
	t.Helper()
	d, err := richtext.ParseADF(src, richtext.Limits{})
	if err != nil {
		t.Fatalf("ParseADF(%s): %v", src, err)
	}
	return d
}

func readStorage(t fataler, src string) *richtext.Document {
	t.Helper()
	d, err := richtext.ParseStorage(src, richtext.Limits{})
	if err != nil {
		t.Fatalf("ParseStorage(%q): %v", src, err)
	}
	return d
}

// checkMarkdown holds the promises for a Markdown source: valid ADF, the same
// words after a turn through Markdown, and nothing changed by a second turn.
func checkMarkdown(t fataler, validate func([]byte) error, src string) {
	t.Helper()
	first := readMarkdown(t, src)
	adf, _ := first.ADF()
	if err := validate(adf); err != nil {
		t.Fatalf("invalid ADF from %q: %v\n%s", src, err, adf)
	}
	written, _ := first.Markdown()
	second := readMarkdown(t, written)
	if got, want := second.PlainText(), first.PlainText(); got != want {
		t.Fatalf("words changed: %q\nsource  %q\nwritten %q\n%s", src, want, written, cmp.Diff(want, got))
	}
	again, _ := second.Markdown()
	third := readMarkdown(t, again)
	a, _ := second.ADF()
	b, _ := third.ADF()
	if string(a) != string(b) {
		t.Fatalf("a second turn changed the document\nsource %q\nonce   %q\ntwice  %q\n%s\n%s", src, written, again, a, b)
	}
	storage, _ := first.Storage()
	stored := readStorage(t, storage)
	sadf, _ := stored.ADF()
	if err := validate(sadf); err != nil {
		t.Fatalf("invalid ADF by way of storage from %q: %v\n%s\n%s", src, err, storage, sadf)
	}
}

func TestMarkdownProperties(t *testing.T) {
	t.Parallel()
	validate := adfValidator(t)
	rapid.Check(t, func(t *rapid.T) {
		checkMarkdown(t, validate, markdownSource().Draw(t, "source"))
	})
}

// canonical returns JSON with sorted members and without the identifiers that
// are generated anew.
func canonical(t fataler, adf []byte, identifiers bool) string {
	t.Helper()
	v := jsontext.Value(slices.Clone(adf))
	if !identifiers {
		v = jsontext.Value(localID.ReplaceAll(v, []byte(`"localId":""`)))
	}
	if err := v.Canonicalize(); err != nil {
		t.Fatalf("canonicalize %s: %v", adf, err)
	}
	return string(v)
}

var localID = regexp.MustCompile(`"localId":"[^"]*"`)

func TestADFProperties(t *testing.T) {
	t.Parallel()
	validate := adfValidator(t)
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t: t}
		src := g.document()
		if err := validate(src); err != nil {
			t.Fatalf("the generator drew an invalid document: %v\n%s", err, src)
		}
		checkADF(t, validate, src)
	})
}

// checkADF holds the promises for a valid ADF document: nothing changes when
// it is written as ADF again, and what the other formats make of it is valid.
func checkADF(t fataler, validate func([]byte) error, src []byte) {
	t.Helper()
	d := readADF(t, src)
	same, losses := d.ADF()
	if diff := cmp.Diff(canonical(t, src, true), canonical(t, same, true)); diff != "" || len(losses) > 0 {
		t.Fatalf("ADF changed (-read +written), losses %v:\n%s", losses, diff)
	}
	if again, _ := readADF(t, same).ADF(); string(again) != string(same) {
		t.Fatalf("canonical ADF changed:\n%s\n%s", same, again)
	}
	markdown, _ := d.Markdown()
	back, _ := readMarkdown(t, markdown).ADF()
	if err := validate(back); err != nil {
		t.Fatalf("invalid ADF by way of Markdown: %v\n%s\n%s", err, markdown, back)
	}
	storage, _ := d.Storage()
	stored := readStorage(t, storage)
	if again, _ := stored.Storage(); again != storage {
		t.Fatalf("canonical storage changed:\n%s\n%s", storage, again)
	}
	back, _ = stored.ADF()
	if err := validate(back); err != nil {
		t.Fatalf("invalid ADF by way of storage: %v\n%s\n%s", err, storage, back)
	}
}

// TestSharedDocuments draws documents from what all three formats have.
func TestSharedDocuments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t: t, shared: true}
		src := g.document()
		d := readADF(t, src)
		want := canonical(t, src, false)

		markdown, losses := d.Markdown()
		back, _ := readMarkdown(t, markdown).ADF()
		if diff := cmp.Diff(pretty(t, []byte(want)), pretty(t, []byte(canonical(t, back, false)))); diff != "" {
			t.Fatalf("changed by way of Markdown (-before +after):\n%s\n%s\n%s", diff, markdown, want)
		}
		if len(losses) > 0 {
			t.Fatalf("Markdown reports losses where there are none:\n%s\n%s", losses, markdown)
		}

		storage, losses := d.Storage()
		back, _ = readStorage(t, storage).ADF()
		if diff := cmp.Diff(pretty(t, []byte(want)), pretty(t, []byte(canonical(t, back, false)))); diff != "" {
			t.Fatalf("changed by way of storage (-before +after):\n%s\n%s", diff, storage)
		}
		if len(losses) > 0 {
			t.Fatalf("storage reports losses where there are none:\n%s\n%s", losses, storage)
		}
	})
}
