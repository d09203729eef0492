// Package sandbox is a stateful Atlassian Cloud in memory, behind the paths of Atlassian's API
// gateway. It exists so that the worker can be tried and tested with nothing but this program, and so
// that a mistake of the client meets a second opinion: it shares no code with the client (but for
// tools/richtext, which converts Confluence's bodies from one format to another), checks the same scopes
// Atlassian checks, pages the way Atlassian pages and fails with Atlassian's own bodies.
//
// A bearer token says in plain text who asks and what for: "sandbox" is Ada on the site acme with every
// scope, and "sandbox;sites=acme,globex;scopes=read:jira-work;user=bob;latency=1500ms" is what it looks
// like. Anything that does not read like this is refused with 401.
//
// This package is the gateway: tokens, routes and scopes. What the products answer is in the packages
// internal/jira and internal/confluence, one file an area, and what an area keeps is in tables of
// internal/state. The scopes an operation demands come from operations.json, which the tests derive from
// Atlassian's OpenAPI documents.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// statusClientGone is recorded for a request whose client left before its answer; nobody reads it on
// the wire.
const statusClientGone = 499

// maxBody is more than any operation accepts.
const maxBody = 16 << 20

// Options adjusts a sandbox. The zero value answers at once and logs nothing.
type Options struct {
	// Latency is how long every request waits before it is answered. A token's own latency replaces it.
	Latency time.Duration
	// Log, when set, is told about every request after its answer was written. Requests are served in
	// parallel, so it is called in parallel too.
	Log func(Request)
	// Clock tells the time that is written into what is created; nil is the system's.
	Clock func() time.Time
	// Scripted answers come instead of the operations' own; the first that fits a request wins.
	Scripted []Scripted
}

// Request is what a log may know about a request that was answered: never its token or its query.
type Request struct {
	Method   string
	Path     string // as it was sent, still escaped
	Status   int
	Duration time.Duration
}

// Sandbox is one Atlassian Cloud. It is an [http.Handler], safe for concurrent use, and starts from
// the same seed every time.
type Sandbox struct {
	opts   Options
	state  *state.State
	routes []route
	scopes []string // what a token holds that names none
	broken error    // a mistake in the embedded files or the options: every answer says so
	traces atomic.Uint64

	mu    sync.Mutex // held while an answer is made and encoded: guards what the sites hold
	asked []int      // how many requests fitted each scripted answer, guarded by mu
}

// New returns a sandbox as it is in the seed. One that is broken, see [Sandbox.Err], is returned too and
// answers every request with 500.
func New(opts Options) *Sandbox {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	routes, routesErr := servedRoutes()
	seed, seedErr := state.Load(opts.Clock)
	return &Sandbox{
		opts:   opts,
		state:  seed,
		routes: routes,
		scopes: servedScopes(),
		broken: errors.Join(routesErr, seedErr, checkScripted(opts.Scripted)),
		asked:  make([]int, len(opts.Scripted)),
	}
}

// Err tells what is wrong with the sandbox itself: its embedded files or its scripted answers. Whoever
// records answers checks it first, since a broken sandbox answers every request with 500.
func (s *Sandbox) Err() error { return s.broken }

// ServeHTTP answers one request to the gateway.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	status := s.serve(w, r)
	if s.opts.Log != nil {
		s.opts.Log(Request{
			Method:   r.Method,
			Path:     r.URL.EscapedPath(),
			Status:   status,
			Duration: time.Since(start),
		})
	}
}

// serve waits, answers and returns the status it answered with.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) int {
	var g *grant
	if s.broken == nil {
		g = s.grantOf(r.Header, s.opts.Latency)
	}
	delay := s.opts.Latency
	if g != nil {
		delay = g.latency
	}
	if !wait(r.Context(), delay) {
		w.WriteHeader(statusClientGone)
		return statusClientGone
	}

	re, body := s.answer(r, g)
	h := w.Header()
	if len(body) > 0 {
		h.Set("Content-Type", "application/json;charset=UTF-8")
	}
	maps.Copy(h, re.Header)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Atl-Traceid", fmt.Sprintf("%032x", s.traces.Add(1)))
	w.WriteHeader(re.Status)
	// The client may have left; there is nobody else to tell.
	_, _ = w.Write(body) //nolint:gosec // what it quotes of the request is JSON, and sent as nothing else
	return re.Status
}

// answer makes the answer to a request and its bytes.
func (s *Sandbox) answer(r *http.Request, g *grant) (service.Reply, []byte) {
	found := s.route(r, g)
	if found.call != nil && r.Body != nil { // a request that no server read may have none
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		switch {
		case err != nil:
			found = refuse(s.unroutable(http.StatusBadRequest, "The request body could not be read", r.URL.EscapedPath()))
		case len(body) > maxBody:
			found = refuse(found.call.Refuse(http.StatusRequestEntityTooLarge, "The request body is too large."))
		default:
			found.call.Body = body
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	re := s.reply(r, found)
	// It is encoded under the lock too, since an answer may point into the state.
	body, err := encode(re.Body)
	if err != nil {
		return service.Reply{Status: http.StatusInternalServerError}, []byte(`{"code":500,"message":"Internal Server Error"}`)
	}
	return re, body
}

// reply is the scripted answer, the operation's or the gateway's own. The caller holds the lock.
func (s *Sandbox) reply(r *http.Request, found handled) service.Reply {
	if found.scriptable {
		if re, some := s.scripted(r.Method, r.URL.EscapedPath()); some {
			return re
		}
	}
	if found.handle != nil {
		return found.handle(found.call)
	}
	return found.refusal
}

func encode(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case service.Raw:
		return []byte(body), nil
	default:
		// A path or a query may carry bytes that are not UTF-8, and the errors quote them.
		return json.Marshal(body, jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
	}
}

// wait passes the time asked for and reports whether the client is still there.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
