package text_test

import (
	"strings"
	"testing"

	"arcade-atlassian/tools/internal/text"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		" a \r\n\t b\u00a0c ":                "a b c",
		"a\u202eb\u200bc\ufeff\u0000d\u0007": "abcd",
		"<b>bold</b> text":                   "bold text",
		"a < b and c > d":                    "a < b and c > d",
		"bad \xff byte":                      "bad byte",
		strings.Repeat("é", 30):              strings.Repeat("é", 18) + "…",
	} {
		if got := text.Line(in, 40); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := text.Line(strings.Repeat("x ", 1<<20), 100); len(got) > 100 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"two\nlines\twith a tab":                     "two\nlines\twith a tab",
		"a\u202eb\u2066c\u200fd":                     "abcd",
		"bell\u0007 nul\x00 esc\x1b[1m":              "bell nul esc[1m",
		"a\u200bb\ufeffc\u2060d\U000e0049\U000e0067": "abcd",
		"👩\u200d🚀 joined":                            "👩\u200d🚀 joined",
		"<b>markup</b> stays":                        "<b>markup</b> stays",
		"bad \xff byte":                              "bad \uFFFD byte",
	} {
		if got := text.Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
