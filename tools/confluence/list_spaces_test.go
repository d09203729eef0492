package confluence_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassiantest"
	"arcade-atlassian/tools/tool"
)

// asked runs a tool against a service that lists sites "0", "1", … and answers
// everything on them with product.
func asked(t *testing.T, name, input string, sites int, product func(w http.ResponseWriter, r *http.Request, site string)) (jsontext.Value, *tool.Error, int) {
	t.Helper()
	return atlassiantest.Ask(t, confluence.Kit, name, input, sites, product)
}

// spaces runs ListSpaces against a service that answers with body.
func spaces(t *testing.T, input, body string) (string, *tool.Error) {
	t.Helper()
	value, failure, _ := asked(t, "ListSpaces", input, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, body) })
	return string(value), failure
}

// A page's address begins with what Confluence says is the base, and with the
// site's address when it says nothing; one that is not safe is left out.
func TestSpaceAddresses(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                                 `"url":"https://site0.atlassian.net/wiki/spaces/A"`,
		"https://wiki.acme.example/wiki":   `"url":"https://wiki.acme.example/wiki/spaces/A"`,
		"https://wiki.acme.example/wiki/":  `"url":"https://wiki.acme.example/wiki/spaces/A"`,
		"http://wiki.acme.example/wiki":    "",
		"javascript:alert(1)//":            "",
		"https://ada:pw@wiki.acme.example": "",
	} {
		value, failure := spaces(t, "{}", `{"results":[{"id":"1","key":"A","_links":{"webui":"/spaces/A"}}],"_links":{"base":"`+base+`"}}`)
		if failure != nil {
			t.Fatal(failure.Message)
		}
		if has := strings.Contains(value, `"url"`); has != (want != "") || !strings.Contains(value, want) {
			t.Errorf("base %q: %s", base, value)
		}
	}
}

// A page that points to itself, or says that more follows but not where, is no
// complete list and no endless one.
func TestSpaceCursors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ input, next, want string }{
		{`{}`, ``, `"is_last_page":true`},
		{`{}`, `/wiki/api/v2/spaces?cursor=b&limit=1`, `"pagination_token":"b"`},
		{`{"pagination_token":"a"}`, `/wiki/api/v2/spaces?cursor=b`, `"pagination_token":"b"`},
		{`{"pagination_token":"a"}`, `/wiki/api/v2/spaces?cursor=a`, ""},
		{`{}`, `/wiki/api/v2/spaces`, ""},
		{`{}`, `/wiki/api/v2/spaces?cursor=`, ""},
		{`{}`, `://%zz`, ""},
	} {
		value, failure := spaces(t, tt.input, `{"results":[{"id":"1","key":"A"}],"_links":{"next":"`+tt.next+`"}}`)
		switch {
		case tt.want == "" && (failure == nil || failure.Kind != tool.KindUpstreamUnmapped):
			t.Errorf("%s, next %q: %s, %v", tt.input, tt.next, value, failure)
		case tt.want != "" && !strings.Contains(value, tt.want):
			t.Errorf("%s, next %q: %s, %v", tt.input, tt.next, value, failure)
		}
	}
}

func TestNoSpaces(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"message":"x"}`, `{"results":null}`, `{"results":[{}]}`, `{"results":[{"id":"1"}]}`} {
		if value, failure := spaces(t, "{}", body); failure == nil {
			t.Errorf("%s becomes %s", body, value)
		}
	}
	if value, failure := spaces(t, "{}", `{"results":[]}`); failure != nil || !strings.Contains(value, `"spaces":[]`) {
		t.Errorf("%s, %v", value, failure)
	}
}
