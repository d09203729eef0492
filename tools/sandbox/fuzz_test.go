package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox"
)

// FuzzRequest holds the whole handler to one promise: whatever the method, the path, the query and the
// body, the answer is JSON or a file, with a status the gateway or a product would use, and never a
// failure of the sandbox itself.
func FuzzRequest(f *testing.F) {
	for _, target := range []string{
		"/oauth/token/accessible-resources",
		acmeJira + "/rest/api/3/project/search?startAt=1&maxResults=2&query=plat&expand=lead",
		acmeJira + "/rest/api/3/project/PLAT%2F..%2F",
		acmeJira + "/rest/api/3/project/%FF?expand=description",
		acmeJira + "/rest/api/3/myself?expand=groups",
		acmeConfluence + "/wiki/api/v2/spaces?limit=1&cursor=MDow&sort=-name&keys=ENG,PLAT&description-format=view",
		"/ex/jira/" + globexID + "/../x?a=%zz;b",
	} {
		f.Add(http.MethodGet, target, "")
	}
	for name, e := range everyExample {
		method, _, _ := strings.Cut(name, " ")
		for _, prefix := range []string{acmeJira, acmeConfluence} {
			f.Add(method, prefix+e.target, e.body)
		}
	}
	s := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{
			Method: method, URL: u, Body: io.NopCloser(strings.NewReader(body)),
			Header: http.Header{"Authorization": {"Bearer sandbox"}, "Content-Type": {"application/json"}},
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q = %d", method, target, w.Code)
		}
		kind, file := w.Header().Get("Content-Type"), strings.Contains(u.Path, "/attachment") || strings.HasPrefix(u.Path, "/file/")
		if file && kind != "application/json;charset=UTF-8" {
			return
		}
		if answer := jsontext.Value(w.Body.Bytes()); w.Code != http.StatusNoContent && !answer.IsValid() {
			t.Errorf("%s %q answered no JSON: %q", method, target, answer)
		}
	})
}
