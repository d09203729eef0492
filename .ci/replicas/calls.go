package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var client = &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

const user = "sandbox;user=ada" // the token, which is also the user's id here

// answer is what a caller got.
type answer struct {
	status  int
	body    string
	success bool
	unknown bool // it said that it does not know the outcome
	err     error
}

// lost reports whether the caller has no answer to the call.
func (a answer) lost() bool { return a.err != nil || a.status != http.StatusOK }

func body(user, tool, execution string, inputs map[string]any) string {
	b, _ := json.Marshal(map[string]any{ // of maps of strings
		"execution_id": execution, "tool": map[string]string{"toolkit": "Jira", "name": tool}, "inputs": inputs,
		"context": map[string]any{"user_id": user, "authorization": map[string]string{"token": user}},
	})
	return string(b)
}

var marks atomic.Int64

// creation is a call that creates an issue with a mark of its own.
func creation() (request, mark string) {
	mark = fmt.Sprintf("replica-mark-%d", marks.Add(1))
	return body(user, "CreateIssue", "execution-"+mark, map[string]any{"title": mark, "project": "PLAT", "issue_type": "Task"}), mark
}

func reading(user string) string {
	return body(user, "ListProjects", fmt.Sprintf("execution-%d", marks.Add(1)), map[string]any{"query": "plat"})
}

// send posts a call once.
func (l *lab) send(addr, request string) (a answer) {
	req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/worker/tools/invoke", bytes.NewReader([]byte(request)))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	res, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	a = answer{status: res.StatusCode, body: string(raw), err: err}
	a.success = strings.Contains(a.body, `"success":true`)
	a.unknown = strings.Contains(a.body, "outcome is not known")
	return a
}

// tally is what became of the calls of a scenario.
type tally struct {
	mu                                  sync.Mutex
	calls, successes, lost, failed, unk int
	twice, never                        int
	example                             string
}

// engine calls as an Engine does: what got no answer is repeated with the same
// execution id, up to three times.
func (l *lab) engine(t *tally, request, mark string) {
	first := l.send(l.haproxy.addr, request)
	last := first
	for range 3 {
		if !last.lost() {
			break
		}
		last = l.send(l.haproxy.addr, request)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	switch {
	case first.lost():
		t.lost++
	case !first.success:
		t.failed++
	}
	switch {
	case last.success:
		t.successes++
	case last.unknown:
		t.unk++
	default:
		t.example = fmt.Sprintf("%d %.300s %v", last.status, last.body, last.err)
	}
	if mark == "" {
		return
	}
	switch n := l.gateway.times(mark); {
	case n > 1:
		t.twice++
	case n == 0 && last.success:
		t.never++
	}
}

// callers is how many calls are under way at once in a scenario.
const callers = 8

// under makes calls, half of them writes, while something happens, and some
// time before and after.
func (l *lab) under(happens func() error) (*tally, error) {
	var t tally
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range callers {
		wg.Go(func() {
			for turn := i; ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				if turn%2 == 0 {
					request, mark := creation()
					l.engine(&t, request, mark)
				} else {
					l.engine(&t, reading(user), "")
				}
			}
		})
	}
	time.Sleep(time.Second)
	err := happens()
	time.Sleep(time.Second)
	close(stop)
	wg.Wait()
	return &t, err
}
