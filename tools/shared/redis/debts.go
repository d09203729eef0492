package redis

import (
	"slices"
	"sync"
	"time"
)

// debt is a place that this process has, or may have, in Redis and no longer needs.
type debt struct {
	name, place string
	until       time.Time // then it is free anyway
}

// mostDebts bounds how many are remembered: more places than a process has at a
// time, of which those that were not given back are free after a minute.
const mostDebts = 4096

// debts are places to give back as soon as Redis answers: what was under way when
// it stopped would keep others out for as long as places are kept. The zero debts
// are none.
type debts struct {
	mu   sync.Mutex
	list []debt
}

func (d *debts) add(more ...debt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, more...)
	d.list = slices.Delete(d.list, 0, max(0, len(d.list)-mostDebts))
}

// take returns those that still matter, and forgets them.
func (d *debts) take() []debt {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.list
	d.list = nil
	now := time.Now()
	return slices.DeleteFunc(list, func(d debt) bool { return now.After(d.until) })
}
