package main

import (
	"context"
	"syscall"
	"time"
)

// hangup sends SIGHUP, as a terminal that closes or an operator does.
func hangup(l *lab, r *report) error {
	g, err := newGateway()
	if err != nil {
		return err
	}
	defer g.close()
	p, err := l.start(launch{upstream: g.url()})
	if err != nil {
		return err
	}
	defer p.stop()
	for range 3 {
		p.signal(syscall.SIGHUP)
		time.Sleep(100 * time.Millisecond)
	}
	if p.waitEnd(300 * time.Millisecond) {
		r.must("after SIGHUP", "the worker ended", "ended", "running", false)
		return nil
	}
	o := l.newEngine(p, false).do(context.Background(), listProjects("sandbox"))
	r.must("after SIGHUP", "a call: "+o.name(), "ended", "success", o.Success)
	return nil
}
