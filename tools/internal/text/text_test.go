package text_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

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
		"v\ufe0f\U000e0101 \u3164h\u00ad":    "v h",
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
		"two\nlines\twith a tab":                      "two\nlines\twith a tab",
		"a\u202eb\u2066c\u200fd":                      "abcd",
		"bell\u0007 nul\x00 esc\x1b[1m":               "bell nul esc[1m",
		"a\u200bb\ufeffc\u2060d\U000e0049\U000e0067":  "abcd",
		"👩\u200d🚀 joined":                             "👩\u200d🚀 joined",
		"<b>markup</b> stays":                         "<b>markup</b> stays",
		"bad \xff byte":                               "bad \uFFFD byte",
		"soft\u00adly \u034f\u115f\u3164\u180ejoined": "softly joined",
		"a\ufe0fb\U000e0100c\u200d\u200cd":            "abcd",
		"❤\ufe0f\u200d🔥 \ufe0f\u200d!":                "❤\ufe0f\u200d🔥 !",
		"❤\ufe0f\ufe0e\ufe00\U000e0150":               "❤\ufe0f",
		"1\ufe0f\u20e3 ℹ\ufe0f ‼\ufe0f ⌛\ufe0e":       "1\ufe0f\u20e3 ℹ\ufe0f ‼\ufe0f ⌛\ufe0e",
		"می\u200cخواهم क्\u200dष":                     "می\u200cخواهم क्\u200dष",
		"می\u200c\u200d\u200cخواهم":                   "می\u200cخواهم",
		"葛\U000e0100 葛\ufe00\ufe01":                   "葛\U000e0100 葛\ufe00",
		"\ufff9note\ufffa\ufffb \U0001d173\U0001bca0": "note ",
	} {
		if got := text.Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestNothingInvisibleIsLeft draws text of what shows nothing and what may stand
// beside it.
func TestNothingInvisibleIsLeft(t *testing.T) {
	t.Parallel()
	char := rapid.OneOf(
		rapid.Rune(),
		rapid.SampledFrom([]rune("ab 1\n\u00e9م葛❤👩\u200b\u200c\u200d\u2060\u202e\u2066\u00ad\u034f\u115f\u180b\u180e\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\U0001d173\U000e0041\U000e0100\U000e01ef")),
	)
	selector := func(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }
	joiner := func(r rune) bool { return r == '\u200c' || r == '\u200d' }
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOfN(char, 0, 40).Draw(t, "text"))
		got := text.Clean(in)
		before := ' '
		for i, r := range got {
			switch {
			case joiner(r):
				if before < 0x80 || joiner(before) {
					t.Fatalf("%q: a joiner joins nothing at %d of %q", in, i, got)
				}
			case selector(r):
				if selector(before) || joiner(before) || unicode.IsSpace(before) {
					t.Fatalf("%q: a selector selects nothing at %d of %q", in, i, got)
				}
			case unicode.In(r, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point),
				unicode.Is(unicode.Cf, r) && !unicode.In(r, unicode.Prepended_Concatenation_Mark, unicode.Egyptian_Hieroglyphs),
				unicode.IsControl(r) && r != '\n' && r != '\t':
				t.Fatalf("%q: %U at %d of %q", in, r, i, got)
			}
			before = r
		}
		if again := text.Clean(got); again != got {
			t.Fatalf("%q: %q, and cleaned again %q", in, got, again)
		}
		if line := text.Line(in, 400); strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) || text.Clean(line) != line {
			t.Fatalf("%q: the line %q", in, line)
		}
	})
}
