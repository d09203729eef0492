package shared

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
	"time"
)

// DefaultBytes is how much a Memory holds unless told otherwise: the results of
// some ten thousand writes.
const DefaultBytes = 32 << 20

// costOfOne is about what a Memory needs for one value or place besides the
// value's bytes.
const costOfOne = 256

// Memory is a Store for one process. It holds a bounded number of bytes: when
// there is no room, what would be forgotten soonest goes first. It has no
// goroutines.
type Memory struct {
	mu     sync.Mutex
	max    int
	bytes  int
	values map[Key]*entry
	places map[Key]int // how many are taken
	soon   expiries
	sweep  *time.Timer
	// sweepAt is when the timer fires, zero when it is not set.
	sweepAt time.Time
}

// entry is a value, or a place that Acquire gave away.
type entry struct {
	key     Key
	value   []byte
	place   bool
	expires time.Time
	index   int // in expiries; gone once it is removed
}

const gone = -1

// NewMemory makes a Memory of about that many bytes, DefaultBytes when zero.
func NewMemory(bytes int) *Memory {
	return &Memory{max: cmp.Or(bytes, DefaultBytes), values: map[Key]*entry{}, places: map[Key]int{}}
}

// Get returns the value of k, if there is one.
func (m *Memory) Get(_ context.Context, k Key) (value []byte, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.present(k); e != nil {
		return e.value, true
	}
	return nil, false
}

// Put keeps a value for a time. One that is larger than the Memory is not kept.
func (m *Memory) Put(_ context.Context, k Key, value []byte, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(k, value, keep)
}

// Claim puts the value unless k has one, which it returns then.
func (m *Memory) Claim(_ context.Context, k Key, value []byte, keep time.Duration) (existing []byte, claimed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.present(k); e != nil {
		return e.value, false
	}
	m.put(k, value, keep)
	return nil, true
}

// Delete forgets the value of k.
func (m *Memory) Delete(_ context.Context, k Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.values[k]; e != nil {
		m.remove(e)
	}
}

// Acquire takes one of the limit places of k, if one is free.
func (m *Memory) Acquire(_ context.Context, k Key, limit int, keep time.Duration) (release func(), ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(time.Now())
	if m.places[k] >= limit {
		return func() {}, false
	}
	e := &entry{key: k, place: true}
	if m.add(e, keep) {
		m.places[k]++
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.remove(e)
	}, true
}

// present returns the entry of k whose time is not over.
func (m *Memory) present(k Key) *entry {
	if e := m.values[k]; e != nil && time.Now().Before(e.expires) {
		return e
	}
	return nil
}

func (m *Memory) put(k Key, value []byte, keep time.Duration) {
	if old := m.values[k]; old != nil {
		m.remove(old)
	}
	e := &entry{key: k, value: value}
	if m.add(e, keep) {
		m.values[k] = e
	}
}

// add makes room for an entry, unless there is none even in an empty Memory.
func (m *Memory) add(e *entry, keep time.Duration) bool {
	now := time.Now()
	m.expire(now)
	if e.cost() > m.max {
		e.index = gone
		return false
	}
	e.expires = now.Add(keep)
	m.bytes += e.cost()
	for m.bytes > m.max {
		m.remove(m.soon[0])
	}
	heap.Push(&m.soon, e)
	m.wake(now)
	return true
}

// expire removes what is too old.
func (m *Memory) expire(now time.Time) {
	for len(m.soon) > 0 && !now.Before(m.soon[0].expires) {
		m.remove(m.soon[0])
	}
}

// remove takes an entry out, once.
func (m *Memory) remove(e *entry) {
	if e.index == gone {
		return
	}
	heap.Remove(&m.soon, e.index)
	m.bytes -= e.cost()
	switch {
	case !e.place:
		delete(m.values, e.key)
	case m.places[e.key] > 1:
		m.places[e.key]--
	default:
		delete(m.places, e.key)
	}
}

// sweepEvery is the shortest time between two sweeps, in which what is too old
// is removed although nobody comes.
const sweepEvery = time.Second

// wake sets the timer for the next sweep, unless it is set for one that is early
// enough.
func (m *Memory) wake(now time.Time) {
	wait := max(m.soon[0].expires.Sub(now), sweepEvery)
	if !m.sweepAt.IsZero() && !now.Add(wait).Before(m.sweepAt) {
		return
	}
	m.sweepAt = now.Add(wait)
	if m.sweep == nil {
		m.sweep = time.AfterFunc(wait, m.clean)
	} else {
		m.sweep.Reset(wait)
	}
}

// clean is what the timer does.
func (m *Memory) clean() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.sweepAt = time.Time{}
	m.expire(now)
	if len(m.soon) > 0 {
		m.wake(now)
	}
}

func (e *entry) cost() int { return len(e.value) + costOfOne }

// expiries is a heap.Interface of entries, the one that expires first in front.
type expiries []*entry

func (x expiries) Len() int           { return len(x) }
func (x expiries) Less(i, j int) bool { return x[i].expires.Before(x[j].expires) }

func (x expiries) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].index, x[j].index = i, j
}

func (x *expiries) Push(v any) {
	e := v.(*entry) //nolint:forcetypeassert // heap.Push is given nothing else
	e.index = len(*x)
	*x = append(*x, e)
}

func (x *expiries) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	e.index = gone
	return e
}
