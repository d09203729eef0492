// Replicas runs three workers behind haproxy with one Redis and a sandbox behind
// them, lets parts of that fail, and prints what was lost and what was done
// twice. It ends with 1 when a bound is broken.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: replicas WORKER HAPROXY_CONFIG")
		os.Exit(2)
	}
	broken, err := run(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(2)
	}
	if broken > 0 {
		fmt.Printf("%d bounds are broken\n", broken)
		os.Exit(1)
	}
}

func run(binary, config string) (broken int, err error) {
	l, err := newLab(binary, config)
	defer l.close()
	if err != nil {
		return 0, err
	}
	fmt.Printf("%-46s %6s %9s %5s %7s %7s %6s  %s\n", "three workers, haproxy, redis-server", "calls", "successes", "lost", "failed", "unknown", "twice", "bound")
	for _, s := range []struct {
		name string
		run  func(*lab) (*tally, error)
		bound
	}{
		{"a write repeated at another replica", (*lab).repeated, bound{"all succeed, 0 twice", func(t *tally) bool { return t.lost+t.failed == 0 && t.successes == t.calls }}},
		{"a write repeated while it runs", (*lab).repeatedWhileRunning, bound{"all succeed, 0 twice", func(t *tally) bool { return t.lost+t.failed == 0 && t.successes == t.calls }}},
		{"one token's sites at three replicas", (*lab).sites, bound{"all succeed, listed once by all", func(t *tally) bool { return t.lost+t.failed == 0 && t.successes == t.calls }}},
		{"one 429 cools all", (*lab).cooled, bound{"no more requests at the two others", func(t *tally) bool { return t.never == 0 && t.successes == t.calls }}},
		{"kill -9 a replica under load", (*lab).killed, bound{fmt.Sprintf("at most the %d under way are lost, 0 twice", callers), func(t *tally) bool { return t.lost <= callers && t.failed == 0 }}},
		{"SIGTERM a replica under load", (*lab).drained, bound{"0 lost", func(t *tally) bool { return t.lost+t.failed+t.unk == 0 && t.successes == t.calls }}},
		{"kill -9 Redis under load, and start it again", (*lab).redisKilled, bound{"0 lost, sharing again", func(t *tally) bool { return t.lost+t.failed+t.unk == 0 && t.successes == t.calls }}},
	} {
		t, err := s.run(l)
		if err != nil {
			return broken, fmt.Errorf("%s: %w", s.name, err)
		}
		verdict := s.text
		if !s.holds(t) || t.twice > 0 || t.successes+t.unk != t.calls {
			verdict = "BROKEN: " + verdict + " " + t.example
			broken++
		}
		fmt.Printf("%-46s %6d %9d %5d %7d %7d %6d  %s\n", s.name, t.calls, t.successes, t.lost, t.failed, t.unk, t.twice, verdict)
	}
	return broken, nil
}

// bound is what must hold of a scenario, besides that nothing is done twice.
type bound struct {
	text  string
	holds func(*tally) bool
}

// note counts a call that was answered.
func (t *tally) note(a answer) {
	t.calls++
	switch {
	case a.lost():
		t.lost++
	case a.success:
		t.successes++
	case a.unknown:
		t.unk++
	default:
		t.failed++
	}
	if !a.success {
		t.example = fmt.Sprintf("%d %.300s %v", a.status, a.body, a.err)
	}
}

func (l *lab) repeated() (*tally, error) {
	stop, err := l.monitor()
	if err != nil {
		return nil, err
	}
	var t tally
	for i := range 10 {
		request, mark := creation()
		first, second := l.send(l.workers[i%3].addr, request), l.send(l.workers[(i+1)%3].addr, request)
		t.note(first)
		t.note(second)
		if first.body != second.body || l.gateway.times(mark) != 1 {
			t.twice++
			t.example = fmt.Sprintf("created %d times; first %.200s, then %.200s", l.gateway.times(mark), first.body, second.body)
		}
	}
	heard := stop()
	if !strings.Contains(heard, "atlassian-worker:1:") {
		return &t, errors.New("nothing was heard on Redis")
	}
	// Each is too long to come about by chance in what is encrypted.
	for _, sentinel := range []string{"replica-mark", "execution-", "sandbox", "user=ada", "Moreau", "PLAT-", secret, l.token} {
		if strings.Contains(heard, sentinel) {
			return &t, fmt.Errorf("%q reached Redis in clear", sentinel)
		}
	}
	return &t, nil
}

func (l *lab) repeatedWhileRunning() (*tally, error) {
	l.gateway.hold.Store(int64(time.Second))
	defer l.gateway.hold.Store(0)
	var t tally
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			request, mark := creation()
			first := make(chan answer, 1)
			go func() { first <- l.send(l.workers[i%3].addr, request) }()
			time.Sleep(500 * time.Millisecond)
			second := l.send(l.workers[(i+1)%3].addr, request)
			one := <-first
			t.mu.Lock()
			defer t.mu.Unlock()
			t.note(one)
			t.note(second)
			if one.body != second.body || l.gateway.times(mark) != 1 {
				t.twice++
				t.example = fmt.Sprintf("created %d times; first %.200s, then %.200s", l.gateway.times(mark), one.body, second.body)
			}
		})
	}
	wg.Wait()
	return &t, nil
}

// sites makes calls for a user whom no replica knows. It counts as done twice what
// is listed after the first time.
func (l *lab) sites() (*tally, error) {
	const stranger = "sandbox;user=bob"
	var t tally
	listed := l.gateway.listed.Load()
	for range 3 {
		for _, w := range l.workers {
			t.note(l.send(w.addr, reading(stranger)))
		}
	}
	t.twice = int(l.gateway.listed.Load() - listed - 1)
	return &t, nil
}

// cooled lets one call meet a 429, and then makes calls at the other replicas.
func (l *lab) cooled() (*tally, error) {
	var t tally
	for _, w := range l.workers { // each knows the sites
		t.note(l.send(w.addr, reading(user)))
	}
	l.gateway.until.Store(time.Now().Add(3500 * time.Millisecond).UnixNano())
	refused := l.gateway.refused.Load()
	var wg sync.WaitGroup
	all := func(addr string) {
		wg.Go(func() {
			a := l.send(addr, reading(user))
			t.mu.Lock()
			defer t.mu.Unlock()
			t.note(a)
		})
	}
	all(l.workers[0].addr)
	if err := eventually("the gateway says 429", func() bool { return l.gateway.refused.Load() > refused }); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	before := l.gateway.refused.Load()
	for i := range 20 {
		all(l.workers[1+i%2].addr)
	}
	wg.Wait()
	t.never = int(l.gateway.refused.Load() - before)
	fmt.Printf("  requests that met a 429 in all: %d, of 20 calls at two other replicas: %d\n", l.gateway.refused.Load()-refused, t.never)
	return &t, nil
}

func (l *lab) killed() (*tally, error) {
	l.gateway.hold.Store(int64(200 * time.Millisecond))
	defer l.gateway.hold.Store(0)
	w := l.workers[0]
	t, err := l.under(func() error { return w.end(syscall.SIGKILL) })
	return t, errors.Join(err, w.start(), l.allUp())
}

func (l *lab) drained() (*tally, error) {
	w := l.workers[1]
	t, err := l.under(func() error { return w.end(syscall.SIGTERM) })
	return t, errors.Join(err, w.start(), l.allUp())
}

func (l *lab) redisKilled() (*tally, error) {
	t, err := l.under(func() error {
		if err := l.redis.end(syscall.SIGKILL); err != nil {
			return err
		}
		time.Sleep(2 * time.Second)
		return l.redis.start()
	})
	if err != nil {
		return t, err
	}
	return t, eventually("replicas share again", func() bool {
		request, mark := creation()
		for _, w := range l.workers {
			if l.send(w.addr, request).lost() {
				return false
			}
		}
		return l.gateway.times(mark) == 1
	})
}
