package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// logs lets the reader of standard error stop reading, and die.
func logs(l *lab, r *report) error {
	const calls = 4000
	for _, dead := range []bool{false, true} {
		g, err := newGateway()
		if err != nil {
			return err
		}
		read, write, err := os.Pipe()
		if err != nil {
			return err
		}
		p, err := l.start(launch{upstream: g.url(), stderr: write})
		if err != nil {
			return err
		}
		_ = write.Close() // the worker has its own
		if dead {
			_ = read.Close()
		}
		e := l.newEngine(p, true)
		var answered, made atomic.Int64
		var stuck atomic.Bool
		together(8, func(int) {
			for !stuck.Load() && made.Add(1) <= calls {
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
				o := e.do(ctx, listProjects("sandbox"))
				cancel()
				if !o.Success {
					stuck.Store(true)
					return
				}
				answered.Add(1)
			}
		})
		what, before := "nobody reads: ", "240"
		if dead {
			what, before = "the reader died: ", "the worker died"
		}
		r.must(what+"calls that succeed", fmt.Sprint(answered.Load()), before, fmt.Sprint(calls), answered.Load() == calls)
		r.must(what+"the worker afterwards", fmt.Sprintf("running: %v", p.alive() && p.healthy()), "", "running", p.alive() && p.healthy())
		if !dead {
			_ = read.Close()
		}
		p.stop()
		g.close()
	}
	return nil
}
