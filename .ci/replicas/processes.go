package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"arcade-atlassian/tools/freeport"
)

const (
	secret   = "a-secret-of-these-replicas-with-52-characters-......"
	password = "a-password-of-redis"
)

// process is a program that this one has started.
type process struct {
	name  string
	args  []string
	env   []string
	addr  string // where it listens
	cmd   *exec.Cmd
	ended chan struct{}
	log   *os.File
}

// start starts the program and waits until it listens.
func (p *process) start() error {
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = append(os.Environ(), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.ended = ended
	go func() {
		_ = p.cmd.Wait() // however it ends
		close(ended)
	}()
	return eventually(p.name+" listens", func() bool {
		c, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// end sends a signal and waits for the end.
func (p *process) end(sig syscall.Signal) error {
	if p.cmd == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		return fmt.Errorf("%s did not end within 30 s", p.name)
	}
}

// eventually waits up to 30 s for something.
func eventually(what string, done func() bool) error {
	for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		if done() {
			return nil
		}
	}
	return fmt.Errorf("not within 30 s: %s", what)
}

// lab is everything that runs.
type lab struct {
	gateway *gateway
	redis   *process
	workers []*process
	haproxy *process
	token   string
	dir     string
	log     *os.File
}

// newLab starts everything. It is to be closed in any case.
func newLab(binary, config string) (l *lab, err error) {
	l = &lab{gateway: newGateway()}
	if l.dir, err = os.MkdirTemp("", "replicas"); err != nil {
		return l, err
	}
	if l.log, err = os.Create(l.dir + "/log"); err != nil {
		return l, err
	}
	jwt := exec.Command(binary, "jwt", "--ttl", "1h")
	jwt.Env = append(os.Environ(), "ARCADE_WORKER_SECRET="+secret)
	token, err := jwt.Output()
	if err != nil {
		return l, fmt.Errorf("jwt: %w", err)
	}
	l.token = strings.TrimSpace(string(token))

	port, err := freeport.Take()
	if err != nil {
		return l, err
	}
	l.redis = &process{name: "redis-server", addr: "127.0.0.1:" + port, log: l.log, args: []string{
		"redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", l.dir, "--save", "", "--appendonly", "no", "--requirepass", password,
	}}
	if err := l.redis.start(); err != nil {
		return l, err
	}
	env := []string{}
	for i := range 3 {
		port, err := freeport.Take()
		if err != nil {
			return l, err
		}
		w := &process{
			name: fmt.Sprintf("worker %d", i+1), addr: "127.0.0.1:" + port, log: l.log,
			args: []string{binary, "serve", "--port", port, "--atlassian-url", l.gateway.server.URL, "--log-format", "json", "--lame-duck", "2s"},
			env:  []string{"ARCADE_WORKER_SECRET=" + secret, "ARCADE_WORKER_SHARED=redis://:" + password + "@" + l.redis.addr},
		}
		l.workers = append(l.workers, w)
		if err := w.start(); err != nil {
			return l, err
		}
		env = append(env, fmt.Sprintf("WORKER_%d=%s", i+1, w.addr))
	}
	if port, err = freeport.Take(); err != nil {
		return l, err
	}
	l.haproxy = &process{name: "haproxy", addr: "127.0.0.1:" + port, log: l.log, args: []string{"haproxy", "-db", "-f", config}, env: append(env, "LISTEN=127.0.0.1:"+port)}
	if err := l.haproxy.start(); err != nil {
		return l, err
	}
	return l, l.allUp()
}

// allUp waits until haproxy sends calls to all workers.
func (l *lab) allUp() error {
	for _, w := range l.workers {
		if err := eventually(w.name+" is healthy", func() bool {
			res, err := http.Get("http://" + w.addr + "/worker/health")
			if err != nil {
				return false
			}
			return res.Body.Close() == nil && res.StatusCode == http.StatusOK
		}); err != nil {
			return err
		}
	}
	time.Sleep(1500 * time.Millisecond) // two checks, of which haproxy needs one more than it has made
	return nil
}

func (l *lab) close() {
	for _, p := range append([]*process{l.haproxy, l.redis}, l.workers...) {
		if p != nil {
			_ = p.end(syscall.SIGKILL)
		}
	}
	l.gateway.server.Close()
	_ = l.log.Close()
	_ = os.RemoveAll(l.dir)
}

// monitor hears everything that Redis is told, until it is stopped.
func (l *lab) monitor() (stop func() string, err error) {
	c, err := net.Dial("tcp", l.redis.addr)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "AUTH %s\r\nMONITOR\r\n", password); err != nil {
		return nil, err
	}
	var heard strings.Builder
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(&heard, bufio.NewReader(c)) })
	return func() string {
		time.Sleep(100 * time.Millisecond)
		_ = c.Close()
		wg.Wait()
		return heard.String()
	}, nil
}
