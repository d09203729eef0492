package worker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// blanks is an endless body of white space.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestTheDefaultLimitOfABody(t *testing.T) {
	t.Parallel()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(echo))
	if err != nil {
		t.Fatal(err)
	}
	limit := int(worker.DefaultMaxBody(catalog))
	// A text of a million characters, three of a hundred, a number, and the names
	// of the parameters: up to four bytes a character.
	if most := 4*1_000_000 + 3*4*100 + 1<<20; limit < most || limit > most+200 {
		t.Errorf("the default is %d bytes, want about %d", limit, most)
	}
	h := newServer(t, worker.Options{NoAuth: true}, echo).Handler()
	request := call("Ping", `{}`)
	for size, want := range map[int]int{
		limit:     http.StatusOK,
		limit + 1: http.StatusRequestEntityTooLarge,
	} {
		body := io.MultiReader(strings.NewReader(request), io.LimitReader(blanks{}, int64(size-len(request))))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, body))
		if w.Code != want {
			t.Errorf("%d bytes: got %d %.200s, want %d", size, w.Code, w.Body, want)
		}
	}
}

// Headers are read before it is known whose they are.
func TestTheLimitOfHeaders(t *testing.T) {
	t.Parallel()
	r := start(t, worker.Options{NoAuth: true}, echo)
	for size, want := range map[int]int{30 << 10: http.StatusOK, 34 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+worker.PathTools, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Padding", strings.Repeat("a", size))
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if res.StatusCode != want {
			t.Errorf("%d bytes: got %s, want %d", size, res.Status, want)
		}
	}
}

func TestNegativeLimitsAreRefused(t *testing.T) {
	t.Parallel()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(echo))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []worker.Options{{Timeout: -1}, {MaxBody: -1}, {LameDuck: -1}} {
		o.NoAuth = true
		if _, err := worker.New(catalog, o); err == nil {
			t.Errorf("accepted %+v", o)
		}
	}
}

// A connection that sends nothing, or not enough, is closed in time.
func TestSlowConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	const health = "GET /worker/health HTTP/1.1\r\nHost: worker\r\n\r\n"
	for _, tt := range []struct {
		name, sent string
		want       time.Duration
	}{
		{"nothing", "", 5 * time.Second},
		{"half a header", health[:40], 5 * time.Second},
		{"half a body", "POST /worker/tools/invoke HTTP/1.1\r\nHost: worker\r\nContent-Length: 9\r\n\r\n{", 6 * time.Second},
		{"one request of a stranger", health, 5 * time.Second},
		{"one request with the token", strings.Replace(health, worker.PathHealth, worker.PathTools, 1), 2 * time.Minute},
		{"a forged token", "GET /worker/tools HTTP/1.1\r\nHost: worker\r\nAuthorization: Bearer a.b.c\r\n\r\n", 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ln := pipes{make(chan net.Conn), make(chan struct{})}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				o := worker.Options{NoAuth: true}
				if strings.Contains(tt.sent, "Bearer") {
					o = worker.Options{Secret: secret}
				}
				server := newServer(t, o, echo)
				go func() { ended <- server.Run(ctx, ln) }()
				ours, theirs := net.Pipe()
				ln.conns <- theirs
				start := time.Now()
				go func() { _, _ = io.WriteString(ours, tt.sent) }() // the server may hang up before all is read
				if _, err := io.Copy(io.Discard, ours); err != nil && !errors.Is(err, io.ErrClosedPipe) {
					t.Error(err)
				}
				if took := time.Since(start); took.Round(time.Second) != tt.want {
					t.Errorf("closed after %s, want %s", took, tt.want)
				}
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The caller is answered when the time is up, whatever the handler does.
func TestAHandlerThatIgnoresItsTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		release := make(chan struct{})
		o := open(&log)
		o.Timeout = 5 * time.Second
		h := newServer(t, o, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			inv.Changed("thing T-1 was created")
			<-release
			return echo(ctx, inv, in)
		}).Handler()
		start := time.Now()
		w := invoke(t, h, call("MakeThing", `{"text":"a"}`))
		got := read(t, w.Code, w.Body.Bytes())
		if took := time.Since(start); took < o.Timeout || took > o.Timeout+time.Second {
			t.Errorf("answered after %s", took)
		}
		if got.Success || got.Output.Error.Kind != tool.KindNetworkTimeout || !strings.Contains(got.Output.Error.Message, "thing T-1 was created") {
			t.Errorf("got %s", w.Body)
		}
		if lines := log.lines(t, "call"); len(lines) != 1 || lines[0]["handlers_overdue"] != 1.0 || lines[0]["error_can_retry"] != false {
			t.Errorf("logged %s", log.String())
		}
		close(release)
	})
}
