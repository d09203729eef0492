package tooltest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// network is HTTP in memory: net/http on both sides of pipes, so that it works
// in simulated time. It takes every request, whatever host it is for.
type network struct {
	server    *http.Server
	transport *http.Transport
	dialed    chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

func newNetwork(tb testing.TB, h http.Handler) *network {
	tb.Helper()
	n := &network{dialed: make(chan net.Conn), closed: make(chan struct{})}
	n.server = &http.Server{Handler: h}
	n.transport = &http.Transport{DialContext: n.dial}
	var serving sync.WaitGroup
	serving.Go(func() { _ = n.server.Serve(n) }) // always ErrServerClosed
	tb.Cleanup(func() {
		n.transport.CloseIdleConnections()
		_ = n.server.Close() // closes pipes
		serving.Wait()
	})
	return n
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.dialed <- server:
		return client, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// RoundTrip sends a request without TLS, which has nothing to protect here.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	plain := r.Clone(r.Context())
	plain.URL.Scheme = "http"
	res, err := n.transport.RoundTrip(plain)
	if res != nil {
		res.Request = r
	}
	return res, err
}

// Accept is the server's side of dial.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.dialed:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

// Addr is that of no network.
func (*network) Addr() net.Addr { return &net.TCPAddr{} }
