package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"arcade-atlassian/tools/freeport"
)

// target is a request that a probe makes again and again.
type target struct {
	Name   string
	Method string
	URL    string
	Header http.Header
	Body   string
	Want   string        // in a good answer
	Every  time.Duration // from the beginning of one to that of the next
	Keep   bool          // connections, instead of a new one for each request
}

// seen is what a probe saw of a target.
type seen struct {
	Took     []time.Duration
	Failures map[string]int
}

func (s seen) failures() (n int) {
	for _, c := range s.Failures {
		n += c
	}
	return n
}

func (s seen) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, max %s", short(quantile(s.Took, 0.5)), short(quantile(s.Took, 0.99)), short(quantile(s.Took, 1)))
}

// probe asks targets until its input ends, and then tells how long they took. It
// is a process of its own, because the one that makes the load is too busy to
// look at a clock in time.
func probe(in io.Reader, out io.Writer) error {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -10) // where it may; what is measured is not to wait for who measures
	decoder := json.NewDecoder(in)
	var targets []target
	if err := decoder.Decode(&targets); err != nil {
		return err
	}
	stop := make(chan struct{})
	results := make([]seen, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() { results[i] = t.ask(stop) })
	}
	var end struct{}
	if err := decoder.Decode(&end); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the targets: %w", err)
	}
	close(stop)
	all.Wait()
	return json.NewEncoder(out).Encode(results)
}

// ask does not wait for one answer before it asks again: a server that stalls
// would be asked less while it does.
func (t target) ask(stop <-chan struct{}) seen {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: !t.Keep, MaxIdleConnsPerHost: 100}}
	var mu sync.Mutex
	s := seen{Failures: map[string]int{}}
	var all sync.WaitGroup
	ticker := time.NewTicker(cmp.Or(t.Every, 20*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			all.Wait()
			return s
		case <-ticker.C:
			all.Go(func() {
				start := time.Now()
				failure := t.once(client)
				took := time.Since(start)
				mu.Lock()
				defer mu.Unlock()
				s.Took = append(s.Took, took)
				if failure != "" {
					s.Failures[failure]++
				}
			})
		}
	}
}

func (t target) once(client *http.Client) (failure string) {
	req, err := http.NewRequest(t.Method, t.URL, strings.NewReader(t.Body))
	if err != nil {
		return err.Error()
	}
	req.Header = t.Header.Clone()
	res, err := client.Do(req)
	if err != nil {
		return lost(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return lost(err)
	case res.StatusCode != http.StatusOK:
		return fmt.Sprint(res.StatusCode)
	case !bytes.Contains(body, []byte(t.Want)):
		return "another answer"
	}
	return ""
}

// serveBare is what a machine under load makes of net/http's own server with one
// answer: the noise that health is compared with.
func serveBare(in io.Reader, out io.Writer) error {
	port, err := freeport.Take()
	if err != nil {
		return err
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"ok"}`)
	})}
	if _, err := fmt.Fprintln(out, server.Addr); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in) // ends with who started it
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// watch is a probe under way.
type watch struct {
	probe, bare *exec.Cmd
	stdin       []io.Closer
	out         bytes.Buffer
}

// watch begins to ask the targets and, as the last, a bare server.
func (l *lab) watch(targets ...target) (*watch, error) {
	w := &watch{bare: exec.Command(l.self, "bare"), probe: exec.Command(l.self, "probe")}
	w.probe.Stderr, w.probe.Stdout = os.Stderr, &w.out
	bareIn, err := w.bare.StdinPipe()
	if err != nil {
		return nil, err
	}
	bareOut, err := w.bare.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.bare.Start(); err != nil {
		return nil, err
	}
	var addr string
	if _, err := fmt.Fscanln(bareOut, &addr); err != nil {
		return nil, err
	}
	in, err := w.probe.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := w.probe.Start(); err != nil {
		return nil, err
	}
	w.stdin = []io.Closer{in, bareIn}
	return w, json.NewEncoder(in).Encode(append(targets, target{Name: "bare", Method: http.MethodGet, URL: "http://" + addr, Want: "ok"}))
}

// end returns what was seen, in the order of the targets, and of the bare
// server at last.
func (w *watch) end() ([]seen, error) {
	_ = w.stdin[0].Close()
	err := w.probe.Wait()
	_ = w.stdin[1].Close()
	_ = w.bare.Wait()
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	var all []seen
	return all, json.Unmarshal(w.out.Bytes(), &all)
}

func healthOf(p *process) target {
	return target{Name: "health", Method: http.MethodGet, URL: p.url + "/worker/health", Want: `"status":"ok"`}
}

// health adds the figures of health under load, and of the bare server beside it.
func (r *report) health(h, bare seen, before string) {
	r.none("health checks that failed"+kinds(h.Failures), h.failures(), "")
	r.note("health meanwhile", fmt.Sprintf("%s, of %d", h, len(h.Took)), "")
	r.note("a bare net/http server beside it", bare.String(), "")
	most := 250*time.Millisecond + 3*quantile(bare.Took, 0.99)
	r.within("health p99", quantile(h.Took, 0.99), before, 50*time.Millisecond, most)
}

func kinds(n map[string]int) string {
	if len(n) == 0 {
		return ""
	}
	return " (" + strings.Join(byCount(n), ", ") + ")"
}
