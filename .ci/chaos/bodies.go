package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// bodies sends 50 of the largest bodies at once.
func bodies(l *lab, r *report) error {
	scene, err := l.newScene(launch{}, false)
	if err != nil {
		return err
	}
	defer scene.end()
	p, e := scene.process, scene.engine
	for range 200 {
		e.do(context.Background(), listProjects("sandbox"))
	}
	idle := p.rss()
	// One body for all, so that this program is not what needs the memory.
	body := largestBody(p.mostBody(l.token))
	outcomes := newTally()
	for range 3 {
		together(50, func(int) { outcomes.add(e.send(context.Background(), body)) })
	}
	peak := p.peak()
	r.note("body", mebibytes(int64(len(body))), "16 MiB")
	r.note("answers, of 3 times 50", outcomes.String(), "")
	r.none("calls neither done nor refused with 503 and Retry-After", outcomes.others("success", "503 with Retry-After"), "")
	r.must("successes", fmt.Sprint(outcomes.of("success")), "", "some", outcomes.of("success") > 0)
	r.must("peak of resident memory", mebibytes(peak), "3.7 GiB", "at most 768 MiB", peak <= 768<<20)

	kept, after := p.rss(), time.Duration(0)
	enough := idle + 64<<20
	for begin := time.Now(); kept > enough && time.Since(begin) < time.Minute; {
		time.Sleep(time.Second)
		kept, after = p.rss(), time.Since(begin)
	}
	r.note("resident when idle, before", mebibytes(idle), "")
	r.must("resident "+after.Round(time.Second).String()+" after the peak", mebibytes(kept), "294 MiB of 523", "within a minute at most 64 MiB more than before", kept <= enough)
	return nil
}

// largestBody attaches as large a file as the tool takes, in a body of size bytes.
func largestBody(size int) []byte {
	const largestFile = 10 << 20
	file := make([]byte, min(largestFile, (size-2000)/4*3))
	c := call{tool: "Jira.AttachFileToIssue", user: "sandbox", execution: newExecution(), inputs: map[string]any{
		"issue": "PLAT-1", "filename": "large.bin", "file_content_base64": base64.StdEncoding.EncodeToString(file),
	}}
	body := c.body()
	rest := fmt.Sprintf(`,"unknown":"%s"}`, strings.Repeat("x", max(0, size-len(body)-14)))
	return append(body[:len(body)-1], rest...)
}
