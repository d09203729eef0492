package upstream

import (
	"context"
	"time"
)

// coolKey is what a cool-down is for. What is zero does not matter.
type coolKey struct {
	token    Token
	endpoint string
	object   string
}

// coolDown is a time in which nothing of a sort is sent. It is in its map until
// a request after it was not refused: until then only one at a time goes.
type coolDown struct {
	key    coolKey
	reason Reason
	until  time.Time
	trial  chan struct{} // closed when the request that goes first has ended; nil without one
}

const (
	// longest bounds what an answer may ask for: quotas are hourly (facts §4),
	// and a mistaken header must not end the service for a day.
	longest = time.Hour
	// unsaid is how long a cool-down is for which the answer gives no time, and
	// unsaidQuota that of a quota.
	unsaid      = time.Second
	unsaidQuota = time.Minute
	// spread is the time in which what waited goes on.
	spread = 250 * time.Millisecond
)

// refusal is for a request that does not wait for the end.
func (c *coolDown) refusal(now time.Time) *Refusal {
	return &Refusal{Reason: c.reason, After: max(c.until.Sub(now), 0)}
}

// wait waits until one request may go ahead of the others, or until the one that
// does has ended. A time that the deadline does not allow is not waited for.
func (c *coolDown) wait(ctx context.Context, now time.Time) error {
	deadline, limited := ctx.Deadline()
	if c.trial != nil {
		timer := time.NewTimer(patience(ctx))
		defer timer.Stop()
		select {
		case <-c.trial:
			return pause(ctx, jitter(spread))
		case <-timer.C:
			return &Refusal{Reason: c.reason, After: unsaid}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	late := jitter(spread)
	if limited {
		left := deadline.Sub(c.until)
		if left <= 0 {
			return c.refusal(now)
		}
		late = min(late, left/2)
	}
	return pause(ctx, c.until.Add(late).Sub(now))
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patience is how long a call waits for others: half of the time it has left,
// so that what is sent then can still be answered.
func patience(ctx context.Context) time.Duration {
	const most = 30 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		return min(time.Until(deadline)/2, most)
	}
	return most
}

// coolDowns returns those that are for the request, nil where there is none.
func (p *Policy) coolDowns(s *site, r *Request) (found [5]*coolDown) {
	if len(p.quotas) > 0 {
		found[0] = p.quotas[r.Service]
	}
	if len(s.cooling) > 0 {
		for i, key := range r.coolKeys() {
			found[i+1] = s.cooling[key]
		}
		if r.Object == "" {
			found[4] = nil // the same as found[1]
		}
	}
	return found
}

// coolKeys are the keys of the cool-downs that the request minds.
func (r *Request) coolKeys() [4]coolKey {
	return [...]coolKey{{}, {endpoint: r.Endpoint}, {endpoint: r.Endpoint, token: r.Token}, {object: r.Object}}
}

// cool keeps requests of the same sort back after one was refused.
func (p *Policy) cool(s *site, r *Request, o Outcome, now time.Time) *coolDown {
	c := coolDown{reason: o.Reason}
	switch {
	case c.reason.Quota():
	case o.Reason == ObjectBurst && r.Object != "":
		c.key = coolKey{object: r.Object}
	case o.Reason == BurstOfAll:
		c.key = coolKey{endpoint: r.Endpoint}
	default:
		c.key = coolKey{endpoint: r.Endpoint, token: r.Token}
	}
	wait := o.Wait
	if wait < 0 {
		wait = o.Reason.Unsaid()
	}
	c.until = now.Add(min(wait, longest))
	return p.keep(s, r.Service, c, now)
}

// keep puts a cool-down where the requests that it is for find it.
func (p *Policy) keep(s *site, service string, c coolDown, now time.Time) *coolDown {
	known := s.cooling[c.key]
	if c.reason == AppQuota {
		known = p.quotas[service]
	}
	if known != nil {
		if c.until.After(known.until) {
			known.until, known.reason = c.until, c.reason
		}
		return known
	}
	if c.reason == AppQuota {
		p.quotas[service] = &c
		return &c
	}
	if len(s.cooling) >= s.sweepCooling {
		for key, other := range s.cooling {
			if other.trial == nil && now.After(other.until) {
				delete(s.cooling, key)
			}
		}
		s.sweepCooling = max(fewest, 2*len(s.cooling))
	}
	s.cooling[c.key] = &c
	return &c
}

// endTrial ends the time in which one request went ahead of the others, which
// now go on if it was not refused.
func (p *Policy) endTrial(s *site, c *coolDown, over bool) {
	close(c.trial)
	c.trial = nil
	if !over {
		return
	}
	if s.cooling[c.key] == c {
		delete(s.cooling, c.key)
	}
	for service, quota := range p.quotas {
		if quota == c {
			delete(p.quotas, service)
		}
	}
}
