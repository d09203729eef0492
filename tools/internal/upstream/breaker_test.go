package upstream_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/upstream"
)

// fail makes the site fail for two tokens until nobody may ask it.
func fail(t *testing.T, p *upstream.Policy) {
	t.Helper()
	for range 5 {
		perform(t, p, by(ada), failed)
		perform(t, p, by(bob), failed)
		after(time.Second)
	}
}

func TestBreakerOpens(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		fail(t, p)
		want := upstream.Refusal{Reason: upstream.Down, After: time.Second, Failures: 10, Within: 4 * time.Second, Status: 503}
		for _, token := range []upstream.Token{ada, bob, eve} {
			if diff := cmp.Diff(want, refused(t, p, by(token))); diff != "" {
				t.Error(diff)
			}
		}
		elsewhere := base
		elsewhere.Site = "globex"
		perform(t, p, elsewhere, healthy)
	})
}

func TestBreakerTriesOneAtATime(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		fail(t, p)
		for _, open := range []time.Duration{time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
			after(open - 1)
			if got := refused(t, p, by(eve)); got.After != 1 {
				t.Fatalf("open for another %s", got.After)
			}
			after(1)
			trial := admit(t, p, by(eve))
			if got := refused(t, p, by(bob)); got.Reason != upstream.Down || got.After != time.Second {
				t.Errorf("beside a trial: %+v", got)
			}
			after(100 * time.Millisecond)
			trial.Done(failed)
		}
		after(30 * time.Second)
		admit(t, p, by(eve)).Done(upstream.Outcome{}) // it has shown nothing, so that another one tries
		trial := admit(t, p, by(eve))
		refused(t, p, by(ada))
		trial.Done(healthy)
		both := []upstream.Permit{admit(t, p, by(eve)), admit(t, p, by(upstream.Token{4}))}
		for _, permit := range both {
			permit.Done(healthy)
		}
		for range 9 {
			perform(t, p, by(eve), failed)
		}
		perform(t, p, by(eve), healthy)
	})
}

func TestBreakerCountsFailuresInARow(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		for i := range 100 {
			o := failed
			if i%9 == 8 {
				o = healthy
			}
			perform(t, p, by(upstream.Token{1, byte(i)}), o)
		}
	})
}

// What shows nothing counts for neither side, and a request that is repeated
// counts once.
func TestBreakerCountsRequests(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		for i := range 9 {
			token := upstream.Token{1, byte(i % 3)}
			perform(t, p, by(token), failed)
			again := by(token)
			again.Repeats = true
			for range 3 {
				perform(t, p, again, failed)
			}
			perform(t, p, by(token), upstream.Outcome{})
		}
		perform(t, p, by(eve), failed)
		if got := refused(t, p, by(bob)); got.Failures != 10 {
			t.Errorf("%+v", got)
		}
	})
}

// One user's failures stop that user's requests and nobody else's.
func TestBreakerOfOneToken(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		for range 10 {
			perform(t, p, by(ada), failed)
		}
		if got := refused(t, p, by(ada)); got.Reason != upstream.Down || got.Failures != 10 {
			t.Errorf("%+v", got)
		}
		for range 4 {
			perform(t, p, by(bob), failed)
		}
		perform(t, p, by(eve), healthy)
		if got := refused(t, p, by(ada)); got.Reason != upstream.Down {
			t.Errorf("%+v", got)
		}
		after(2 * time.Second)
		perform(t, p, by(ada), healthy)
		perform(t, p, by(ada), healthy)
	})
}

// That a site worked meanwhile does not make one user's failures everybody's.
func TestBreakerOfOneTokenAfterAnswers(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		perform(t, p, by(bob), healthy)
		for range 10 {
			perform(t, p, by(ada), failed)
		}
		refused(t, p, by(ada))
		perform(t, p, by(bob), healthy)
	})
}

// Answers to requests that were sent before it opened close it again, or change
// nothing.
func TestBreakerAndLateAnswers(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		widen(t, p, by(eve))
		late := []upstream.Permit{admit(t, p, by(eve)), admit(t, p, by(eve))}
		fail(t, p)
		late[0].Done(failed)
		if got := refused(t, p, by(bob)); got.After != time.Second {
			t.Errorf("%+v", got)
		}
		late[1].Done(healthy)
		perform(t, p, by(eve), healthy)
	})
}
