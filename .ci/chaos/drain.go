package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

// drain stops workers under callers that keep their connections.
func drain(l *lab, r *report) error {
	args := []string{"--drain", "10s"}
	const lame = 2 * time.Second
	if l.has("--lame-duck") {
		args = append(args, "--lame-duck", lame.String())
	} else {
		r.note("lame duck", "there is no --lame-duck", "")
	}
	for _, heed := range []bool{true, false} {
		const rounds = 3
		var all stopping
		ended := 0
		for range rounds {
			s, err := l.stopUnder(args, heed)
			if err != nil {
				return err
			}
			all.answered += s.answered
			all.cutKept += s.cutKept
			all.cutNew += s.cutNew
			all.refused += s.refused
			all.turnedAway += s.turnedAway
			all.took = max(all.took, s.took)
			if s.clean {
				ended++
			}
		}
		what := "callers that never look at health: "
		if heed {
			what = "callers that leave when health says so: "
		}
		r.note(what+"calls answered", fmt.Sprint(all.answered), "")
		r.none(what+"requests cut off on connections that were kept", all.cutKept, "up to 10")
		r.none(what+"answers of 5xx", all.turnedAway, "")
		if heed {
			r.none(what+"requests cut off on new connections", all.cutNew, "")
			r.none(what+"connections refused", all.refused, "")
		} else {
			// Who connects in the moment in which the listener closes is reset by the
			// kernel, whatever the program does.
			r.note(what+"new connections reset, refused, at the end", fmt.Sprintf("%d, %d", all.cutNew, all.refused), "")
		}
		r.must(what+"ends with status 0", fmt.Sprintf("%d of %d", ended, rounds), "", "all", ended == rounds)
		r.within(what+"from SIGTERM to the end", all.took, "", lame+2*time.Second, 12*time.Second)
	}
	return nil
}

// stopping is what callers saw of a worker's end.
type stopping struct {
	answered, turnedAway     int
	cutKept, cutNew, refused int
	clean                    bool
	took                     time.Duration
}

// stopUnder sends SIGTERM to a worker under 20 callers that call steadily on
// connections they keep. With heed they stop, as those behind a load balancer
// do, when health no longer answers 200; else they go on until nobody answers.
func (l *lab) stopUnder(args []string, heed bool) (s stopping, err error) {
	scene, err := l.newScene(launch{args: args}, true)
	if err != nil {
		return s, err
	}
	defer scene.end()
	p, e := scene.process, scene.engine
	var answered, turnedAway, cutKept, cutNew, refused atomic.Int64
	var leave atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(20, func(i int) {
			user := fmt.Sprintf("sandbox;latency=%dms", 1+i)
			for !leave.Load() {
				kept := false
				ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
					GotConn: func(c httptrace.GotConnInfo) { kept = c.Reused },
				})
				switch o := e.do(ctx, listProjects(user)); {
				case errors.Is(o.err, syscall.ECONNREFUSED):
					refused.Add(1)
					return
				case o.err != nil && kept:
					cutKept.Add(1)
				case o.err != nil:
					cutNew.Add(1)
				case o.status >= 500:
					turnedAway.Add(1)
				default:
					answered.Add(1)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}()
	time.Sleep(400 * time.Millisecond)
	p.signal(syscall.SIGTERM)
	start := time.Now()
	for p.alive() && time.Since(start) < 15*time.Second {
		if heed && !p.healthy() {
			leave.Store(true)
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.took = time.Since(start)
	leave.Store(true)
	<-done
	s.answered, s.turnedAway = int(answered.Load()), int(turnedAway.Load())
	s.cutKept, s.cutNew, s.refused = int(cutKept.Load()), int(cutNew.Load()), int(refused.Load())
	s.clean = !p.alive() && p.cmd.ProcessState.ExitCode() == 0
	return s, nil
}
