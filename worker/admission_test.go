package worker_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// busy is a lab whose calls wait until they are let go.
type busy struct {
	begun  chan string // the text of each call
	finish chan struct{}
}

func newBusy() busy { return busy{make(chan string, 100), make(chan struct{})} }

func (b busy) do(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
	b.begun <- in.Text
	<-b.finish
	return echo(ctx, inv, in)
}

// ofUser is a call of a user.
func ofUser(id, token string) string {
	return `{"tool":{"name":"Ping","toolkit":"Lab"},"context":{"user_id":"` + id + `","authorization":{"token":"` + token + `"}}}`
}

// busyAnswer checks a refusal that an Engine may repeat.
func busyAnswer(t testing.TB, w *httptest.ResponseRecorder, says string) {
	t.Helper()
	var body struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Errorf("%v in %s", err, w.Body)
	}
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" ||
		!strings.Contains(body.Detail, says) || !strings.Contains(body.Detail, "Nothing was done") {
		t.Errorf("got %d %v %s, want 503 about %s", w.Code, w.Header(), w.Body, says)
	}
}

// inBackground sends a body to a handler.
func inBackground(t testing.TB, h http.Handler, body string) <-chan *httptest.ResponseRecorder {
	t.Helper()
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() { answered <- invoke(t, h, body) }()
	return answered
}

func TestCallsOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	lab := newBusy()
	h := newServer(t, worker.Options{Secret: secret, MaxCalls: 2, MaxCallsPerUser: 2}, lab.do).Handler()
	send := func(token string, body io.Reader) *httptest.ResponseRecorder { return present(t, h, token, body) }
	answers := make(chan *httptest.ResponseRecorder, 2)
	for range 2 {
		go func() { answers <- send(validToken, strings.NewReader(call("GetThing", `{"text":"a"}`))) }()
	}
	<-lab.begun
	<-lab.begun
	busyAnswer(t, send(validToken, untouched{t}), "as many calls under way as it takes on at a time (2)")
	refused(t, send("not-a-jwt", untouched{t}), segments) // strangers are not told how busy it is
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, worker.PathHealth, http.NoBody))
	if w.Code != http.StatusOK {
		t.Errorf("health says %d %s", w.Code, w.Body)
	}
	close(lab.finish)
	for range 2 {
		if w := <-answers; w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
	if w := send(validToken, strings.NewReader(call("GetThing", `{"text":"a"}`))); w.Code != http.StatusOK {
		t.Errorf("afterwards: got %d %s", w.Code, w.Body)
	}
}

func TestBytesOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	lab := newBusy()
	h := newServer(t, worker.Options{NoAuth: true, MaxBytes: 1 << 20}, lab.do).Handler()
	large := call("GetThing", `{"text":"`+strings.Repeat("a", 600<<10)+`"}`)
	first := inBackground(t, h, large)
	<-lab.begun
	request := func(body io.Reader, length int64) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, body)
		r.ContentLength = length
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	busyAnswer(t, request(untouched{t}, int64(len(large))), "as many bytes of requests and answers as it takes on at a time (1048576)")
	unread := bytes.NewReader([]byte(large))
	busyAnswer(t, request(unread, -1), "as many bytes")
	if unread.Len() == 0 {
		t.Error("all of a body of unknown length was read")
	}
	close(lab.finish)
	if w := <-first; w.Code != http.StatusOK {
		t.Errorf("got %d %.100s", w.Code, w.Body)
	}
	for _, length := range []int64{int64(len(large)), -1} {
		if w := request(strings.NewReader(large[:300<<10]+`"}}`), min(length, 300<<10+3)); w.Code != http.StatusOK {
			t.Errorf("afterwards, length %d: got %d %.100s", length, w.Code, w.Body)
		}
	}
}

// slow is a caller that takes its answer when it is let.
type slow struct {
	*httptest.ResponseRecorder
	writing chan struct{}
	take    chan struct{}
}

func (s slow) Write(p []byte) (int, error) {
	close(s.writing)
	<-s.take
	return s.ResponseRecorder.Write(p)
}

func TestAnswersAreHeldUntilTheyAreTaken(t *testing.T) {
	t.Parallel()
	h := newServer(t, worker.Options{NoAuth: true, MaxBytes: 1 << 20}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		in.Text = strings.Repeat("a", int(in.Count))
		return echo(ctx, inv, in)
	}).Handler()
	w := slow{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(call("GetThing", `{"text":"a","count":2000000}`))))
	}()
	<-w.writing
	small := call("GetThing", `{"text":"a","count":1}`)
	busyAnswer(t, invoke(t, h, small), "as many bytes")
	close(w.take)
	<-done
	if w.Code != http.StatusOK {
		t.Errorf("got %d", w.Code)
	}
	if w := invoke(t, h, small); w.Code != http.StatusOK {
		t.Errorf("afterwards: got %d %s", w.Code, w.Body)
	}
}

func TestOneUserCannotTakeAllCalls(t *testing.T) {
	t.Parallel()
	lab := newBusy()
	h := newServer(t, worker.Options{NoAuth: true, MaxCalls: 8}, lab.do).Handler() // two of each user
	answers := []<-chan *httptest.ResponseRecorder{
		inBackground(t, h, ofUser("ada", "t")), inBackground(t, h, ofUser("ada", "t")),
		inBackground(t, h, ofUser("bob", "t")), inBackground(t, h, ofUser("ada", "u")), inBackground(t, h, ofUser("", "t")),
	}
	for range answers {
		<-lab.begun
	}
	busyAnswer(t, invoke(t, h, ofUser("ada", "t")), "The user has as many calls under way as one may have (2).")
	close(lab.finish)
	for _, answer := range answers {
		if w := <-answer; w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
	if w := invoke(t, h, ofUser("ada", "t")); w.Code != http.StatusOK {
		t.Errorf("afterwards: got %d %s", w.Code, w.Body)
	}
}

// Requests to the handler for MCP are admitted like calls.
func TestMCPIsAdmitted(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	h := newServer(t, worker.Options{NoAuth: true, MaxCalls: 2, MaxBody: 100, MCP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("wait") {
			close(begun)
			<-finish
		}
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	})}, echo).Handler()
	send := func(query, token, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathMCP+query, strings.NewReader(body))
		r.Header.Set(worker.HeaderToken, token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() { done <- send("?wait", "a", "{}") }()
	<-begun
	busyAnswer(t, send("", "a", "{}"), "The user has as many calls under way")
	if w := send("", "b", "{}"); w.Code != http.StatusOK || w.Body.String() != "{}" {
		t.Errorf("another user: got %d %s", w.Code, w.Body)
	}
	if w := send("", "b", strings.Repeat(" ", 101)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: got %d %s", w.Code, w.Body)
	}
	close(finish)
	if w := <-done; w.Code != http.StatusOK {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// Whatever ends a call gives back its place and its bytes: afterwards as much
// fits as before.
func TestAStormLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	const calls = 4
	lab := newBusy()
	o := worker.Options{NoAuth: true, MaxCalls: calls, MaxCallsPerUser: calls, MaxBytes: 200 << 10, MaxBody: 100 << 10}
	h := newServer(t, o, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		switch in.Text {
		case "panic":
			panic(in.Text)
		case "wait":
			return lab.do(ctx, inv, in)
		}
		return echo(ctx, inv, in)
	}).Handler()
	var wg sync.WaitGroup
	for n := range 300 {
		wg.Go(func() {
			body := []string{
				call("GetThing", `{"text":"panic"}`), call("GetThing", `{"text":"a"}`), call("GetThing", `{"text":5}`), call("Nothing", `{}`), `[`, "",
				strings.Repeat(" ", 101<<10), call("GetThing", `{"text":"`+strings.Repeat("a", 90<<10)+`"}`),
			}[n%8]
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(body))
			if n%3 == 0 {
				r.ContentLength = -1
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	wg.Wait()
	var answers []<-chan *httptest.ResponseRecorder
	for range calls {
		answers = append(answers, inBackground(t, h, call("GetThing", `{"text":"wait","tags":["`+strings.Repeat("a", 40)+`"]}`+strings.Repeat(" ", 49<<10))))
		<-lab.begun
	}
	busyAnswer(t, invoke(t, h, call("GetThing", `{"text":"a"}`)), "as many calls")
	close(lab.finish)
	for _, answer := range answers {
		if w := <-answer; w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
}

// A body that is too large is not asked for, and its connection is closed rather
// than read to the end.
func TestABodyThatIsTooLargeIsNotAskedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers string
		status  int
	}{
		"too large":             {"Content-Length: 1001", http.StatusRequestEntityTooLarge},
		"too large, expecting":  {"Content-Length: 1001\r\nExpect: 100-continue", http.StatusRequestEntityTooLarge},
		"for nobody, expecting": {"Content-Length: 10\r\nExpect: 100-continue\r\nAuthorization: none", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, worker.Options{Secret: secret, MaxBody: 1000}, echo)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			authorization := "\r\nAuthorization: Bearer " + validToken
			if strings.Contains(tt.headers, "Authorization") {
				authorization = ""
			}
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: worker\r\n%s%s\r\n\r\n", worker.PathInvoke, tt.headers, authorization); err != nil {
				t.Fatal(err)
			}
			reader := bufio.NewReader(conn)
			res, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != tt.status || !res.Close {
				t.Errorf("got %s, to be closed %v", res.Status, res.Close)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Error(err)
			}
			if _, err := reader.ReadByte(); err != io.EOF {
				t.Errorf("the connection is not closed: %v", err)
			}
		})
	}
}

// A refusal takes a moment, so that those who repeat at once do not keep the
// worker from the calls that it took on; nobody waits who has left.
func TestRefusalsTakeAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lab := newBusy()
		h := newServer(t, worker.Options{NoAuth: true, MaxCalls: 1}, lab.do).Handler()
		var wg sync.WaitGroup
		wg.Go(func() { invoke(t, h, ofUser("ada", "t")) })
		<-lab.begun
		ask := func(ctx context.Context, want time.Duration) {
			t.Helper()
			start := time.Now()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, worker.PathInvoke, strings.NewReader(ofUser("ada", "t"))))
			if took := time.Since(start); took != want {
				t.Errorf("refused after %s, want %s", took, want)
			}
		}
		ask(t.Context(), 100*time.Millisecond)
		left, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer leave()
		ask(left, 10*time.Millisecond)
		close(lab.finish)
		wg.Wait()
	})
}
