// Package sandbox is a stateful Atlassian Cloud in memory, behind the paths of Atlassian's API
// gateway. It exists so that the worker can be tried and tested with nothing but this program, and so
// that a mistake of the client meets a second opinion: it shares no code with the client, checks the
// same scopes Atlassian checks, pages the way Atlassian pages and fails with Atlassian's own bodies.
//
// A bearer token says in plain text who asks and what for: "sandbox" is Ada on the site acme with every
// scope, and "sandbox;sites=acme,globex;scopes=read:jira-work;user=bob;latency=1500ms" is what it looks
// like. Anything that does not read like this is refused with 401.
//
// One operation of Atlassian is one handler in the file of its product area and one line in
// [documents]; the scopes it demands come from operations.json, which the tests derive from Atlassian's
// OpenAPI documents.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// statusClientGone is recorded for a request whose client left before its answer; nobody reads it on
// the wire.
const statusClientGone = 499

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
	world  *world
	routes []route
	broken error // a mistake in the embedded files: every answer says so
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
	routes, routesErr := compileRoutes()
	w, worldErr := loadWorld()
	if worldErr == nil {
		w.allScopes = registeredScopes(w, routes)
	}
	return &Sandbox{
		opts:   opts,
		world:  w,
		routes: routes,
		broken: errors.Join(routesErr, worldErr, checkScripted(opts.Scripted)),
		asked:  make([]int, len(opts.Scripted)),
	}
}

// Err tells what is wrong with the sandbox itself: its embedded files or its scripted answers. Whoever
// records answers checks it first, since a broken sandbox answers every request with 500.
func (s *Sandbox) Err() error { return s.broken }

// registeredScopes are those of the seed and every scope any operation can be called with.
func registeredScopes(w *world, routes []route) []string {
	scopes := slices.Clone(w.Scopes)
	for _, rt := range routes {
		for _, alternative := range rt.scopes {
			scopes = append(scopes, alternative...)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

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
		g = s.world.grantOf(r.Header, s.opts.Latency)
	}
	delay := s.opts.Latency
	if g != nil {
		delay = g.latency
	}
	if !wait(r.Context(), delay) {
		w.WriteHeader(statusClientGone)
		return statusClientGone
	}

	re, body := s.encoded(r, g)
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	maps.Copy(h, re.header)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Atl-Traceid", fmt.Sprintf("%032x", s.traces.Add(1)))
	w.WriteHeader(re.status)
	// The client may have left; there is nobody else to tell.
	_, _ = w.Write(body) //nolint:gosec // what it quotes of the request is JSON, and sent as nothing else
	return re.status
}

// encoded makes the answer and its bytes in one go under the lock, since an answer may point into the
// state.
func (s *Sandbox) encoded(r *http.Request, g *grant) (reply, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	re := s.answer(r, g)
	if text, isRaw := re.body.(raw); isRaw {
		return re, []byte(text)
	}
	// A path or a query may carry bytes that are not UTF-8, and the errors quote them.
	body, err := json.Marshal(re.body, jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
	if err != nil {
		return reply{status: http.StatusInternalServerError}, []byte(`{"code":500,"message":"Internal Server Error"}`)
	}
	return re, body
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

// reply is one answer before it is encoded.
type reply struct {
	status int
	header http.Header
	body   any
}

// raw is a body that is sent as it is.
type raw string

// ok is the answer of an operation that went well.
func ok(body any) reply { return reply{status: http.StatusOK, body: body} }
