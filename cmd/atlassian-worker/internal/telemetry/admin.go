package telemetry

import (
	"context"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/net/netutil"
)

// What the port may take from the worker at most: files that may be open, and
// processors, which health checks wait for while profiles are made.
const (
	maxConnections = 16
	maxProfiles    = 2
)

// Admin serves a worker's operators on a port of their own. It answers also
// while the worker takes no more calls, and authenticates nobody: whoever
// reaches the port reads metrics and profiles.
type Admin struct {
	server *http.Server
	ln     net.Listener
}

// ServeAdmin answers on ln until Close: /metrics, if there are any,
// /debug/pprof/, /ready with 200 or 503 as ready says, and /live with 200. More
// than a few connections wait, and more than a few profiles at a time are refused.
func ServeAdmin(ln net.Listener, metrics http.Handler, ready func() bool, log zerolog.Logger) *Admin {
	mux := http.NewServeMux()
	if metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	profiles := http.NewServeMux()
	profiles.HandleFunc("/debug/pprof/", pprof.Index)
	profiles.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	profiles.HandleFunc("/debug/pprof/profile", pprof.Profile)
	profiles.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	profiles.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /debug/pprof/", few(profiles))
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "live\n") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if ready() {
			say(w, http.StatusOK, "ready\n")
			return
		}
		say(w, http.StatusServiceUnavailable, "not ready\n")
	})
	a := &Admin{ln: ln, server: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a profile takes 30 s unless asked otherwise
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          stdlog.New(log.With().Str("level", "warn").Logger(), "", 0),
	}}
	a.server.SetKeepAlivesEnabled(false) // of the few connections none waits for a next request
	go func() {
		if err := a.server.Serve(netutil.LimitListener(ln, maxConnections)); err != http.ErrServerClosed {
			log.Error().Err(err).Msg("the admin port is no longer served")
		}
	}()
	return a
}

// few refuses profiles while others are made.
func few(profiles http.Handler) http.Handler {
	underWay := make(chan struct{}, maxProfiles)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case underWay <- struct{}{}:
			defer func() { <-underWay }()
			profiles.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "30")
			say(w, http.StatusServiceUnavailable, "other profiles are being made\n")
		}
	})
}

// Close lets answers under way end for a second.
func (a *Admin) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if a.server.Shutdown(ctx) != nil {
		_ = a.server.Close() // what it could say is of no use any more
	}
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // nobody is listening when it fails
}
