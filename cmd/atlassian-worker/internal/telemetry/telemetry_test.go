package telemetry_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/telemetry"
)

// buffer is a log that may be written to and read at the same time.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// clear takes the OTEL_ variables of whoever runs the tests away.
func clear(t *testing.T) {
	t.Helper()
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME"} {
		t.Setenv(name, "")
	}
}

func TestTelemetryIsOffUnlessConfigured(t *testing.T) {
	clear(t)
	for _, variables := range []map[string]string{
		{},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
	} {
		t.Run("", func(t *testing.T) {
			for name, value := range variables {
				t.Setenv(name, value)
			}
			got, err := telemetry.Start(t.Context(), telemetry.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer got.Stop()
			if got.TracerProvider != nil || got.MeterProvider != nil || got.Metrics != nil {
				t.Errorf("%v: it is on", variables)
			}
		})
	}
}

func TestVariablesThatMakeNoSenseAreRefused(t *testing.T) {
	clear(t)
	for name, value := range map[string]string{"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_METRICS_EXPORTER": "console", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
			t.Setenv(name, value)
			if _, err := telemetry.Start(t.Context(), telemetry.Config{}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A collector that refuses, and says again what it was sent, neither fails the
// start nor gets the secret headers into the log.
func TestACollectorThatFailsIsToldWithoutItsHeaders(t *testing.T) {
	clear(t)
	const header = "hunter2 XYZZY"
	var asked atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, r.Header.Get("Api-Key"))
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2%20XYZZY,nonsense-XYZZY")
	var log buffer
	got, err := telemetry.Start(t.Context(), telemetry.Config{Log: zerolog.New(&log)})
	if err != nil {
		t.Fatal(err)
	}
	got.Stop()
	if asked.Load() == 0 || !strings.Contains(log.String(), "telemetry is not exported") {
		t.Errorf("%d requests; log: %s", asked.Load(), log.String())
	}
	for _, secret := range append(strings.Fields(header), "nonsense") {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %s: %s", secret, log.String())
		}
	}
}

func TestTheAdminPort(t *testing.T) {
	clear(t)
	got, err := telemetry.Start(t.Context(), telemetry.Config{Prometheus: true, Environment: "test", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Stop()
	counter, err := got.MeterProvider.Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ready atomic.Bool
	admin := telemetry.ServeAdmin(ln, got.Metrics, ready.Load, zerolog.Nop())
	defer admin.Close()
	client := http.Client{Timeout: 10 * time.Second}
	get := func(path string) (int, string) {
		t.Helper()
		res, err := client.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	for _, want := range []string{"things_total 3", "go_goroutines ", "process_resident_memory_bytes ", `deployment_environment_name="test"`, `service_name="atlassian-worker"`, `service_version="1.2.3"`} {
		if status, body := get("/metrics"); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("status %d, no %q in /metrics", status, want)
		}
	}
	for _, step := range []struct {
		ready bool
		want  int
	}{{false, http.StatusServiceUnavailable}, {true, http.StatusOK}} {
		ready.Store(step.ready)
		if status, _ := get("/ready"); status != step.want {
			t.Errorf("/ready: %d when it is %v", status, step.ready)
		}
		if status, _ := get("/live"); status != http.StatusOK {
			t.Errorf("/live: %d", status)
		}
	}
	if status, body := get("/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("/debug/pprof/goroutine: %d", status)
	}
}

// countingListener counts the connections that were taken.
type countingListener struct {
	net.Listener
	taken atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.taken.Add(1)
	}
	return c, err
}

// Whoever asks a lot of the admin port takes few files and little time from the
// worker, and the port goes on.
func TestTheAdminPortTakesLittle(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counted := &countingListener{Listener: ln}
	admin := telemetry.ServeAdmin(counted, nil, func() bool { return true }, zerolog.Nop())
	defer admin.Close()
	begin := func(request string) net.Conn {
		t.Helper()
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
		if err == nil {
			_, err = io.WriteString(c, request)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(path string) string {
		t.Helper()
		c := begin("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
		defer func() { _ = c.Close() }()
		answer, err := io.ReadAll(c) // the port ends each connection after one answer
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}

	var held []net.Conn
	deadline := time.Now().Add(time.Minute)
	for {
		held = append(held, begin("GET /debug/pprof/heap?seconds=60 HTTP/1.1\r\nHost: x\r\n\r\n")) // refused when it comes beside the next line's
		answer := ask("/debug/pprof/goroutine")
		if strings.HasPrefix(answer, "HTTP/1.1 503 ") && strings.Contains(answer, "Retry-After: 30\r\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a third profile is answered %.100q", answer)
		}
	}
	if answer := ask("/ready"); !strings.HasPrefix(answer, "HTTP/1.1 200 ") || !strings.Contains(answer, "Connection: close\r\n") {
		t.Errorf("while profiles are made /ready is answered %q", answer)
	}
	for _, c := range held {
		_ = c.Close()
	}
	held = nil
	for !strings.HasPrefix(ask("/debug/pprof/goroutine"), "HTTP/1.1 200 ") {
		if time.Now().After(deadline) {
			t.Fatal("after profiles none can be made")
		}
	}

	before := counted.taken.Load()
	for range 40 {
		held = append(held, begin("GET /"))
	}
	for counted.taken.Load() < before+16 {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are taken", counted.taken.Load()-before)
		}
		<-time.After(time.Millisecond)
	}
	<-time.After(100 * time.Millisecond)
	if taken := counted.taken.Load() - before; taken > 16 {
		t.Errorf("%d connections are taken at a time", taken)
	}
	for _, c := range held {
		_ = c.Close()
	}
	if answer := ask("/live"); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
		t.Errorf("afterwards /live is answered %q", answer)
	}
}
