package atlassian

import (
	"strings"
	"testing"
	"unicode"

	"arcade-atlassian/tools/internal/text"
)

// FuzzMeasure compares measure with a pass over single bytes.
func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{
		"", `"`, `{"a":[1,2,{"b":"c,[{"}]}`, `"\"`, `"\\"`, `"\\",`, `"12345678`, `"1234567\u0020"`, `"\n"`, `"\`,
		"\"1234567\x7f\"", "\"12345678\xe2\x80\xae\"", "\"1234567\xff,\"", "\xe2,[", "\"\xc3\xa9,\",",
		"\"\xe1\xa0\x8b\"", "\"\xe3\x82\xa4\xe3", "\"\xf0\x9d\x85\xb3\"", "\"\xf0\x9f\x98\x80\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		wantValues, wantUnclean, quoted := 0, false, false
		for i := 0; i < len(body); i++ {
			switch c := body[i]; {
			case c == '"':
				quoted = !quoted
			case quoted && c == '\\':
				i++
				wantUnclean = wantUnclean || i < len(body) && strings.IndexByte("ubfr", body[i]) >= 0
			case quoted:
				next := byte(0)
				if i+1 < len(body) {
					next = body[i+1]
				}
				wantUnclean = wantUnclean || strings.IndexByte("\x7f\xc2\xcd\xd8\xe2\xef\xf3", c) >= 0 ||
					c == 0xe1 && (next == 0x85 || next == 0x9e || next == 0xa0) || c == 0xe3 && next == 0x85 || c == 0xf0 && (next == 0x9b || next == 0x9d)
			case strings.IndexByte(",[{", c) >= 0:
				wantValues++
			}
		}
		if values, unclean := measure(body); values != wantValues || unclean != wantUnclean {
			t.Errorf("%q: %d values, unclean %v; want %d, %v", body, values, unclean, wantValues, wantUnclean)
		}
	})
}

// TestNothingUncleanIsOverlooked compares the quick look with what is dropped.
func TestNothingUncleanIsOverlooked(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		s := string(r)
		if _, unclean := measure([]byte(`"` + s + `"`)); text.Clean(s) != s && !unclean {
			t.Errorf("%U is overlooked", r)
		}
	}
}
