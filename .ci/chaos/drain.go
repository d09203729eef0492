package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
)

// drain stops workers under callers that keep their connections.
func drain(l *lab, r *report) error {
	args := []string{"--drain", "10s"}
	lame := 500 * time.Millisecond
	if l.has("--lame-duck") {
		args = append(args, "--lame-duck", lame.String())
	} else {
		r.note("lame duck", "there is no --lame-duck", "")
	}
	for _, heed := range []bool{true, false} {
		var answered, cut, refused, turnedAway int
		var slowest time.Duration
		const rounds = 6
		ended := 0
		for range rounds {
			s, err := l.stopUnder(args, heed)
			if err != nil {
				return err
			}
			answered += s.answered
			cut += s.cut
			refused += s.refused
			turnedAway += s.turnedAway
			slowest = max(slowest, s.stopping)
			if s.clean {
				ended++
			}
		}
		what := "callers that never look at health: "
		if heed {
			what = "callers that leave when health says so: "
		}
		r.note(what+"calls answered", fmt.Sprint(answered), "")
		r.none(what+"requests cut off", cut, "up to 10")
		r.none(what+"answers of 5xx", turnedAway, "")
		if heed {
			r.none(what+"connections refused", refused, "")
		} else {
			r.note(what+"connections refused, after the end", fmt.Sprint(refused), "")
		}
		r.must(what+"ends with status 0", fmt.Sprintf("%d of %d", ended, rounds), "", "all", ended == rounds)
		r.within(what+"from SIGTERM to the end", slowest, "", lame+2*time.Second, 12*time.Second)
	}
	return nil
}

type stopped struct {
	answered, cut, refused, turnedAway int
	clean                              bool
	stopping                           time.Duration
}

// stopUnder sends SIGTERM to a worker under 20 callers that call without pause on
// connections they keep. With heed they stop, as those behind a load balancer
// do, when health no longer answers 200; else they go on until nobody answers.
func (l *lab) stopUnder(args []string, heed bool) (s stopped, err error) {
	g, err := newGateway()
	if err != nil {
		return s, err
	}
	defer g.close()
	p, err := l.start(launch{upstream: g.url(), args: args})
	if err != nil {
		return s, err
	}
	defer p.stop()
	e := l.newEngine(p, true)
	var answered, cut, refused, turnedAway atomic.Int64
	var leave atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(20, func(i int) {
			user := fmt.Sprintf("sandbox;latency=%dms", 1+i)
			for !leave.Load() {
				switch o := e.do(context.Background(), listProjects(user)); {
				case errors.Is(o.err, syscall.ECONNREFUSED):
					refused.Add(1)
					return
				case o.err != nil:
					cut.Add(1)
				case o.status >= 500:
					turnedAway.Add(1)
				default:
					answered.Add(1)
				}
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
	s.stopping = time.Since(start)
	leave.Store(true)
	<-done
	s.answered, s.cut, s.refused, s.turnedAway = int(answered.Load()), int(cut.Load()), int(refused.Load()), int(turnedAway.Load())
	s.clean = !p.alive() && p.cmd.ProcessState.ExitCode() == 0
	return s, nil
}
