package upstream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"arcade-atlassian/tools/internal/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Tokens, and a request that differs from others in what a test changes.
var (
	ada = upstream.Token{1}
	bob = upstream.Token{2}
	eve = upstream.Token{3}

	base = upstream.Request{Service: "jira", Site: "acme", Token: ada, Endpoint: "GET /issue"}
)

func by(t upstream.Token) upstream.Request {
	r := base
	r.Token = t
	return r
}

// called is the request as one of a call of its own.
func called(r upstream.Request) upstream.Request { return asPart(new(int), r) }

// asPart is the request as one of a call.
func asPart(call any, r upstream.Request) upstream.Request {
	r.Call = call
	return r
}

// outcomes of requests
var (
	healthy = upstream.Outcome{Health: upstream.Healthy}
	failed  = upstream.Outcome{Health: upstream.Failed, Status: 503}
)

func limited(reason upstream.Reason, wait time.Duration) upstream.Outcome {
	return upstream.Outcome{Limited: true, Reason: reason, Wait: wait}
}

// admit lets a request go that must not be kept back.
func admit(t *testing.T, p *upstream.Policy, r upstream.Request) upstream.Permit {
	t.Helper()
	before := time.Now()
	permit, err := p.Admit(t.Context(), r)
	if err != nil || time.Since(before) > 0 {
		t.Fatalf("%+v after %s", err, time.Since(before))
	}
	return permit
}

// perform lets a request go and ends it.
func perform(t *testing.T, p *upstream.Policy, r upstream.Request, o upstream.Outcome) {
	t.Helper()
	admit(t, p, r).Done(o)
}

// widen lets a token have as many requests under way as it may.
func widen(t *testing.T, p *upstream.Policy, r upstream.Request) {
	t.Helper()
	for range upstream.DefaultPerToken {
		perform(t, p, r, healthy)
	}
}

// refused is why a request is not sent, found out without waiting.
func refused(t *testing.T, p *upstream.Policy, r upstream.Request) upstream.Refusal {
	t.Helper()
	before := time.Now()
	permit, err := p.Admit(t.Context(), r)
	if err == nil {
		permit.Done(upstream.Outcome{})
		t.Fatal("admitted")
	}
	refusal, ok := errors.AsType[*upstream.Refusal](err)
	if !ok || time.Since(before) > 0 {
		t.Fatalf("%v after %s", err, time.Since(before))
	}
	return *refusal
}

// keptBack reports how long a request is kept back, at most a minute.
func keptBack(t *testing.T, p *upstream.Policy, r upstream.Request) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	before := time.Now()
	permit, err := p.Admit(ctx, r)
	if err == nil {
		permit.Done(healthy)
	}
	return time.Since(before), err
}

func after(d time.Duration) { <-time.After(d) }

// simulated runs a test in simulated time.
func simulated(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}
