package main

import (
	"arcade-atlassian/tools/sandbox"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gateway is Atlassian: a sandbox, with a count of what it has done.
type gateway struct {
	server  *httptest.Server
	sandbox http.Handler
	hold    atomic.Int64 // how long a creation takes, in nanoseconds
	asked   atomic.Int64 // requests that reached it
	listed  atomic.Int64 // of these, those for the sites of a token
	refused atomic.Int64 // of these, those it answered with 429
	until   atomic.Int64 // Unix nanoseconds until which it says 429

	mu      sync.Mutex
	created map[string]int // issues, by mark
}

var mark = regexp.MustCompile(`replica-mark-[0-9]+`)

func newGateway() *gateway {
	g := &gateway{sandbox: sandbox.New(sandbox.Options{Latency: 20 * time.Millisecond}), created: map[string]int{}}
	g.server = httptest.NewServer(g)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.asked.Add(1)
	if r.URL.Path == "/oauth/token/accessible-resources" {
		g.listed.Add(1)
	}
	if time.Now().UnixNano() < g.until.Load() && strings.HasPrefix(r.URL.Path, "/ex/") {
		g.refused.Add(1)
		w.Header().Set("Retry-After", "4")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/rest/api/3/issue") {
		g.sandbox.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender died
	}
	r = r.WithContext(context.WithoutCancel(r.Context())) // what Atlassian has read it does, whoever asked still lives or not
	r.Body = io.NopCloser(bytes.NewReader(body))
	time.Sleep(time.Duration(g.hold.Load()))
	answer := httptest.NewRecorder()
	g.sandbox.ServeHTTP(answer, r)
	if answer.Code == http.StatusCreated {
		g.mu.Lock()
		g.created[string(mark.Find(body))]++
		g.mu.Unlock()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// times is how often an issue with a mark was created.
func (g *gateway) times(mark string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.created[mark]
}
