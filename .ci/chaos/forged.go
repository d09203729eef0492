package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// forgedToken is a token of about size bytes with claims that take long to read
// and a signature of somebody else.
func forgedToken(size int) string {
	encode := base64.RawURLEncoding.EncodeToString
	claims := `{"aud":"worker","ver":"1","x":[` + strings.Repeat("[],", size/3) + `0]}`
	return encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "." + encode(make([]byte, 32))
}

// forged lets 300 callers come with forged tokens, of the size that the foundation
// read and of the largest that a header may have now.
func forged(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	for _, size := range []int{986_000, 11_000} {
		token := forgedToken(size * 3 / 4)
		what := fmt.Sprintf("%d kB: ", len(token)/1000)
		p, err := l.start(launch{upstream: g.url()})
		if err != nil {
			return err
		}
		e := l.newEngine(p, true)
		e.do(context.Background(), listProjects("sandbox"))
		w, err := l.watch(healthOf(p))
		if err != nil {
			return err
		}
		before, outcomes := p.cpu(), newTally()
		var rounds atomic.Int64
		repeatedly(300, 4*time.Second, func(int, int) {
			outcomes.add(forge(e, token))
			rounds.Add(1)
			time.Sleep(100 * time.Millisecond)
		})
		cpu := p.cpu() - before
		seen, err := w.end()
		if err != nil {
			return err
		}
		r.note(what+"answers", outcomes.String(), "")
		// A server that refuses a header in the middle may close before the caller
		// has sent all of it, and the caller then sees a reset.
		r.none(what+"tokens that were not refused", outcomes.others("401", "431", "connection reset", "connection closed"), "")
		r.within(what+"CPU per refusal", cpu/time.Duration(max(1, rounds.Load())), "45 ms", 2*time.Millisecond, 10*time.Millisecond)
		r.must(what+"peak of resident memory", mebibytes(p.peak()), "2.3 GiB", "at most 256 MiB", p.peak() <= 256<<20)
		r.health(seen[0], seen[1], "7.3 s at most")
		p.stop()
	}
	return nil
}
