package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
)

// password is that of the servers of tests.
const password = "correct-horse"

// server is a real redis-server with nothing in it.
type server struct {
	port int
	dir  string
	cmd  *exec.Cmd
}

// startServer starts a server that ends with the test. Without the program the
// test is skipped, unless REQUIRE_REDIS says that it must run.
func startServer(t *testing.T) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("REQUIRE_REDIS") == "true" {
			t.Fatal(err)
		}
		t.Skip("redis-server is not installed: nothing is tested against Redis")
	}
	s := &server{port: freePort(t), dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.kill(t) })
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}

// start starts the server, empty, and waits until it listens.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.CommandContext(context.Background(), "redis-server", "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1",
		"--dir", s.dir, "--save", "", "--appendonly", "no", "--requirepass", password)
	var out bytes.Buffer
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "redis-server listens", func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address())
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (s *server) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }
func (s *server) url() string     { return "redis://:" + password + "@" + s.address() }

func (s *server) kill(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGKILL)
	_ = s.cmd.Wait() // that it was killed
}

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil && s.cmd.ProcessState == nil {
		t.Fatal(err)
	}
}

// open opens a Store as a replica of its own.
func (s *server) open(t *testing.T, secret string, log zerolog.Logger) *redis.Store {
	t.Helper()
	store, err := redis.Open(t.Context(), s.url(), []byte(secret), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	store.BePatient()
	eventually(t, "Redis answers", func() bool {
		store.Get(t.Context(), shared.KeyOf("none"))
		return store.Reachable()
	})
	return store
}

// eventually waits for something that takes a moment.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
