package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

const (
	acmeID   = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"
	globexID = "610be000-7e57-4d0e-8b2f-0000000000b2"

	acmeJira       = "/ex/jira/" + acmeID
	acmeConfluence = "/ex/confluence/" + acmeID
	bothSites      = "sandbox;sites=acme,globex"
)

// gateway is a sandbox on a real port.
type gateway struct {
	t   *testing.T
	url string
}

func open(t *testing.T) gateway {
	t.Helper()
	server := httptest.NewServer(sandbox.New(sandbox.Options{}))
	t.Cleanup(server.Close)
	return gateway{t: t, url: server.URL}
}

// answer is what came back, decoded.
type answer struct {
	status int
	header http.Header
	body   any
}

// object is the body as an object.
func (a answer) object() map[string]any {
	o, _ := a.body.(map[string]any)
	return o
}

// rows is a list in the body.
func (a answer) rows(name string) []map[string]any {
	list, _ := a.object()[name].([]any)
	var rows []map[string]any
	for _, row := range list {
		o, _ := row.(map[string]any)
		rows = append(rows, o)
	}
	return rows
}

// texts is one property of every row.
func texts(rows []map[string]any, name string) []string {
	var all []string
	for _, row := range rows {
		s, _ := row[name].(string)
		all = append(all, s)
	}
	return all
}

func (g gateway) do(method, token, target string) answer {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+target, http.NoBody)
	if err != nil {
		g.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		g.t.Fatalf("%s %s: the answer is not JSON: %v\n%s", method, target, err, raw)
	}
	if a.status == http.StatusInternalServerError {
		g.t.Fatalf("%s %s: %s", method, target, raw)
	}
	if got, want := resp.Header.Get("Content-Type"), "application/json;charset=UTF-8"; got != want {
		g.t.Errorf("%s %s: Content-Type = %q, want %q", method, target, got, want)
	}
	if resp.Header.Get("Atl-Traceid") == "" {
		g.t.Errorf("%s %s: no atl-traceid", method, target)
	}
	return a
}

// get asks as Ada with every scope.
func (g gateway) get(target string) answer {
	g.t.Helper()
	return g.do(http.MethodGet, "sandbox", target)
}

// found is get for an answer that has to be 200.
func (g gateway) found(target string) answer {
	g.t.Helper()
	a := g.get(target)
	if a.status != http.StatusOK {
		g.t.Fatalf("GET %s = %d %v", target, a.status, a.body)
	}
	return a
}

func TestAnswersFitTheDocuments(t *testing.T) {
	t.Parallel()
	const (
		search  = "/rest/api/3/project/search"
		one     = "/rest/api/3/project/{projectIdOrKey}"
		myself  = "/rest/api/3/myself"
		jira    = "jira-platform-v3"
		spaces  = "/spaces"
		fromNow = "confluence-v2"
	)
	type check struct{ document, operation, token, target string }
	var checks []check
	for _, id := range []string{acmeID, globexID} {
		for _, query := range []string{
			"", "?maxResults=100", "?startAt=3&maxResults=7", "?startAt=1000", "?maxResults=1",
			"?query=plat", "?query=nothing-is-called-this", "?keys=OPS&keys=LAB", "?id=10000&id=10001",
			"?typeKey=software,business", "?orderBy=-name", "?orderBy=%2Bcategory", "?categoryId=10001",
			"?maxResults=100&expand=description,lead,issueTypes,url,projectKeys,insight",
			"?status=live&status=archived&status=deleted&maxResults=100&expand=lead",
		} {
			checks = append(checks, check{jira, search, bothSites, "/ex/jira/" + id + search + query})
		}
		for _, query := range []string{
			"", "?limit=250", "?limit=3", "?keys=OPS,HR", "?ids=98306,65538", "?type=personal", "?status=archived",
			"?sort=-name", "?limit=250&description-format=plain", "?limit=250&description-format=view",
			"?include-icon=true", "?labels=company", "?keys=NONE",
		} {
			checks = append(checks, check{fromNow, spaces, bothSites, "/ex/confluence/" + id + "/wiki/api/v2/spaces" + query})
		}
	}
	g := open(t)
	for _, key := range projectKeys(g, acmeID) {
		checks = append(checks, check{jira, one, bothSites, acmeJira + "/rest/api/3/project/" + key})
	}
	for _, key := range projectKeys(g, globexID) {
		checks = append(checks, check{jira, one, bothSites, "/ex/jira/" + globexID + "/rest/api/3/project/" + key + "?expand=lead"})
	}
	for _, user := range []string{"ada", "bob", "alex", "kim", "robot"} {
		checks = append(checks,
			check{jira, myself, "sandbox;user=" + user, acmeJira + myself},
			check{jira, myself, "sandbox;user=" + user, acmeJira + myself + "?expand=groups,applicationRoles"})
	}
	for _, c := range checks {
		a := g.do(http.MethodGet, c.token, c.target)
		if a.status != http.StatusOK {
			t.Errorf("GET %s = %d %v", c.target, a.status, a.body)
			continue
		}
		fits(t, "GET "+c.target, answerSchema(t, c.document, http.MethodGet, c.operation), a.body)
	}

	for target, status := range map[string]int{
		acmeJira + search + "?startAt=soon&maxResults=many&id=x&orderBy=mood": http.StatusBadRequest,
		acmeJira + "/rest/api/3/project/NOPE":                                 http.StatusNotFound,
	} {
		a := g.get(target)
		if a.status != status {
			t.Errorf("GET %s = %d, want %d", target, a.status, status)
		}
		fits(t, "GET "+target, errorSchema(t), a.body)
	}
}

// projectKeys are all keys on a site that can be looked up.
func projectKeys(g gateway, cloudID string) []string {
	g.t.Helper()
	a := g.do(http.MethodGet, bothSites, "/ex/jira/"+cloudID+"/rest/api/3/project/search?maxResults=100&status=live&status=archived")
	return texts(a.rows("values"), "key")
}

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

func TestScopesOfEveryOperation(t *testing.T) {
	t.Parallel()
	examples := map[string]string{
		"/rest/api/3/myself":                   "/rest/api/3/myself",
		"/rest/api/3/project/search":           "/rest/api/3/project/search",
		"/rest/api/3/project/{projectIdOrKey}": "/rest/api/3/project/PLAT",
		"/spaces":                              "/spaces",
	}
	g := open(t)
	for _, op := range readFacts(t).Operations {
		example, some := examples[op.Path]
		if !some {
			t.Errorf("%s %s has no example here", op.Method, op.Path)
			continue
		}
		target := strings.Replace(sandbox.Prefixes()[op.Document], "{cloudId}", acmeID, 1) + example
		var halves []string
		for _, scopes := range op.Scopes {
			if a := g.do(op.Method, "sandbox;scopes="+strings.Join(scopes, ","), target); a.status != http.StatusOK {
				t.Errorf("%s %s with all of %v = %d, want 200", op.Method, op.Path, scopes, a.status)
			}
			for i := range scopes {
				rest := append(append([]string{}, scopes[:i]...), scopes[i+1:]...)
				a := g.do(op.Method, "sandbox;scopes="+strings.Join(rest, ","), target)
				want := map[string]any{"code": 401.0, "message": "Unauthorized; scope does not match"}
				if diff := cmp.Diff(want, a.body); a.status != http.StatusUnauthorized || diff != "" {
					t.Errorf("%s %s without %s = %d (-want +got):\n%s", op.Method, op.Path, scopes[i], a.status, diff)
				}
			}
			halves = append(halves, scopes[1:]...)
		}
		if a := g.do(op.Method, "sandbox;scopes="+strings.Join(halves, ","), target); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s with an incomplete set of each = %d, want 401", op.Method, op.Path, a.status)
		}
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

// record serves one request without a network.
func record(ctx context.Context, s *sandbox.Sandbox, token, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
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
