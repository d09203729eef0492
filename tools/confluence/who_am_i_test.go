package confluence_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"arcade-atlassian/tools/tool"
)

// Another site is asked only when the first failed for a reason of its own, and
// the address is of the site that answered.
func TestWhoAmIAsksOtherSites(t *testing.T) {
	t.Parallel()
	const me = `{"type":"known","accountId":"ada","displayName":"Ada","email":"","timeZone":null}`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   int // requests
		kind   tool.Kind
	}{
		{"fine", 200, me, 2, ""},
		{"may not use Confluence there", 403, `{"statusCode":403,"message":"Current user not permitted to use Confluence"}`, 3, ""},
		{"removed there", 410, `{}`, 3, ""},
		{"dead token", 401, `{"code":401,"message":"Unauthorized"}`, 2, tool.KindUpstreamAuth},
		{"missing scope", 401, `{"code":401,"message":"Unauthorized; scope does not match"}`, 2, tool.KindUpstreamAuth},
		{"broken", 500, `{}`, 2, tool.KindUpstreamServer},
		{"anonymous", 200, `{"type":"anonymous"}`, 2, tool.KindNetworkUnmapped},
	} {
		value, failure, requests := asked(t, "WhoAmI", "{}", 3, func(w http.ResponseWriter, _ *http.Request, site string) {
			if site == "0" {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
				return
			}
			_, _ = io.WriteString(w, me)
		})
		answered := map[int]string{2: "site0", 3: "site1"}[tt.want]
		switch {
		case requests != tt.want:
			t.Errorf("%s: %d requests, want %d", tt.name, requests, tt.want)
		case tt.kind != "" && (failure == nil || failure.Kind != tt.kind):
			t.Errorf("%s: %s %v", tt.name, value, failure)
		case tt.kind == "" && (failure != nil || !strings.Contains(string(value), `"confluence_gui_url":"https://`+answered+`.atlassian.net/wiki/people/ada"`)):
			t.Errorf("%s: %s %v", tt.name, value, failure)
		}
	}
}
