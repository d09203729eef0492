package worker

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// Defaults of the limits of a server that knows no memory limit. One with a
// memory limit takes a call for each 2 MiB of it, which is what a call with a
// large answer needs, and a quarter of it for bodies and answers: they are held
// once as text and once more as what was decoded, and the collector runs late.
const (
	defaultCalls = 512
	fewestCalls  = 32
	mostCalls    = 1024
	defaultBytes = 256 << 20
	callMemory   = 2 << 20
	bytesPart    = 4
	// userPart of all calls is what one user may have under way.
	userPart = 4
)

// setLimits fills in what the options leave to the worker.
func (o *Options) setLimits() {
	memory := debug.SetMemoryLimit(-1) // asks
	limited := memory < math.MaxInt64
	if o.MaxCalls == 0 {
		o.MaxCalls = defaultCalls
		if limited {
			o.MaxCalls = min(max(memory/callMemory, fewestCalls), mostCalls)
		}
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultBytes
		if limited {
			o.MaxBytes = memory / bytesPart
		}
		o.MaxBytes = max(o.MaxBytes, o.MaxBody) // or no large body would ever do
	}
	if o.MaxCallsPerUser == 0 {
		o.MaxCallsPerUser = max(o.MaxCalls/userPart, 1)
	}
}

// admission bounds what a server takes on at a time. What is over a limit is
// refused before anything was done, so that an Engine can repeat it (protocol
// §1.6).
type admission struct {
	maxCalls, maxBytes, maxCallsPerUser int64

	mu           sync.Mutex
	calls, bytes int64
	users        map[user]int64 // their calls
	peak         int64          // the most calls since it was last asked for
}

// user stands for the user of a call. It is a hash, so that no token is kept.
type user [sha256.Size]byte

func userOf(id, token string) user {
	hash := sha256.Sum256([]byte(token))
	return sha256.Sum256(append(hash[:], id...))
}

func newAdmission(o Options) *admission {
	return &admission{maxCalls: o.MaxCalls, maxBytes: o.MaxBytes, maxCallsPerUser: o.MaxCallsPerUser, users: map[user]int64{}}
}

// enter gives a call its place, which it has to leave, unless all are taken.
func (a *admission) enter() (*place, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.calls >= a.maxCalls {
		return nil, false
	}
	a.calls++
	a.peak = max(a.peak, a.calls)
	return &place{admission: a}, true
}

// now is what is held at the moment.
func (a *admission) now() load {
	a.mu.Lock()
	defer a.mu.Unlock()
	return load{calls: a.calls, bytes: a.bytes}
}

// takePeak is the most calls that were under way at a time since it was asked
// before.
func (a *admission) takePeak() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	peak := a.peak
	a.peak = a.calls
	return peak
}

// place is a call's among those under way. It belongs to one goroutine at a
// time.
type place struct {
	admission *admission
	left      bool
	bytes     int64
	user      *user
}

// reserve holds so many bytes more, unless that is too much.
func (p *place) reserve(n int64) bool {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	if p.admission.bytes+n > p.admission.maxBytes {
		return false
	}
	p.add(n)
	return true
}

// hold counts bytes that are there already and cannot be refused: those of an
// answer. While they are too many, other calls are.
func (p *place) hold(n int64) {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	p.add(n)
}

func (p *place) add(n int64) {
	p.bytes += n
	p.admission.bytes += n
}

// claim counts the call as one of the user's, unless these are too many.
func (p *place) claim(u user) bool {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	if p.admission.users[u] >= p.admission.maxCallsPerUser {
		return false
	}
	p.admission.users[u]++
	p.user = &u
	return true
}

// leave gives back what the call held, once.
func (p *place) leave() {
	if p.left {
		return
	}
	p.left = true
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	p.admission.calls--
	p.admission.bytes -= p.bytes
	if p.user == nil {
		return
	}
	if p.admission.users[*p.user]--; p.admission.users[*p.user] == 0 {
		delete(p.admission.users, *p.user)
	}
}

// retryAfter is for how long a caller is told to wait, in seconds. Places become
// free all the time; a call takes less than one as a rule.
const retryAfter = 1

// busyPause is how long a refusal takes.
const busyPause = 100 * time.Millisecond

// refuseBusy says that the worker has enough to do, and that nothing was done.
func (s *Server) refuseBusy(w http.ResponseWriter, r *http.Request, why refusal, detail string) {
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(retryAfter))
	if r.ContentLength < 0 || r.ContentLength > bodyStep {
		h.Set("Connection", "close") // rather than read a body for nothing
	}
	// Callers that repeat at once what was refused would keep the worker from the
	// calls that it took on.
	pause := time.NewTimer(busyPause)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-r.Context().Done():
	}
	s.refuse(w, r, why, detail+" Nothing was done; repeat the request after a second.")
}

func (s *Server) refuseUser(w http.ResponseWriter, r *http.Request) {
	s.refuseBusy(w, r, refusedUser, fmt.Sprintf("The user has as many calls under way as one may have (%d).", s.options.MaxCallsPerUser))
}

// admit gives a request its place and bounds its body, before that is read. It
// returns nil when it has refused.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) *place {
	if r.ContentLength > s.options.MaxBody {
		w.Header().Set("Connection", "close") // and no "100 Continue"
		s.refuseTooLarge(w, r)
		return nil
	}
	p, ok := s.admission.enter()
	if !ok {
		s.refuseBusy(w, r, refusedCalls, fmt.Sprintf("The worker has as many calls under way as it takes on at a time (%d).", s.options.MaxCalls))
		return nil
	}
	if r.ContentLength > 0 && !p.reserve(r.ContentLength) {
		p.leave()
		s.refuseMemory(w, r)
		return nil
	}
	body := &admittedBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, s.options.MaxBody), place: p, counts: r.ContentLength < 0,
		connection: http.NewResponseController(w), start: time.Now(),
	}
	body.wait(max(r.ContentLength, 0))
	r.Body = body
	return p
}

func (s *Server) refuseMemory(w http.ResponseWriter, r *http.Request) {
	s.refuseBusy(w, r, refusedMemory, fmt.Sprintf("The worker holds as many bytes of requests and answers as it takes on at a time (%d).", s.options.MaxBytes))
}

func (s *Server) refuseTooLarge(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, refusedTooLarge, fmt.Sprintf("The request body is larger than %d bytes", s.options.MaxBody))
}

// A body must come at slowestBody bytes a second at least, after bodyGrace. The
// Engine waits 30 seconds for everything (protocol §7.4).
const (
	bodyGrace   = 5 * time.Second
	slowestBody = 1 << 20
	bodyStep    = 64 << 10
)

var errTooManyBytes = errors.New("too many bytes are held")

// admittedBody is the body of a request that has its place.
type admittedBody struct {
	io.ReadCloser
	place      *place
	counts     bool // its length was not told, so it is reserved as it is read
	connection *http.ResponseController
	start      time.Time
	read       int64
	reserved   int64
}

// Read reserves what it is going to read, and fails when that is too much.
func (b *admittedBody) Read(into []byte) (int, error) {
	if b.counts && b.read == b.reserved {
		// Twice: the buffer that it is read into grows by doubling.
		if !b.place.reserve(2 * bodyStep) {
			return 0, errTooManyBytes
		}
		b.reserved += bodyStep
		b.wait(b.reserved)
	}
	if b.counts {
		into = into[:min(int64(len(into)), b.reserved-b.read)]
	}
	n, err := b.ReadCloser.Read(into)
	b.read += int64(n)
	return n, err
}

// wait lets the connection be slow for as long as a body of so many bytes may
// take.
func (b *admittedBody) wait(bytes int64) {
	limit := b.start.Add(bodyGrace + time.Duration(bytes)*time.Second/slowestBody)
	_ = b.connection.SetReadDeadline(limit) // a test's ResponseWriter has none
}

// admitted lets a handler of another protocol have only admitted requests.
func (s *Server) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := s.admit(w, r)
		if p == nil {
			return
		}
		defer p.leave()
		if !p.claim(userOf("", r.Header.Get(HeaderToken))) {
			p.leave()
			s.refuseUser(w, r)
			return
		}
		next.ServeHTTP(&countingWriter{ResponseWriter: w, place: p}, r)
	})
}

// countingWriter counts an answer as held while it is written.
type countingWriter struct {
	http.ResponseWriter
	place *place
}

// Write counts before it writes, which may take as long as the caller does.
func (w *countingWriter) Write(p []byte) (int, error) {
	w.place.hold(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

// Flush lets MCP's streams through.
func (w *countingWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// readBody reads an admitted request whole. It takes no more memory than the
// body, whose length is usually told: files make bodies large.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	room := max(r.ContentLength, 0) + bytes.MinRead // finding the end needs that much
	body := bytes.NewBuffer(make([]byte, 0, room))
	_, err := body.ReadFrom(r.Body)
	if err == nil {
		return body.Bytes(), true
	}
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		s.refuseTooLarge(w, r)
	case errors.Is(err, errTooManyBytes):
		s.refuseMemory(w, r)
	default:
		s.refuse(w, r, refusedMalformed, "Malformed request: the body could not be read")
	}
	return nil, false
}
