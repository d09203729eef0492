package richtext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"arcade-atlassian/tools/richtext"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	d := readMarkdown(t, "# Title\n\nSome **bold** words and [a link](u).\n\n- one\n- two @[Jane]")
	for _, tt := range []struct {
		limit int
		want  string
	}{
		{1000, "Title Some bold words and a link. one two @Jane"},
		{47, "Title Some bold words and a link. one two @Jane"},
		{46, "Title Some bold words… [26 more characters]"},
		{31, "Title… [42 more characters]"},
		{10, "Title Some"},
		{0, ""},
		{-1, ""},
	} {
		if got := d.Summary(tt.limit); got != tt.want {
			t.Errorf("Summary(%d) = %q, want %q", tt.limit, got, tt.want)
		}
	}
}

func TestTruncateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text") + strings.Repeat(" x", rapid.IntRange(0, 60).Draw(t, "words"))
		limit := rapid.IntRange(0, 120).Draw(t, "limit")
		got := richtext.Truncate(s, limit)
		if n := utf8.RuneCountInString(got); n > limit {
			t.Fatalf("%d characters, at most %d allowed: %q", n, limit, got)
		}
		kept, _, cut := strings.Cut(got, "… [")
		if !strings.HasPrefix(s, kept) {
			t.Fatalf("%q is not the beginning of %q", kept, s)
		}
		if !cut && got != s && utf8.RuneCountInString(got) != limit {
			t.Fatalf("%q was cut without a marker to less than %d", got, limit)
		}
	})
}

func TestJiraFieldSize(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"": 0, `{"a":"é"}`: 9, "😀": 2, "\xff": 1} {
		if got := richtext.JiraFieldSize([]byte(s)); got != want {
			t.Errorf("JiraFieldSize(%q) = %d, want %d", s, got, want)
		}
	}
}
