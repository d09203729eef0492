package redis

import (
	"slices"
	"testing"
	"time"
)

// opened is a breaker that Redis has just opened, and when.
func opened(t *testing.T) (b *breaker, at time.Time) {
	t.Helper()
	b, at = new(breaker), time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	if may, trial := b.allows(at); !may || trial {
		t.Fatalf("at first may %t, as a trial %t", may, trial)
	}
	if !b.failed(at, false) {
		t.Fatal("a failure does not open it")
	}
	return b, at
}

// untilTrial is how long after now the next question may be asked.
func untilTrial(t *testing.T, b *breaker, now time.Time) (wait time.Duration) {
	t.Helper()
	for wait = 0; wait <= time.Minute; wait += time.Second / 2 {
		if may, trial := b.allows(now.Add(wait)); may {
			if again, _ := b.allows(now.Add(wait)); !trial || again {
				t.Fatalf("after %s as a trial %t, and another at the same time %t", wait, trial, again)
			}
			return wait
		}
	}
	t.Fatal("no question within a minute")
	return 0
}

// A Redis that is gone is asked less and less often, and so is one that comes and
// goes. One that was there for long begins anew.
func TestBreakerWaits(t *testing.T) {
	t.Parallel()
	longer := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second}
	for name, comes := range map[string]bool{"gone": false, "comes and goes": true} {
		b, now := opened(t)
		var waits []time.Duration
		for range longer {
			wait := untilTrial(t, b, now)
			waits, now = append(waits, wait), now.Add(wait)
			if comes {
				if !b.succeeded(now, true) || b.isOpen() || b.succeeded(now, false) {
					t.Errorf("%s: a trial that succeeds does not close it once", name)
				}
				now = now.Add(longestWait - 1)
			}
			if b.failed(now, !comes) != comes || !b.isOpen() {
				t.Errorf("%s: after a failure it is open %t", name, b.isOpen())
			}
		}
		if !slices.Equal(waits, longer) {
			t.Errorf("%s: waits %s, want %s", name, waits, longer)
		}
		now = now.Add(untilTrial(t, b, now))
		b.succeeded(now, true)
		now = now.Add(longestWait)
		b.failed(now, false)
		if got := untilTrial(t, b, now); got != firstWait {
			t.Errorf("%s: after it was there for long it waits %s", name, got)
		}
	}
}

// Answers to questions of before it opened say nothing of Redis now.
func TestBreakerIgnoresLateAnswers(t *testing.T) {
	t.Parallel()
	b, now := opened(t)
	for range 5 {
		if b.failed(now, false) || b.succeeded(now, false) || !b.isOpen() {
			t.Error("a late answer opens or closes it")
		}
	}
	if got := untilTrial(t, b, now); got != firstWait {
		t.Errorf("after late answers it waits %s", got)
	}
}
