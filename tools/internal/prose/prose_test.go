package prose_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

func find(name string) (richtext.Mention, error) {
	if strings.HasPrefix(name, "J") {
		return richtext.Mention{ID: "1", Name: "Jane Doe"}, nil
	}
	return richtext.Mention{}, richtext.ErrNoMention
}

// People are mentioned by name or address; an address that is a text, and what
// stands in code, mentions nobody.
func TestMentions(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		names []string
		words string
		ids   []prose.Person
	}{
		"@[Jane] and @[Jane], @[Nobody]":       {[]string{"Jane", "Nobody"}, "@Jane Doe and @Jane Doe, @[Nobody]", []prose.Person{{ID: "1", Name: "Jane Doe"}}},
		"see @jo@acme.example.":                {[]string{"jo@acme.example"}, "see @[jo@acme.example].", nil},
		"@jo@acme.example `@jo@acme.example`":  {nil, "@jo@acme.example @jo@acme.example", nil},
		"mail jo@acme.example":                 {nil, "mail jo@acme.example", nil},
		"`@[Jane]`\n\n    @[Jane]":             {nil, "@[Jane]\n@[Jane]", nil},
		"@[Joe](accountid:7) [~accountid:8]":   {nil, "@Joe @8", []prose.Person{{ID: "7", Name: "Joe"}, {ID: "8"}}},
		"@[Jane] twice: @[Joe](accountid:1:2)": {[]string{"Jane"}, "@Jane Doe twice: @Joe", []prose.Person{{ID: "1", Name: "Jane Doe"}, {ID: "1:2", Name: "Joe"}}},
	} {
		written, err := prose.Markdown("text", source)
		if err != nil || !slices.Equal(written.Names, want.names) {
			t.Errorf("%s: names %q, %v", source, written.Names, err)
		}
		d, err := written.With(find)
		if err != nil {
			t.Fatal(err)
		}
		if d.PlainText() != want.words {
			t.Errorf("%s: words %q", source, d.PlainText())
		}
		if diff := cmp.Diff(want.ids, prose.Mentioned(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}

func TestTextsThatAreNone(t *testing.T) {
	t.Parallel()
	for source, empty := range map[string]bool{"": true, " \r\n": true, "<!-- a comment -->": true, "a": false, "---": false} {
		written, err := prose.Markdown("text", source)
		if err != nil || written.IsEmpty() != empty {
			t.Errorf("%q is empty: %v, %v", source, written.IsEmpty(), err)
		}
	}
	_, err := prose.Markdown("text", strings.Repeat(">", 500))
	if got := tool.Explain(err); got.Kind != tool.KindBadInput || !strings.HasPrefix(got.Message, "Invalid input: text: ") {
		t.Errorf("too deep: %v", err)
	}
}

// A product may write what it was sent in another way, but not say anything
// else.
func TestSame(t *testing.T) {
	t.Parallel()
	storage := func(s string) *richtext.Document {
		d, err := richtext.ParseStorage(s, richtext.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const mention = `<p>Ask <ac:link><ri:user ri:account-id="1"/></ac:link> by <time datetime="2026-01-31"/></p>`
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"<p>a <strong>b</strong></p>", `<p local-id="1">a <strong>b</strong> </p>`, true},
		{"<p>a b</p>", "<p>a</p>\n<p>b</p>", true},
		{"<p>a</p>", "<p>b</p>", false},
		{"<p>a</p>", "", false},
		{mention, mention, true},
		{mention, strings.Replace(mention, `"1"`, `"2"`, 1), false},
		{mention, strings.Replace(mention, "01-31", "01-30", 1), false},
	} {
		if got := prose.Same(storage(tt.a), storage(tt.b)); got != tt.same {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

func TestLosses(t *testing.T) {
	t.Parallel()
	var many richtext.Losses
	for range 12 {
		many = append(many, richtext.Loss{Kind: "macro:toc", Fate: richtext.Shown, Count: 1, Where: []string{"/content/0"}})
	}
	told := prose.Losses(many)
	if len(told) != 11 || told[0] != "1 × macro:toc shown at /content/0" || told[10] != "and 2 more kinds of losses" {
		t.Errorf("%d: %q", len(told), told)
	}
	if prose.Losses(nil) != nil {
		t.Error("nothing was lost")
	}
}

func TestCharactersLeftOutAreTold(t *testing.T) {
	t.Parallel()
	d, err := richtext.ParseStorage("<p>a\u200bb\u00ad <strong>c\U000e0041d</strong></p>", richtext.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	shown, losses := prose.Shown(d)
	if shown != "ab **cd**" || losses.String() != "3 × invisible character dropped" {
		t.Errorf("%q, %q", shown, losses)
	}
}
