package sandbox_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

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

// do sends a request without a body.
func (g gateway) do(method, token, target string) answer {
	g.t.Helper()
	return g.send(method, token, target, "")
}

// send sends a request, with a body of JSON when there is one, and holds the request and its answer to
// the operation's OpenAPI document.
func (g gateway) send(method, token, target, body string) answer {
	g.t.Helper()
	return g.sendAs(method, token, target, body, nil)
}

// sendAs is send with a header, which may say that the body is something else than JSON.
func (g gateway) sendAs(method, token, target, body string, header http.Header) answer {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+target, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(r.Header, header)
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
	if a.status == http.StatusInternalServerError {
		g.t.Fatalf("%s %s: %s", method, target, raw)
	}
	if resp.Header.Get("Atl-Traceid") == "" {
		g.t.Errorf("%s %s: no atl-traceid", method, target)
	}
	isFile := strings.Contains(target, "/attachment") && resp.Header.Get("Content-Type") != "application/json;charset=UTF-8"
	if isFile {
		a.body = string(raw)
	} else if a.status != http.StatusNoContent {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			g.t.Fatalf("%s %s: the answer is not JSON: %v\n%s", method, target, err, raw)
		}
		if got, want := resp.Header.Get("Content-Type"), "application/json;charset=UTF-8"; got != want {
			g.t.Errorf("%s %s: Content-Type = %q, want %q", method, target, got, want)
		}
	} else if len(raw) > 0 || resp.Header.Get("Content-Type") != "" {
		g.t.Errorf("%s %s: 204 has a body: %q", method, target, raw)
	}
	checkExchange(g.t, r, body, a)
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

// record serves one request without a network.
func record(ctx context.Context, s *sandbox.Sandbox, token, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
