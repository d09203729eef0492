// Package worker serves a tool catalog over the Arcade worker protocol: GET
// /worker/health, GET /worker/tools and POST /worker/tools/invoke, guarded by
// an HS256 JWT.
//
// "Protocol §n" in comments is the section of docs/protocol.md that a rule comes
// from.
package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker/internal/audit"
	calls "arcade-atlassian/worker/internal/telemetry"
)

// Options configure a Server. The zero value of every field but Secret works.
type Options struct {
	// Secret is shared with the Engine and used verbatim. It may only be
	// empty with NoAuth.
	Secret string
	// PreviousSecret is accepted as well, unless it is empty: while a secret is
	// replaced, some sign with the old one still.
	PreviousSecret string
	// NoAuth answers everybody. Never outside a developer's machine.
	NoAuth bool
	// Log receives one line per call; the zero Logger discards.
	Log zerolog.Logger
	// Audit, when set, receives a line of JSON for each call of a tool that writes,
	// before the call is answered: who, what and the outcome, never content. Each
	// line is one Write; several come at the same time. The call waits for it, and
	// is answered also when it fails.
	Audit io.Writer
	// TracerProvider and MeterProvider take spans and metrics (protocol §6); nil
	// takes none and costs nothing.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Environment is a label for log lines, spans and metrics
	// (ARCADE_ENVIRONMENT).
	Environment string
	// Timeout bounds one call, 25 s when zero: below the Engine's 30 s.
	Timeout time.Duration
	// MaxBody bounds a request's body in bytes, DefaultMaxBody when zero.
	MaxBody int64
	// MaxCalls bounds the calls under way, MaxCallsPerUser those of one user, who
	// is known by id and token, and MaxBytes what all hold for bodies and answers.
	// What is over is answered 503 with Retry-After before anything was done. When
	// zero they follow from Go's memory limit: a call for each 2 MiB (32 to 1024;
	// 512 without a memory limit), a quarter of the calls, and a quarter of the
	// memory (256 MiB without).
	MaxCalls, MaxCallsPerUser, MaxBytes int64
	// MaxConnections bounds the callers' connections, DefaultMaxConnections when
	// zero. A sixteenth more, and 16 at least, are answered about the worker's health
	// and 503 to anything else; those on top wait.
	MaxConnections int64
	// HealthConnections is how many on top of them are answered once each: about
	// the worker's health, and else that there are too many. As many as
	// MaxConnections when zero, but 16 at least.
	HealthConnections int64
	// MCP, when set, answers at PathMCP those who have the worker's token.
	MCP http.Handler
	// Console, when set, makes the page for developers that answers at / and
	// below /console. It is given what guards a handler with the worker's token.
	Console func(authenticate func(http.Handler) http.Handler) http.Handler
	// TLS, when set, is what Run speaks TLS with, and HTTP/1.1 inside. It has the
	// certificate.
	TLS *tls.Config
	// LameDuck is how long a stopping server still takes calls, while it says
	// that it is not ready, so that whoever sends them can send them elsewhere.
	// None when zero; DefaultLameDuck is right where load is balanced.
	LameDuck time.Duration
	// Processors is how many requests are read, checked or answered at a time,
	// GOMAXPROCS when zero. With as many as the machine has, and a larger GOMAXPROCS,
	// the network is looked at at once however much there is to do.
	Processors int
	// Drain is how long a stopping server waits for calls under way, 30 s
	// when zero, not at all when negative.
	Drain time.Duration
	// Shared is what the replicas know together; nil is what this process knows.
	Shared shared.Store
}

// Defaults of Options. DefaultLameDuck is the program's: long enough for a load
// balancer that asks every two seconds and believes the second answer, and for
// Kubernetes to take an endpoint away on every node.
const (
	DefaultTimeout  = 25 * time.Second
	DefaultLameDuck = 5 * time.Second
	DefaultDrain    = 30 * time.Second
)

// DefaultMaxBody is the largest body in bytes that a call of one of the tools can
// need: the longest inputs (schema.Object.MaxBytes) and 1 MiB for the envelope. It
// is at most 32 MiB, which holds a file of 10 MiB in base64, or as a text of which
// each byte is escaped.
func DefaultMaxBody(c *tool.Catalog) int64 {
	const most, envelope = 32 << 20, 1 << 20
	var inputs int64
	for _, t := range c.Tools() {
		inputs = max(inputs, t.MaxInput())
	}
	return min(inputs+envelope, most)
}

// MinSecret is the length in bytes below which an HS256 secret is weak
// (RFC 7518 §3.2).
const MinSecret = 32

// Server answers the Arcade Engine.
type Server struct {
	catalog     *tool.Catalog
	options     Options
	telemetry   *telemetry
	audit       *audit.Log
	tokens      *verifier
	turns       turns
	admission   *admission
	connections atomic.Int64
	definitions func() ([]byte, error) // the body of GET /worker/tools
	health      []byte                 // the body of GET /worker/health
	notReady    []byte                 // the same while the server stops
	// tooManyConnections is the body of an answer on the health lane.
	tooManyConnections []byte
	serving            atomic.Bool
	stopping           atomic.Bool
	refusals           map[refusal]zerolog.Logger
	// warnNoExpiry is for the one warning about tokens that never expire.
	warnNoExpiry sync.Once
}

// New prepares a server. It refuses negative limits, an empty secret unless
// NoAuth says that none is wanted, and a secret that is a PEM or SSH key, which
// cannot be what was meant. Weak but usable secrets are warned about.
func New(c *tool.Catalog, o Options) (*Server, error) {
	if o.Timeout < 0 || o.MaxBody < 0 || o.LameDuck < 0 || o.MaxCalls < 0 || o.MaxCallsPerUser < 0 || o.MaxBytes < 0 || o.MaxConnections < 0 || o.HealthConnections < 0 {
		return nil, errors.New("the limits Timeout, MaxBody, LameDuck, MaxCalls, MaxCallsPerUser, MaxBytes, MaxConnections and HealthConnections cannot be negative")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody(c)
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = DefaultMaxConnections
	}
	if o.Processors <= 0 {
		o.Processors = runtime.GOMAXPROCS(0)
	}
	if o.HealthConnections == 0 {
		o.HealthConnections = max(o.MaxConnections, 16)
	}
	o.setLimits()
	if o.Drain == 0 {
		o.Drain = DefaultDrain
	}
	if o.Shared == nil {
		o.Shared = shared.NewMemory(0)
	}
	watch, err := newTelemetry(o)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	auditLog, err := audit.New(o.Audit, o.Log, calls.Options{MeterProvider: o.MeterProvider}.Meter())
	if err != nil {
		return nil, err
	}
	s := &Server{
		turns: make(turns, o.Processors), catalog: c, options: o, telemetry: watch, audit: auditLog,
		refusals: newRefusals(o.Log), admission: newAdmission(o),
	}
	if err := watch.observe(s.load, load{calls: o.MaxCalls, bytes: o.MaxBytes, connections: o.MaxConnections}); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	if o.NoAuth {
		o.Log.Warn().Msg("AUTHENTICATION IS OFF: everybody who reaches this port can call every tool")
	} else if err := s.useSecrets(); err != nil {
		return nil, err
	}

	// Encoded when they are first asked for: a worker is healthy before, and one
	// of several may never be asked.
	s.definitions = sync.OnceValues(func() ([]byte, error) { return schema.Encode(c.Definitions()) })
	count := strconv.Itoa(len(c.Tools()))
	var err2 error
	s.health, err = schema.Encode(healthBody{Status: "ok", ToolCount: count})
	s.tooManyConnections = detailBody(s.tooManyConnectionsText())
	s.notReady, err2 = schema.Encode(healthBody{Status: "stopping", ToolCount: count})
	return s, errors.Join(err, err2)
}

func (s *Server) useSecrets() error {
	if strings.TrimSpace(s.options.Secret) == "" {
		return errors.New("no worker secret: set ARCADE_WORKER_SECRET to the secret registered with the Arcade Engine, or ARCADE_WORKER_SECRET_FILE to a file with it, or use --no-auth on a developer's machine")
	}
	if err := s.checkSecret("the worker secret", s.options.Secret); err != nil {
		return err
	}
	secrets := [][]byte{[]byte(s.options.Secret)}
	if previous := s.options.PreviousSecret; previous != "" {
		if err := s.checkSecret("the previous worker secret", previous); err != nil {
			return err
		}
		s.options.Log.Info().Msg("the previous worker secret is accepted too")
		secrets = append(secrets, []byte(previous))
	}
	s.tokens = newVerifier(secrets...)
	return nil
}

// checkSecret refuses what cannot be meant and warns of what is weak.
func (s *Server) checkSecret(name, secret string) error {
	invisible := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) } // a byte order mark too
	trimmed := strings.TrimFunc(secret, invisible)
	if strings.ContainsRune(secret, 0) { // HMAC adds such bytes to a key: nothing but them is no secret at all
		return fmt.Errorf("%s holds a NUL byte; it must be a random string, in UTF-8 if a file has it", name)
	}
	if trimmed == "" { // whoever has no secret could sign with such a one
		return fmt.Errorf("%s is white space; it must be a random string", name)
	}
	for _, key := range []string{"-----BEGIN ", "ssh-", "ecdsa-sha2-"} {
		if strings.HasPrefix(trimmed, key) {
			return fmt.Errorf("%s is a PEM or SSH key; it must be a random string shared with the Arcade Engine", name)
		}
	}
	if len(secret) < MinSecret {
		s.options.Log.Warn().Int("bytes", len(secret)).Msgf("%s is short: use at least %d random bytes", name, MinSecret)
	}
	if trimmed != secret {
		s.options.Log.Warn().Msgf("%s begins or ends with white space, which is part of it; was that meant?", name)
	}
	return nil
}

// maxHeader bounds in bytes what is read of a request before it is known whose it
// is. The Engine's have less than one KiB.
const maxHeader = 32 << 10

// ErrAtOnce skips the lame-duck phase when it is the cause of the end of Run's
// context: nobody balances load to a worker that a person stops at a terminal.
var ErrAtOnce = errors.New("stopped at once")

// Ready reports whether calls are to be sent here: from the beginning of Run
// until its context ends.
func (s *Server) Ready() bool { return s.serving.Load() && !s.stopping.Load() }

// Run serves ln until ctx ends. Then it goes on for Options.LameDuck, without
// being ready, stops accepting, waits up to Options.Drain for the calls under
// way and returns nil when all finished (protocol §7.2). An error means that
// calls were cut off or that serving failed.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	const readLimit = time.Minute // for a body of MaxBody on a slow line
	// With HTTP/2 one connection brings hundreds of requests at a time, of strangers
	// too, and the limits of connections and of their times would hold none of them.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	calls, cutOff := context.WithCancel(context.Background())
	defer cutOff()
	front := newFront(ln, s.options.MaxConnections, &s.connections, newLane(int(s.options.HealthConnections), s.answerOnLane))
	defer front.lane.hangUp()
	server := &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         s.options.TLS,
		Protocols:         &protocols,
		ReadHeaderTimeout: 10 * time.Second, // strangers have strangerTime
		ReadTimeout:       readLimit,
		WriteTimeout:      readLimit + s.options.Timeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader - 4<<10, // to which the server adds so much
		BaseContext:       func(net.Listener) context.Context { return calls },
		ConnContext:       withConn,
		ConnState:         front.connState,
		ErrorLog:          s.errorLog(),
	}
	go s.returnMemory(calls)
	failed := make(chan error, 1)
	go func() { failed <- s.serve(server, front) }()
	s.serving.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	s.stopping.Store(true)
	if s.options.LameDuck > 0 && !errors.Is(context.Cause(ctx), ErrAtOnce) {
		s.options.Log.Info().Dur("lame_duck", s.options.LameDuck).Msg("stopping: not ready, still taking calls")
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-time.After(s.options.LameDuck):
		}
	}

	limit := max(s.options.Drain, 0)
	s.options.Log.Info().Dur("drain", limit).Msg("stopping: waiting for calls under way")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		cutOff()
		_ = server.Close() // what it could say is said below
		return fmt.Errorf("calls that were still running after %s are cut off: %w", limit, err)
	}
	return nil
}

// serve is server.Serve, with TLS when the options say so.
func (s *Server) serve(server *http.Server, ln net.Listener) error {
	if s.options.TLS != nil {
		return server.ServeTLS(ln, "", "")
	}
	return server.Serve(ln)
}

// errorLog takes what the servers say about connections.
func (s *Server) errorLog() *stdlog.Logger {
	log := sampled(s.options.Log, "connection").With().Str("level", "warn").Logger()
	return stdlog.New(log, "", 0)
}

// load is what the server holds at the moment.
func (s *Server) load() load {
	l := s.admission.now()
	l.connections = s.connections.Load()
	return l
}

// dismiss asks every caller for a connection of its own next time while the
// server stops. One between two calls could only be cut, perhaps just when the
// next call is on its way.
func (s *Server) dismiss(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
