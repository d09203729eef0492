package redis_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/shared/redis"
	"arcade-atlassian/tools/shared/redis/redistest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests wait for pauses and compute little: all may run at once.
	if err := flag.Set("test.parallel", "100"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

var _ shared.Store = (*redis.Store)(nil)

const secret = "test-worker-secret-at-least-32-bytes-long"

func TestReplicasShareValues(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, b, stranger := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop()), open(t, s, secret+"x", zerolog.Nop())
	ctx, k := t.Context(), shared.KeyOf("k")
	if _, ok := b.Get(ctx, k); ok {
		t.Error("found before it was put")
	}
	a.Put(ctx, k, []byte("first"), time.Hour)
	a.Put(ctx, k, []byte("second"), time.Hour)
	if !a.KeepsTime(ctx, k) {
		t.Error("a clock that is set makes it longer or shorter")
	}
	for _, r := range []*redis.Store{a, b} {
		if v, ok := r.Get(ctx, k); !ok || string(v) != "second" {
			t.Errorf("got %q, %t", v, ok)
		}
	}
	if v, ok := stranger.Get(ctx, k); ok {
		t.Errorf("with another secret got %q", v)
	}
	a.Delete(ctx, k)
	for _, r := range []*redis.Store{a, b} {
		if v, ok := r.Get(ctx, k); ok {
			t.Errorf("after it was deleted got %q", v)
		}
	}
	a.Put(ctx, k, []byte("short"), 50*time.Millisecond)
	redistest.Eventually(t, "a value expires", func() bool {
		_, ok := b.Get(ctx, k)
		return !ok
	})
}

func TestOneReplicaClaims(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var replicas []*redis.Store
	for range 3 {
		replicas = append(replicas, open(t, s, secret, zerolog.Nop()))
	}
	ctx := t.Context()
	for round := range 20 {
		k := shared.KeyOf("k", fmt.Sprint(round))
		var mu sync.Mutex
		var wg sync.WaitGroup
		winners, seen := []string{}, map[string]bool{}
		for i := range 12 {
			wg.Go(func() {
				me := fmt.Sprintf("claimer %d", i)
				v, ok := replicas[i%3].Claim(ctx, k, []byte(me), time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if ok {
					winners = append(winners, me)
				} else {
					seen[string(v)] = true
				}
			})
		}
		wg.Wait()
		if len(winners) != 1 {
			t.Fatalf("claimed by %q", winners)
		}
		for _, r := range replicas {
			if v, ok := r.Claim(ctx, k, []byte("late"), time.Hour); ok || string(v) != winners[0] {
				t.Fatalf("%q has claimed, but a later one got %q, %t", winners, v, ok)
			}
		}
	}
}

func TestReplicasSharePlaces(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, b := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop())
	ctx, k := t.Context(), shared.KeyOf("k")
	a.Put(ctx, k, []byte("a value is no place"), time.Hour)
	first, ok1 := a.Acquire(ctx, k, 2, time.Hour)
	second, ok2 := b.Acquire(ctx, k, 2, time.Hour)
	refused, ok3 := a.Acquire(ctx, k, 2, time.Hour)
	if !ok1 || !ok2 || ok3 {
		t.Fatalf("of three for two places got %t, %t, %t", ok1, ok2, ok3)
	}
	refused()
	if _, ok := b.Acquire(ctx, k, 2, time.Hour); ok {
		t.Error("a refused one gave a place back")
	}
	first()
	first()
	if _, ok := b.Acquire(ctx, k, 2, time.Hour); !ok {
		t.Error("no place although one was given back")
	}
	if _, ok := a.Acquire(ctx, k, 2, time.Hour); ok {
		t.Error("giving back twice made two places")
	}
	second()

	short := shared.KeyOf("short")
	if _, ok := a.Acquire(ctx, short, 1, 50*time.Millisecond); !ok {
		t.Error("no place")
	}
	redistest.Eventually(t, "a place that nobody gives back is free", func() bool {
		_, ok := b.Acquire(ctx, short, 1, time.Hour)
		return ok
	})
}

// Redis goes away while it is used, and comes back with nothing in it.
func TestRedisGoesAndComesBack(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var lines logged
	a, b := open(t, s, secret, zerolog.New(&lines)), open(t, s, secret, zerolog.Nop())
	ctx, k, running := t.Context(), shared.KeyOf("k"), shared.KeyOf("running")
	lines.reset()
	a.Put(ctx, k, []byte("before"), time.Hour)
	a.Claim(ctx, running, []byte("runs"), time.Hour)

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				mine := shared.KeyOf("mine", fmt.Sprint(i, n))
				if _, ok := a.Claim(ctx, mine, []byte("x"), time.Minute); !ok {
					t.Error("a claim of something new was refused")
				}
				a.Put(ctx, mine, []byte("y"), time.Minute)
				if v, ok := a.Get(ctx, mine); !ok || string(v) != "y" {
					t.Errorf("what was just put is %q, %t", v, ok)
				}
				if release, ok := a.Acquire(ctx, mine, 1, time.Minute); !ok {
					t.Error("a free place was refused")
				} else {
					release()
				}
			}
		})
	}
	s.Kill(t)
	redistest.Eventually(t, "that Redis is gone is noticed", func() bool { return !a.Reachable() })
	if v, ok := a.Get(ctx, k); !ok || string(v) != "before" {
		t.Errorf("without Redis the own value is %q, %t", v, ok)
	}
	if v, ok := a.Claim(ctx, running, []byte("runs again"), time.Hour); ok || string(v) != "runs" {
		t.Errorf("without Redis the own claim is %q, %t", v, ok)
	}
	a.Put(ctx, running, []byte("done"), time.Hour)

	s.Restart(t)
	redistest.Eventually(t, "that Redis is back is noticed", a.Reachable)
	close(stop)
	wg.Wait()
	redistest.Eventually(t, "what was put meanwhile reaches the other replica", func() bool {
		if v, ok := a.Claim(ctx, running, nil, time.Hour); ok || string(v) != "done" {
			t.Fatalf("the own result is %q, %t", v, ok)
		}
		v, ok := b.Get(ctx, running)
		return ok && string(v) == "done"
	})
	if v, ok := a.Claim(ctx, k, []byte("again"), time.Hour); ok || string(v) != "before" {
		t.Errorf("what Redis lost is %q, %t", v, ok)
	}
	gone, back := lines.count("the shared store does not answer: going on for this process alone"), lines.count("the shared store answers again")
	if gone != 1 || back != 1 {
		t.Errorf("logged %d times that Redis is gone and %d times that it is back:\n%s", gone, back, lines.String())
	}
}

// A Redis that keeps connections and says nothing does not hold calls up.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, err := redis.Open(t.Context(), s.URL(), []byte(secret), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	s.Signal(t, syscall.SIGSTOP)
	defer s.Signal(t, syscall.SIGCONT)
	start := time.Now()
	for i := range 2000 {
		k := shared.KeyOf("k", fmt.Sprint(i))
		a.Put(t.Context(), k, []byte("x"), time.Minute)
		if v, ok := a.Get(t.Context(), k); !ok || string(v) != "x" {
			t.Fatalf("got %q, %t", v, ok)
		}
	}
	if took := time.Since(start); took > time.Minute { // 400 s if each paid the time limit
		t.Errorf("2000 values took %s", took)
	}
	if a.Reachable() {
		t.Error("it is said to be reachable")
	}
}

// What nobody with our secret has put counts as nothing, and does not end the
// sharing.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, b := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop())
	raw := client.NewClient(&client.Options{Addr: s.Address(), Password: redistest.Password, Protocol: 2})
	defer func() { _ = raw.Close() }()
	ctx, k, other := t.Context(), shared.KeyOf("k"), shared.KeyOf("other")
	a.Put(ctx, k, []byte("x"), time.Hour)
	name := raw.Keys(ctx, "*").Val()[0]
	sealed := raw.Get(ctx, name).Val()
	a.Put(ctx, other, []byte("y"), time.Hour)
	var otherName string
	for _, n := range raw.Keys(ctx, "*").Val() {
		if n != name {
			otherName = n
		}
	}
	for what, spoil := range map[string]func() error{
		"text":            func() error { return raw.Set(ctx, name, "hello", time.Hour).Err() },
		"nothing":         func() error { return raw.Set(ctx, name, "", time.Hour).Err() },
		"one bit":         func() error { return raw.SetRange(ctx, name, 20, "\x00").Err() },
		"cut":             func() error { return raw.Set(ctx, name, sealed[:len(sealed)-1], time.Hour).Err() },
		"longer":          func() error { return raw.Set(ctx, name, sealed+"x", time.Hour).Err() },
		"of another key":  func() error { return raw.Set(ctx, name, raw.Get(ctx, otherName).Val(), time.Hour).Err() },
		"larger than any": func() error { return raw.Set(ctx, name, strings.Repeat("x", 8<<20), time.Hour).Err() },
		"a list":          func() error { return raw.LPush(ctx, name, "x").Err() },
	} {
		if err := raw.Del(ctx, name).Err(); err != nil {
			t.Fatal(err)
		}
		if what == "one bit" {
			raw.Set(ctx, name, sealed, time.Hour)
		}
		if err := spoil(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if v, ok := b.Get(ctx, k); ok {
			t.Errorf("%s: got %q", what, v)
		}
		if v, ok := b.Claim(ctx, k, []byte("mine"), time.Hour); !ok {
			t.Errorf("%s: not claimed, there is %q", what, v)
		}
		if v, ok := open(t, s, secret, zerolog.Nop()).Get(ctx, k); !ok || string(v) != "mine" {
			t.Errorf("%s: after the claim got %q, %t", what, v, ok)
		}
		b.Delete(ctx, k)
		if !b.Reachable() {
			t.Fatalf("%s: Redis counts as gone", what)
		}
	}
	if err := raw.Del(ctx, name, otherName).Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok := a.Acquire(ctx, k, 1, time.Hour); !ok {
		t.Error("no place")
	}
	raw.Set(ctx, raw.Keys(ctx, "*").Val()[0], "hello", time.Hour)
	if _, ok := b.Acquire(ctx, k, 1, time.Hour); !ok || !b.Reachable() {
		t.Errorf("where places would be is a text: got one %t, reachable %t", ok, b.Reachable())
	}
	if err := raw.Set(ctx, name, sealed, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if v, ok := b.Get(ctx, k); !ok || string(v) != "x" {
		t.Errorf("unspoiled got %q, %t: the test spoils another key", v, ok)
	}
}

// A server that speaks no Redis, or an evil one, is like none.
func TestNoRedisAtAll(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "negative length": "$-5\r\n", "enormous length": "$9223372036854775800\r\n",
		"half a reply": "$100\r\nabc", "nothing": "", "endless line": strings.Repeat("+", 1<<20), "deep": strings.Repeat("*1\r\n", 10000),
		"an error that quotes": "-SECRET " + redistest.Password + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := impostor(t, func(c net.Conn) {
				for asked := make([]byte, 1000); ; {
					n, err := c.Read(asked)
					switch command := string(asked[:n]); {
					case err != nil:
						return
					case strings.Contains(command, "hello"):
						_, _ = io.WriteString(c, "-ERR unknown command 'hello'\r\n")
						continue
					case strings.Contains(command, "auth"), strings.Contains(command, "ping"):
						_, _ = io.WriteString(c, "+OK\r\n")
						continue
					}
					_, _ = io.WriteString(c, reply)
					return
				}
			})
			var lines logged
			store, err := redis.Open(t.Context(), url, []byte(secret), zerolog.New(&lines))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			if !store.Reachable() {
				t.Errorf("at the start %s", lines.String())
			}
			if v, ok := store.Get(t.Context(), shared.KeyOf("k")); ok {
				t.Errorf("got %q", v)
			}
			for i := range 3 {
				k := shared.KeyOf("k", fmt.Sprint(i))
				if _, ok := store.Claim(t.Context(), k, []byte("x"), time.Hour); !ok {
					t.Error("not claimed")
				}
				if v, ok := store.Get(t.Context(), k); !ok || string(v) != "x" {
					t.Errorf("got %q, %t", v, ok)
				}
			}
			if store.Reachable() || strings.Contains(lines.String(), redistest.Password) {
				t.Errorf("reachable: %t, logged %s", store.Reachable(), lines.String())
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, tt := range []struct{ name, url, want string }{
		{"no URL", "", "must look like"},
		{"no Redis", "https://:hunter2@localhost", "must look like"},
		{"a socket", "unix://:hunter2@/tmp/x", "must look like"},
		{"no host", "redis://:hunter2@", "must look like"},
		{"not a URL", "redis://:hunter2@localhost:port", "must look like"},
		{"a bad escape", "redis://:hunter2%zz@localhost", "must look like"},
		{"a bad database", "redis://:hunter2@localhost/hunter2", "does not know"},
		{"a bad option", "redis://:hunter2@localhost?hunter2=1", "does not know"},
		{"a wrong password", "redis://:hunter2@" + s.Address(), "WRONGPASS"},
		{"no password", "redis://" + s.Address(), "NOAUTH"},
		{"a database there is not", s.URL() + "/77", "(ERR)"},
	} {
		store, err := redis.Open(t.Context(), tt.url, []byte(secret), zerolog.Nop())
		if store != nil {
			_ = store.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), redistest.Password) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	if _, err := redis.Open(t.Context(), s.URL(), nil, zerolog.Nop()); err == nil {
		t.Error("opened without a secret")
	}
	var lines logged
	store, err := redis.Open(t.Context(), "redis://:hunter2@"+redistest.FreeAddress(t), []byte(secret), zerolog.New(&lines))
	if err != nil {
		t.Fatalf("with nobody there: %v", err)
	}
	defer func() { _ = store.Close() }()
	if store.Reachable() || lines.count("the shared store does not answer: going on for this process alone") != 1 || strings.Contains(lines.String(), "hunter2") {
		t.Errorf("reachable: %t, logged %s", store.Reachable(), lines.String())
	}
}

// Nothing reaches Redis in clear.
func TestNothingIsInClear(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	heard := s.Monitor(t)
	a, b := open(t, s, secret, zerolog.Nop()), open(t, s, secret, zerolog.Nop())
	ctx := t.Context()
	const token, user, input, output = "sentinel-token-8d1f", "sentinel-user-77aa", "sentinel-input-0c3e", "sentinel-output-51b9"
	k := shared.KeyOf("sentinel-kind-99fe", token, user, input)
	a.Claim(ctx, k, []byte(input), time.Hour)
	b.Claim(ctx, k, []byte(input), time.Hour)
	a.Put(ctx, k, []byte(strings.Repeat(output, 1000)), time.Hour)
	if v, _ := b.Get(ctx, k); !strings.HasPrefix(string(v), output) {
		t.Errorf("got %.100q", v)
	}
	a.Acquire(ctx, k, 1, time.Hour)
	b.Acquire(ctx, k, 1, time.Hour)

	raw := client.NewClient(&client.Options{Addr: s.Address(), Password: redistest.Password, Protocol: 2})
	defer func() { _ = raw.Close() }()
	var kept bytes.Buffer
	names := raw.Keys(ctx, "*").Val()
	for _, name := range names {
		kept.WriteString(name + " " + raw.Dump(ctx, name).Val() + "\n")
		if !strings.HasPrefix(name, "atlassian-worker:1:") {
			t.Errorf("%q is not named as ours", name)
		}
		if ttl := raw.PTTL(ctx, name).Val(); ttl <= 0 || ttl > time.Hour {
			t.Errorf("%q is kept for %s", name, ttl)
		}
	}
	if len(names) != 2 {
		t.Errorf("kept are %q", names)
	}
	all := kept.String() + heard()
	for _, sentinel := range []string{token, user, input, output, "sentinel", secret, redistest.Password, string(k[:]), fmt.Sprintf("%x", k[:])} {
		if strings.Contains(all, sentinel) {
			t.Errorf("%q reached Redis", sentinel)
		}
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a := open(t, s, secret, zerolog.Nop())
	reader := sdkmetric.NewManualReader()
	if err := a.Measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))); err != nil {
		t.Fatal(err)
	}
	measured := func() map[string]int64 {
		var all metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		values := map[string]int64{}
		for _, m := range all.ScopeMetrics[0].Metrics {
			switch data := m.Data.(type) {
			case metricdata.Gauge[int64]:
				values[m.Name] = data.DataPoints[0].Value
			case metricdata.Sum[int64]:
				values[m.Name] = data.DataPoints[0].Value
			}
		}
		return values
	}
	before := measured()
	if before["worker.shared.reachable"] != 1 {
		t.Errorf("with Redis measured %v", before)
	}
	s.Kill(t)
	for range 3 {
		a.Put(t.Context(), shared.KeyOf("k"), nil, time.Minute)
	}
	after := measured()
	if after["worker.shared.reachable"] != 0 || after["worker.shared.unanswered"] != before["worker.shared.unanswered"]+3 {
		t.Errorf("without Redis measured %v after %v", after, before)
	}
}

func BenchmarkClaimAndPut(b *testing.B) {
	ln, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_ = ln.Close()
	store, err := redis.Open(b.Context(), "redis://"+ln.Addr().String(), []byte(secret), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ { // with Redis gone
		k := shared.KeyOf("k", fmt.Sprint(i))
		store.Claim(b.Context(), k, nil, time.Minute)
		store.Put(b.Context(), k, []byte("x"), time.Minute)
	}
}

// logged collects what is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

func (l *logged) count(text string) int { return strings.Count(l.String(), text) }
