package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"arcade-atlassian/tools/sandbox"
)

func TestScriptedAnswers(t *testing.T) {
	t.Parallel()
	const gone = `{"errorMessages":["Gone."],"errors":{}}`
	s := sandbox.New(sandbox.Options{Scripted: []sandbox.Scripted{
		{Method: "GET", Path: "/rest/api/3/project/{projectIdOrKey}", Nth: 2, Status: 410, Body: gone},
		{Path: "/rest/api/3/myself", Status: 503, Header: http.Header{"Content-Type": {"text/html"}, "Retry-After": {"7"}}, Body: "<p>Later"},
		{Method: "POST", Path: "/ex/jira/" + acmeID + "/rest/api/3/not/served", Status: 201, Body: `{"id":"1"}`},
		{Path: "/oauth/token/accessible-resources", Nth: 1, Body: `null`},
	}})
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, method, token, target string
		status                      int
		body                        string // what the body begins with
	}{
		{"the first is the operation's own", "GET", "sandbox", acmeJira + "/rest/api/3/project/PLAT", 200, `{"expand"`},
		{"another method is not counted", "DELETE", "sandbox", acmeJira + "/rest/api/3/project/PLAT", 405, `{"errorMessages"`},
		{"a refused request is not counted", "GET", "sandbox;scopes=", acmeJira + "/rest/api/3/project/PLAT", 401, `{"code":401`},
		{"the second", "GET", "sandbox", acmeJira + "/rest/api/3/project/NOPE", 410, gone},
		{"the third is the operation's own again", "GET", "sandbox", acmeJira + "/rest/api/3/project/PLAT", 200, `{"expand"`},
		{"each, with its header", "GET", "sandbox", acmeJira + "/rest/api/3/myself", 503, "<p>Later"},
		{"on every site", "GET", bothSites, "/ex/jira/" + globexID + "/rest/api/3/myself", 503, "<p>Later"},
		{"only with a token", "GET", "wrong", acmeJira + "/rest/api/3/myself", 401, `{"code":401`},
		{"only on a site of the token", "GET", "sandbox", "/ex/jira/" + globexID + "/rest/api/3/myself", 403, `{"code":403`},
		{"an operation that is not served", "POST", "sandbox", acmeJira + "/rest/api/3/not/served", 201, `{"id":"1"}`},
		{"the path of the gateway names the site", "POST", bothSites, "/ex/jira/" + globexID + "/rest/api/3/not/served", 404, `{"timestamp"`},
		{"the list of sites", "GET", "sandbox", "/oauth/token/accessible-resources", 200, `null`},
		{"the list of sites again", "GET", "sandbox", "/oauth/token/accessible-resources", 200, `[{"id"`},
	}
	for _, tt := range tests {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.target, http.NoBody)
		r.Header.Set("Authorization", "Bearer "+tt.token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.body) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.body)
		}
		if tt.status == http.StatusServiceUnavailable && (w.Header().Get("Content-Type") != "text/html" || w.Header().Get("Retry-After") != "7") {
			t.Errorf("%s: header %v", tt.name, w.Header())
		}
	}
}

func TestBrokenSandboxSaysSo(t *testing.T) {
	t.Parallel()
	if err := sandbox.New(sandbox.Options{}).Err(); err != nil {
		t.Errorf("the sandbox as it is: %v", err)
	}
	for _, wrong := range []sandbox.Scripted{
		{Path: "rest/api/3/myself"}, {Path: ""}, {Path: "/rest/api/3/myself", Status: 42}, {Path: "/rest/api/3/myself", Nth: -1},
	} {
		s := sandbox.New(sandbox.Options{Scripted: []sandbox.Scripted{wrong}})
		if s.Err() == nil {
			t.Errorf("%+v is no mistake", wrong)
		}
		w := record(t.Context(), s, "sandbox", acmeJira+"/rest/api/3/myself")
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%+v: a broken sandbox answers %d", wrong, w.Code)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s := sandbox.New(sandbox.Options{Clock: func() time.Time { return at }})
	w := record(t.Context(), s, "sandbox", "/nowhere")
	if want := `"timestamp":"2026-07-01T12:00:00.000+00:00"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("the answer is %s, want %s in it", w.Body, want)
	}
}
