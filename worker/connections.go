package worker

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultMaxConnections is twice what a worker without a memory limit takes on in
// calls. Each connection may have a request to be looked at, and the answer to a
// health check comes after those of all that came before.
const DefaultMaxConnections = 1024

// strangerTime is how long a connection is waited for, for headers and between
// requests, that has not shown the worker's token.
const strangerTime = 5 * time.Second

// strangerPatience is how long a connection of a stranger on which nothing happens
// is safe from being closed for a new one, when all are taken.
const strangerPatience = 2 * time.Second

// front accepts the connections of a server. Those over its limit go to the
// health lane.
type front struct {
	net.Listener
	limit int64
	open  *atomic.Int64
	lane  *lane

	mu   sync.Mutex
	idle list.List // of *callerConn: strangers on whose connections nothing happens, the longest first
}

func newFront(ln net.Listener, limit int64, open *atomic.Int64, health *lane) *front {
	return &front{Listener: ln, limit: limit, open: open, lane: health}
}

// Accept implements net.Listener.
func (f *front) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		counted, ok := count(c, f.open, f.limit)
		if !ok && f.hangUpOnStranger() {
			counted, ok = count(c, f.open, f.limit)
		}
		if ok {
			return &callerConn{Conn: counted, front: f}, nil
		}
		f.lane.take(c)
	}
}

// hangUpOnStranger closes the connection of the stranger on which nothing has
// happened for the longest time, if that is long.
func (f *front) hangUpOnStranger() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.idle.Front()
	if first == nil {
		return false
	}
	c := first.Value.(*callerConn) //nolint:forcetypeassert // nothing else is in it
	if time.Since(c.idleSince) < strangerPatience {
		return false
	}
	f.idle.Remove(first)
	c.idle = nil
	_ = c.Close() // its goroutine notices
	return true
}

// connState is http.Server.ConnState.
func (f *front) connState(conn net.Conn, state http.ConnState) {
	c, ok := callerOf(conn)
	if !ok || c.known.Load() {
		return
	}
	switch state {
	case http.StateNew: // it waits when it is read from
	case http.StateIdle:
		f.waits(c)
	default:
		f.mu.Lock()
		defer f.mu.Unlock()
		if c.idle != nil {
			f.idle.Remove(c.idle)
			c.idle = nil
		}
	}
}

// waits notes that a stranger's connection is waited for.
func (f *front) waits(c *callerConn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.idle == nil {
		c.idleSince, c.idle = time.Now(), f.idle.PushBack(c)
	}
}

// Close implements net.Listener.
func (f *front) Close() error {
	f.lane.close()
	return f.Listener.Close()
}

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
	front *front
	first sync.Once // of Read
	known atomic.Bool
	// idle is the connection's place in front.idle, nil without one; both are
	// guarded by the front's lock.
	idle      *list.Element
	idleSince time.Time
}

// Read implements net.Conn. The first one begins the wait for a stranger: what came
// before, when many were taken at once, is the worker's own delay.
func (c *callerConn) Read(b []byte) (int, error) {
	c.first.Do(func() { c.front.waits(c) })
	return c.Conn.Read(b)
}

// callerOf is the connection below TLS, if that is what conn is.
func callerOf(conn net.Conn) (*callerConn, bool) {
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn()
	}
	c, ok := conn.(*callerConn)
	return c, ok
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
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := callerOf(conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// trust remembers of a request's connection that it has shown the token.
func trust(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*callerConn); ok && !c.known.Load() {
		c.known.Store(true)
	}
}
