package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/upstream"
)

// Which requests are kept back by a refusal, by its reason.
func TestCoolDownIsFor(t *testing.T) {
	t.Parallel()
	change := base
	change.Endpoint, change.Object = "PUT /issue", "ABC-1"
	with := func(change func(*upstream.Request)) upstream.Request {
		r := base
		r.Endpoint, r.Object = "PUT /issue", "ABC-1"
		change(&r)
		return r
	}
	requests := map[string]upstream.Request{
		"same":           change,
		"other token":    with(func(r *upstream.Request) { r.Token = bob }),
		"other endpoint": with(func(r *upstream.Request) { r.Endpoint = "POST /comment" }),
		"other object":   with(func(r *upstream.Request) { r.Object = "ABC-2" }),
		"read":           with(func(r *upstream.Request) { r.Endpoint, r.Object = "GET /issue", "" }),
		"other site":     with(func(r *upstream.Request) { r.Site = "globex" }),
		"other service":  with(func(r *upstream.Request) { r.Site, r.Service = "acme wiki", "confluence" }),
	}
	for reason, want := range map[upstream.Reason][]string{
		upstream.Burst:       {"other object", "same"},
		upstream.BurstOfAll:  {"other object", "other token", "same"},
		upstream.ObjectBurst: {"other endpoint", "other token", "same"},
		upstream.SiteQuota:   {"other endpoint", "other object", "other token", "read", "same"},
		upstream.AppQuota:    {"other endpoint", "other object", "other site", "other token", "read", "same"},
	} {
		t.Run(reason.String(), func(t *testing.T) {
			simulated(t, func(t *testing.T) {
				var got []string
				for name, r := range requests {
					p := upstream.New(upstream.Options{})
					perform(t, p, change, limited(reason, 20*time.Second))
					after(time.Second)
					waited, err := keptBack(t, p, r)
					switch refusal, _ := errors.AsType[*upstream.Refusal](err); {
					case err == nil && waited == 0:
						continue
					case reason.Quota() && (refusal == nil || refusal.Reason != reason || refusal.After != 19*time.Second || waited > 0):
						t.Errorf("%s: %+v after %s", name, refusal, waited)
					case !reason.Quota() && (err != nil || waited < 19*time.Second || waited > 20*time.Second):
						t.Errorf("%s: %v after %s", name, err, waited)
					}
					got = append(got, name)
				}
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("kept back (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Times that no answer should ask for, and answers that give none.
func TestCoolDownIsBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason upstream.Reason
		asked  time.Duration
		want   time.Duration
	}{
		{upstream.SiteQuota, 24 * time.Hour, time.Hour},
		{upstream.AppQuota, 24 * time.Hour, time.Hour},
		{upstream.Burst, 24 * time.Hour, time.Hour},
		{upstream.SiteQuota, -1, time.Minute},
		{upstream.AppQuota, -1, time.Minute},
		{upstream.Burst, -1, time.Second},
		{upstream.ObjectBurst, -1, time.Second},
		{upstream.Burst, 0, 0},
	} {
		t.Run(fmt.Sprint(tt.reason, tt.asked), func(t *testing.T) {
			simulated(t, func(t *testing.T) {
				p := upstream.New(upstream.Options{})
				perform(t, p, base, limited(tt.reason, tt.asked))
				if tt.want > 0 {
					ctx, cancel := context.WithTimeout(t.Context(), tt.want)
					defer cancel()
					refusal, ok := errors.AsType[*upstream.Refusal](second(p.Admit(ctx, base)))
					if !ok || refusal.After != tt.want || ctx.Err() != nil {
						t.Errorf("%+v", refusal)
					}
					after(tt.want)
				}
				perform(t, p, base, healthy)
				perform(t, p, base, healthy)
			})
		})
	}
}

func second[T any](_ T, err error) error { return err }

// When it is over one request goes, and the others when that was not refused.
func TestCoolDownEndsWithOneRequest(t *testing.T) {
	simulated(t, func(t *testing.T) {
		const waiting = 30
		p := upstream.New(upstream.Options{PerSite: waiting, PerToken: waiting})
		for range waiting {
			perform(t, p, base, healthy)
		}
		start := time.Now()
		perform(t, p, base, limited(upstream.Burst, 5*time.Second))
		var mu sync.Mutex
		var at []time.Duration
		outcomes := []upstream.Outcome{limited(upstream.Burst, 7*time.Second), {}, healthy} // of those that go first
		var all sync.WaitGroup
		for range waiting {
			all.Go(func() {
				for {
					permit, err := p.Admit(t.Context(), called(base))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					at = append(at, time.Since(start))
					o := healthy
					if n := len(at); n <= len(outcomes) {
						o = outcomes[n-1]
					}
					mu.Unlock()
					after(time.Second)
					permit.Done(o)
					if !o.Limited {
						return
					}
				}
			})
		}
		all.Wait()
		if len(at) != waiting+1 {
			t.Fatalf("%d requests", len(at))
		}
		for i, least := range []time.Duration{5, 13, 14, 15} { // seconds; the first was refused after one, for seven
			if got := at[i]; got < least*time.Second || got > (least+1)*time.Second {
				t.Errorf("request %d after %s, want after %d s", i+1, got, least)
			}
		}
		together, distinct := at[3:], map[time.Duration]bool{}
		for _, d := range together {
			distinct[d] = true
			if d > 17*time.Second {
				t.Errorf("one went on after %s", d)
			}
		}
		if len(distinct) < len(together)/2 {
			t.Errorf("%d requests went on at %d moments", len(together), len(distinct))
		}
	})
}

// Of two refusals the one that asks for the longer time counts.
func TestLongerCoolDownCounts(t *testing.T) {
	t.Parallel()
	for _, reason := range []upstream.Reason{upstream.Burst, upstream.SiteQuota, upstream.AppQuota} {
		for _, waits := range [][2]time.Duration{{5 * time.Second, 20 * time.Second}, {20 * time.Second, 5 * time.Second}} {
			synctest.Test(t, func(t *testing.T) {
				p := upstream.New(upstream.Options{})
				widen(t, p, base)
				one, other := admit(t, p, called(base)), admit(t, p, called(base))
				one.Done(limited(reason, waits[0]))
				other.Done(limited(reason, waits[1]))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				refusal, _ := errors.AsType[*upstream.Refusal](second(p.Admit(ctx, base)))
				if refusal == nil || refusal.After != 20*time.Second {
					t.Errorf("%s, %v: %+v", reason, waits, refusal)
				}
			})
		}
	}
}

// After the end of a quota requests go at the same time again, at all sites.
func TestQuotaEnds(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		widen(t, p, base)
		perform(t, p, base, limited(upstream.AppQuota, time.Minute))
		after(time.Minute)
		perform(t, p, base, healthy)
		there := called(base)
		there.Site = "globex"
		for _, permit := range []upstream.Permit{admit(t, p, called(base)), admit(t, p, called(base)), admit(t, p, there)} {
			permit.Done(healthy)
		}
	})
}

func TestCoolDownAndDeadline(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		perform(t, p, base, limited(upstream.Burst, 10*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		refusal, ok := errors.AsType[*upstream.Refusal](second(p.Admit(ctx, base)))
		if !ok || refusal.After != 10*time.Second || refusal.Reason != upstream.Burst || ctx.Err() != nil {
			t.Errorf("%+v", refusal)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		permit, err := p.Admit(ctx, base) // in time, however little is left
		if err != nil {
			t.Fatal(err)
		}
		// Who waits for another's request waits for half of the time that is left.
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		before := time.Now()
		if _, ok := errors.AsType[*upstream.Refusal](second(p.Admit(ctx, base))); !ok || time.Since(before) != 5*time.Second {
			t.Errorf("refused %v after %s", ok, time.Since(before))
		}
		permit.Done(healthy)
	})
}

func TestCanceledWaits(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{PerSite: 1})
		perform(t, p, base, limited(upstream.Burst, time.Minute))
		other := base
		other.Endpoint = "GET /other"
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		wait := func(r upstream.Request) {
			all.Go(func() {
				if err := second(p.Admit(ctx, r)); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		wait(base) // for the end
		synctest.Wait()
		running := admit(t, p, other)
		wait(other) // in the queue
		synctest.Wait()
		cancel()
		all.Wait()
		running.Done(healthy)
		after(time.Minute)
		trial := admit(t, p, base)
		ctx, cancel = context.WithCancel(t.Context())
		wait(base) // for who goes first
		synctest.Wait()
		cancel()
		all.Wait()
		trial.Done(healthy)
		perform(t, p, base, healthy)
	})
}

// Many calls at once find out with one request that the endpoint refuses them.
func TestRefusalIsLearnedOnce(t *testing.T) {
	simulated(t, func(t *testing.T) {
		const calls = 50
		p := upstream.New(upstream.Options{})
		var mu sync.Mutex
		sent, over := 0, time.Now().Add(time.Second)
		var all sync.WaitGroup
		for range calls {
			all.Go(func() {
				for {
					permit, err := p.Admit(t.Context(), called(base))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					sent++
					mu.Unlock()
					after(100 * time.Millisecond)
					if time.Now().Before(over) {
						permit.Done(limited(upstream.Burst, time.Second))
						continue
					}
					permit.Done(healthy)
					return
				}
			})
		}
		all.Wait()
		if sent > calls+1 {
			t.Errorf("%d requests of %d calls", sent, calls)
		}
	})
}
