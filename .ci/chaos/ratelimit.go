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
	return wrongClock(l, r)
}

func oneLimit(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return err
	}
	defer p.stop()
	e := l.newEngine(p, true)
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
