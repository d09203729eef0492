package worker_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/worker"
)

// caller is one connection to a server on pipes.
type caller struct {
	net.Conn
	answers *bufio.Reader
}

func dial(ln pipes) caller {
	ours, theirs := net.Pipe()
	ln.conns <- theirs
	return caller{ours, bufio.NewReader(ours)}
}

// send writes a request, and get reads the answer to one.
func (c caller) send(t testing.TB, method, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://worker"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = req.Write(c) }() // the server may answer before it has read all
}

func (c caller) get(t testing.TB) (head, string) {
	t.Helper()
	res, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return head{res.Status, res.StatusCode, res.Header, res.Close}, string(body)
}

// head is an answer without its body.
type head struct {
	Status     string
	StatusCode int
	Header     http.Header
	Close      bool
}

// closed waits until the server hangs up.
func (c caller) closed(t testing.TB) {
	t.Helper()
	if _, err := c.answers.ReadByte(); err == nil {
		t.Error("there is one more answer")
	}
}

// With every connection taken the worker still tells that it lives, whatever
// stands in the way, and refuses calls so that they can be repeated.
func TestHealthWhenEveryConnectionIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lab := newBusy()
		s := newServer(t, worker.Options{NoAuth: true, MaxConnections: 2, HealthConnections: 16}, lab.do)
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()

		taken := []caller{dial(ln), dial(ln)}
		for _, c := range taken {
			c.send(t, http.MethodPost, worker.PathInvoke, call("GetThing", `{"text":"a"}`))
			<-lab.begun
		}
		for range 100 { // one after the other: none stays open
			c := dial(ln)
			c.send(t, http.MethodGet, worker.PathHealth, "")
			res, body := c.get(t)
			if res.StatusCode != http.StatusOK || !strings.Contains(body, `"status":"ok"`) || !res.Close {
				t.Fatalf("health: got %s %s, to be closed %v", res.Status, body, res.Close)
			}
			c.closed(t)
		}
		c := dial(ln)
		c.send(t, http.MethodPost, worker.PathInvoke, call("GetThing", `{"text":"a"}`))
		if res, body := c.get(t); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" ||
			!strings.Contains(body, "as many connections as it takes on at a time (2). Nothing was done") || !res.Close {
			t.Errorf("a call: got %s %v %s", res.Status, res.Header, body)
		}
		c.closed(t)

		var silent []caller
		for range 16 {
			silent = append(silent, dial(ln))
		}
		began := time.Now()
		for range 100 {
			c := dial(ln)
			c.send(t, http.MethodGet, worker.PathHealth, "")
			if res, _ := c.get(t); res.StatusCode != http.StatusOK {
				t.Errorf("health beside silent connections: got %s", res.Status)
			}
			c.closed(t)
		}
		if took := time.Since(began); took > 250*time.Millisecond {
			t.Errorf("silent connections kept others from asking about the health for %s", took)
		}
		for _, c := range silent {
			c.closed(t)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("silent connections were kept for %s", took)
		}

		close(lab.finish)
		for _, c := range taken {
			if res, body := c.get(t); res.StatusCode != http.StatusOK || !strings.Contains(body, `"success":true`) {
				t.Errorf("a call under way: got %s %s", res.Status, body)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		c = dial(ln)
		c.send(t, http.MethodPost, worker.PathInvoke, call("GetThing", `{"text":"a"}`))
		if res, body := c.get(t); res.StatusCode != http.StatusOK {
			t.Errorf("afterwards: got %s %s", res.Status, body)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// When every connection is taken, strangers that say nothing make room for those
// who do, and callers keep theirs.
func TestStrangersMakeRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, worker.Options{Secret: secret, MaxConnections: 3, HealthConnections: 1}, echo)
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()

		known := dial(ln)
		known.sendCall(t)
		if res, body := known.get(t); res.StatusCode != http.StatusOK {
			t.Fatalf("got %s %s", res.Status, body)
		}
		silent, idle := dial(ln), dial(ln)
		idle.send(t, http.MethodGet, worker.PathHealth, "")
		idle.get(t)
		synctest.Wait()
		early := dial(ln)
		early.sendCall(t)
		if res, body := early.get(t); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a moment later: got %s %s", res.Status, body)
		}
		<-time.After(3 * time.Second)
		for range 2 {
			c := dial(ln)
			c.sendCall(t)
			if res, body := c.get(t); res.StatusCode != http.StatusOK {
				t.Errorf("three seconds later: got %s %s", res.Status, body)
			}
		}
		silent.closed(t)
		idle.closed(t)
		late := dial(ln)
		late.sendCall(t)
		if res, body := late.get(t); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("with three callers: got %s %s", res.Status, body)
		}
		known.sendCall(t)
		if res, body := known.get(t); res.StatusCode != http.StatusOK {
			t.Errorf("a caller of before: got %s %s", res.Status, body)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// sendCall sends a call with the worker's token.
func (c caller) sendCall(t testing.TB) {
	t.Helper()
	token, err := worker.NewToken(secret, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://worker"+worker.PathInvoke, strings.NewReader(call("GetThing", `{"text":"a"}`)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	go func() { _ = req.Write(c) }() // the server may answer before it has read all
}

// A minute after a peak the memory that it took is the system's again.
func TestMemoryIsGivenBackAfterAPeak(t *testing.T) { // not parallel: it looks at the memory of everything
	if debug.SetGCPercent(100) != 100 {
		t.Skip("the collector runs otherwise")
	}
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, worker.Options{NoAuth: true}, echo)
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()
		synctest.Wait()
		peak := make([]byte, 200<<20)
		for i := 0; i < len(peak); i += 4096 {
			peak[i] = 1
		}
		before := fromSystem()
		runtime.KeepAlive(peak)
		<-time.After(time.Minute)
		if after := fromSystem(); after > before-150<<20 {
			t.Errorf("%d MiB at the peak, %d MiB a minute later", before>>20, after>>20)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// fromSystem is how many bytes Go has from the system.
func fromSystem() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
