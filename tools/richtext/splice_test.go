package richtext_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

const storedADF = `{ "version":1, "type":"doc", "unknown":{"kept":true},
  "content":[ {"type":"paragraph","content":[{"type":"text","text":"Intro","marks":[{"type":"textColor","attrs":{"color":"#ff0000"}}]}]} ,
  {"attrs":{"level":1},"type":"heading","content":[{"type":"text","text":"Setup"}]},
  {"type":"extension","attrs":{"extensionType":"x","extensionKey":"y"}},
  {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Linux"}]},
  {"type":"paragraph","content":[{"type":"text","text":"apt"}]},
  {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Notes"}]},
  {"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"Use"}]},
  {"type":"expand","attrs":{"title":"t"},"content":[
    {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Notes"}]},
    {"type":"paragraph","content":[{"type":"text","text":"inside"}]} ]} ] }`

const storedXHTML = `<p style="color:x">Intro&nbsp;<ac:structured-macro ac:name="toc" ac:macro-id="1"/></p>
<h1>Setup</h1><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[<h1>no</h1>]]></ac:plain-text-body></ac:structured-macro>
<h2>Linux</h2><p>apt &ndash; get</p><h2>Notes</h2><h1>Use</h1>
<ac:structured-macro ac:name="expand"><ac:rich-text-body><h2>Notes</h2><p>inside</p></ac:rich-text-body></ac:structured-macro>`

func formatOf(body string) richtext.Format {
	if strings.HasPrefix(body, "{") {
		return richtext.FormatADF
	}
	return richtext.FormatStorage
}

func TestOutline(t *testing.T) {
	t.Parallel()
	want := []richtext.Heading{
		{Address: "Setup", Level: 1, Text: "Setup"},
		{Address: "Setup / Linux", Level: 2, Text: "Linux"},
		{Address: "Setup / Notes", Level: 2, Text: "Notes"},
		{Address: "Use", Level: 1, Text: "Use"},
		{Address: "Use / Notes", Level: 2, Text: "Notes"},
	}
	for _, body := range []string{storedADF, storedXHTML} {
		got, err := richtext.Outline([]byte(body), formatOf(body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outline of %.20s (-want +got):\n%s", body, diff)
		}
	}
}

func TestOutlineNumbersHeadingsWithTheSameWords(t *testing.T) {
	t.Parallel()
	got, err := richtext.Outline([]byte("<h1>A</h1><h1>A</h1><h2>B</h2><h1></h1>"), richtext.FormatStorage)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, h := range got {
		addresses = append(addresses, h.Address)
	}
	if diff := cmp.Diff([]string{"A (1)", "A (2)", "A (2) / B", "(untitled)"}, addresses); diff != "" {
		t.Error(diff)
	}
}

// TestOutlineOfStorage reads the words of headings as they are shown.
func TestOutlineOfStorage(t *testing.T) {
	t.Parallel()
	macro := func(name, parameter, value string) string {
		return `<ac:structured-macro ac:name="` + name + `"><ac:parameter ac:name="` + parameter + `">` + value + `</ac:parameter></ac:structured-macro>`
	}
	got, err := richtext.Outline([]byte("<h1>"+macro("anchor", "", "a1")+"Set\n up<!-- c --></h1><h2>"+macro("status", "title", "Done")+" at last</h2>"), richtext.FormatStorage)
	want := []richtext.Heading{{Address: "Set up", Level: 1, Text: "Set up"}, {Address: "Set up / Done at last", Level: 2, Text: "Done at last"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestReplaceSection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body, address, markdown, before, after, between string
	}{
		{storedADF, "Setup / Linux", "new", `"text":"Linux"}]}`, ",\n  {\"type\":\"heading\",\"attrs\":{\"level\":2},\"content\":[{\"type\":\"text\",\"text\":\"Notes\"}]},\n  {\"type\":\"heading\",\"attrs\":{\"level\":1}", `,{"type":"paragraph","content":[{"type":"text","text":"new"}]}`},
		{storedADF, "linux", "## Linux\n\nnew", `"text":"Linux"}]}`, ",\n  {\"type\":\"heading\",\"attrs\":{\"level\":2},\"content\":[{\"type\":\"text\",\"text\":\"Notes\"}]},\n  {\"type\":\"heading\",\"attrs\":{\"level\":1}", `,{"type":"paragraph","content":[{"type":"text","text":"new"}]}`},
		{storedADF, "Use / Notes", "<details><summary>a</summary>\n\nb\n\n</details>", `"text":"Notes"}]}`, " ]} ] }", `,{"type":"nestedExpand","attrs":{"title":"a"},"content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}`},
		{storedADF, "Setup", "", `"text":"Setup"}]}`, ",\n  {\"type\":\"heading\",\"attrs\":{\"level\":1},\"content\":[{\"type\":\"text\",\"text\":\"Use\"}]}", ""},
		{storedXHTML, "Setup / Linux", "a < b", "<h2>Linux</h2>", "<h2>Notes</h2><h1>Use</h1>", "<p>a &lt; b</p>"},
		{storedXHTML, "Use / Notes", "x", "<h2>Notes</h2>", "</ac:rich-text-body></ac:structured-macro>", "<p>x</p>"},
		{storedXHTML, "Setup / Notes", "x", "<h2>Notes</h2>", "<h1>Use</h1>", "<p>x</p>"},
	} {
		got, losses, err := richtext.ReplaceSection([]byte(tt.body), formatOf(tt.body), tt.address, readMarkdown(t, tt.markdown))
		if err != nil || len(losses) > 0 {
			t.Errorf("%s: %v, losses %v", tt.address, err, losses)
			continue
		}
		from := strings.Index(tt.body, tt.before)
		if strings.HasPrefix(tt.address, "Use /") {
			from = strings.LastIndex(tt.body, tt.before)
		}
		from += len(tt.before)
		to := strings.LastIndex(tt.body, tt.after)
		want := tt.body[:from] + tt.between + tt.body[to:]
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.address, diff)
		}
	}
}

func TestReplaceSectionFailsClearly(t *testing.T) {
	t.Parallel()
	for _, body := range []string{storedADF, storedXHTML} {
		_, _, err := richtext.ReplaceSection([]byte(body), formatOf(body), "Windows", readMarkdown(t, "x"))
		if !errors.Is(err, richtext.ErrNoSection) || !strings.Contains(err.Error(), `"Setup / Linux"`) {
			t.Errorf("a missing section gives %v", err)
		}
		_, _, err = richtext.ReplaceSection([]byte(body), formatOf(body), "Notes", readMarkdown(t, "x"))
		if !errors.Is(err, richtext.ErrAmbiguousSection) || !strings.Contains(err.Error(), `"Setup / Notes", "Use / Notes"`) {
			t.Errorf("an ambiguous section gives %v", err)
		}
	}
}

func TestAppendAndPrepend(t *testing.T) {
	t.Parallel()
	const layout = `<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell><p>a</p></ac:layout-cell></ac:layout-section></ac:layout>`
	const section = `<ac:layout-section ac:type="fixed-width" ac:breakout-mode="default"><ac:layout-cell><p>x</p></ac:layout-cell></ac:layout-section>`
	const x = `{"type":"paragraph","content":[{"type":"text","text":"x"}]}`
	const y = `{"type":"rule"}`
	for _, tt := range []struct{ body, appended, prepended string }{
		{"<p>a</p>", "<p>a</p><p>x</p>", "<p>x</p><p>a</p>"},
		{"", "<p>x</p>", "<p>x</p>"},
		{layout, strings.Replace(layout, "</ac:layout>", section+"</ac:layout>", 1), strings.Replace(layout, "<ac:layout>", "<ac:layout>"+section, 1)},
		{`{"type":"doc","content":[ ` + y + ` ],"version":1}`, `{"type":"doc","content":[ ` + y + "," + x + ` ],"version":1}`, `{"type":"doc","content":[ ` + x + "," + y + ` ],"version":1}`},
		{`{"type":"doc","version":1,"content":[]}`, `{"type":"doc","version":1,"content":[` + x + `]}`, `{"type":"doc","version":1,"content":[` + x + `]}`},
	} {
		got, _, err := richtext.Append([]byte(tt.body), formatOf(tt.body), readMarkdown(t, "x"))
		if err != nil || string(got) != tt.appended {
			t.Errorf("append to %s:\n got %s, %v\nwant %s", tt.body, got, err, tt.appended)
		}
		got, _, err = richtext.Prepend([]byte(tt.body), formatOf(tt.body), readMarkdown(t, "x"))
		if err != nil || string(got) != tt.prepended {
			t.Errorf("prepend to %s:\n got %s, %v\nwant %s", tt.body, got, err, tt.prepended)
		}
	}
	_, _, err := richtext.Append([]byte(`{"type":"doc","version":1}`), richtext.FormatADF, readMarkdown(t, "x"))
	if !errors.Is(err, richtext.ErrNoPlace) {
		t.Errorf("a document without content gives %v", err)
	}
	for _, body := range []string{"<p>", "{}", `{"type":"doc","content":[`} {
		if _, _, err := richtext.Append([]byte(body), formatOf(body), readMarkdown(t, "x")); !errors.Is(err, richtext.ErrMalformed) {
			t.Errorf("%s gives %v", body, err)
		}
	}
}

func TestAppendedIdentifiersAreNew(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":"doc","version":1,"content":[]}`)
	task := readMarkdown(t, "- [ ] same")
	for range 3 {
		var err error
		if body, _, err = richtext.Append(body, richtext.FormatADF, task); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	for _, id := range localID.FindAllString(string(body), -1) {
		if seen[id] {
			t.Errorf("%s occurs twice in %s", id, body)
		}
		seen[id] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d identifiers, want 6", len(seen))
	}
}

// checkSplice holds the promises of the editing functions for any body that
// can be read: the result reads, and all bytes outside the place are there.
func checkSplice(t fataler, validate func([]byte) error, body []byte, format richtext.Format, d *richtext.Document) {
	t.Helper()
	read := func(b []byte) error {
		if format == richtext.FormatStorage {
			_, err := richtext.ParseStorage(string(b), richtext.Limits{})
			return err
		}
		if _, err := richtext.ParseADF(b, richtext.Limits{}); err != nil {
			return err
		}
		if validate != nil {
			return validate(b)
		}
		return nil
	}
	check := func(what string, out []byte, err error) {
		t.Helper()
		if errors.Is(err, richtext.ErrNoPlace) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, body)
		}
		if err := read(out); err != nil {
			t.Fatalf("%s gives a body that cannot be read: %v\n%s\n%s", what, err, body, out)
		}
		prefix := 0
		for prefix < len(body) && prefix < len(out) && body[prefix] == out[prefix] {
			prefix++
		}
		rest := len(body) - prefix
		if len(out) >= len(body) && what != "replace" && !bytes.HasSuffix(out, body[len(body)-rest:]) {
			t.Fatalf("%s changed bytes outside its place:\n%s\n%s", what, body, out)
		}
	}
	out, _, err := richtext.Append(body, format, d)
	check("append", out, err)
	out, _, err = richtext.Prepend(body, format, d)
	check("prepend", out, err)
	headings, err := richtext.Outline(body, format)
	if errors.Is(err, richtext.ErrNoPlace) {
		return
	}
	if err != nil {
		t.Fatalf("outline: %v\n%s", err, body)
	}
	for i, h := range headings {
		if i == 8 {
			break
		}
		out, _, err := richtext.ReplaceSection(body, format, h.Address, d)
		check("replace", out, err)
		after, err := richtext.Outline(out, format)
		if err != nil || len(after) == 0 {
			t.Fatalf("outline after replacing %q: %v\n%s\n%s", h.Address, err, body, out)
		}
	}
}

func TestSpliceProperties(t *testing.T) {
	t.Parallel()
	validate := adfValidator(t)
	rapid.Check(t, func(t *rapid.T) {
		body := (&generator{t: t}).document()
		d := readMarkdown(t, markdownSource().Draw(t, "fragment"))
		checkSplice(t, validate, body, richtext.FormatADF, d)
		storage, _ := readADF(t, body).Storage()
		checkSplice(t, nil, []byte(storage), richtext.FormatStorage, d)
	})
}
