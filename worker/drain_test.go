package worker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// running is a server on a real listener.
type running struct {
	url    string
	client *http.Client
	stop   context.CancelFunc // what a signal does
	closed chan struct{}      // closed with the listener
	done   chan error         // what Run returns
}

// door is a listener that says when it is closed.
type door struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

func (d *door) Close() error {
	defer d.once.Do(func() { close(d.closed) })
	return d.Listener.Close()
}

func start(t *testing.T, o worker.Options, do lab) *running {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	transport := &http.Transport{}
	r := &running{
		url: "http://" + ln.Addr().String(), client: &http.Client{Transport: transport},
		stop: stop, closed: make(chan struct{}), done: make(chan error, 1),
	}
	s := newServer(t, o, do)
	go func() { r.done <- s.Run(ctx, &door{Listener: ln, closed: r.closed}) }()
	t.Cleanup(func() {
		stop()
		transport.CloseIdleConnections()
	})
	return r
}

// health is the status of GET /worker/health on a connection of its own, or an
// error if nobody answers.
func (r *running) health(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+worker.PathHealth, http.NoBody)
	if err != nil {
		return 0, err
	}
	req.Close = true
	res, err := r.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Body.Close()
}

// answered is what a caller got.
type answered struct {
	status int
	body   string
	err    error
}

// call starts a call and returns where its answer will be.
func (r *running) call(ctx context.Context, name string) <-chan answered {
	got := make(chan answered, 1)
	go func() {
		var a answered
		a.status, a.body, a.err = post(ctx, r.client, r.url, call(name, `{"text":"a"}`))
		got <- a
	}()
	return got
}

func TestStopWaitsForCallsUnderWay(t *testing.T) {
	t.Parallel()
	var log logged
	begun, finish := make(chan struct{}), make(chan struct{})
	r := start(t, worker.Options{NoAuth: true, Log: zerolog.New(&log)}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
		close(begun)
		<-finish
		if ctx.Err() != nil {
			return thing{}, ctx.Err()
		}
		return echo(ctx, inv, in)
	})
	got := r.call(t.Context(), "GetThing")
	<-begun
	if status, err := r.health(t.Context()); status != http.StatusOK {
		t.Errorf("before the stop health says %d, %v", status, err)
	}

	r.stop()
	<-r.closed
	if status, err := r.health(t.Context()); err == nil {
		t.Errorf("after the stop health says %d", status)
	}
	select {
	case err := <-r.done:
		t.Errorf("Run returned %v while a call was under way", err)
	default:
	}

	close(finish)
	if a := <-got; a.err != nil || a.status != http.StatusOK || !strings.Contains(a.body, `"success":true`) {
		t.Errorf("the call under way got %d %s, %v", a.status, a.body, a.err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run returned %v", err)
	}
	if len(log.lines(t, "stopping: waiting for calls under way")) != 1 {
		t.Errorf("logged %s", log.String())
	}
}

func TestStopWithNothingUnderWay(t *testing.T) {
	t.Parallel()
	r := start(t, worker.Options{NoAuth: true}, echo)
	if status, err := r.health(t.Context()); status != http.StatusOK {
		t.Errorf("health says %d, %v", status, err)
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// A stopping server says that it is not ready and takes calls all the same,
// until the lame-duck phase is over.
func TestAStoppingServerStillTakesCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		s := newServer(t, worker.Options{NoAuth: true, LameDuck: 5 * time.Second, Log: zerolog.New(&log)}, echo)
		if s.Ready() {
			t.Error("ready before it serves")
		}
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()
		synctest.Wait()
		client := ln.client()
		health := func(status int, says string) {
			t.Helper()
			res, err := client.Get("http://lab" + worker.PathHealth)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != status || string(body) != says || res.Close != (status != http.StatusOK) {
				t.Errorf("health says %d %s, close %t, %v; want %d %s", res.StatusCode, body, res.Close, err, status, says)
			}
		}
		health(http.StatusOK, `{"status":"ok","tool_count":"4"}`)
		if !s.Ready() {
			t.Error("not ready while it serves")
		}

		stop()
		<-time.After(5*time.Second - 1)
		synctest.Wait()
		health(http.StatusServiceUnavailable, `{"status":"stopping","tool_count":"4"}`)
		if s.Ready() {
			t.Error("ready while it stops")
		}
		if status, body, err := post(t.Context(), client, "http://lab", call("GetThing", `{"text":"a"}`)); err != nil || status != http.StatusOK {
			t.Errorf("a call while it stops got %d %s, %v", status, body, err)
		}
		<-ln.closed
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
		if len(log.lines(t, "stopping: not ready, still taking calls")) != 1 {
			t.Errorf("logged %s", log.String())
		}
	})
}

// Whoever stops it by hand does not wait for load balancers.
func TestStopAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, worker.Options{NoAuth: true, LameDuck: time.Hour}, echo)
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()
		begin := time.Now()
		stop(worker.ErrAtOnce)
		if err := <-done; err != nil || time.Since(begin) != 0 {
			t.Errorf("Run returned %v after %s", err, time.Since(begin))
		}
	})
}

// Callers that keep their connections and call without pause are all told to
// leave: none has a call cut off.
func TestSteadyCallersAreNotCutOff(t *testing.T) {
	t.Parallel()
	const callers = 48
	r := start(t, worker.Options{NoAuth: true, LameDuck: 2 * time.Second}, echo) // longer than a call takes anywhere
	var calling, left sync.WaitGroup
	calling.Add(callers)
	for range callers {
		left.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for n := 1; ; n++ {
				told, err := callOn(t.Context(), transport, r.url)
				if n == 3 {
					calling.Done()
				}
				if err != nil {
					t.Errorf("call %d: %v", n, err)
					return
				}
				if told {
					return // to another replica
				}
			}
		})
	}
	calling.Wait()
	r.stop()
	left.Wait()
	if err := <-r.done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// callOn calls a tool and reports whether the connection is to be given up.
func callOn(ctx context.Context, transport http.RoundTripper, url string) (told bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+worker.PathInvoke, strings.NewReader(call("Ping", `{}`)))
	if err != nil {
		return false, err
	}
	req.GetBody = nil // or the transport would repeat a call that was cut off
	res, err := transport.RoundTrip(req)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.Close, errors.Join(err, res.Body.Close())
}

// At the drain limit Run calls off the reads, cuts the connections and says so.
func TestStopGivesUpAtTheDrainLimit(t *testing.T) {
	t.Parallel()
	for limit, says := range map[time.Duration]string{time.Nanosecond: "after 1ns", -1: "after 0s"} {
		stopAtTheLimit(t, limit, says)
	}
}

func stopAtTheLimit(t *testing.T, limit time.Duration, says string) {
	t.Helper()
	begun, ended := make(chan struct{}), make(chan error, 1)
	r := start(t, worker.Options{NoAuth: true, Drain: limit}, func(ctx context.Context, _ *tool.Invocation, _ sample) (thing, error) {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return thing{}, ctx.Err()
	})
	got := r.call(t.Context(), "GetThing")
	<-begun
	r.stop()
	if err := <-r.done; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) {
		t.Errorf("Run returned %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
	if a := <-got; a.err == nil {
		t.Errorf("the caller got %d %s", a.status, a.body)
	}
}

func TestRunReportsThatItCannotServe(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := newServer(t, worker.Options{NoAuth: true}, echo).Run(t.Context(), ln); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run returned %v", err)
	}
}

// pipes is a listener in memory, where time can be a test's own.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.IPAddr{} }

// client is one that reaches the listener, whatever address it is given.
func (p pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		p.conns <- theirs
		return ours, nil
	}}}
}

// The connection's limits on reading and writing leave the call its own.
func TestALongCallOutlivesTheConnectionsLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Hour
		s := newServer(t, worker.Options{NoAuth: true, Timeout: limit}, func(ctx context.Context, inv *tool.Invocation, in sample) (thing, error) {
			select {
			case <-ctx.Done():
				return thing{}, ctx.Err()
			case <-time.After(limit - time.Second):
				return echo(ctx, inv, in)
			}
		})
		ln := pipes{make(chan net.Conn), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, ln) }()
		client := ln.client()
		status, body, err := post(t.Context(), client, "http://lab", call("GetThing", `{"text":"a"}`))
		if err != nil || status != http.StatusOK || !strings.Contains(body, `"success":true`) {
			t.Errorf("got %d %s, %v", status, body, err)
		}
		client.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}
