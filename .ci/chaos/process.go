package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"arcade-atlassian/tools/freeport"
)

const secret = "a-secret-for-this-run-of-chaos-with-52-characters-.."

// lab is what the scenarios share.
type lab struct {
	binary, self string
	token        string // as the Engine sends it
	help         string // of serve
	during       time.Duration
	calls        int
}

func newLab(binary string) (*lab, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	jwt := exec.Command(binary, "jwt", "--ttl", "12h")
	jwt.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret)
	token, err := jwt.Output()
	if err != nil {
		return nil, fmt.Errorf("jwt: %w", err)
	}
	help, err := exec.Command(binary, "serve", "--help").Output()
	if err != nil {
		return nil, fmt.Errorf("serve --help: %w", err)
	}
	return &lab{binary: binary, self: self, token: strings.TrimSpace(string(token)), help: string(help)}, nil
}

// has reports whether serve knows a flag.
func (l *lab) has(flag string) bool {
	return strings.Contains(l.help, " "+flag+"=") || strings.Contains(l.help, " "+flag+" ")
}

// launch says how a worker is started.
type launch struct {
	upstream    string
	args        []string
	env         []string
	descriptors int      // the limit of open files, when not the machine's
	stderr      *os.File // nil drops the log
}

// process is a running worker.
type process struct {
	cmd   *exec.Cmd
	url   string
	addr  string
	admin string // the address of pprof, empty without
	ended chan struct{}
	said  *tail
}

// start runs a worker and waits until it is healthy.
func (l *lab) start(how launch) (*process, error) {
	port, err := freeport.Take()
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--port", port, "--atlassian-url", how.upstream, "--log-format", "json"}, how.args...)
	p := &process{addr: "127.0.0.1:" + port, url: "http://127.0.0.1:" + port, ended: make(chan struct{}), said: &tail{}}
	if l.has("--admin-addr") {
		adminPort, err := freeport.Take()
		if err != nil {
			return nil, err
		}
		p.admin = "127.0.0.1:" + adminPort
		args = append(args, "--admin-addr", p.admin)
	}
	if how.descriptors > 0 {
		script := fmt.Sprintf(`ulimit -n %d; exec "$@"`, how.descriptors)
		p.cmd = exec.Command("sh", append([]string{"-c", script, "sh", l.binary}, args...)...)
	} else {
		p.cmd = exec.Command(l.binary, args...)
	}
	p.cmd.Env = append(append(os.Environ(), "ARCADE_WORKER_SECRET="+secret), how.env...)
	if how.stderr != nil {
		p.cmd.Stderr = how.stderr
	} else {
		p.cmd.Stderr = p.said
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked from its state
		close(p.ended)
	}()
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(2 * time.Millisecond) {
		if !p.alive() {
			return nil, fmt.Errorf("the worker ended: %s", p.said)
		}
		if p.healthy() {
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("the worker does not answer: %s", p.said)
}

// tail keeps the beginning of what a program says and drops the rest.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text.Len() < 4000 {
		t.text.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// healthy asks once, on a connection of its own.
func (p *process) healthy() bool {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(p.url + "/worker/health")
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode == http.StatusOK
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// stop kills the worker and waits for its end.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// waitEnd waits for the worker to end by itself.
func (p *process) waitEnd(most time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(most):
		return false
	}
}

func (p *process) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name)
}

// status is a line of /proc/PID/status, in bytes where it has a unit; 0 when
// the worker is gone.
func (p *process) status(line string) int64 {
	raw, err := os.ReadFile(p.proc("status"))
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(l, line+":"); ok {
			fields := strings.Fields(value)
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			if len(fields) > 1 && fields[1] == "kB" {
				n *= 1024
			}
			return n
		}
	}
	return 0
}

func (p *process) rss() int64  { return p.status("VmRSS") }
func (p *process) peak() int64 { return p.status("VmHWM") }

// mostBody is the size of the largest body that the worker takes, as it says
// itself when it refuses one.
func (p *process) mostBody(token string) int {
	conn, err := net.DialTimeout("tcp", p.addr, 5*time.Second)
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = fmt.Fprintf(conn, "POST /worker/tools/invoke HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", p.addr, token, 1<<30)
	go func() { // one that only says so when it has read too much gets that
		for range 2 << 10 {
			if _, err := conn.Write(blanks); err != nil {
				return
			}
		}
	}()
	said, _ := io.ReadAll(conn) // it may be reset in the end
	return int(after(strings.Replace(string(said), " bytes", "\n", 1), "larger than "))
}

// forgetPeak lets the peak begin anew at what is resident now.
func (p *process) forgetPeak() error { return os.WriteFile(p.proc("clear_refs"), []byte("5"), 0) }

// openFiles is the number of its descriptors.
func (p *process) openFiles() int {
	entries, _ := os.ReadDir(p.proc("fd"))
	return len(entries)
}

// cpu is the processor time used so far.
func (p *process) cpu() time.Duration {
	raw, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	const tick = time.Second / 100
	return time.Duration(user+system) * tick
}

// inside is what pprof tells about the worker.
type inside struct{ goroutines, heap int64 }

// look asks pprof after a garbage collection. Without it there is an error.
func (p *process) look() (inside, error) {
	if p.admin == "" {
		return inside{}, errors.New("there is no --admin-addr")
	}
	goroutines, err := fetch("http://" + p.admin + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return inside{}, err
	}
	heap, err := fetch("http://" + p.admin + "/debug/pprof/heap?gc=1&debug=1")
	if err != nil {
		return inside{}, err
	}
	return inside{after(goroutines, "goroutine profile: total "), after(heap, "# HeapAlloc = ")}, nil
}

func fetch(url string) (string, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, res.Status)
	}
	return string(raw), err
}

// after is the number behind a text.
func after(s, text string) int64 {
	_, rest, _ := strings.Cut(s, text)
	digits, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	return n
}
