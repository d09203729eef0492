package atlassian_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log" //nolint:depguard // an http.Server takes no other logger
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// most is the longest answer that is read.
const most = 10 << 20

func TestTransportFailures(t *testing.T) {
	t.Parallel()
	hijacked := func(do func(net.Conn)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			do(conn)
			_ = conn.Close()
		})
	}
	says := func(text string) http.Handler {
		return hijacked(func(c net.Conn) { _, _ = io.WriteString(c, text) })
	}
	zipped := func(body []byte) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
		})
	}
	intact := pack(t, []byte(`{"a":"`+strings.Repeat("text ", 1000)+`"}`))
	broken := func(at int) []byte {
		b := bytes.Clone(intact)
		b[at] ^= 0xff
		return b
	}
	const (
		incomplete  = "HTTP request failed before a complete response was received."
		timedOut    = "HTTP request timed out before a complete response was received."
		unreachable = "HTTP request failed before reaching the upstream service."
		undecodable = "HTTP response from upstream could not be decoded."
	)
	tests := []struct {
		name    string
		handler http.Handler
		kind    tool.Kind
		message string
		retry   bool
	}{
		{"never answered", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hang(r) }), tool.KindNetworkTimeout, timedOut, true},
		{"never ended", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"a":`)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}), tool.KindNetworkTimeout, timedOut, true},
		{"another protocol", says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), tool.KindNetworkUnmapped, "Atlassian answered 101 (Switching Protocols), which does not tell whether the operation succeeded.", true},
		{"reset", hijacked(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }), tool.KindNetworkUnreachable, unreachable, true},
		{"closed", hijacked(func(net.Conn) {}), tool.KindNetworkUnreachable, unreachable, true},
		{"cut in the headers", says("HTTP/1.1 200 OK\r\nContent-Le"), tool.KindNetworkUnmapped, incomplete, true},
		{"cut in the body", says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"), tool.KindNetworkUnreachable, unreachable, true},
		{"cut in a chunk", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"a\":"), tool.KindNetworkUnreachable, unreachable, true},
		{"not HTTP", says("SSH-2.0-OpenSSH_9.9\r\n\r\n"), tool.KindNetworkUnmapped, incomplete, true},
		{"bad length", says("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"), tool.KindNetworkUnmapped, incomplete, true},
		{"endless headers", says("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n{}"), tool.KindNetworkUnmapped, incomplete, true},
		{"not gzip", zipped([]byte("plain text, whatever its header says")), tool.KindNetworkUnmapped, undecodable, true},
		{"gzip with another header", zipped(broken(0)), tool.KindNetworkUnmapped, undecodable, true},
		{"gzip with other bits", zipped(broken(12)), tool.KindNetworkUnmapped, undecodable, true},
		{"gzip with another sum", zipped(broken(len(intact) - 6)), tool.KindNetworkUnmapped, undecodable, true},
		{"gzip cut", zipped(intact[:len(intact)/2]), tool.KindNetworkUnreachable, unreachable, true},
		{"gzip of too much", zipped(pack(t, bytes.Repeat([]byte(" "), most+1))), tool.KindNetworkUnmapped, "Atlassian's answer is larger than 10240 KiB or 200000 values.", false},
		{"too much", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, blanks{}, 11<<20) }), tool.KindNetworkUnmapped, "Atlassian's answer is larger than 10240 KiB or 200000 values.", false},
		{"too much of a refusal", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.CopyN(w, blanks{}, 11<<20)
		}), tool.KindNetworkUnmapped, "Atlassian's answer is larger than 10240 KiB or 200000 values.", false},
		{"not JSON", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }), tool.KindNetworkUnmapped, undecodable, true},
		{"empty", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), tool.KindNetworkUnmapped, undecodable, true},
		{"half of JSON", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"a":`) }), tool.KindNetworkUnmapped, undecodable, true},
		{"two of JSON", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}{}`) }), tool.KindNetworkUnmapped, undecodable, true},
		{"JSON of another type", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[]`) }), tool.KindNetworkUnmapped, undecodable, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := served(t, tt.handler)
			for name, op := range map[string]func(context.Context, *atlassian.Site) error{"read": read, "write": write} {
				ctx := hasty(t)
				if strings.HasPrefix(tt.name, "never") {
					if name == "write" { // on a busy machine it may not even be sent; TestSlowAnswerEndsAtTheDeadline has it
						continue
					}
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
					defer cancel()
				}
				err := op(ctx, s)
				e := told(t, err)
				if e.Kind != tt.kind || e.Message != tt.message || e.Status != 0 {
					t.Errorf("%s: %s, status %d: %s (%v)", name, e.Kind, e.Status, e.Message, errors.Unwrap(err))
				}
				if want := tt.retry && name == "read"; e.CanRetry != want {
					t.Errorf("%s: can_retry %v", name, e.CanRetry)
				}
				if unsure := strings.Contains(e.Prompt, "not known whether"); unsure != (name == "write") {
					t.Errorf("%s: prompt %q", name, e.Prompt)
				}
				if e.Extra["operation"] == "" || strings.Contains(shown(e), "?") || strings.Contains(shown(e), cloud) {
					t.Errorf("%s: shows %s", name, shown(e))
				}
			}
		})
	}
}

// hang returns when the client has gone away, which a server notices only
// after it has read the request.
func hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func pack(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Before a connection there is no site either: these fail in listing them, and
// nothing has been sent.
func TestConnectionFailures(t *testing.T) {
	t.Parallel()
	silent := func(s *httptest.Server) *httptest.Server {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(s.Close)
		return s
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := silent(httptest.NewUnstartedServer(http.NotFoundHandler()))
	secure.StartTLS()
	plain := silent(httptest.NewServer(http.NotFoundHandler()))

	const (
		unreachable = "HTTP request failed before reaching the upstream service."
		untrusted   = "TLS handshake failed — likely a local certificate or trust configuration issue."
	)
	tests := []struct {
		name, url string
		transport *http.Transport // nil is the one that clients share
		kind      tool.Kind
		message   string
		retry     bool
		status    int
	}{
		{"refused", closed.URL, nil, tool.KindNetworkUnreachable, unreachable, true, 0},
		{"unknown name", "https://atlassian.invalid", dialing(unknown), tool.KindNetworkUnreachable, unreachable, true, 0},
		{"no route in time", "https://atlassian.invalid", dialing(&net.OpError{Op: "dial", Net: "tcp", Err: timeoutError{}}), tool.KindNetworkTimeout, "HTTP request timed out before a complete response was received.", true, 0},
		{"certificate nobody knows", secure.URL, nil, tool.KindFatal, untrusted, false, 500},
		{"certificate for another name", strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), trusting(secure), tool.KindFatal, untrusted, false, 500},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), nil, tool.KindNetworkUnreachable, unreachable, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transport := tt.transport
			if transport == nil {
				transport = atlassian.NewTransport()
			}
			c := newClient(t, atlassian.Options{URL: tt.url, Transport: once{transport}})
			inv := newCall(secret)
			_, err := c.User(inv, everything).Site(hasty(t), atlassian.Jira, "")
			e := told(t, err)
			if e.Kind != tt.kind || e.Message != tt.message || e.CanRetry != tt.retry || e.Status != tt.status {
				t.Errorf("%s, status %d, can_retry %v: %s (%v)", e.Kind, e.Status, e.CanRetry, e.Message, errors.Unwrap(err))
			}
			if e.Prompt != "" || inv.Upstream.Calls() != 1 {
				t.Errorf("prompt %q, %d calls", e.Prompt, inv.Upstream.Calls())
			}
			delete(e.Extra, "endpoint") // where an address belongs
			for _, private := range []string{secret, "127.0.0.1", "atlassian.invalid", "localhost"} {
				if strings.Contains(shown(e)+err.Error(), private) {
					t.Errorf("shows %s: %s", private, shown(e))
				}
			}
		})
	}
}

// dialing is a real transport whose network has only one answer.
func dialing(err error) *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
}

// trusting trusts the server's certificate, which is not for localhost.
func trusting(s *httptest.Server) *http.Transport {
	return s.Client().Transport.(*http.Transport).Clone()
}

// A write that never left may be made again, and nobody has to look first.
func TestUnsentWrite(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{refused, unknown} {
		synctest.Test(t, func(t *testing.T) {
			s := onSite(t, failing(fmt.Errorf("wrapped: %w", cause)))
			e := told(t, write(t.Context(), s))
			if e.Kind != tool.KindNetworkUnreachable || !e.CanRetry || e.Prompt != "" {
				t.Errorf("%v: %s, can_retry %v, prompt %q", cause, e.Kind, e.CanRetry, e.Prompt)
			}
		})
	}
}

// What the failing call asked for does not decide how its failure is told.
func TestFailureIsNotReadFromTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, text := range []string{"gzip: nonsense", "EOF gzip", "x509: odd", "timeout"} {
			s := onSite(t, failing(errors.New(text)))
			if e := told(t, read(t.Context(), s)); e.Message != "HTTP request failed before a complete response was received." || !e.CanRetry {
				t.Errorf("%q: %s", text, e.Message)
			}
		}
	})
}

func TestAnswerLimit(t *testing.T) {
	t.Parallel()
	text := atlassian.Get[struct{}, anything]("/text")
	for size, ok := range map[int]bool{most: true, most + 1: false} {
		c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
			t: t, rows: []row{acme}, product: always(200, "{}"+strings.Repeat(" ", size-2)),
		}})
		s, err := c.User(newCall(secret), []tool.Operation{text}).Site(t.Context(), atlassian.Jira, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := text.Do(t.Context(), s, struct{}{}); (err == nil) != ok {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// Connections are kept: a thousand answers to be read need no more than one.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	addresses := map[string]bool{}
	status := 200
	s := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "{}"+strings.Repeat(" ", 100_000))
	}))
	for i := range 40 {
		status = []int{200, 400, 404, 409}[i%4]
		err := read(t.Context(), s)
		if answer, ok := errors.AsType[*atlassian.Error](err); status != 200 && (!ok || answer.Status != status) || status == 200 && err != nil {
			t.Fatal(err)
		}
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections", len(addresses))
	}
}

// Twenty calls at once, one of which gets nonsense: nineteen do not notice.
func TestParallelCallsDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	s := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		if key == "A-7" {
			_, _ = io.WriteString(w, `{"key":`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"key":%q}`, key)
	}))
	type result struct {
		key string
		got any
		err error
	}
	results := make(chan result, 20)
	for i := range 20 {
		go func() {
			key := fmt.Sprint("A-", i)
			got, err := readIssue.Do(t.Context(), s, keyed{key})
			results <- result{key, got["key"], err}
		}()
	}
	for range 20 {
		if r := <-results; (r.err != nil) != (r.key == "A-7") || r.err == nil && r.got != r.key {
			t.Errorf("%s: %v, %v", r.key, r.got, r.err)
		}
	}
}

// When all kept connections have died, an attempt does not try them one after
// the other, and every request that is sent is counted.
func TestDeadConnectionsAreNotTriedOneByOne(t *testing.T) {
	t.Parallel()
	const pooled = 40
	var mu sync.Mutex
	var arrived int
	old, dying := map[string]bool{}, false
	var together sync.WaitGroup
	together.Add(pooled)
	s := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		die := dying && old[r.RemoteAddr]
		if dying {
			arrived++
		} else {
			old[r.RemoteAddr] = true
		}
		first := !dying
		mu.Unlock()
		if first { // all at once, so that each has a connection of its own
			together.Done()
			together.Wait()
		}
		if die {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	var all sync.WaitGroup
	for i := range pooled { // each with a token of its own, which begins with one request at a time
		all.Go(func() {
			if err := read(t.Context(), s.For(newCall(fmt.Sprint("user ", i)))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	mu.Lock()
	dying = true
	mu.Unlock()
	inv, before := s.Invocation(), s.Invocation().Upstream.Calls()
	if err := read(t.Context(), s); err != nil {
		t.Error(err)
	}
	if counted := inv.Upstream.Calls() - before; counted != arrived || arrived > 4 || arrived < 2 {
		t.Errorf("%d requests arrived, %d were counted", arrived, counted)
	}
	if inv.Upstream.Retries() != arrived-1 {
		t.Errorf("%d repetitions of %d requests", inv.Upstream.Retries(), arrived)
	}
}
