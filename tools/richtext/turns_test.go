package richtext_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

var mentionName = regexp.MustCompile(`@\[(?:\\.|[^\]\\])*\]\(accountid:((?:\\.|[^)\\])*)\)`)

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
	if replaced(storage) > replaced(normal) {
		return // XML has no place for most control characters
	}
	if diff := cmp.Diff(withoutNames(normal), withoutNames(got)); diff != "" {
		t.Fatalf("%q changed by way of storage (-before +after):\n%s\n%s", src, diff, storage)
	}
}

// checkStorageTurn holds that a storage body which Markdown can carry comes back
// from it as the same document. It reports whether Markdown could.
func checkStorageTurn(t fataler, src string) bool {
	t.Helper()
	d := readStorage(t, src)
	markdown, losses := d.Markdown()
	if len(losses) > 0 {
		return false // told to the caller
	}
	storage, losses := readMarkdown(t, markdown).Storage()
	if diff := cmp.Diff(carried(t, d), carried(t, readStorage(t, storage))); diff != "" || len(losses) > 0 {
		t.Fatalf("changed by way of Markdown, losses %v (-before +after):\n%s\n%s\n%q\n%s", losses, diff, src, markdown, storage)
	}
	return true
}

// carried is a document as ADF, but for what Markdown does not tell apart and for
// what storage does not get: empty paragraphs, blanks at the edges of marked text,
// and the names of mentioned persons, of which storage holds the account alone.
func carried(t fataler, d *richtext.Document) string {
	t.Helper()
	adf, _ := d.ADF()
	var doc map[string]any
	if err := json.Unmarshal([]byte(canonical(t, adf, false)), &doc); err != nil {
		t.Fatalf("read %s: %v", adf, err)
	}
	reduce(doc)
	adf, err := json.Marshal(doc, json.Deterministic(true))
	if err != nil {
		t.Fatalf("write %v: %v", doc, err)
	}
	return pretty(t, adf)
}

// reduce leaves out of a node and what is in it what carried leaves out.
func reduce(node map[string]any) {
	if attrs, ok := node["attrs"].(map[string]any); ok && node["type"] == "mention" {
		delete(attrs, "text")
	}
	all, ok := node["content"].([]any)
	if !ok {
		return
	}
	var content []any
	for _, n := range all {
		n := n.(map[string]any)
		switch reduce(n); {
		case n["type"] == "paragraph" && n["content"] == nil && n["attrs"] == nil && n["marks"] == nil:
		case n["type"] == "text":
			for _, part := range edges.FindStringSubmatch(n["text"].(string))[1:] {
				text := map[string]any{"type": "text", "text": part}
				if strings.Trim(part, " ") != "" && n["marks"] != nil {
					text["marks"] = n["marks"]
				}
				content = join(content, text)
			}
		default:
			content = append(content, n)
		}
	}
	if node["content"] = content; len(content) == 0 {
		delete(node, "content")
	}
}

var edges = regexp.MustCompile(`(?s)^( *)(.*?)( *)$`)

// join appends a text to the content of a node, or to the last text of it when
// their marks are the same.
func join(content []any, text map[string]any) []any {
	if text["text"] == "" {
		return content
	}
	if len(content) > 0 {
		last := content[len(content)-1].(map[string]any)
		if last["type"] == "text" && cmp.Equal(last["marks"], text["marks"]) {
			last["text"] = last["text"].(string) + text["text"].(string)
			return content
		}
	}
	return append(content, text)
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
	turned := 0
	rapid.Check(t, func(t *rapid.T) {
		if checkStorageTurn(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 8).Draw(t, "fragments"), "")) {
			turned++
		}
	})
	if turned == 0 {
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
