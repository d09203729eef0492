package sandbox_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

func TestGatewayRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	code := func(status float64, message string) map[string]any {
		return map[string]any{"code": status, "message": message}
	}
	routing := func(status float64, text, message, path string) map[string]any {
		return map[string]any{"status": status, "error": text, "message": message, "path": path}
	}
	const projects = "/rest/api/3/project/search"
	nowhere := "/ex/jira/11111111-2222-4333-8444-555555555555" + projects
	missing := func(path string) map[string]any { return routing(404, "Not Found", "No message available", path) }
	tests := []struct {
		name, method, token, target string
		status                      int
		want                        any
	}{
		{"no token", "GET", "", acmeJira + projects, 401, code(401, "Unauthorized")},
		{"unknown token", "GET", "eyJhbGciOi", acmeJira + projects, 401, code(401, "Unauthorized")},
		{"no token for a path that is not there", "GET", "", "/nowhere", 401, code(401, "Unauthorized")},
		{"scope missing", "GET", "sandbox;scopes=read:jira-user", acmeJira + projects, 401, code(401, "Unauthorized; scope does not match")},
		{"no scopes", "GET", "sandbox;scopes=", acmeConfluence + "/wiki/api/v2/spaces", 401, code(401, "Unauthorized; scope does not match")},
		{"classic scope for the new API", "GET", "sandbox;scopes=read:confluence-space.summary", acmeConfluence + "/wiki/api/v2/spaces", 401, code(401, "Unauthorized; scope does not match")},
		{"site not granted", "GET", "sandbox", "/ex/jira/" + globexID + projects, 403, code(403, "The app is not installed on this instance")},
		{"site not granted comes before scopes", "GET", "sandbox;scopes=", "/ex/jira/" + globexID + projects, 403, code(403, "The app is not installed on this instance")},
		{"unknown site", "GET", "sandbox", nowhere, 404, missing(nowhere)},
		{"unknown product", "GET", "sandbox", "/ex/trello/" + acmeID + "/1/boards", 404, missing("/ex/trello/" + acmeID + "/1/boards")},
		{"unknown path", "GET", "sandbox", acmeJira + "/rest/api/3/nothing", 404, missing(acmeJira + "/rest/api/3/nothing")},
		{"one product's path under the other", "GET", "sandbox", acmeConfluence + projects, 404, missing(acmeConfluence + projects)},
		{"document path without its server", "GET", "sandbox", acmeConfluence + "/spaces", 404, missing(acmeConfluence + "/spaces")},
		{"root", "GET", "sandbox", "/", 404, missing("/")},
		{"site alone", "GET", "sandbox", acmeJira, 404, missing(acmeJira)},
		{"trailing slash", "GET", "sandbox", acmeJira + projects + "/", 404, missing(acmeJira + projects + "/")},
		{"doubled slash", "GET", "sandbox", acmeJira + "//rest/api/3/myself", 404, missing(acmeJira + "//rest/api/3/myself")},
		{"missing parameter", "GET", "sandbox", acmeJira + "/rest/api/3/project/", 404, missing(acmeJira + "/rest/api/3/project/")},
		{"malformed query", "GET", "sandbox", acmeJira + projects + "?query=%zz", 400, routing(400, "Bad Request", "The query string is malformed", acmeJira+projects)},
		{"method at the gateway", "POST", "sandbox", "/oauth/token/accessible-resources", 405, routing(405, "Method Not Allowed", "Request method 'POST' is not supported", "/oauth/token/accessible-resources")},
		{"method in Jira", "DELETE", "sandbox", acmeJira + projects, 405, map[string]any{"errorMessages": []any{"The method DELETE is not allowed here."}, "errors": map[string]any{}}},
		{"method in Confluence", "POST", "sandbox", acmeConfluence + "/wiki/api/v2/spaces", 405, map[string]any{"errors": []any{map[string]any{
			"status": 405.0, "code": "METHOD_NOT_ALLOWED", "title": "The method POST is not allowed here.", "detail": "",
		}}}},
	}
	for _, tt := range tests {
		a := g.do(tt.method, tt.token, tt.target)
		if a.status != tt.status {
			t.Errorf("%s: status = %d, want %d", tt.name, a.status, tt.status)
		}
		if stamp, some := a.object()["timestamp"].(string); some {
			if _, err := time.Parse(time.RFC3339, stamp); err != nil {
				t.Errorf("%s: timestamp: %v", tt.name, err)
			}
			delete(a.object(), "timestamp")
		}
		if diff := cmp.Diff(tt.want, a.body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if tt.status == http.StatusMethodNotAllowed && !strings.Contains(a.header.Get("Allow"), "GET") {
			t.Errorf("%s: Allow = %q, want GET in it", tt.name, a.header.Get("Allow"))
		}
	}
}

// An escaped slash or dot is a character of a value, and a bare dot segment is nobody's path.
func TestPathsAreTakenLiterally(t *testing.T) {
	t.Parallel()
	g := open(t)
	const project = acmeJira + "/rest/api/3/project/"
	for segment, key := range map[string]string{
		"..%2F..%2Fmyself": "../../myself",
		"%2e%2e":           "..",
		"a%3Fb%23c":        "a?b#c",
		"PLAT%2F":          "PLAT/",
		"PLAT%00":          "PLAT\x00",
		"%FF":              "�",
		"sear%63h%20":      "search ",
	} {
		a := g.get(project + segment)
		want := map[string]any{"errorMessages": []any{"No project could be found with key '" + key + "'."}, "errors": map[string]any{}}
		if diff := cmp.Diff(want, a.body); a.status != http.StatusNotFound || diff != "" {
			t.Errorf("GET %s = %d (-want +got):\n%s", segment, a.status, diff)
		}
	}
	for _, target := range []string{
		project + "..",
		project + ".",
		project + "../myself",
		project + "PLAT/../../myself",
		acmeJira + "/rest/api/3/%6Dyself",
		"/ex/jira/" + globexID + "/../" + acmeID + "/rest/api/3/myself",
	} {
		if a := g.get(target); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
			t.Errorf("GET %s = %d %v, want a refusal by the gateway", target, a.status, a.body)
		} else if a.object()["errorMessages"] != nil {
			t.Errorf("GET %s reached Jira", target)
		}
	}
	// "search" is a route of its own, never a key.
	if a := g.found(project + "search"); a.object()["values"] == nil {
		t.Errorf("project/search = %v, want a page", a.body)
	}
}

func TestAccessibleResources(t *testing.T) {
	t.Parallel()
	g := open(t)
	row := func(id, name, icon string, scopes ...any) map[string]any {
		return map[string]any{
			"id": id, "name": name, "url": "https://" + name + ".atlassian.net", "scopes": scopes,
			"avatarUrl": "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/" + icon + ".png",
		}
	}
	tests := []struct {
		token string
		want  []any
	}{
		{"sandbox;scopes=", []any{}},
		{"sandbox;scopes=offline_access,read:me", []any{}},
		{"sandbox;scopes=read:jira-work", []any{row(acmeID, "acme", "rocket", "read:jira-work")}},
		{"sandbox;scopes=write:jira-work,read:space:confluence,read:sprint:jira-software", []any{
			row(acmeID, "acme", "rocket", "read:sprint:jira-software", "write:jira-work"),
			row(acmeID, "acme", "rocket", "read:space:confluence"),
		}},
		{bothSites + ";scopes=search:confluence", []any{
			row(acmeID, "acme", "rocket", "search:confluence"),
			row(globexID, "globex", "globe", "search:confluence"),
		}},
	}
	for _, tt := range tests {
		a := g.do(http.MethodGet, tt.token, "/oauth/token/accessible-resources")
		if diff := cmp.Diff(any(tt.want), a.body); a.status != http.StatusOK || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", tt.token, a.status, diff)
		}
	}
	all := g.do(http.MethodGet, bothSites, "/oauth/token/accessible-resources")
	if rows, _ := all.body.([]any); len(rows) != 4 {
		t.Errorf("two sites with every scope have %d rows, want 4", len(rows))
	}
}

func TestTraceIDsDiffer(t *testing.T) {
	t.Parallel()
	g := open(t)
	first, second := g.found(acmeJira+"/rest/api/3/myself"), g.found(acmeJira+"/rest/api/3/myself")
	if first.header.Get("Atl-Traceid") == second.header.Get("Atl-Traceid") {
		t.Error("two answers have the same atl-traceid")
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []sandbox.Request
		s := sandbox.New(sandbox.Options{Latency: time.Second, Log: func(r sandbox.Request) { got = append(got, r) }})
		record(t.Context(), s, "sandbox", acmeJira+"/rest/api/3/project/A%2FB?expand=lead")
		record(t.Context(), s, "wrong", acmeJira+"/rest/api/3/myself")
		record(t.Context(), s, "sandbox;latency=0s", acmeJira+"/rest/api/3/myself")
		want := []sandbox.Request{
			{Method: "GET", Path: acmeJira + "/rest/api/3/project/A%2FB", Status: 404, Duration: time.Second},
			{Method: "GET", Path: acmeJira + "/rest/api/3/myself", Status: 401, Duration: time.Second},
			{Method: "GET", Path: acmeJira + "/rest/api/3/myself", Status: 200, Duration: 0},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{})
		start := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { record(t.Context(), s, "sandbox;latency=1500ms", acmeJira+"/rest/api/3/myself") })
		}
		all.Wait()
		if got, want := time.Since(start), 1500*time.Millisecond; got != want {
			t.Errorf("ten slow requests at once took %v, want %v", got, want)
		}

		start = time.Now()
		record(t.Context(), s, "sandbox;latency=1000h", acmeJira+"/rest/api/3/myself")
		if got, want := time.Since(start), time.Minute; got != want {
			t.Errorf("the longest latency was %v, want %v", got, want)
		}

		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		w := record(ctx, s, "sandbox;latency=30s", acmeJira+"/rest/api/3/myself")
		if got, want := time.Since(start), 2*time.Second; got != want || w.Body.Len() > 0 {
			t.Errorf("a client that left after %v was waited for %v and sent %q", want, got, w.Body)
		}
	})
}

func TestParallelRequests(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	var all sync.WaitGroup
	for _, target := range []string{
		acmeJira + "/rest/api/3/project/search?orderBy=name&expand=lead,description",
		acmeConfluence + "/wiki/api/v2/spaces?sort=-name&description-format=view",
		"/oauth/token/accessible-resources",
	} {
		for range 8 {
			all.Go(func() {
				if w := record(t.Context(), s, "sandbox", target); w.Code != http.StatusOK {
					t.Errorf("GET %s = %d", target, w.Code)
				}
			})
		}
	}
	all.Wait()
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	if err := sandbox.SeedsError(); err != nil {
		t.Error(err)
	}
}
