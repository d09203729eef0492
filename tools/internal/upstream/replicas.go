package upstream

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"arcade-atlassian/tools/shared"
)

// replicas shares cool-downs and the places at sites with other processes. The
// store never fails: what it cannot reach, it answers for this process alone.
type replicas struct {
	store  shared.Store
	quotas map[string]time.Time // when the quota of a service was last looked for; guarded by the Policy's lock
}

const (
	// looked is how long the absence of a quota's cool-down is believed: quotas
	// last, and a request more does not matter.
	looked = time.Second
	// placeKept is how long a place at a site is held for a process that died.
	placeKept = time.Minute
	// askAgain is the least time between two questions for a place.
	askAgain = 20 * time.Millisecond
	// mostTold bounds the cool-downs of one site that are shared.
	mostTold = 100
	// telling bounds how long a refused call waits for the store.
	telling = time.Second
)

func newReplicas(store shared.Store) *replicas {
	return &replicas{store: store, quotas: map[string]time.Time{}}
}

// told is a cool-down as replicas tell it to each other: neither the endpoint
// nor the token can be read from it.
type told struct {
	key    shared.Key
	until  time.Time
	reason Reason
}

const toldSize = len(shared.Key{}) + 8 + 1

func encode(list []told) []byte {
	var out []byte
	for _, t := range list {
		out = append(out, t.key[:]...)
		out = binary.BigEndian.AppendUint64(out, uint64(t.until.UnixMilli()))
		out = append(out, byte(t.reason)) //nolint:gosec // there are few reasons
	}
	return out
}

// decode reads the cool-downs that are not over. From here on they end by this
// process's clock, whatever the system's is set to.
func decode(data []byte, now time.Time) (list []told) {
	for ; len(data) >= toldSize; data = data[toldSize:] {
		t := told{key: shared.Key(data), reason: Reason(data[toldSize-1])}
		until := time.UnixMilli(int64(binary.BigEndian.Uint64(data[len(t.key):]))) //nolint:gosec // a moment that is out of range is not taken
		if left := until.Sub(now); t.reason <= AppQuota && left > 0 && left <= longest {
			t.until = now.Add(left)
			list = append(list, t)
		}
	}
	return list
}

// place is where a cool-down is told: with its site, or with its service when it
// is for all sites.
func (r *Request) place(reason Reason) shared.Key {
	if reason == AppQuota {
		return shared.KeyOf("cool-downs of a service", r.Service)
	}
	return shared.KeyOf("cool-downs of a site", r.Site)
}

func (k coolKey) shared() shared.Key {
	return shared.KeyOf("cool-down", string(k.token[:]), k.endpoint, k.object)
}

// learn asks for the cool-downs that other processes know of: once for a
// request, unless it is kept back anyway.
func (p *Policy) learn(ctx context.Context, r *Request) {
	p.mu.Lock()
	now := time.Now()
	s := p.site(r.Site, now)
	keptBack := p.judge(s, s.lane(r.Token, now), r, now) != (verdict{})
	askForQuota := now.Sub(p.replicas.quotas[r.Service]) > looked
	if askForQuota {
		p.replicas.quotas[r.Service] = now
	}
	p.mu.Unlock()
	if keptBack {
		return
	}
	var known []told
	if value, ok := p.replicas.store.Get(ctx, r.place(Burst)); ok {
		known = decode(value, now)
	}
	if askForQuota {
		if value, ok := p.replicas.store.Get(ctx, r.place(AppQuota)); ok {
			known = append(known, decode(value, now)...)
		}
	}
	if len(known) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range r.coolKeys() {
		name := key.shared()
		for _, t := range known {
			if t.key == name {
				p.keep(p.site(r.Site, now), r.Service, coolDown{key: key, reason: t.reason, until: t.until}, now)
			}
		}
	}
}

// tell lets other processes know of a cool-down. What two of them tell about one
// site at the same moment may be lost for one: it then learns by itself.
func (p *Policy) tell(r *Request, c coolDown) {
	ctx, cancel := context.WithTimeout(context.Background(), telling)
	defer cancel()
	now := time.Now()
	place := r.place(c.reason)
	value, _ := p.replicas.store.Get(ctx, place)
	name := c.key.shared()
	list := slices.DeleteFunc(decode(value, now), func(t told) bool { return t.key == name })
	list = append(list[max(0, len(list)-mostTold+1):], told{name, c.until, c.reason})
	last := slices.MaxFunc(list, func(a, b told) int { return a.until.Compare(b.until) })
	if keep := last.until.Sub(now); keep > 0 {
		p.replicas.store.Put(ctx, place, encode(list), keep)
	}
}

// share takes one of the site's places among all processes. The one in this
// process is taken already.
func (p *Policy) share(ctx context.Context, permit Permit) (Permit, error) {
	if p.replicas == nil {
		return permit, nil
	}
	key := shared.KeyOf("requests at a site", permit.request.Site)
	for end := time.Now().Add(patience(ctx)); ; {
		release, ok := p.replicas.store.Acquire(ctx, key, p.perSite, placeKept)
		if ok {
			permit.release = release
			return permit, nil
		}
		again := askAgain + jitter(askAgain)
		var err error = &Refusal{Reason: SiteBusy, After: busyTime, Limit: p.perSite}
		if time.Until(end) > again {
			if err = pause(ctx, again); err == nil {
				continue
			}
		}
		permit.Done(Outcome{})
		return Permit{Waited: permit.Waited}, err
	}
}
