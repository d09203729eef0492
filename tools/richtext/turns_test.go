package richtext_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

var mentionName = regexp.MustCompile(`@\[(?:\\.|[^\]\\])*\]\(accountid:((?:\\.|[^)\\])*)\)`)

var mentionText = regexp.MustCompile(`,"text":"(?:\\.|[^"\\])*"(},"type":"mention")`)

// withoutNames is Markdown whose mentions tell the account alone: storage does
// not hold the name of a mentioned person.
func withoutNames(markdown string) string {
	return mentionName.ReplaceAllString(markdown, "[~accountid:$1]")
}

// checkMarkdownTurn holds that Markdown which storage can carry comes back from
// it as this package writes it: with line ends of one kind, one notation for each
// element and nothing else changed.
func checkMarkdownTurn(t fataler, src string) {
	t.Helper()
	d := readMarkdown(t, src)
	storage, losses := d.Storage()
	if len(losses) > len(d.Losses()) {
		return // told to the caller
	}
	normal, _ := d.Markdown()
	got, _ := readStorage(t, storage).Markdown()
	replaced := func(s string) int { return strings.Count(s, "\uFFFD") + strings.Count(s, "%EF%BF%BD") }
	if replaced(got) > replaced(normal) {
		return // XML has no place for most control characters
	}
	if diff := cmp.Diff(withoutNames(normal), withoutNames(got)); diff != "" {
		t.Fatalf("%q changed by way of storage (-before +after):\n%s\n%s", src, diff, storage)
	}
}

// checkStorageTurn holds that a storage body which Markdown can carry comes back
// from it as the same document, but for empty paragraphs, the names of mentioned
// persons and what is generated anew. It reports whether Markdown could.
func checkStorageTurn(t fataler, src string) bool {
	t.Helper()
	d := readStorage(t, src)
	markdown, losses := d.Markdown()
	if len(losses) > 0 {
		return false // told to the caller
	}
	storage, losses := readMarkdown(t, markdown).Storage()
	if diff := cmp.Diff(withoutEmpty(t, d), withoutEmpty(t, readStorage(t, storage))); diff != "" || len(losses) > 0 {
		t.Fatalf("changed by way of Markdown, losses %v (-before +after):\n%s\n%s\n%q\n%s", losses, diff, src, markdown, storage)
	}
	return true
}

// withoutEmpty is a document as ADF without its empty paragraphs and the names of
// mentioned persons: Markdown carries a name for its reader, and storage gets the
// account alone.
func withoutEmpty(t fataler, d *richtext.Document) string {
	t.Helper()
	const empty = `{"type":"paragraph"}`
	adf, _ := d.ADF()
	s := strings.NewReplacer(empty+",", "", empty, "").Replace(canonical(t, adf, false))
	s = mentionText.ReplaceAllString(s, "$1")
	return pretty(t, []byte(strings.ReplaceAll(s, "},]", "}]")))
}

func TestMarkdownThroughStorage(t *testing.T) {
	t.Parallel()
	checkMarkdownTurn(t, "<a href='u'> </a>")
	checkMarkdownTurn(t, "[words]()")
	rapid.Check(t, func(t *rapid.T) {
		checkMarkdownTurn(t, markdownSource().Draw(t, "source"))
	})
}

func TestStorageThroughMarkdown(t *testing.T) {
	t.Parallel()
	carried := 0
	rapid.Check(t, func(t *rapid.T) {
		if checkStorageTurn(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 8).Draw(t, "fragments"), "")) {
			carried++
		}
	})
	if carried == 0 {
		t.Error("no body was one that Markdown can carry")
	}
}

func FuzzTurns(f *testing.F) {
	for _, s := range snippets {
		f.Add(s, "")
	}
	for _, s := range fragments {
		f.Add("", s)
	}
	f.Fuzz(func(t *testing.T, markdown, storage string) {
		if _, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{}); err == nil {
			checkMarkdownTurn(t, markdown)
		}
		if _, err := richtext.ParseStorage(storage, richtext.Limits{}); err == nil {
			checkStorageTurn(t, storage)
		}
	})
}
