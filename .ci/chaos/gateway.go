package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"arcade-atlassian/tools/sandbox"
)

// The sandbox's sites.
const (
	acme   = "ac3e0000-5a4d-4b0c-9c1e-0000000000a1"
	globex = "610be000-7e57-4d0e-8b2f-0000000000b2"
)

// gateway is the sandbox behind a door that can fail, and that remembers what
// came through it.
type gateway struct {
	sandbox *sandbox.Sandbox
	server  *httptest.Server
	// weather chooses how a request fails; nil is not at all.
	weather atomic.Pointer[func(*http.Request) *fault]

	requests atomic.Int64 // all
	products atomic.Int64 // those to a site

	mu      sync.Mutex
	changes map[string]int // how often the sandbox made a change that holds a marker
	faults  map[string]int // by name
	running map[string]int // by token
	most    map[string]int // at a time, by token
}

func newGateway() (*gateway, error) {
	g := &gateway{
		sandbox: sandbox.New(sandbox.Options{}), changes: map[string]int{}, faults: map[string]int{},
		running: map[string]int{}, most: map[string]int{},
	}
	g.server = httptest.NewServer(g)
	return g, g.sandbox.Err()
}

func (g *gateway) url() string { return g.server.URL }

func (g *gateway) close() {
	g.server.CloseClientConnections()
	g.server.Close()
}

// ServeHTTP lets a request through to the sandbox or makes it fail.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	if strings.HasPrefix(r.URL.Path, "/ex/") {
		g.products.Add(1)
	}
	token := r.Header.Get("Authorization")
	g.enter(token)
	defer g.leave(token)
	if weather := g.weather.Load(); weather != nil {
		if f := (*weather)(r); f != nil {
			g.mu.Lock()
			g.faults[f.name]++
			g.mu.Unlock()
			f.answer(g, w, r)
			return
		}
	}
	g.process(r).write(w)
}

func (g *gateway) enter(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[token]++
	g.most[token] = max(g.most[token], g.running[token])
}

func (g *gateway) leave(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[token]--
}

// concurrent is the most requests of one token at a time.
func (g *gateway) concurrent(token string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.most["Bearer "+token]
}

// set lets all requests from now on fail as weather says.
func (g *gateway) set(weather func(*http.Request) *fault) {
	if weather == nil {
		g.weather.Store(nil)
		return
	}
	g.weather.Store(&weather)
}

// reply is the sandbox's answer, kept whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (a reply) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the worker may have left
}

var marker = regexp.MustCompile(`chaosmark[0-9]+x`)

// process lets the sandbox do what is asked, and counts the changes it made.
func (g *gateway) process(r *http.Request) reply {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return reply{status: http.StatusBadRequest}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	g.sandbox.ServeHTTP(rec, r)
	if r.Method != http.MethodGet && rec.Code/100 == 2 {
		marks := map[string]bool{}
		for _, m := range marker.FindAll(body, -1) {
			marks[string(m)] = true
		}
		g.mu.Lock()
		for m := range marks {
			g.changes[m]++
		}
		g.mu.Unlock()
	}
	return reply{rec.Code, rec.Header(), rec.Body.Bytes()}
}

// changed is how often the sandbox made a change that holds the marker.
func (g *gateway) changed(marker string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changes[marker]
}

// ask goes to the sandbox past all faults and counters.
func (g *gateway) ask(method, path, token, body string) (int, []byte) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	g.sandbox.ServeHTTP(rec, r)
	return rec.Code, rec.Body.Bytes()
}

// fault is a way in which a request fails.
type fault struct {
	name   string
	answer func(*gateway, http.ResponseWriter, *http.Request)
}

// reset ends the connection as a machine that dies does.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// says answers without asking the sandbox.
func says(name string, status int, contentType, body string, headers ...string) *fault {
	return &fault{name, func(_ *gateway, w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		sayNow(w, status, contentType, body, headers...)
	}}
}

func sayNow(w http.ResponseWriter, status int, contentType, body string, headers ...string) {
	w.Header().Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// saysThough answers so although the sandbox did what was asked.
func saysThough(name string, status int, contentType, body string) *fault {
	return &fault{name, func(g *gateway, w http.ResponseWriter, r *http.Request) {
		g.process(r)
		sayNow(w, status, contentType, body)
	}}
}

const (
	jsonType    = "application/json"
	htmlType    = "text/html; charset=utf-8"
	page        = "<!DOCTYPE html><html><body><h1>Site temporarily unavailable</h1></body></html>"
	rateLimited = `{"errorMessages":["The request has been rate-limited. Please try again later."],"errors":{},"status":429}`
)

// everyFault lists the ways to fail. No wait that is asked for is long, so that
// the run goes on; the moments of a skewed clock are, and they go to tokens of
// their own.
func everyFault() []*fault {
	list := []*fault{
		{"latency", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			time.Sleep(400 * time.Millisecond)
			g.process(r).write(w)
		}},
		{"reset before", func(_ *gateway, w http.ResponseWriter, _ *http.Request) { reset(w) }},
		{"reset after", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			g.process(r)
			reset(w)
		}},
		{"cut body", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			a := g.process(r)
			maps.Copy(w.Header(), a.header)
			w.Header().Set("Content-Length", fmt.Sprint(len(a.body)+10))
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body[:len(a.body)/2])
			_ = http.NewResponseController(w).Flush()
			reset(w)
		}},
		{"slow drip", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			a := g.process(r)
			maps.Copy(w.Header(), a.header)
			w.WriteHeader(a.status)
			for part := range parts(a.body, 10) {
				_, _ = w.Write(part)
				_ = http.NewResponseController(w).Flush()
				time.Sleep(50 * time.Millisecond)
			}
		}},
		{"gzip garbage", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			a := g.process(r)
			maps.Copy(w.Header(), a.header)
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, "\x1f\x8b\x08\x00garbage that nobody can unpack")
		}},
		{"huge answer", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			a := g.process(r)
			maps.Copy(w.Header(), a.header)
			w.WriteHeader(a.status)
			for range 192 {
				if _, err := w.Write(blanks); err != nil {
					return
				}
			}
			_, _ = w.Write(a.body)
		}},
		says("429", 429, jsonType, rateLimited),
		says("429 page", 429, htmlType, page),
		says("429 in a second", 429, jsonType, rateLimited, "Retry-After", "1"),
		says("500", 500, jsonType, `{"errorMessages":["Internal server error"],"errors":{}}`),
		says("502 page", 502, htmlType, page),
		says("503", 503, jsonType, `{"message":"Service Unavailable"}`),
		says("503 page in a second", 503, htmlType, page, "Retry-After", "1"),
		says("504", 504, jsonType, `{"message":"Gateway Timeout"}`),
		says("200 page", 200, htmlType, page),
		saysThough("500 although done", 500, jsonType, `{"errorMessages":["Internal server error"],"errors":{}}`),
		saysThough("502 although done", 502, htmlType, page),
		saysThough("504 although done", 504, jsonType, `{"message":"Gateway Timeout"}`),
		saysThough("200 page although done", 200, htmlType, page),
	}
	for _, reason := range []string{
		"jira-burst-based", "jira-per-issue-on-write", "jira-quota-global-based", "jira-quota-tenant-based",
		"confluence-quota-global-based", "confluence-quota-tenant-based", "jira-cost-based",
	} {
		list = append(list, &fault{"429 " + reason, func(_ *gateway, w http.ResponseWriter, _ *http.Request) {
			sayNow(w, 429, jsonType, rateLimited, "RateLimit-Reason", reason, "Retry-After", "1",
				"X-RateLimit-Reset", time.Now().Add(time.Second).UTC().Format("2006-01-02T15:04:05Z"))
		}})
	}
	return append(list,
		skewed("429 reset in the past", 429, func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Reset", time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04Z"))
		}),
		skewed("429 reset in the future", 429, func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Reset", time.Now().Add(2*time.Second).UTC().Format(time.RFC3339))
		}),
		skewed("429 after a date that is over", 429, func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().Add(-24*time.Hour).UTC().Format(http.TimeFormat))
		}),
		skewed("503 by a clock a day ahead", 503, func(w http.ResponseWriter) {
			ahead := time.Now().Add(24 * time.Hour).UTC()
			w.Header().Set("Date", ahead.Format(http.TimeFormat))
			w.Header().Set("Retry-After", ahead.Add(time.Second).Format(http.TimeFormat))
		}),
		&fault{"Date of another year", func(g *gateway, w http.ResponseWriter, r *http.Request) {
			a := g.process(r)
			a.header.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
			a.write(w)
		}},
	)
}

func skewed(name string, status int, header func(http.ResponseWriter)) *fault {
	return &fault{name, func(_ *gateway, w http.ResponseWriter, _ *http.Request) {
		header(w)
		sayNow(w, status, jsonType, rateLimited)
	}}
}

var blanks = bytes.Repeat([]byte(" "), 64<<10)

// parts cuts b into n pieces.
func parts(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		size := max(1, (len(b)+n-1)/n)
		for len(b) > 0 {
			piece := b[:min(size, len(b))]
			b = b[len(piece):]
			if !yield(piece) {
				return
			}
		}
	}
}
