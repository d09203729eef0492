package upstream

import (
	"context"
	"slices"
	"time"
)

// site is what is known of one site. The Policy's lock guards it.
type site struct {
	policy       *Policy
	used         time.Time
	breaker      breaker
	cooling      map[coolKey]*coolDown
	sweepCooling int

	underWay int
	queued   int
	lanes    map[Token]*lane
	sweep    int
	turn     []*lane // those with requests in the queue; the first is served next
}

// lane is one token's place at a site.
type lane struct {
	used     time.Time
	breaker  breaker
	underWay int
	calls    []underWay // that have requests under way
	// width is how many calls may have requests under way. A token that is new at
	// a site begins with one, and each answer, or a moment without any, adds one:
	// many calls at once find out with one request that the site refuses them.
	width    int
	queue    []*waiter
	widening *time.Timer
}

// underWay is how many requests of a call are under way.
type underWay struct {
	call     any
	requests int
}

// waiter is a request in the queue.
type waiter struct {
	lane    *lane
	call    any
	granted chan struct{} // closed when the request has a place
}

const (
	// queuedPerSite and queuedPerToken bound the queue of a site, unless as many and
	// more may be under way. One token cannot fill it, and many cannot keep out one
	// that has nothing in it.
	queuedPerSite  = 1024
	queuedPerToken = 256
	// unanswered is the moment after which a lane is widened without an answer.
	unanswered = 250 * time.Millisecond
	// busyTime is when to come back to what is busy.
	busyTime = time.Second
)

func newSite(p *Policy) *site {
	return &site{policy: p, breaker: breaker{several: true}, cooling: map[coolKey]*coolDown{}, sweepCooling: fewest, lanes: map[Token]*lane{}, sweep: fewest}
}

func (s *site) lane(t Token, now time.Time) *lane {
	l, ok := s.lanes[t]
	if !ok {
		if len(s.lanes) >= s.sweep {
			for t, l := range s.lanes {
				if l.idle(now) {
					delete(s.lanes, t)
				}
			}
			s.sweep = max(fewest, 2*len(s.lanes))
		}
		l = &lane{width: 1}
		s.lanes[t] = l
	}
	l.used = now
	return l
}

func (l *lane) idle(now time.Time) bool {
	return l.underWay == 0 && len(l.queue) == 0 && now.Sub(l.used) > unused
}

func (s *site) idle(now time.Time) bool {
	if s.underWay > 0 || s.queued > 0 || now.Sub(s.used) <= unused {
		return false
	}
	for _, c := range s.cooling {
		if now.Before(c.until) {
			return false
		}
	}
	return true
}

// free reports whether a request may go without a place in the queue. Those in
// the queue of a site with room wait for their own lane.
func (s *site) free(l *lane, call any) bool {
	return s.underWay < s.policy.perSite && len(l.queue) == 0 && l.takes(call, s.policy.perToken)
}

// takes reports whether the lane has room for a request of the call.
func (l *lane) takes(call any, most int) bool {
	return l.underWay < most && (len(l.calls) < l.width || l.find(call) >= 0)
}

func (l *lane) find(call any) int {
	for i := range l.calls {
		if l.calls[i].call == call {
			return i
		}
	}
	return -1
}

func (s *site) take(l *lane, call any) {
	s.underWay++
	l.underWay++
	if i := l.find(call); i >= 0 {
		l.calls[i].requests++
	} else {
		l.calls = append(l.calls, underWay{call, 1})
	}
}

// release gives a place to whoever is next.
func (s *site) release(l *lane, call any) {
	s.underWay--
	l.underWay--
	i := l.find(call)
	if l.calls[i].requests--; l.calls[i].requests == 0 {
		l.calls = slices.Delete(l.calls, i, i+1)
	}
	s.serve()
}

// serve gives free places to lanes in turn, one to each.
func (s *site) serve() {
	for s.underWay < s.policy.perSite {
		i := slices.IndexFunc(s.turn, func(l *lane) bool { return l.takes(l.queue[0].call, s.policy.perToken) })
		if i < 0 {
			return
		}
		l := s.turn[i]
		s.turn = slices.Delete(s.turn, i, i+1)
		w := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		s.queued--
		if len(l.queue) > 0 {
			s.turn = append(s.turn, l)
		}
		s.take(l, w.call)
		close(w.granted)
	}
}

func (s *site) enqueue(l *lane, call any) (*waiter, *Refusal) {
	perToken, perSite := max(queuedPerToken, s.policy.perToken), max(queuedPerSite, s.policy.perSite)
	switch {
	case len(l.queue) >= perToken:
		return nil, &Refusal{Reason: TokenBusy, After: busyTime, Limit: perToken}
	case s.queued >= perSite && len(l.queue) > 0:
		return nil, &Refusal{Reason: SiteBusy, After: busyTime, Limit: perSite}
	}
	w := &waiter{l, call, make(chan struct{})}
	if len(l.queue) == 0 {
		s.turn = append(s.turn, l)
	}
	l.queue = append(l.queue, w)
	s.queued++
	s.widenLater(l)
	return w, nil
}

// leave takes a request out of the queue, or gives its place back when it has just
// been granted.
func (s *site) leave(w *waiter) {
	i := slices.Index(w.lane.queue, w)
	if i < 0 {
		s.release(w.lane, w.call)
		return
	}
	w.lane.queue = slices.Delete(w.lane.queue, i, i+1)
	s.queued--
	if len(w.lane.queue) == 0 {
		s.turn = slices.DeleteFunc(s.turn, func(l *lane) bool { return l == w.lane })
	}
	s.serve() // the next one may be of a call that has a place
}

// queue waits for a place.
func (p *Policy) queue(ctx context.Context, s *site, w *waiter) error {
	timer := time.NewTimer(patience(ctx))
	defer timer.Stop()
	var err error
	select {
	case <-w.granted:
		return nil
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.leave(w)
	if err != nil {
		return err
	}
	if w.lane.underWay < p.perToken {
		return &Refusal{Reason: SiteBusy, After: busyTime, Limit: p.perSite}
	}
	return &Refusal{Reason: TokenBusy, After: busyTime, Limit: p.perToken}
}

// widen lets one more call of the lane go at a time.
func (l *lane) widen(most int) { l.width = min(l.width+1, most) }

// narrow halves the lane.
func (l *lane) narrow() { l.width = max(l.width/2, 1) }

// widenLater widens a lane whose requests wait for an answer that does not come.
func (s *site) widenLater(l *lane) {
	if l.widening != nil || l.width >= s.policy.perToken {
		return
	}
	l.widening = time.AfterFunc(unanswered, func() {
		s.policy.mu.Lock()
		defer s.policy.mu.Unlock()
		l.widening = nil
		if len(l.queue) > 0 {
			l.widen(s.policy.perToken)
			s.serve()
			if len(l.queue) > 0 {
				s.widenLater(l)
			}
		}
	})
}
