package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// engine calls a worker as Arcade's does.
type engine struct {
	client *http.Client
	url    string
	token  string
}

// newEngine keeps connections, or opens one for each call.
func (l *lab) newEngine(p *process, keep bool) *engine {
	return &engine{
		url: p.url, token: l.token,
		client: &http.Client{
			Timeout:   60 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: 20_000, DisableKeepAlives: !keep, DisableCompression: true},
		},
	}
}

func (e *engine) close() { e.client.CloseIdleConnections() }

// call is one tool call.
type call struct {
	tool      string // "Jira.ListProjects"
	inputs    any
	user      string // the sandbox's token
	execution string
}

var executions atomic.Int64

// newExecution is an execution id that no other call has.
func newExecution() string {
	return fmt.Sprintf("chaos-%d-%d", time.Now().UnixNano(), executions.Add(1))
}

func (c call) body() []byte {
	toolkit, name, _ := strings.Cut(c.tool, ".")
	if c.execution == "" {
		c.execution = newExecution()
	}
	body, err := json.Marshal(map[string]any{
		"execution_id": c.execution,
		"tool":         map[string]string{"toolkit": toolkit, "name": name},
		"inputs":       c.inputs,
		"context":      map[string]any{"authorization": map[string]string{"token": c.user}, "user_id": c.user},
	})
	if err != nil { // of maps of strings and what was read from JSON
		return nil
	}
	return body
}

// listProjects is a cheap call.
func listProjects(user string) call {
	return call{tool: "Jira.ListProjects", inputs: map[string]any{"query": "plat", "limit": 10}, user: user}
}

// outcome is what the caller got.
type outcome struct {
	err        error // of the connection: no answer
	status     int
	retryAfter string
	took       time.Duration
	answer
}

// answer is the part of a call's answer that is looked at.
type answer struct {
	Success bool `json:"success"`
	Output  struct {
		Value json.RawMessage `json:"value"`
		Error *struct {
			Kind         string  `json:"kind"`
			Message      string  `json:"message"`
			CanRetry     bool    `json:"can_retry"`
			Prompt       *string `json:"additional_prompt_content"`
			RetryAfterMS *int64  `json:"retry_after_ms"`
		} `json:"error"`
	} `json:"output"`
}

// do makes a call.
func (e *engine) do(ctx context.Context, c call) outcome { return e.send(ctx, c.body()) }

// send posts a body to the route of calls.
func (e *engine) send(ctx context.Context, body []byte) (o outcome) {
	start := time.Now()
	defer func() { o.took = time.Since(start) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+"/worker/tools/invoke", bytes.NewReader(body))
	if err != nil {
		return outcome{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+e.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := e.client.Do(req)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	o.status, o.retryAfter = res.StatusCode, res.Header.Get("Retry-After")
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		o.err = err
		return o
	}
	if res.StatusCode == http.StatusOK {
		o.err = json.Unmarshal(raw, &o.answer)
	}
	return o
}

// refused reports whether the call was turned away as it should be: with 503
// and a time to come back.
func (o outcome) refused() bool {
	return o.err == nil && o.status == http.StatusServiceUnavailable && o.retryAfter != ""
}

// waits is how long the answer asks to stay away, and at most a second; zero when
// it does not ask.
func (o outcome) waits() time.Duration {
	switch {
	case o.refused():
		return time.Second
	case o.err == nil && o.Output.Error != nil && o.Output.Error.RetryAfterMS != nil:
		return min(time.Duration(*o.Output.Error.RetryAfterMS)*time.Millisecond, time.Second)
	}
	return 0
}

// name sorts an outcome.
func (o outcome) name() string {
	switch {
	case o.err != nil:
		return lost(o.err)
	case o.refused():
		return "503 with Retry-After"
	case o.status != http.StatusOK:
		return fmt.Sprint(o.status)
	case o.Success:
		return "success"
	case o.Output.Error != nil:
		return o.Output.Error.Kind
	default:
		return "neither success nor error"
	}
}

// lost names a failure of a connection.
func lost(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		return "connection closed"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	default:
		return "lost: " + err.Error()
	}
}

// tally counts outcomes by name.
type tally struct {
	mu   sync.Mutex
	n    map[string]int
	took []time.Duration
}

func newTally() *tally { return &tally{n: map[string]int{}} }

func (t *tally) add(o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n[o.name()]++
	t.took = append(t.took, o.took)
}

// of is how many outcomes have one of the names.
func (t *tally) of(names ...string) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		n += t.n[name]
	}
	return n
}

func (t *tally) total() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.n {
		n += c
	}
	return n
}

// others is what is there besides the names.
func (t *tally) others(names ...string) int { return t.total() - t.of(names...) }

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, name := range byCount(t.n) {
		parts = append(parts, fmt.Sprintf("%d %s", t.n[name], name))
	}
	return strings.Join(parts, ", ")
}

// together makes calls at once, each on its own goroutine.
func together(n int, each func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			each(i)
		})
	}
	close(begin)
	all.Wait()
}

// repeatedly lets callers act again and again until the time is over.
func repeatedly(callers int, during time.Duration, each func(caller, turn int)) {
	end := time.Now().Add(during)
	together(callers, func(caller int) {
		for turn := 0; time.Now().Before(end); turn++ {
			each(caller, turn)
		}
	})
}
