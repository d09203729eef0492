package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// rateLimit lets 50 calls run into one 429, and then looks whether a clock that
// is wrong closes a site for longer than it was meant.
func rateLimit(l *lab, r *report) error {
	if err := oneLimit(l, r); err != nil {
		return err
	}
	if err := quota(l, r); err != nil {
		return err
	}
	if err := oneIssue(l, r); err != nil {
		return err
	}
	return wrongClock(l, r)
}

func oneLimit(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	g, e := scene.gateway, scene.engine
	const user = "sandbox;latency=5ms"
	e.do(context.Background(), listProjects(user))

	// From the first request on, the site answers 429 until a second has passed.
	var once sync.Once
	var until time.Time
	limited := says("429", 429, jsonType, rateLimited, "Retry-After", "1", "RateLimit-Reason", "jira-burst-based")
	weather := func(q *http.Request) *fault {
		if !strings.HasPrefix(q.URL.Path, "/ex/") {
			return nil
		}
		once.Do(func() { until = time.Now().Add(time.Second) })
		if time.Now().Before(until) {
			return limited
		}
		return nil
	}
	for _, way := range []struct {
		name  string
		apart time.Duration // from one call's beginning to the next one's
	}{{"50 calls at once", 0}, {"50 calls within half a second", 10 * time.Millisecond}} {
		once, until = sync.Once{}, time.Time{}
		g.set(weather)
		before, outcomes := g.products.Load(), newTally()
		start := time.Now()
		together(50, func(i int) {
			time.Sleep(time.Duration(i) * way.apart)
			outcomes.add(e.do(context.Background(), listProjects(user)))
		})
		made := g.products.Load() - before
		r.note(way.name+" into one 429: answers", fmt.Sprintf("%s (%s)", outcomes, short(time.Since(start))), "")
		r.must(way.name+": successes", fmt.Sprint(outcomes.of("success")), "", "50, for the wait was short", outcomes.of("success") == 50)
		r.must(way.name+": requests", fmt.Sprint(made), "100", "at most 75", made <= 75)
		g.set(nil)
		time.Sleep(2 * time.Second)
	}
	return nil
}

// quota uses up the hourly quota: the call fails at once and says when it is
// filled again.
func quota(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	g, e := scene.gateway, scene.engine
	e.do(context.Background(), listProjects("sandbox"))
	reset := time.Now().Add(90 * time.Second)
	g.set(func(q *http.Request) *fault {
		return says("quota", 429, jsonType, rateLimited, "RateLimit-Reason", "jira-quota-tenant-based", "X-RateLimit-Reset", reset.UTC().Format(time.RFC3339))
	})
	before := g.products.Load()
	o := e.do(context.Background(), listProjects("sandbox"))
	wait := time.Duration(0)
	if o.Output.Error != nil && o.Output.Error.RetryAfterMS != nil {
		wait = time.Duration(*o.Output.Error.RetryAfterMS) * time.Millisecond
	}
	r.must("quota used up: answer", o.name(), "", "UPSTREAM_RUNTIME_RATE_LIMIT", o.name() == "UPSTREAM_RUNTIME_RATE_LIMIT")
	r.within("quota used up: the call took", o.took, "", 100*time.Millisecond, time.Second)
	r.must("quota used up: the wait it tells, of 90 s", short(wait), "", "85 s to 91 s", wait > 85*time.Second && wait < 91*time.Second)
	r.must("quota used up: requests", fmt.Sprint(g.products.Load()-before), "", "1", g.products.Load()-before == 1)
	return nil
}

// oneIssue lets too many writes to one issue delay those to another one.
func oneIssue(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	g, e := scene.gateway, scene.engine
	const user = "sandbox"
	rename := func(issue string) outcome {
		return e.do(context.Background(), call{tool: "Jira.UpdateIssue", user: user, inputs: map[string]any{"issue": issue, "title": "Renamed"}})
	}
	rename("PLAT-1")
	rename("PLAT-2")
	limited := says("429 of an issue", 429, jsonType, rateLimited, "RateLimit-Reason", "jira-per-issue-on-write", "Retry-After", "3")
	until := time.Now().Add(3 * time.Second)
	g.set(func(q *http.Request) *fault {
		if q.Method == http.MethodPut && strings.HasSuffix(q.URL.Path, "/issue/PLAT-1") && time.Now().Before(until) {
			return limited
		}
		return nil
	})
	var first outcome
	done := make(chan struct{})
	go func() {
		defer close(done)
		first = rename("PLAT-1")
	}()
	time.Sleep(500 * time.Millisecond)
	other := rename("PLAT-2")
	<-done
	r.must("a limit of one issue: the write to it", first.name(), "", "success after the wait", first.Success && first.took > 2*time.Second)
	r.must("a limit of one issue: a write to another", other.name(), "", "success", other.Success)
	r.within("a limit of one issue: that to another took", other.took, "", 200*time.Millisecond, 1500*time.Millisecond)
	return nil
}

// wrongClock answers once with a wait that only makes sense on the server's own
// clock, a day ahead or behind, and measures how long calls then fail.
func wrongClock(l *lab, r *report) error {
	for _, skew := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		g, err := newGateway()
		if err != nil {
			return err
		}
		p, err := l.start(launch{upstream: g.url()})
		if err != nil {
			return err
		}
		e := l.newEngine(p, true)
		e.do(context.Background(), listProjects("sandbox"))
		var once sync.Once
		odd := &fault{"a clock that is wrong", func(_ *gateway, w http.ResponseWriter, _ *http.Request) {
			theirs := time.Now().Add(skew).UTC()
			sayNow(w, 429, jsonType, rateLimited, "Date", theirs.Format(http.TimeFormat), "Retry-After", theirs.Add(time.Second).Format(http.TimeFormat))
		}}
		g.set(func(q *http.Request) (f *fault) {
			if strings.HasPrefix(q.URL.Path, "/ex/") {
				once.Do(func() { f = odd })
			}
			return f
		})
		start := time.Now()
		first := e.do(context.Background(), listProjects("sandbox"))
		closed := time.Duration(0)
		for !first.Success && time.Since(start) < 15*time.Second {
			if e.do(context.Background(), listProjects("sandbox")).Success {
				break
			}
			closed = time.Since(start)
			time.Sleep(100 * time.Millisecond)
		}
		r.note(fmt.Sprintf("one 429 by a clock %s off: first answer", skew), first.name(), "")
		r.must(fmt.Sprintf("one 429 by a clock %s off: calls fail for", skew), short(closed), "", "at most 10 s", closed < 10*time.Second)
		p.stop()
		g.close()
	}
	return nil
}
