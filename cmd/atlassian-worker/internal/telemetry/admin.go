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
)

// Admin serves a worker's operators on a port of their own. It answers also
// while the worker takes no more calls, and authenticates nobody: whoever
// reaches the port reads metrics and profiles.
type Admin struct {
	server *http.Server
	ln     net.Listener
}

// ServeAdmin answers on ln until Close: /metrics, if there are any,
// /debug/pprof/, /ready with 200 or 503 as ready says, and /live with 200.
func ServeAdmin(ln net.Listener, metrics http.Handler, ready func() bool, log zerolog.Logger) *Admin {
	mux := http.NewServeMux()
	if metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
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
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          stdlog.New(log.With().Str("level", "warn").Logger(), "", 0),
	}}
	go func() {
		if err := a.server.Serve(ln); err != http.ErrServerClosed {
			log.Error().Err(err).Msg("the admin port is no longer served")
		}
	}()
	return a
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
