package tooltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/tool"
)

// timeLimit is what a call has, in simulated time.
const timeLimit = 25 * time.Second

// call is one run of the tool under test.
type call struct {
	*scenarioCase
	token  string         // instead of the case's, when not empty
	inputs jsontext.Value // instead of the case's, when not nil
	fault  *injection
}

// outcome is what a run came to.
type outcome struct {
	value     jsontext.Value
	failure   *tool.Error
	changes   []string // what the invocation says was changed
	exchanges []*Exchange
	attempts  []attempt // everything sent, also what never arrived
	unused    []string  // scripted answers that nothing asked for
}

// run calls the tool once on a fresh service.
func (b *battery) run(t *testing.T, c call) outcome {
	t.Helper()
	return b.repeat(t, c, 1)[0]
}

// repeat calls the tool several times with the same backend, each time on a
// fresh service.
func (b *battery) repeat(t *testing.T, c call, times int) (outcomes []outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		clock := c.clock
		if clock.IsZero() {
			clock = b.Clock
		}
		if !clock.IsZero() {
			wait(t.Context(), time.Until(clock))
		}
		up := &upstream{arrived: map[time.Time][]string{}}
		net := newNetwork(t, up)
		sender := newSender(net, c.fault)
		under := b.Toolkit
		if b.bind != nil {
			under.Bind = b.bind
		}
		declared := under.one(t, b.tool.Name, sender)
		for range times {
			up.service = b.service(t)
			b.prepare(t, c.before, net)
			*sender = *newSender(net, c.fault)
			up.exchanges, up.script = nil, b.start(c.scripted)
			outcomes = append(outcomes, b.invoke(t, declared, c))
			synctest.Wait() // the service may be at the end of its last answer
			last := &outcomes[len(outcomes)-1]
			last.exchanges, last.unused = up.exchanges, up.script.unused()
			last.attempts = sender.attempts
			up.script = nil
		}
	})
	return outcomes
}

// service is a service in its first state.
func (k Toolkit) service(t *testing.T) http.Handler {
	t.Helper()
	h, err := k.Service()
	if err != nil {
		t.Fatalf("the service is broken: %v", err)
	}
	return h
}

func (b *battery) invoke(t *testing.T, declared *tool.Tool, c call) (o outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeLimit)
	defer cancel()
	inv := b.invocation(c)
	value, err := declared.Run(ctx, inv)
	if err != nil {
		return outcome{failure: tool.Explain(err), changes: inv.Changes()}
	}
	return outcome{value: value, changes: inv.Changes()}
}

// prepare makes the calls that come before a case: tools of the same kit, each
// with a backend of its own, and plain requests.
func (b *battery) prepare(t *testing.T, steps []step, net *network) {
	t.Helper()
	for _, s := range steps {
		c := call{scenarioCase: &scenarioCase{tokenText: s.Token}, inputs: s.Input}
		if s.Tool != "" {
			if o := b.invoke(t, b.one(t, s.Tool, net), c); o.failure != nil {
				t.Fatalf("before: %s: %s", s.Tool, o.failure.Message)
			}
			continue
		}
		method, path, _ := strings.Cut(s.Request, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, address+path, bytes.NewReader(s.Body))
		if err != nil {
			t.Fatalf("before: %s: %v", s.Request, err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token := b.tokenOf(c); token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		for name, value := range s.Header {
			req.Header.Set(name, value)
		}
		res, err := net.RoundTrip(req)
		if err != nil {
			t.Fatalf("before: %s: %v", s.Request, err)
		}
		answer, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // read to its end
		if err != nil || res.StatusCode/100 != 2 {
			t.Fatalf("before: %s: status %d: %.500s", s.Request, res.StatusCode, answer)
		}
	}
}

// attempt is one request as the tool sent it.
type attempt struct {
	Exchange // only the request
	key      string
	failed   bool // by an injected fault
}

// injection makes a request fail: every one with the key, from the given one
// of them on, so that a repeated attempt fails like the first.
type injection struct {
	fault fault
	key   string
	from  int
}

// sender is the tool's way to the network.
type sender struct {
	next   http.RoundTripper
	inject *injection

	mu       *sync.Mutex
	attempts []attempt
	seen     map[string]int
}

func newSender(next http.RoundTripper, inject *injection) *sender {
	return &sender{next: next, inject: inject, mu: new(sync.Mutex), seen: map[string]int{}}
}

func (s *sender) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		_ = r.Body.Close() // read to its end or broken
		if err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	a := attempt{Exchange: Exchange{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	}}
	a.key = a.Exchange.key()
	s.mu.Lock()
	a.failed = s.inject != nil && a.key == s.inject.key && s.seen[a.key] >= s.inject.from
	s.seen[a.key]++
	s.attempts = append(s.attempts, a)
	s.mu.Unlock()
	if a.failed {
		return s.inject.fault.answer(r)
	}
	return s.next.RoundTrip(r)
}
