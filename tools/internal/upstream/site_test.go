package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"arcade-atlassian/tools/internal/upstream"
)

// A token that is new at a site begins with one request; answers and time add
// more, up to its limit.
func TestLaneWidens(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		var at []time.Duration
		var mu sync.Mutex
		start := time.Now()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				permit, err := p.Admit(t.Context(), called(base))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				at = append(at, time.Since(start))
				mu.Unlock()
				after(10 * time.Second)
				permit.Done(healthy)
			})
		}
		all.Wait()
		for i, want := range map[int]time.Duration{0: 0, 1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 15: 3750 * time.Millisecond, 16: 10 * time.Second} {
			if at[i] != want {
				t.Errorf("request %d after %s, want %s", i+1, at[i], want)
			}
		}
	})
}

// A call that has a request under way may send more: what it has begun is not kept
// waiting for calls that begin.
func TestACallUnderWayGoesOn(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		call := new(int)
		one, other := admit(t, p, asPart(call, base)), admit(t, p, asPart(call, base))
		one.Done(healthy)
		other.Done(healthy)
	})
}

// A refusal halves what a token may have under way.
func TestLaneNarrows(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		widen(t, p, base)
		other := base
		other.Endpoint = "GET /other"
		perform(t, p, base, limited(upstream.Burst, time.Minute))
		var under []upstream.Permit
		for range upstream.DefaultPerToken / 2 {
			under = append(under, admit(t, p, called(other)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if permit, err := p.Admit(ctx, called(other)); err == nil {
			t.Error("one more was admitted")
			permit.Done(healthy)
		}
		for _, permit := range under {
			permit.Done(healthy)
		}
	})
}

// A quiet user is not kept waiting by one who floods the site, and by many of
// them for one round only.
func TestQuietUserBesideFloods(t *testing.T) {
	t.Parallel()
	for _, floods := range []int{1, 3, 40} {
		t.Run(fmt.Sprint(floods), func(t *testing.T) {
			simulated(t, func(t *testing.T) {
				const took = 50 * time.Millisecond
				p := upstream.New(upstream.Options{})
				ctx, stop := context.WithCancel(t.Context())
				var all sync.WaitGroup
				for i := range floods {
					for range 100 {
						all.Go(func() {
							for ctx.Err() == nil {
								permit, err := p.Admit(ctx, called(by(upstream.Token{9, byte(i)})))
								if err != nil {
									after(time.Second)
									continue
								}
								after(took)
								permit.Done(healthy)
							}
						})
					}
				}
				after(5 * time.Second)
				most := time.Duration(0)
				if 16*floods > 64 {
					most = took // as long as one request of each of the others
				}
				for range 50 {
					before := time.Now()
					permit, err := p.Admit(ctx, by(ada))
					if waited := time.Since(before); err != nil || waited > most {
						t.Errorf("%v after %s", err, waited)
					}
					if err == nil {
						after(took)
						permit.Done(healthy)
					}
					after(17 * time.Millisecond)
				}
				stop()
				all.Wait()
			})
		})
	}
}

func TestQueueIsBounded(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{PerSite: 2, PerToken: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		queue := func(token upstream.Token, n int) {
			for range n {
				all.Go(func() {
					if err := second(p.Admit(ctx, by(token))); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
		}
		running := []upstream.Permit{admit(t, p, by(ada)), admit(t, p, by(bob))}
		queue(ada, 256)
		if got := refused(t, p, by(ada)); got != (upstream.Refusal{Reason: upstream.TokenBusy, After: time.Second, Limit: 256}) {
			t.Errorf("%+v", got)
		}
		queue(bob, 256)
		queue(eve, 256)
		queue(upstream.Token{4}, 256)
		fifth := upstream.Token{5}
		queue(fifth, 1) // who has nothing in the queue is let in
		if got := refused(t, p, by(fifth)); got != (upstream.Refusal{Reason: upstream.SiteBusy, After: time.Second, Limit: 1024}) {
			t.Errorf("%+v", got)
		}
		cancel()
		all.Wait()
		for _, permit := range running {
			permit.Done(healthy)
		}
		perform(t, p, by(ada), healthy)
	})
}

// Half of the time that a call has left is the most it waits in the queue.
func TestQueueAndDeadline(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{PerSite: 1})
		running := admit(t, p, by(ada))
		for token, want := range map[upstream.Token]upstream.Refusal{
			bob: {Reason: upstream.SiteBusy, After: time.Second, Limit: 1},
			ada: {Reason: upstream.TokenBusy, After: time.Second, Limit: 1},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			before := time.Now()
			refusal, ok := errors.AsType[*upstream.Refusal](second(p.Admit(ctx, by(token))))
			if !ok || *refusal != want || time.Since(before) != 10*time.Second {
				t.Errorf("%+v after %s", refusal, time.Since(before))
			}
			cancel()
		}
		running.Done(healthy)
		perform(t, p, by(bob), healthy)
	})
}

// Whatever calls do, no limit is passed, everybody who stays is served, and in
// the end all places are free.
func TestPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		perSite := rapid.IntRange(1, 6).Draw(rt, "per site")
		perToken := rapid.IntRange(1, perSite).Draw(rt, "per token")
		type call struct {
			token    byte
			call     int // some are parts of one
			at, took time.Duration
			leaves   time.Duration // when it stops waiting; 0 is never
			limited  bool
		}
		ms := func(most int) *rapid.Generator[time.Duration] {
			return rapid.Map(rapid.IntRange(0, most), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
		}
		calls := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) call {
			c := call{token: rapid.ByteRange(1, 5).Draw(rt, "token"), call: rapid.IntRange(0, 20).Draw(rt, "call"), at: ms(500).Draw(rt, "at"), took: ms(300).Draw(rt, "took"), limited: rapid.IntRange(0, 9).Draw(rt, "limited") == 0}
			if rapid.IntRange(0, 3).Draw(rt, "leaves") == 0 {
				c.leaves = ms(400).Draw(rt, "after") + 1
			}
			return c
		}), 1, 60).Draw(rt, "calls")
		var mistakes []string
		synctest.Test(t, func(t *testing.T) {
			p := upstream.New(upstream.Options{PerSite: perSite, PerToken: perToken})
			var mu sync.Mutex
			site, tokens := 0, map[byte]int{}
			count := func(token byte, n int) {
				mu.Lock()
				defer mu.Unlock()
				site += n
				tokens[token] += n
				if site > perSite || tokens[token] > perToken {
					mistakes = append(mistakes, fmt.Sprintf("%d requests, %d of one token", site, tokens[token]))
				}
			}
			var all sync.WaitGroup
			for _, c := range calls {
				all.Go(func() {
					after(c.at)
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					if c.leaves > 0 {
						time.AfterFunc(c.leaves, cancel)
					}
					permit, err := p.Admit(ctx, asPart(c.call, by(upstream.Token{c.token})))
					if err != nil {
						if c.leaves == 0 {
							mu.Lock()
							mistakes = append(mistakes, err.Error())
							mu.Unlock()
						}
						return
					}
					count(c.token, 1)
					after(c.took)
					count(c.token, -1)
					if c.limited {
						permit.Done(limited(upstream.Burst, 100*time.Millisecond))
					} else {
						permit.Done(healthy)
					}
				})
			}
			all.Wait()
			after(time.Second)
			if n := p.UnderWay(); n != 0 {
				mistakes = append(mistakes, fmt.Sprintf("%d places are lost", n))
			}
		})
		if len(mistakes) > 0 {
			rt.Fatal(mistakes)
		}
	})
}

// What is not used any more is not kept.
func TestSitesAndLanesAreForgotten(t *testing.T) {
	simulated(t, func(t *testing.T) {
		p := upstream.New(upstream.Options{})
		for i := range 10_000 {
			r := by(upstream.Token{1, byte(i), byte(i >> 8)})
			perform(t, p, r, limited(upstream.Burst, time.Second))
			r.Site = fmt.Sprint(i)
			perform(t, p, r, healthy)
			after(100 * time.Millisecond)
		}
		if sites, lanes, coolDowns := p.Kept("acme"); sites > 10_000 || lanes > 10_000 || coolDowns > 200 {
			t.Errorf("%d sites, %d lanes and %d cool-downs are kept", sites, lanes, coolDowns)
		}
	})
}
