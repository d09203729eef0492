package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// strangers hold connections without ever saying who they are.
func strangers(l *lab, r *report) error {
	const (
		silent = 1000
		slow   = 500 // send a header byte by byte
		idle   = 500 // asked for health and keep their connection
	)
	scene, err := l.newScene(launch{}, true)
	if err != nil {
		return err
	}
	defer scene.end()
	p, e := scene.process, scene.engine
	e.do(context.Background(), listProjects("sandbox"))
	files := p.openFiles()

	begin := time.Now()
	var open atomic.Int64
	var mu sync.Mutex
	var held []time.Duration
	quit := make(chan struct{})
	var all sync.WaitGroup
	for i := range silent + slow + idle {
		all.Go(func() {
			conn, err := net.DialTimeout("tcp", p.addr, 10*time.Second)
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			open.Add(1)
			dialed := time.Now()
			gone := make(chan struct{})
			go func() {
				_, _ = io.Copy(io.Discard, conn) // until the worker ends it
				close(gone)
			}()
			switch {
			case i >= silent+slow:
				_, _ = conn.Write([]byte("GET /worker/health HTTP/1.1\r\nHost: x\r\n\r\n"))
			case i >= silent:
				_, _ = conn.Write([]byte("GET /worker/health HTTP/1.1\r\nHost: x\r\nX-Slow: "))
			}
			ticker := time.NewTicker(time.Second)
			defer ticker.Stop()
			for {
				select {
				case <-gone:
					open.Add(-1)
					mu.Lock()
					held = append(held, time.Since(dialed))
					mu.Unlock()
					return
				case <-quit:
					return
				case <-ticker.C:
					if i >= silent && i < silent+slow {
						_, _ = conn.Write([]byte("x"))
					}
				}
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	w, err := l.watch(healthOf(p))
	if err != nil {
		return err
	}
	atOnce := p.openFiles()
	outcomes := newTally()
	fresh := l.newEngine(p, false)
	repeatedly(10, 5*time.Second, func(int, int) {
		outcomes.add(fresh.do(context.Background(), listProjects("sandbox")))
		time.Sleep(50 * time.Millisecond)
	})
	seen, err := w.end()
	if err != nil {
		return err
	}
	const most = 35 * time.Second
	for open.Load() > 0 && time.Since(begin) < most {
		time.Sleep(200 * time.Millisecond)
	}
	left := open.Load()
	close(quit)
	all.Wait()
	r.note("strangers", fmt.Sprintf("%d silent, %d slow, %d idle; descriptors %d before, %d then", silent, slow, idle, files, atOnce), "")
	r.must("calls beside them", outcomes.String(), "", "some succeed, the others 503 with Retry-After",
		outcomes.of("success") > 0 && outcomes.others("success", "503 with Retry-After") == 0)
	r.health(seen[0], seen[1], "")
	r.must("strangers that still hold a connection after "+short(most), fmt.Sprint(left), "", "0", left == 0)
	r.note("they held one for", fmt.Sprintf("p50 %s, max %s", short(quantile(held, 0.5)), short(quantile(held, 1))), "")
	return nil
}
