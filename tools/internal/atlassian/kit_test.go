package atlassian_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	cloud  = "6f1c9d52-0d0b-4d0e-9a57-5b1f3c2e7a10"
	secret = "eyJhbGciOiJub25lIn0.dG9rZW4gb2YgYWRh.c2lnbmF0dXJl" // long and odd enough to be searched for
	// prefix is what the test servers have in front of everything, so that an
	// address built without the base is noticed.
	prefix = "/prefix"
	site   = prefix + "/ex/jira/" + cloud
)

type keyed struct {
	Issue string `path:"issueIdOrKey,issue"`
}

type anything = map[string]any

// The operations of these tests. None of them is a toolkit's.
var (
	readIssue   = atlassian.Get[keyed, anything]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work")
	createIssue = atlassian.Post[struct {
		Fields anything `body:"json"`
	}, anything]("/rest/api/3/issue", "write:jira-work")
	fetchFile = atlassian.Get[keyed, anything]("/rest/api/3/attachment/{issueIdOrKey}", "read:jira-work").Redirects("media.test", "gateway.test")

	everything = []tool.Operation{readIssue, createIssue, fetchFile}
)

// read and write are an operation of each sort, ready to be performed.
func read(ctx context.Context, s *atlassian.Site) error {
	_, err := readIssue.Do(ctx, s, keyed{"ABC-1"})
	return err
}

func write(ctx context.Context, s *atlassian.Site) error {
	_, err := createIssue.Do(ctx, s, struct {
		Fields anything `body:"json"`
	}{anything{"summary": "x"}})
	return err
}

// row is a row of accessible-resources.
type row struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Scopes []string `json:"scopes"`
}

var acme = row{cloud, "Acme", "https://acme.atlassian.net", []string{"read:jira-work", "write:jira-work"}}

// gateway answers as Atlassian's does: the list of sites by itself, whatever
// is below the site's address through product, and nothing else.
type gateway struct {
	t       testing.TB
	rows    []row
	product roundTrip
	listed  int // requests for the list of sites, unless it is answered by sites
	sites   roundTrip
	mu      sync.Mutex
}

// RoundTrip makes a gateway reachable without a socket.
func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.URL.Path == prefix+"/oauth/token/accessible-resources" && r.Method == http.MethodGet:
		g.mu.Lock()
		g.listed++
		g.mu.Unlock()
		if g.sites != nil {
			return g.sites(r)
		}
		return answer(http.StatusOK, mustJSON(g.rows)), nil
	case strings.HasPrefix(r.URL.Path, prefix+"/ex/") && g.product != nil:
		return g.product(r)
	}
	g.t.Errorf("unexpected request: %s %s", r.Method, r.URL)
	return answer(http.StatusTeapot, ""), nil
}

func (g *gateway) lists() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.listed
}

// ServeHTTP makes a gateway reachable through one.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, err := g.RoundTrip(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = res.Body.Close() }()
	maps.Copy(w.Header(), res.Header)
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip makes it one.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string, headers ...string) *http.Response {
	res := &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i < len(headers); i += 2 {
		res.Header.Add(headers[i], headers[i+1])
	}
	return res
}

// always answers every request alike.
func always(status int, body string, headers ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) { return answer(status, body, headers...), nil }
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func newClient(t testing.TB, o atlassian.Options) *atlassian.Client {
	t.Helper()
	c, err := atlassian.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newCall(token string) *tool.Invocation { return &tool.Invocation{Token: tool.NewToken(token)} }

// onSite is the site of a call, through a gateway in this process whose
// operations product answers.
func onSite(t testing.TB, product roundTrip) *atlassian.Site {
	t.Helper()
	c := newClient(t, atlassian.Options{
		URL:       "https://gateway.test" + prefix,
		Transport: &gateway{t: t, rows: []row{acme}, product: product},
	})
	return siteOf(t, c, newCall(secret))
}

// siteOf resolves the only site of a call.
func siteOf(t testing.TB, c *atlassian.Client, inv *tool.Invocation) *atlassian.Site {
	t.Helper()
	s, err := c.User(inv, everything).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// served is a real server with the same behavior, and a call on its site.
func served(t testing.TB, product http.Handler) *atlassian.Site {
	t.Helper()
	g := &gateway{t: t, rows: []row{acme}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.EscapedPath(), site+"/") {
			product.ServeHTTP(w, r)
			return
		}
		g.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c := newClient(t, atlassian.Options{URL: server.URL + prefix, Transport: once{atlassian.NewTransport()}})
	return siteOf(t, c, newCall(secret))
}

// once is a transport over sockets that ends a hasty call's context as soon as
// an attempt has failed, which leaves no time for another. Unlike a deadline
// it does not depend on how busy the machine is.
type once struct{ *http.Transport }

type giveUp struct{}

func hasty(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return context.WithValue(ctx, giveUp{}, cancel)
}

// RoundTrip makes it a transport.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	quit, ok := r.Context().Value(giveUp{}).(context.CancelFunc)
	res, err := o.Transport.RoundTrip(r)
	switch {
	case ok && err != nil:
		quit()
	case ok:
		res.Body = hastyBody{res.Body, quit}
	}
	return res, err
}

type hastyBody struct {
	io.ReadCloser
	quit func()
}

// Read ends the call when the body does not end well.
func (b hastyBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.quit()
	}
	return n, err
}

// told is what the caller is told about a failure.
func told(t testing.TB, err error) *tool.Error {
	t.Helper()
	if err == nil {
		t.Fatal("succeeded")
	}
	return tool.Explain(err)
}

// everyText is all the text that an error shows in any way, its causes
// included.
func everyText(err error) string {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "%v\n%+v\n%s\n%q\n%#v\n", err, err, err, err, err)
		fmt.Fprintln(&b, err.Error())
	}
	return b.String()
}

// shown is everything in a told error that leaves the program.
func shown(e *tool.Error) string {
	return fmt.Sprintln(e.Kind, e.Message, e.Developer, e.Prompt, e.Stack, e.Extra)
}
