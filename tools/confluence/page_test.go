package confluence_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"arcade-atlassian/tools/tool"
)

// pageAsked calls GetPage and returns what Confluence was asked for.
func pageAsked(t *testing.T, identifier string) (request string, failure *tool.Error) {
	t.Helper()
	_, failure, _ = asked(t, "GetPage", fmt.Sprintf(`{"page_identifier":%q,"body_format":"none"}`, identifier), 1, func(w http.ResponseWriter, r *http.Request, _ string) {
		request = strings.TrimPrefix(r.URL.Path, "/ex/confluence/0/wiki/api/v2/pages")
		if r.URL.RawQuery != "" {
			request += "?" + r.URL.RawQuery
		}
		if r.URL.Query().Has("title") {
			_, _ = io.WriteString(w, `{"results":[{"id":"7","status":"current","title":"`+r.URL.Query().Get("title")+`"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"id":"7","status":"current","title":"x"}`)
	})
	return request, failure
}

// A page is named by ID, title, URL or tiny link, and each costs one request.
func TestNamesOfPages(t *testing.T) {
	t.Parallel()
	for identifier, want := range map[string]string{
		"98500":        "/98500",
		"  98500 ":     "/98500",
		"Meeting":      "?limit=10&title=Meeting",
		"a/b":          "?limit=10&title=a%2Fb",
		"wiki/x/AbCd":  "?limit=10&title=wiki%2Fx%2FAbCd",
		"http is fine": "?limit=10&title=http+is+fine",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/98500/Onboarding+guide":             "/98500",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/98500":                              "/98500",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/98500/":                             "/98500",
		"HTTPS://SITE0.atlassian.net/wiki/spaces/~ada/pages/98500/x?focusedCommentId=5#anchor": "/98500",
		"site0.atlassian.net/wiki/spaces/ENG/pages/98500/Onboarding+guide":                     "/98500",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/edit-v2/98509":                      "/98509?get-draft=true",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/edit-v2/98509?draftShareId=x":       "/98509?get-draft=true",
		"https://site0.atlassian.net/wiki/pages/viewpage.action?pageId=98500":                  "/98500",
		"https://site0.atlassian.net/wiki/spaces/ENG/overview?homepageId=98403":                "/98403",
		"https://site0.atlassian.net/wiki/x/h9YS":                                              "/1234567",
		"https://site0.atlassian.net/wiki/x/DYEBAA":                                            "/98573",
	} {
		if got, failure := pageAsked(t, identifier); failure != nil || got != want {
			t.Errorf("%q asks for %q (%v), want %q", identifier, got, failure, want)
		}
	}
}

// What names no page of this site is refused before anything is asked.
func TestAddressesThatAreNoPages(t *testing.T) {
	t.Parallel()
	for identifier, want := range map[string]string{
		"https://globex.atlassian.net/wiki/spaces/ENG/pages/98500":                 "another site than https://site0.atlassian.net",
		"https://site0.atlassian.net.evil.example/wiki/spaces/ENG/pages/98500":     "another site",
		"https://site0.atlassian.net@evil.example/wiki/spaces/ENG/pages/98500":     "another site",
		"https://ada@site0.atlassian.net/wiki/spaces/ENG/pages/98500":              "another site",
		"https://site0.atlassian.net:8443/wiki/spaces/ENG/pages/98500":             "another site",
		"https://site0.atlassian.net/browse/PLAT-1":                                "outside Confluence",
		"https://site0.atlassian.net/":                                             "outside Confluence",
		"https://site0.atlassian.net/wiki/spaces/ENG/overview":                     "does not tell its home page",
		"https://site0.atlassian.net/wiki/spaces/ENG":                              "does not tell its home page",
		"https://site0.atlassian.net/wiki/spaces/ENG/folder/98503":                 "something else than a page",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/../../../../etc/passwd": "something else than a page",
		"https://site0.atlassian.net/wiki/spaces/ENG/pages/x":                      "something else than a page",
		"https://site0.atlassian.net/wiki":                                         "something else than a page",
		"https://site0.atlassian.net/wiki/x/":                                      "something else than a page",
		"https://site0.atlassian.net/wiki/x/AAAA":                                  "something else than a page",
		"https://site0.atlassian.net/wiki/x/a+b":                                   "something else than a page",
		"https://site0.atlassian.net/wiki/x/AbCdAbCdAbCd":                          "something else than a page",
		"https://%zz": "no valid URL",
	} {
		got, failure := pageAsked(t, identifier)
		if got != "" || failure == nil || failure.Kind != tool.KindBadInput || !strings.Contains(failure.Message, want) {
			t.Errorf("%q asks for %q: %v, want %q", identifier, got, failure, want)
		}
	}
}

// A tiny link is the ID, made short in the way that Confluence does it.
func TestTinyLinks(t *testing.T) {
	t.Parallel()
	for _, id := range []uint64{1, 255, 98500, 1234567, 4194303, 16777215, 0xfbf0, 0xffff_ffff, 3965072449, 0xfbff_beff_fbff, 1<<63 - 1} {
		raw := binary.LittleEndian.AppendUint64(nil, id)
		for _, size := range []int{4, 8} {
			if size == 4 && id > 0xffff_ffff {
				continue
			}
			code := strings.TrimRight(base64.StdEncoding.EncodeToString(raw[:size]), "=")
			code = strings.NewReplacer("/", "-", "+", "_").Replace(strings.TrimRight(code, "A"))
			if got, failure := pageAsked(t, "https://site0.atlassian.net/wiki/x/"+code); failure != nil || got != fmt.Sprintf("/%d", id) {
				t.Errorf("%s of %d asks for %q: %v", code, id, got, failure)
			}
		}
	}
}

// Several pages of a title, or a list of them that goes on, are a choice for the
// user: none of them is taken silently.
func TestTitlesOfSeveralPages(t *testing.T) {
	t.Parallel()
	one := `{"id":"7","status":"current","title":"Notes","spaceId":"1","_links":{"webui":"/spaces/A/pages/7/Notes"}}`
	other := `{"id":"8","status":"archived","title":"Notes","spaceId":"2","_links":{"webui":"/spaces/B/pages/8/Notes"}}`
	next := `/wiki/api/v2/pages?cursor=`
	for name, tt := range map[string]struct {
		pages  []string // answers, each but the last followed by another one
		kind   tool.Kind
		prompt string
	}{
		"two":            {[]string{one + "," + other}, tool.KindContextRequired, "Notes (ID 7, space 1, https://site0.atlassian.net/wiki/spaces/A/pages/7/Notes); Notes (ID 8, space 2, archived, https://site0.atlassian.net/wiki/spaces/B/pages/8/Notes)."},
		"one and more":   {[]string{one, ""}, tool.KindContextRequired, "ID 7"},
		"none":           {[]string{""}, tool.KindRetry, "SearchContent"},
		"none, then one": {[]string{"", one}, "", ""},
		"none for long":  {[]string{"", "", "", "", "", "", ""}, tool.KindRetry, ""},
	} {
		var requests atomic.Int32
		value, failure, _ := asked(t, "GetPage", `{"page_identifier":"Notes","body_format":"none"}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
			at := int(requests.Add(1)) - 1
			link := ""
			if at < len(tt.pages)-1 {
				link = fmt.Sprintf(`"next":"%s%d"`, next, at)
			}
			_, _ = fmt.Fprintf(w, `{"results":[%s],"_links":{%s}}`, tt.pages[at], link)
		})
		switch {
		case tt.kind == "" && (failure != nil || !strings.Contains(string(value), `"id":"7"`)):
			t.Errorf("%s: %s, %v", name, value, failure)
		case tt.kind != "" && (failure == nil || failure.Kind != tt.kind || !strings.Contains(failure.Prompt, tt.prompt)):
			t.Errorf("%s: %s, %+v", name, value, failure)
		}
	}
}

// An answer without a page, or without the body that was asked for, is no page.
func TestNoPage(t *testing.T) {
	t.Parallel()
	for body, formats := range map[string][]string{
		`{}`:                            {"none", "markdown"},
		`{"page":{}}`:                   {"none", "markdown"},
		`{"id":"7"}`:                    {"none"},
		`{"status":"current"}`:          {"none"},
		`{"id":"7","status":"current"}`: {"markdown", "storage", "adf"},
		`{"id":"7","status":"current","body":{}}`:                                  {"markdown", "storage", "adf"},
		`{"id":"7","status":"current","body":{"atlas_doc_format":{"value":"{}"}}}`: {"markdown", "storage"},
		`{"id":"7","status":"current","body":{"storage":{"value":""}}}`:            {"adf"},
	} {
		for _, format := range formats {
			value, failure, _ := asked(t, "GetPage", fmt.Sprintf(`{"page_identifier":"7","body_format":%q}`, format), 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, body) })
			if failure == nil || failure.Kind != tool.KindNetworkUnmapped {
				t.Errorf("%s as %s becomes %s (%v)", body, format, value, failure)
			}
		}
	}
}
