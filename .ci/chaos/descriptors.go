package main

import (
	"context"
	"fmt"
)

// descriptors makes 1,000 calls at once to a worker with few file descriptors.
// The service takes so long that they all are under way together.
func descriptors(l *lab, r *report) error {
	scene, err := l.newScene(launch{descriptors: 256}, false)
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
	together(1000, func(i int) {
		outcomes.add(e.do(context.Background(), listProjects(fmt.Sprintf("sandbox;latency=%dus", 2_000_000+i%100))))
	})
	seen, err := w.end()
	if err != nil {
		return err
	}
	r.note("answers, of 1,000", outcomes.String(), "4 successes")
	r.none("calls neither done nor refused with 503 and Retry-After", outcomes.others("success", "503 with Retry-After"), "996")
	r.must("successes", fmt.Sprint(outcomes.of("success")), "4", "100 at least", outcomes.of("success") >= 100)
	r.health(seen[0], seen[1], "gone")
	o := e.do(context.Background(), listProjects("sandbox"))
	r.must("a call afterwards", o.name(), "", "success", o.Success)
	return nil
}
