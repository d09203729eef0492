package main

import (
	"context"
	"fmt"
)

// flood makes 10,000 calls at once, each on a connection of its own.
func flood(l *lab, r *report) error {
	const calls = 10_000
	scene, err := l.newScene(launch{}, false)
	if err != nil {
		return err
	}
	defer scene.end()
	p, e := scene.process, scene.engine
	w, err := l.watch(healthOf(p))
	if err != nil {
		return err
	}
	outcomes := newTally()
	together(calls, func(i int) {
		outcomes.add(e.do(context.Background(), listProjects(fmt.Sprintf("sandbox;latency=%dus", 200_000+i%500))))
	})
	seen, err := w.end()
	if err != nil {
		return err
	}
	r.note("answers", outcomes.String(), "all waited")
	r.none("calls neither done nor refused with 503 and Retry-After", outcomes.others("success", "503 with Retry-After"), "")
	r.must("successes", fmt.Sprint(outcomes.of("success")), "", "some", outcomes.of("success") > 0)
	r.note("a call took", fmt.Sprintf("p50 %s, p99 %s", short(quantile(outcomes.took, 0.5)), short(quantile(outcomes.took, 0.99))), "")
	r.must("peak of resident memory", mebibytes(p.peak()), "", "at most 1 GiB", p.peak() <= 1<<30)
	r.health(seen[0], seen[1], "1.9 s")
	o := e.do(context.Background(), listProjects("sandbox"))
	r.must("a call afterwards", o.name(), "", "success", o.Success)
	return nil
}
