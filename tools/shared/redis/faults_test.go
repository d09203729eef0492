package redis_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
	"arcade-atlassian/tools/shared/redis/redistest"
)

const (
	goneLine = "the shared store does not answer: going on for this process alone"
	backLine = "the shared store answers again"
)

// rawClient talks to the server as somebody else.
func rawClient(t *testing.T, s *redistest.Server) *client.Client {
	t.Helper()
	c := client.NewClient(&client.Options{Addr: s.Address(), Password: redistest.Password, Protocol: 2})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A Redis that answers questions and takes nothing is gone, and stays gone, also
// when questions are all that it is asked.
func TestRedisThatTakesNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil, heal []any
		reason      string
	}{
		"full":         {[]any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}, "OOM"},
		"a replica":    {[]any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}, "READONLY"},
		"alone":        {[]any{"CONFIG", "SET", "min-replicas-to-write", "3"}, []any{"CONFIG", "SET", "min-replicas-to-write", "0"}, "NOREPLICAS"},
		"a lesser one": {[]any{"ACL", "SETUSER", "default", "-evalsha"}, []any{"ACL", "SETUSER", "default", "+evalsha"}, "NOPERM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			var lines logged
			a, k := open(t, s, secret, zerolog.New(&lines)), shared.KeyOf("k")
			lines.reset()
			raw := rawClient(t, s)
			if err := raw.Do(t.Context(), tt.spoil...).Err(); err != nil {
				t.Fatal(err)
			}
			if a.Put(t.Context(), shared.KeyOf("another"), []byte("x"), time.Minute); a.Reachable() {
				_, _ = a.Acquire(t.Context(), shared.KeyOf("another"), 1, time.Minute)
			}
			for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); <-time.After(time.Millisecond) { // it is tried after a second
				if _, ok := a.Get(t.Context(), k); ok || a.Reachable() {
					t.Fatalf("there is a value: %t, reachable %t", ok, a.Reachable())
				}
			}
			if gone, back, why := lines.count(goneLine), lines.count(backLine), lines.count("reply "+tt.reason); gone != 1 || back != 0 || why != 1 {
				t.Errorf("logged %s", lines.String())
			}
			if err := raw.Do(t.Context(), tt.heal...).Err(); err != nil {
				t.Fatal(err)
			}
			redistest.Eventually(t, "it is used again", func() bool {
				a.Get(t.Context(), k)
				return a.Reachable()
			})
		})
	}
}

// A Redis that answers some questions and not others is asked less and less often,
// and fills no log.
func TestRedisThatComesAndGoes(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var lines logged
	a, k := open(t, s, secret, zerolog.New(&lines)), shared.KeyOf("k")
	lines.reset()
	if err := rawClient(t, s).Do(t.Context(), "ACL", "SETUSER", "default", "-getrange").Err(); err != nil {
		t.Fatal(err)
	}
	for times, wait := range []time.Duration{time.Second, 2 * time.Second} {
		redistest.Eventually(t, "Redis goes", func() bool {
			if a.Reachable() {
				a.Get(t.Context(), shared.KeyOf("another"))
			} else {
				a.Put(t.Context(), k, []byte("x"), time.Minute)
			}
			return lines.count(goneLine) > times
		})
		if got := a.BreakerWait(); got != wait {
			t.Errorf("having gone %d times it is not asked for %s, want %s:\n%s", times+1, got, wait, lines.String())
		}
	}
}

// Places that were taken or given back while Redis stood still are free when it
// goes on, and not only when their time is over.
func TestPlacesAreGivenBackLater(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, b := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop())
	ctx, before, meanwhile := t.Context(), shared.KeyOf("before"), shared.KeyOf("meanwhile")
	var held []func()
	for range 3 {
		release, ok := a.Acquire(ctx, before, 3, time.Hour)
		if !ok {
			t.Fatal("no place")
		}
		held = append(held, release)
	}
	if _, ok := b.Acquire(ctx, before, 3, time.Hour); ok {
		t.Fatal("a fourth place of three")
	}
	a.BeImpatient()
	s.Signal(t, syscall.SIGSTOP)
	release, ok := a.Acquire(ctx, meanwhile, 1, time.Hour)
	if !ok || a.Reachable() {
		t.Errorf("with a Redis that stands still got a place: %t, reachable %t", ok, a.Reachable())
	}
	release()
	for _, release := range held {
		release()
	}
	s.Signal(t, syscall.SIGCONT)
	a.BePatient()
	redistest.Eventually(t, "Redis is used again", func() bool {
		a.Get(ctx, before)
		return a.Reachable()
	})
	for range 3 {
		if _, ok := b.Acquire(ctx, before, 3, time.Hour); !ok {
			t.Error("a place that was given back is taken")
		}
	}
	if _, ok := b.Acquire(ctx, meanwhile, 1, time.Hour); !ok {
		t.Error("a place that was not known to be taken is")
	}
}

// Places of others that would be kept for longer than anybody keeps one keep
// nobody out: Redis's clock was put back, or somebody has made them up.
func TestPlacesOfTheFuture(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, b, raw := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop()), rawClient(t, s)
	ctx, k := t.Context(), shared.KeyOf("k")
	if _, ok := a.Acquire(ctx, k, 2, time.Hour); !ok {
		t.Fatal("no place")
	}
	name := raw.Keys(ctx, "*").Val()[0]
	for member, after := range map[string]time.Duration{"one": 2 * time.Hour, "another": 1000 * time.Hour} {
		if err := raw.ZAdd(ctx, name, client.Z{Score: float64(time.Now().Add(after).UnixMilli()), Member: member}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := b.Acquire(ctx, k, 2, time.Hour); !ok {
		t.Error("no place")
	}
	if _, ok := b.Acquire(ctx, k, 2, time.Hour); ok {
		t.Error("a third place of two")
	}
}

// A Redis that has too many clients at the moment is no reason not to start.
func TestRedisWithTooManyClients(t *testing.T) {
	t.Parallel()
	url := impostor(t, func(c net.Conn) {
		for asked := make([]byte, 1000); ; { // Redis also hangs up; here the client surely sees the error
			if _, err := c.Read(asked); err != nil {
				return
			}
			_, _ = io.WriteString(c, "-ERR max number of clients reached\r\n")
		}
	})
	var lines logged
	store, err := redis.Open(t.Context(), url, []byte(secret), zerolog.New(&lines))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if store.Reachable() || lines.count(goneLine) != 1 {
		t.Errorf("reachable %t, logged %s", store.Reachable(), lines.String())
	}
}
