package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// health is asked while users flood, strangers forge tokens and large bodies come.
func health(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	p, e := scene.process, scene.engine
	w, err := l.watch(healthOf(p))
	if err != nil {
		return err
	}
	large := call{tool: "Jira.AttachFileToIssue", user: "sandbox", inputs: map[string]any{
		"issue": "PLAT-1", "filename": "large.txt", "file_content_str": strings.Repeat("text ", 400_000),
	}}.body()
	token := forgedToken(12 << 10)
	outcomes, refusals := newTally(), newTally()
	repeatedly(220, 6*time.Second, func(caller, _ int) {
		switch {
		case caller < 10:
			outcomes.add(e.send(context.Background(), large))
		case caller < 20:
			refusals.add(forge(e, token))
			time.Sleep(10 * time.Millisecond)
		default:
			o := e.do(context.Background(), listProjects(fmt.Sprintf("sandbox;latency=%dus", 20_000+caller%20)))
			outcomes.add(o)
			time.Sleep(o.waits())
		}
	})
	seen, err := w.end()
	if err != nil {
		return err
	}
	r.note("answers", outcomes.String(), "")
	r.note("answers to forged tokens", refusals.String(), "")
	r.none("forged tokens that were not refused", refusals.others("401", "431"), "")
	r.health(seen[0], seen[1], "")
	return nil
}

// forge calls with a token that nobody signed.
func forge(e *engine, token string) outcome {
	forged := *e
	forged.token = token
	return forged.send(context.Background(), []byte(`{}`))
}
