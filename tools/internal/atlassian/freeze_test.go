package atlassian_test

import (
	"context"
	"crypto/tls"
	"io"
	"log" //nolint:depguard // an http.Server takes no other logger
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// freezing is a connection that after freeze neither delivers nor sends, as
// when a router between the two ends forgets it.
type freezing struct {
	net.Conn
	frozen chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (c *freezing) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	select {
	case <-c.frozen:
		<-c.closed
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (c *freezing) Write(p []byte) (int, error) {
	select {
	case <-c.frozen:
		return len(p), nil
	default:
		return c.Conn.Write(p)
	}
}

func (c *freezing) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// A frozen connection is given up after a few pings, and the calls that waited
// on it are repeated on a new one.
func TestFrozenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	g := &gateway{t: t, rows: []row{acme}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked with %s", r.Proto)
		}
		if strings.HasPrefix(r.URL.Path, site) {
			_, _ = io.WriteString(w, "{}")
			return
		}
		g.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that were opened in parallel and not needed
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)

	transport := atlassian.NewPingingTransport(50*time.Millisecond, 50*time.Millisecond)
	transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
	var first *freezing
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil || first != nil {
			return conn, err
		}
		first = &freezing{Conn: conn, frozen: make(chan struct{}), closed: make(chan struct{})}
		return first, nil
	}
	c := newClient(t, atlassian.Options{URL: server.URL + prefix, Transport: transport})
	s := siteOf(t, c, newCall(secret))
	if err := read(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	close(first.frozen)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := read(ctx, siteOf(t, c, newCall(secret))); err != nil {
				t.Errorf("%v: %s", err, tool.Explain(err).Message)
			}
		})
	}
	all.Wait()
}
