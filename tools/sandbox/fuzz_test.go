package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox"
)

// FuzzRequest holds the whole handler to one promise: whatever the path and the query, the answer is
// JSON with a status the gateway or a product would use, and never a failure of the sandbox itself.
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
		f.Add(target)
	}
	s := sandbox.New(sandbox.Options{})
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Authorization": {"Bearer sandbox"}}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		default:
			t.Errorf("GET %q = %d", target, w.Code)
		}
		if body := jsontext.Value(w.Body.Bytes()); !body.IsValid() {
			t.Errorf("GET %q answered no JSON: %q", target, body)
		}
	})
}
