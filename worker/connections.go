package worker

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
)

// DefaultMaxConnections is twice what a worker without a memory limit takes on in
// calls. Each connection may have a request to be looked at, and the answer to a
// health check comes after those of all that came before.
const DefaultMaxConnections = 1024

// strangerTime is how long a connection is waited for, for headers and between
// requests, that has not shown the worker's token.
const strangerTime = 5 * time.Second

// front accepts the connections of a server. Those over its limit go to the
// health lane.
type front struct {
	net.Listener
	limit int64
	open  *atomic.Int64
	lane  *lane
}

func newFront(ln net.Listener, limit int64, open *atomic.Int64) *front {
	size := HealthConnections(limit)
	return &front{Listener: ln, limit: limit, open: open, lane: &lane{
		waiting: make(chan net.Conn, size), limit: int(size), addr: ln.Addr(), closed: make(chan struct{}), gone: make(chan struct{}, 1),
	}}
}

// HealthConnections is how many connections on top of a limit are answered about
// the worker's health.
func HealthConnections(limit int64) int64 {
	const fewest, part = 16, 16
	return max(limit/part, fewest)
}

// Accept implements net.Listener.
func (f *front) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if counted, ok := count(c, f.open, f.limit); ok {
			return &callerConn{Conn: counted}, nil
		}
		f.lane.take(c)
	}
}

// Close implements net.Listener.
func (f *front) Close() error {
	_ = f.lane.Close() // which cannot fail
	return f.Listener.Close()
}

// lane is the listener for the few connections over the limit that are answered
// about the worker's health and nothing else. The others wait in the system's
// queue until one of these ends or has had its time.
type lane struct {
	waiting chan net.Conn
	limit   int
	addr    net.Addr
	once    sync.Once
	closed  chan struct{}

	mu   sync.Mutex
	open []*laneConn // the oldest first
	gone chan struct{}
}

// laneTime is how long a connection on the lane is safe from being closed for
// another one. Who asks about the worker's health sends the request at once.
const laneTime = 100 * time.Millisecond

// take puts a connection on the lane, and waits for a place on it.
func (l *lane) take(c net.Conn) {
	for {
		oldest := l.ifFull()
		if oldest == nil {
			break
		}
		patience := time.NewTimer(time.Until(oldest.since.Add(laneTime)))
		select {
		case <-l.gone:
		case <-patience.C:
			_ = oldest.Close() // it has said nothing, or not taken its answer
		case <-l.closed:
		}
		patience.Stop()
		select {
		case <-l.closed:
			_ = c.Close() // nothing was said on it
			return
		default:
		}
	}
	conn := &laneConn{Conn: c, lane: l, since: time.Now()}
	l.mu.Lock()
	l.open = append(l.open, conn)
	l.mu.Unlock()
	select {
	case l.waiting <- conn:
	case <-l.closed:
		_ = conn.Close()
	}
}

// ifFull is the oldest connection if there are as many as may be.
func (l *lane) ifFull() *laneConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < l.limit {
		return nil
	}
	return l.open[0]
}

// laneConn leaves the lane when it is closed.
type laneConn struct {
	net.Conn
	lane  *lane
	since time.Time
}

// Close implements net.Conn.
func (c *laneConn) Close() error {
	c.lane.mu.Lock()
	if i := slices.Index(c.lane.open, c); i >= 0 {
		c.lane.open = slices.Delete(c.lane.open, i, i+1)
	}
	c.lane.mu.Unlock()
	select {
	case c.lane.gone <- struct{}{}:
	default: // that one went is known already
	}
	return c.Conn.Close()
}

// Accept implements net.Listener.
func (l *lane) Accept() (net.Conn, error) {
	select {
	case c := <-l.waiting:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *lane) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *lane) Addr() net.Addr { return l.addr }

// count counts a connection as open until it is closed, unless there are as many
// as the limit says.
func count(c net.Conn, open *atomic.Int64, limit int64) (net.Conn, bool) {
	if open.Add(1) > limit {
		open.Add(-1)
		return nil, false
	}
	return &countedConn{Conn: c, gone: sync.OnceFunc(func() { open.Add(-1) })}, true
}

type countedConn struct {
	net.Conn
	gone func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.gone()
	return c.Conn.Close()
}

// callerConn is waited for no longer than strangerTime until a request on it has
// shown the worker's token.
type callerConn struct {
	net.Conn
	known atomic.Bool
}

// SetReadDeadline implements net.Conn.
func (c *callerConn) SetReadDeadline(t time.Time) error {
	if !c.known.Load() && !t.IsZero() {
		if latest := time.Now().Add(strangerTime); t.After(latest) {
			t = latest
		}
	}
	return c.Conn.SetReadDeadline(t)
}

// connKey is where a request's context has its *callerConn.
type connKey struct{}

// withConn is http.Server.ConnContext.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if encrypted, ok := c.(*tls.Conn); ok {
		c = encrypted.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// trust remembers of a request's connection that it has shown the token.
func trust(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*callerConn); ok && !c.known.Load() {
		c.known.Store(true)
	}
}

// healthServer answers on the lane.
func (s *Server) healthServer() *http.Server {
	r := chi.NewRouter()
	busy := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		s.refuse(w, r, refusedConnections, fmt.Sprintf("The worker has as many connections as it takes on at a time (%d). "+
			"Nothing was done; repeat the request after a second.", s.options.MaxConnections))
	}
	r.NotFound(busy)
	r.MethodNotAllowed(busy)
	r.Get(PathHealth, s.answerHealth)
	const limit = 2 * time.Second
	server := &http.Server{Handler: r, TLSConfig: s.options.TLS.Clone(), Protocols: new(http.Protocols), ReadTimeout: limit, WriteTimeout: limit, MaxHeaderBytes: maxHeader - 4<<10, ErrorLog: s.errorLog()}
	server.Protocols.SetHTTP1(true)
	server.SetKeepAlivesEnabled(false)
	return server
}
