package atlassian

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/tool"
)

// The retry policy (facts §4).
const (
	maxAttempts = 4
	firstPause  = 500 * time.Millisecond
)

// maxToken bounds a user's token in bytes. Atlassian's have a few thousand, and a
// gateway takes no longer headers.
const maxToken = 16 << 10

// send performs a request until it succeeds, cannot be repeated safely or the
// deadline would pass while waiting.
func (s *session) send(ctx context.Context, o *op, r request) (answer, error) {
	switch token := s.inv.Token.Reveal(); {
	case token == "":
		return answer{}, noToken()
	case len(token) > maxToken, strings.ContainsFunc(token, unicode.IsControl):
		return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: unsendable, unsent: true}
	}
	var failure error // of the attempt before
	for attempt := 1; ; attempt++ {
		got, err := s.admitted(ctx, o, r, attempt)
		if _, refused := errors.AsType[*Unsent](err); refused && failure != nil {
			return answer{}, failure // what Atlassian answered says more
		}
		if err == nil || attempt == maxAttempts || ctx.Err() != nil {
			return got, err
		}
		pause, again := retryPause(err, o.writes(), attempt)
		if !again || r.body != nil && r.body.used() || !endsBefore(ctx, pause) {
			return answer{}, err
		}
		if !s.client.policy.MayRepeat() {
			s.client.telemetry.withhold(ctx, withheldBudget)
			return answer{}, err
		}
		if !wait(ctx, pause) {
			return answer{}, err
		}
		s.client.telemetry.waited(ctx, waitReasonAfter(err), pause)
		s.client.telemetry.retried(ctx, err)
		failure = err
	}
}

// admitted sends the request once, as soon as the policy allows it. n is the
// number of the attempt, from one.
func (s *session) admitted(ctx context.Context, o *op, r request, n int) (got answer, err error) {
	permit, err := s.client.policy.Admit(ctx, upstream.Request{
		Service: string(s.product), Site: s.address, Token: s.token, Call: s.inv, Endpoint: o.name, Object: r.object, Repeats: n > 1,
	})
	s.client.telemetry.admitted(ctx, permit.Waited, err)
	if err != nil {
		return answer{}, s.unsent(o, err)
	}
	outcome := upstream.Outcome{}
	defer func() { permit.Done(outcome) }()
	sent := time.Now()
	s.inv.Upstream.Called(o.name, n > 1)
	got, err = s.observed(ctx, o, r, n)
	if e, ok := errors.AsType[*NoAnswer](err); ok {
		e.endpoint = s.endpoint(o)
	}
	outcome = outcomeOf(err, time.Since(sent))
	return got, err
}

// noToken explains a call that came without a token: the Engine sends one
// whenever it has one.
func noToken() error {
	return &tool.Error{
		Kind: tool.KindUpstreamAuth, Status: http.StatusUnauthorized,
		Message:   "The call carries no Atlassian token: the user has not authorized Atlassian.",
		Prompt:    "The user has to authorize Atlassian. Repeating the call does not help.",
		Developer: "context.authorization.token is empty",
	}
}

// retryPause says whether a failed attempt may be repeated, and when. Writes
// are repeated only when the failure proves that nothing happened.
func retryPause(err error, write bool, attempt int) (time.Duration, bool) {
	pause := firstPause << (attempt - 1)
	pause = time.Duration(float64(pause) * (0.7 + 0.6*rand.Float64())) //nolint:gosec // jitter needs no secrecy
	if e, ok := errors.AsType[*Error](err); ok {
		if e.After != nil {
			pause = max(pause, *e.After)
		}
		switch e.Status {
		case http.StatusTooManyRequests:
			return pause, !e.reason.Quota()
		case http.StatusServiceUnavailable:
			return pause, !write || e.After != nil
		case http.StatusBadGateway, http.StatusGatewayTimeout:
			return pause, !write
		}
		return 0, false
	}
	if e, ok := errors.AsType[*NoAnswer](err); ok {
		return pause, e.unsent || !write && e.Reason.transient()
	}
	return 0, false
}

// endsBefore reports whether a pause ends before the deadline.
func endsBefore(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > pause
}

// wait pauses unless the call ends meanwhile.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt sends the request once.
func (s *session) attempt(ctx context.Context, o *op, r request) (answer, error) {
	address := s.client.base + s.address + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	watched, cancel := s.watchConnections(ctx, o)
	defer cancel(nil)
	var body io.Reader = http.NoBody
	length := int64(0)
	if r.body != nil {
		var err error
		if body, length, err = r.body.open(ctx); err != nil {
			return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: unreadable, Err: err, unsent: true}
		}
	}
	req, err := http.NewRequestWithContext(watched, o.method, address, body)
	if err != nil {
		return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: unbuildable, Err: err}
	}
	req.ContentLength = length
	req.Header = o.header.Clone()
	// On this one request and not in a RoundTripper, which would also add it to
	// the request that follows a redirect to another host.
	req.Header.Set("Authorization", "Bearer "+s.inv.Token.Reveal())
	req.Header.Set("Accept", o.accepts())
	req.Header.Set("User-Agent", s.client.userAgent)
	if r.body != nil {
		req.Header.Set("Content-Type", r.body.contentType())
	}
	sent := time.Now()
	res, err := s.client.transport.RoundTrip(req)
	followed := err == nil && len(o.hosts) > 0 && isRedirect(res.StatusCode)
	if followed {
		watched, cancel = s.watchConnections(ctx, o)
		defer cancel(nil)
		res, err = s.follow(watched, o, req.URL, res)
	}
	if err != nil {
		if cause := context.Cause(watched); errors.Is(cause, errDeadConnections) {
			err = cause
		}
		e := noAnswer(o, err)
		e.redirected = followed
		return answer{}, e
	}
	defer func() { _ = res.Body.Close() }()              // read to its end or given up; either way nothing to tell
	if res.StatusCode == http.StatusSwitchingProtocols { // the body is the bare connection, which knows no deadline
		return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: unexpected, status: res.StatusCode}
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, o.limit+1))
	switch {
	case err != nil:
		e := noAnswer(o, err)
		e.redirected = followed
		return answer{}, e
	case int64(len(data)) > o.limit:
		return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: tooLarge, limit: o.limit}
	case res.StatusCode/100 != 2:
		e := newError(o, res, data, s.inv.Token)
		e.endpoint, e.redirected = s.endpoint(o), followed
		e.explain(s, sent)
		return answer{}, e
	case !o.expects(res.StatusCode):
		return answer{}, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: unexpected, status: res.StatusCode}
	}
	return answer{res.StatusCode, res.Header, data}, nil
}

// maxConnections is how many connections one attempt may use up.
const maxConnections = 3

var errDeadConnections = errors.New("the kept connections are dead")

// watchConnections counts what net/http repeats by itself: when a kept
// connection turns out to be dead it takes the next one, and after a silent end
// of them all it would go through hundreds. The others are closed, which leaves
// it to open a new one, and the attempt ends if that does not help.
func (s *session) watchConnections(ctx context.Context, o *op) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	var wanted, used atomic.Int64
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			if wanted.Add(1) == 2 {
				go s.client.closeIdleConnections() // not here: net/http may hold the lock that this takes
			}
		},
		GotConn: func(httptrace.GotConnInfo) {
			n := used.Add(1)
			if n > 1 {
				s.inv.Upstream.Called(o.Name(), true)
			}
			if n > maxConnections {
				cancel(errDeadConnections)
			}
		},
	}), cancel
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow fetches what a redirect points to, with a request that carries
// nothing of the first: the address is signed and the host is not Atlassian's
// gateway. Only hosts that the operation names are asked, and no less secretly.
func (s *session) follow(ctx context.Context, o *op, from *url.URL, res *http.Response) (*http.Response, error) {
	defer func() { _ = res.Body.Close() }() // a redirect's body says nothing
	location := res.Header.Get("Location")
	to, err := from.Parse(location)
	if err != nil || location == "" || to.Hostname() == "" {
		return nil, errMisdirected
	}
	local := isLoopback(from.Hostname()) && isLoopback(to.Hostname()) // as the sandbox's hosts are
	named := to.Scheme == "https" && to.Port() == "" && slices.ContainsFunc(o.hosts, func(host string) bool { return strings.EqualFold(host, to.Host) })
	if !local && !named || to.Scheme != "https" && to.Scheme != from.Scheme || to.User != nil {
		return nil, errMisdirected
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		return nil, errMisdirected
	}
	s.inv.Upstream.Called(o.Name(), false)
	return s.client.transport.RoundTrip(req)
}

var errMisdirected = errors.New("redirect to an address that cannot be followed")

// noAnswer classifies a failure of the transport (protocol §5.6). The cause
// stays inside: its text holds the address with its query.
func noAnswer(o *op, err error) *NoAnswer {
	e := &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: broken, Err: err}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		e.Reason, e.unsent = unreachable, true
	}
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		e.Reason = canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Reason = timedOut
	case errors.Is(err, errMisdirected):
		e.Reason = misdirected
	case isCertificateProblem(err):
		e.Reason = untrusted
	case isTransportProblem(err), errors.Is(err, errDeadConnections):
		e.Reason = unreachable
	case isEncodingProblem(err):
		e.Reason = undecodable
	}
	return e
}
