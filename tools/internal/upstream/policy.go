// Package upstream decides whether, and when, a request is sent to a service
// that is shared by many users, may fail and limits how often it is asked. It
// is the one place for that, and knows nothing of operations: it is given who
// asks which site for what, and afterwards how that went.
//
// In the order in which a request meets them:
//
//   - cool-downs: after a refusal for its rate, nothing of the same sort is sent
//     before the time that the service gave, and then one request goes ahead of
//     the others (facts §4);
//   - a breaker for each site, and one for each token at a site: after failures
//     in a row requests fail at once, and one at a time finds out whether that
//     is over;
//   - limits on the requests under way for each site and for each token at it,
//     with a bounded queue that serves tokens in turn;
//   - a budget of repetitions for the whole process, so that an outage is not
//     made worse by everybody repeating.
package upstream

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"arcade-atlassian/tools/shared"
)

// Options configure a Policy. The zero value has the defaults.
type Options struct {
	// PerSite is how many requests may be under way at one site, 64 by default.
	PerSite int
	// PerToken is how many of them may be one token's, 16 by default.
	PerToken int
	// Shared is what replicas know together; nil means that there are none.
	// Through it they share cool-downs and, as one limit, PerSite.
	Shared shared.Store
}

// The defaults of Options.
const (
	DefaultPerSite  = 64
	DefaultPerToken = 16
)

// Token stands for a token where it is kept, so that the token is not: its hash,
// which is not zero.
type Token [32]byte

// Request is what is known of a request before it is sent.
type Request struct {
	// Service is the part of the service that has a quota of its own for the
	// whole program, such as "jira".
	Service string
	// Site is what fails and is limited by itself.
	Site string
	// Token is on whose behalf the site is asked.
	Token Token
	// Call is what the request is a part of, to tell one call's requests from
	// another's.
	Call any
	// Endpoint is the operation, without values.
	Endpoint string
	// Object is what the request changes, when the service limits the changes
	// of one object; empty is none.
	Object string
	// Repeats says that the request has failed before.
	Repeats bool
}

// Policy decides for all requests of a process. It is safe for concurrent use.
type Policy struct {
	perSite, perToken int
	replicas          *replicas // nil without any

	mu     sync.Mutex
	budget budget
	sites  map[string]*site
	sweep  int // how many sites there may be before unused ones are dropped
	quotas map[string]*coolDown
}

// New makes a policy. It starts nothing.
func New(o Options) *Policy {
	p := &Policy{
		perSite: cmp.Or(o.PerSite, DefaultPerSite), perToken: cmp.Or(o.PerToken, DefaultPerToken),
		budget: newBudget(time.Now()), sites: map[string]*site{}, sweep: fewest, quotas: map[string]*coolDown{},
	}
	p.perToken = min(p.perToken, p.perSite)
	if !shared.IsAlone(o.Shared) {
		p.replicas = newReplicas(o.Shared)
	}
	return p
}

// Permit allows one request. Its Done must be called once, when the request has
// ended.
type Permit struct {
	// Waited is how long it took. Admit tells it with an error too.
	Waited  Waited
	policy  *Policy
	request Request
	site    *site
	lane    *lane
	// trials are the cool-downs that are over if this request is not refused.
	trials []*coolDown
	// siteTrial and laneTrial say that the request finds out whether the site
	// works again.
	siteTrial, laneTrial bool
	release              func() // of the place shared with other replicas
}

// Waited is for what a request has waited, and how long.
type Waited struct{ CoolDown, Queue time.Duration }

// Admit waits until the request may be sent. It fails with a *Refusal when that
// would be too late for the deadline of ctx or is not to be awaited, and with
// the error of ctx when that ends meanwhile. In both cases nothing was sent.
func (p *Policy) Admit(ctx context.Context, r Request) (Permit, error) {
	if p.replicas != nil {
		p.learn(ctx, &r)
	}
	var held *lane // whose place this call has been given
	var waited Waited
	for {
		p.mu.Lock()
		now := time.Now()
		s := p.site(r.Site, now)
		l := s.lane(r.Token, now)
		v := p.judge(s, l, &r, now)
		if held != nil && v != (verdict{}) {
			s.release(held, r.Call)
			held = nil
		}
		switch {
		case v.refusal != nil:
			p.mu.Unlock()
			return Permit{Waited: waited}, v.refusal
		case v.cooling != nil:
			p.mu.Unlock()
			err := v.cooling.wait(ctx, now)
			waited.CoolDown += time.Since(now)
			if err != nil {
				return Permit{Waited: waited}, err
			}
		case held != nil || s.free(l, r.Call):
			if held == nil {
				s.take(l, r.Call)
			}
			permit := p.permit(s, l, &r)
			permit.Waited = waited
			p.mu.Unlock()
			return p.share(ctx, permit)
		default:
			w, refusal := s.enqueue(l, r.Call)
			p.mu.Unlock()
			if refusal != nil {
				return Permit{Waited: waited}, refusal
			}
			err := p.queue(ctx, s, w)
			waited.Queue += time.Since(now)
			if err != nil {
				return Permit{Waited: waited}, err
			}
			held = l
		}
	}
}

// verdict is whether a request may go on to the limits: the zero value says so.
type verdict struct {
	refusal *Refusal
	cooling *coolDown // a copy of the one to wait for
}

// judge looks at cool-downs and breakers.
func (p *Policy) judge(s *site, l *lane, r *Request, now time.Time) verdict {
	for _, c := range p.coolDowns(s, r) {
		switch {
		case c == nil:
		case now.Before(c.until) && c.reason.Quota():
			return verdict{refusal: c.refusal(now)}
		case now.Before(c.until), c.trial != nil:
			return verdict{cooling: new(*c)}
		}
	}
	if refusal := s.breaker.refuses(now); refusal != nil {
		return verdict{refusal: refusal}
	}
	if refusal := l.breaker.refuses(now); refusal != nil {
		return verdict{refusal: refusal}
	}
	return verdict{}
}

// permit lets the request go.
func (p *Policy) permit(s *site, l *lane, r *Request) Permit {
	permit := Permit{policy: p, request: *r, site: s, lane: l, siteTrial: s.breaker.try(), laneTrial: l.breaker.try()}
	for _, c := range p.coolDowns(s, r) {
		if c != nil && c.trial == nil {
			c.trial = make(chan struct{})
			permit.trials = append(permit.trials, c)
		}
	}
	if !r.Repeats {
		p.budget.earn()
	}
	return permit
}

// Outcome is how a request went.
type Outcome struct {
	Health Health
	// Status is that of a failed answer; 0 says that there was none.
	Status int
	// Limited says that the service refused the request for its rate.
	Limited bool
	// Reason is why, and Wait for how long, if it was limited.
	Reason Reason
	Wait   time.Duration
}

// Health is what a request has shown about the site.
type Health int

// What requests show.
const (
	Unknown Health = iota // nothing, such as one that was canceled
	Healthy               // the site works, even if it refused the request
	Failed                // it does not
)

// Done tells how the request went and gives its place to another one.
func (permit Permit) Done(o Outcome) {
	p := permit.policy
	p.mu.Lock()
	now := time.Now()
	permit.lane.breaker.record(permit.request.Token, o, now, permit.laneTrial, permit.request.Repeats)
	permit.site.breaker.record(permit.request.Token, o, now, permit.siteTrial, permit.request.Repeats)
	var learned *coolDown // a copy
	if o.Limited {
		learned = new(*p.cool(permit.site, &permit.request, o, now))
		permit.lane.narrow()
	} else if o.Health != Unknown {
		permit.lane.widen(p.perToken)
	}
	for _, c := range permit.trials {
		p.endTrial(permit.site, c, o.Health != Unknown && !now.Before(c.until))
	}
	permit.site.release(permit.lane, permit.request.Call)
	p.mu.Unlock()
	if permit.release != nil {
		permit.release()
	}
	if learned != nil && p.replicas != nil {
		p.tell(&permit.request, *learned)
	}
}

// MayRepeat takes one repetition from the budget of the process.
func (p *Policy) MayRepeat() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.budget.spend(time.Now())
}

// State is what is going on at one moment.
type State struct {
	Active       int // requests under way
	OpenBreakers int // sites that have failed too often, for everybody
	CoolDowns    int
}

// State counts.
func (p *Policy) State() (now State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now()
	for _, s := range p.sites {
		now.Active += s.underWay
		if s.breaker.span > 0 {
			now.OpenBreakers++
		}
		for _, c := range s.cooling {
			if at.Before(c.until) {
				now.CoolDowns++
			}
		}
	}
	for _, c := range p.quotas {
		if at.Before(c.until) {
			now.CoolDowns++
		}
	}
	return now
}

// fewest is how many sites, lanes or cool-downs are kept without looking for
// unused ones.
const fewest = 64

// unused is how long a site or a token's place at it is kept after its last
// request.
const unused = 5 * time.Minute

func (p *Policy) site(name string, now time.Time) *site {
	s, ok := p.sites[name]
	if !ok {
		if len(p.sites) >= p.sweep {
			for name, s := range p.sites {
				if s.idle(now) {
					delete(p.sites, name)
				}
			}
			p.sweep = max(fewest, 2*len(p.sites))
		}
		s = newSite(p)
		p.sites[name] = s
	}
	s.used = now
	return s
}

// jitter is a random time up to most, so that what waited for the same moment
// does not go on at the same moment.
func jitter(most time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(most))) //nolint:gosec // needs no secrecy
}
