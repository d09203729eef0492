// Package redistest lets tests run against a real redis-server.
package redistest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"arcade-atlassian/tools/freeport"
)

// Password is that of every Server.
const Password = "correct-horse"

// Server is a redis-server on this machine, with nothing in it.
type Server struct {
	address string
	dir     string
	cmd     *exec.Cmd
}

// Start starts a server that ends with the test. Without the program the test
// is skipped, unless REQUIRE_REDIS is set.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("REQUIRE_REDIS") != "" {
			t.Fatal(err)
		}
		t.Skip("redis-server is not installed: nothing is tested against Redis")
	}
	s := &Server{address: FreeAddress(t), dir: t.TempDir()}
	s.Restart(t)
	t.Cleanup(func() { s.Kill(t) })
	return s
}

// FreeAddress is one on this machine where nothing listens.
func FreeAddress(t testing.TB) string {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// Restart starts a server that was killed, empty, and waits until it listens.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	host, port, _ := strings.Cut(s.address, ":")
	s.cmd = exec.CommandContext(context.Background(), "redis-server", "--port", port, "--bind", host,
		"--dir", s.dir, "--save", "", "--appendonly", "no", "--requirepass", Password)
	var out bytes.Buffer
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, "redis-server listens", func() bool {
		c, err := net.DialTimeout("tcp", s.address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// Address is where the server listens.
func (s *Server) Address() string { return s.address }

// URL has the address and the password.
func (s *Server) URL() string { return "redis://:" + Password + "@" + s.address }

// Kill ends the server at once.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.Signal(t, syscall.SIGKILL)
	_ = s.cmd.Wait() // that it was killed
}

// Signal sends the server a signal.
func (s *Server) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil && s.cmd.ProcessState == nil {
		t.Fatal(err)
	}
}

// Monitor begins to listen to all that the server is told. heard ends it and
// returns every command until then, as Redis quotes them.
func (s *Server) Monitor(t testing.TB) (heard func() string) {
	t.Helper()
	c := s.login(t)
	s.tell(t, c, "MONITOR")
	var mu sync.Mutex
	var all bytes.Buffer
	var listening sync.WaitGroup
	listening.Go(func() {
		_, _ = io.Copy(writerFunc(func(b []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return all.Write(b)
		}), c)
	})
	text := func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
	stop := sync.OnceFunc(func() {
		_ = c.Close()
		listening.Wait()
	})
	t.Cleanup(stop)
	return func() string {
		t.Helper()
		last := rand.Text()
		other := s.login(t)
		_, _ = fmt.Fprintf(other, "ECHO %s\r\n", last)
		Eventually(t, "the monitor has heard all", func() bool { return strings.Contains(text(), last) })
		_ = other.Close()
		stop()
		return text()
	}
}

func (s *Server) login(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.address, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	s.tell(t, c, "AUTH "+Password)
	return c
}

// tell sends a command that is answered "OK".
func (s *Server) tell(t testing.TB, c net.Conn, command string) {
	t.Helper()
	_, err := fmt.Fprintf(c, "%s\r\n", command)
	reply := make([]byte, len("+OK\r\n"))
	if err == nil {
		_, err = io.ReadFull(c, reply)
	}
	if err != nil || string(reply) != "+OK\r\n" {
		t.Fatalf("redis-server replies %q, %v", reply, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// Eventually waits for something that takes a moment, for a minute at most.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
