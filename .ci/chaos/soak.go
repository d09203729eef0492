package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// soak makes many calls and looks whether memory grows.
func soak(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	reads, err := l.truth(g)
	if err != nil {
		return err
	}
	reads = slices.DeleteFunc(reads, func(q question) bool { return q.call.tool == "Confluence.SearchContent" }) // keeps the sandbox busy, not the worker
	var desks []*desk
	for i := range 16 {
		d, err := newDesk(g, i)
		if err != nil {
			return err
		}
		desks = append(desks, d)
	}
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return err
	}
	defer p.stop()
	e := l.newEngine(p, true)

	// The results of writes are kept up to a limit of memory, which small ones take
	// hours to reach: large ones fill it first.
	var labels []string
	for i := range 100 { // as many as a call takes
		labels = append(labels, fmt.Sprintf("%03d%s", i, strings.Repeat("x", 240)))
	}
	filled := newTally()
	together(8, func(int) {
		for range 200 { // 1,600 answers of 25 kB
			filled.add(e.do(context.Background(), call{tool: "Jira.AddLabelsToIssue", user: desks[0].user, inputs: map[string]any{"issue": desks[0].issue, "labels": labels}}))
		}
	})
	if filled.of("success") < 1400 {
		return fmt.Errorf("filling what is kept of writes: %s", filled)
	}

	var made atomic.Int64
	outcomes := newTally()
	samples := sample{process: p, made: &made}
	stop := samples.begin()
	begin := time.Now()
	together(len(desks), func(i int) {
		for n := made.Add(1); n <= int64(l.calls); n = made.Add(1) {
			c := reads[int(n)%len(reads)].call
			if n%10 == 0 { // an update, since what is added would grow the sandbox's answers
				c = call{tool: "Jira.UpdateIssue", user: desks[i].user, inputs: map[string]any{"issue": desks[i].issue, "title": fmt.Sprint("Turn ", n)}}
			}
			c.execution = ""
			o := e.do(context.Background(), c)
			outcomes.add(o)
			time.Sleep(o.waits())
		}
	})
	took := time.Since(begin)
	stop()

	r.note("calls", fmt.Sprintf("%d in %s: %.0f/s", outcomes.total(), short(took), float64(outcomes.total())/took.Seconds()), "")
	r.note("answers", outcomes.String(), "")
	r.none("failures", outcomes.others("success", "503 with Retry-After"), "")
	first, last, peak := samples.flat(int64(l.calls))
	r.note("resident after the warm-up, at the end, at most", fmt.Sprintf("%s, %s, %s", mebibytes(first), mebibytes(last), mebibytes(peak)), "")
	growth := float64(last)/float64(first) - 1
	r.must("growth after the warm-up", fmt.Sprintf("%+.1f %%", 100*growth), "", "at most 10 %", growth <= 0.10)
	if look, err := p.look(); err == nil {
		r.note("goroutines, heap after a collection", fmt.Sprintf("%d, %s", look.goroutines, mebibytes(look.heap)), "")
	} else {
		r.note("threads; goroutines are not known: "+err.Error(), fmt.Sprint(p.status("Threads")), "")
	}
	return nil
}

// sample takes the resident memory again and again.
type sample struct {
	process *process
	made    *atomic.Int64
	all     []point
}

type point struct{ calls, rss int64 }

// begin samples until the returned function is called.
func (s *sample) begin() (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				s.all = append(s.all, point{s.made.Load(), s.process.rss()})
			}
		}
	})
	return func() {
		close(done)
		all.Wait()
	}
}

// flat compares the mean of the first samples after a quarter of the calls with
// that of the last ones; what a garbage collector does in between is not growth.
func (s *sample) flat(calls int64) (first, last, peak int64) {
	mean := func(from, to int64) int64 {
		var sum, n int64
		for _, p := range s.all {
			if p.calls >= from && p.calls < to {
				sum, n = sum+p.rss, n+1
			}
		}
		return sum / max(1, n)
	}
	for _, p := range s.all {
		if p.calls >= calls/4 {
			peak = max(peak, p.rss)
		}
	}
	return mean(calls/4, calls*2/5), mean(calls*17/20, calls+1000), peak
}
