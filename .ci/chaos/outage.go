package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// outage lets one of two sites answer 503 for a while.
func outage(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	g, e := scene.gateway, scene.engine
	users := func(site string, i int) string { return fmt.Sprintf("sandbox;sites=%s;latency=%dus", site, i%50) }
	for i := range 50 {
		e.do(context.Background(), listProjects(users("acme", i)))
		e.do(context.Background(), listProjects(users("globex", i)))
	}
	down := says("outage", 503, htmlType, page)
	g.set(func(q *http.Request) *fault {
		if strings.Contains(q.URL.Path, acme) {
			return down
		}
		return nil
	})
	// Three times, since the foundation's amplification did not lessen: it made 392
	// requests of each 100 calls.
	for i, calls := range []int{100, 100, 1000} {
		before, outcomes := g.products.Load(), newTally()
		left := make(chan int, calls)
		for n := range calls {
			left <- n
		}
		close(left)
		start := time.Now()
		together(50, func(int) {
			for n := range left {
				outcomes.add(e.do(context.Background(), listProjects(users("acme", n))))
			}
		})
		made := g.products.Load() - before
		what := fmt.Sprintf("outage, %d calls", calls)
		if i == 1 {
			what += " more"
		}
		r.note(what+": answers", fmt.Sprintf("%s (%s)", outcomes, short(time.Since(start))), "")
		r.none(what+": failures of the worker itself", outcomes.others("UPSTREAM_RUNTIME_SERVER_ERROR", "UPSTREAM_RUNTIME_RATE_LIMIT", "503 with Retry-After"), "")
		was := ""
		if calls == 100 {
			was = "392"
		}
		r.must(what+": requests", fmt.Sprint(made), was, fmt.Sprintf("at most %d", calls*11/10), made <= int64(calls)*11/10)
	}

	other := newTally()
	for i := range 50 {
		other.add(e.do(context.Background(), listProjects(users("globex", i))))
	}
	r.must("the other site meanwhile, of 50 calls", other.String(), "", "all succeed", other.of("success") == 50)

	g.set(nil)
	over := time.Now()
	for time.Since(over) < 60*time.Second {
		if e.do(context.Background(), listProjects(users("acme", 1))).Success {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	r.within("from the outage's end to the first success", time.Since(over), "", 30*time.Second, 45*time.Second)
	again := newTally()
	together(20, func(i int) { again.add(e.do(context.Background(), listProjects(users("acme", i)))) })
	r.must("calls after it, of 20", again.String(), "", "all succeed", again.of("success") == 20)
	return nil
}
