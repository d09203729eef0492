package upstream_test

import (
	"testing"
	"time"

	"arcade-atlassian/tools/internal/upstream"
)

// repeats performs n requests and repeats each as often as it may, at most
// three times, and returns how many repetitions that were.
func repeats(t *testing.T, p *upstream.Policy, n int) (repeated int) {
	t.Helper()
	for i := range n {
		r := by(upstream.Token{1, byte(i)})
		perform(t, p, r, upstream.Outcome{})
		r.Repeats = true
		for range 3 {
			if !p.MayRepeat() {
				break
			}
			perform(t, p, r, upstream.Outcome{})
			repeated++
		}
	}
	return repeated
}

func TestBudget(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		if got := repeats(t, p, 6); got != 18 {
			t.Errorf("%d repetitions of the first six requests", got)
		}
		repeats(t, p, 10)
		if got := repeats(t, p, 1000); got < 99 || got > 100 {
			t.Errorf("%d repetitions of 1000 requests", got)
		}
		after(10 * time.Second)
		if got := repeats(t, p, 1); got != 1 {
			t.Errorf("%d repetitions after ten quiet seconds", got)
		}
		after(time.Hour)
		if got := repeats(t, p, 100); got < 29 || got > 30 {
			t.Errorf("%d repetitions of 100 requests after a quiet hour", got)
		}
	})
}
