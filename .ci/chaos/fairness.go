package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// fairness compares a quiet user alone with the same beside one that floods.
func fairness(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	g, p, e := scene.gateway, scene.process, scene.engine
	const noisy = "sandbox;latency=20ms"
	for _, user := range []string{noisy, "sandbox;user=bob"} {
		e.do(context.Background(), listProjects(user)) // its sites are known from here on
	}
	quiet := target{
		Name: "quiet", Method: http.MethodPost, URL: p.url + "/worker/tools/invoke", Keep: true, Every: 20 * time.Millisecond,
		Header: http.Header{"Authorization": {"Bearer " + l.token}}, Body: string(listProjects("sandbox;user=bob").body()), Want: `"success":true`,
	}
	w, err := l.watch(quiet)
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	alone, err := w.end()
	if err != nil {
		return err
	}

	if w, err = l.watch(quiet, healthOf(p)); err != nil {
		return err
	}
	outcomes := newTally()
	repeatedly(500, 5*time.Second, func(int, int) {
		o := e.do(context.Background(), listProjects(noisy))
		outcomes.add(o)
		time.Sleep(o.waits())
	})
	beside, err := w.end()
	if err != nil {
		return err
	}
	r.note("the flood's answers", outcomes.String(), "")
	r.none("the flood's calls neither done nor refused with a time to come back", outcomes.others("success", "503 with Retry-After", "UPSTREAM_RUNTIME_RATE_LIMIT"), "")
	r.none("calls of the quiet user that failed"+kinds(beside[0].Failures), beside[0].failures(), "")
	r.note("quiet user alone", alone[0].String(), "median 0.5 ms")
	r.note("quiet user beside the flood", beside[0].String(), "median 68 ms")
	r.note("a bare net/http server alone", alone[1].String(), "")
	medianAlone, medianBeside := quantile(alone[0].Took, 0.5), quantile(beside[0].Took, 0.5)
	noise := quantile(beside[2].Took, 0.5)
	r.within("quiet user's median", medianBeside, "68 ms", 5*time.Millisecond+2*medianAlone+noise, 50*time.Millisecond+noise)
	most := g.concurrent(noisy)
	r.must("requests of one token at a time", fmt.Sprint(most), "501", "at most 64", most <= 64)
	r.health(beside[1], beside[2], "")
	return nil
}
