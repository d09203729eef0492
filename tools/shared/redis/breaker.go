package redis

import (
	"sync"
	"time"
)

// The first and the longest time in which Redis is not asked after it gave no
// answer, so that calls do not pay for it.
const (
	firstWait   = time.Second
	longestWait = 10 * time.Second
)

// breaker remembers that Redis gave no answer. The zero breaker is closed.
type breaker struct {
	mu      sync.Mutex
	open    bool
	wait    time.Duration
	retryAt time.Time
	closed  time.Time // when it was closed last
}

// allows reports whether Redis may be asked. While the breaker is open one
// question at a time may, as a trial.
func (b *breaker) allows(now time.Time) (may, trial bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true, false
	}
	if now.Before(b.retryAt) {
		return false, false
	}
	b.retryAt = now.Add(b.wait)
	return true, true
}

// failed opens the breaker, or keeps it open longer after a trial. It reports
// whether it was closed. A Redis that answers some questions and not others would
// open and close it all the time: when it opens again soon it goes on with the wait.
func (b *breaker) failed(now time.Time, trial bool) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open && now.Sub(b.closed) < longestWait:
		b.open, b.wait, opened = true, min(2*b.wait, longestWait), true
	case !b.open:
		b.open, b.wait, opened = true, firstWait, true
	case trial:
		b.wait = min(2*b.wait, longestWait)
	default: // it was asked before another question opened the breaker
		return false
	}
	b.retryAt = now.Add(b.wait)
	return opened
}

// succeeded closes the breaker after a trial. It reports whether it was open.
func (b *breaker) succeeded(now time.Time, trial bool) (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	closed = b.open && trial
	if closed {
		b.open, b.closed = false, now
	}
	return closed
}

func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}
