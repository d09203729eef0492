package atlassian

import (
	"strings"
	"testing"
)

// FuzzMeasure compares measure with a pass over single bytes.
func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{
		"", `"`, `{"a":[1,2,{"b":"c,[{"}]}`, `"\"`, `"\\"`, `"\\",`, `"12345678`, `"1234567\u0020"`, `"\n"`, `"\`,
		"\"1234567\x7f\"", "\"12345678\xe2\x80\xae\"", "\"1234567\xff,\"", "\xe2,[", "\"\xc3\xa9,\",",
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
				wantUnclean = wantUnclean || strings.IndexByte("\x7f\xc2\xd8\xe2\xef\xf3", c) >= 0
			case strings.IndexByte(",[{", c) >= 0:
				wantValues++
			}
		}
		if values, unclean := measure(body); values != wantValues || unclean != wantUnclean {
			t.Errorf("%q: %d values, unclean %v; want %d, %v", body, values, unclean, wantValues, wantUnclean)
		}
	})
}
