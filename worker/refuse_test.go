package worker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"arcade-atlassian/worker"
)

// A refusal's line says who was refused and why: the peer of the connection,
// not whom a header names.
func TestRefusalsNameThePeer(t *testing.T) {
	t.Parallel()
	var log logged
	h := newServer(t, worker.Options{Secret: secret, MaxBody: 1000, Log: zerolog.New(&log)}, echo).Handler()
	token := bearerFor(t)
	for _, tt := range []struct {
		reason, method, path, token, body string
		status                            int
	}{
		{"token", http.MethodGet, worker.PathTools, "", "", http.StatusUnauthorized},
		{"token", http.MethodPost, worker.PathInvoke, "Bearer nonsense", call("Ping", `{}`), http.StatusUnauthorized},
		{"path", http.MethodGet, "/admin", "", "", http.StatusNotFound},
		{"method", http.MethodPost, worker.PathTools, "", "", http.StatusMethodNotAllowed},
		{"tool", http.MethodPost, worker.PathInvoke, token, call("Nope", `{}`), http.StatusNotFound},
		{"malformed", http.MethodPost, worker.PathInvoke, token, `{`, http.StatusBadRequest},
		{"too_large", http.MethodPost, worker.PathInvoke, token, strings.Repeat(" ", 1001), http.StatusRequestEntityTooLarge},
	} {
		before := len(log.lines(t, "refused"))
		req := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader(tt.body))
		req.RemoteAddr = "203.0.113.7:4711"
		req.Header.Set("X-Forwarded-For", "198.51.100.1")
		req.Header.Set("Authorization", tt.token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		lines := log.lines(t, "refused")[before:]
		if w.Code != tt.status || len(lines) != 1 {
			t.Errorf("%s %s: status %d, %d lines", tt.method, tt.path, w.Code, len(lines))
			continue
		}
		delete(lines[0], "detail") // its text is the answer's, and tested there
		want := map[string]any{
			"level": "warn", "message": "refused", "reason": tt.reason, "status": float64(tt.status),
			"peer": "203.0.113.7:4711", "path": tt.path,
		}
		if diff := cmp.Diff(want, lines[0]); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, tt.path, diff)
		}
	}
}

func bearerFor(t *testing.T) string {
	t.Helper()
	token, err := worker.NewToken(secret, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

// A flood of refusals writes ten lines a second and says how many it left out,
// also when nothing follows; other reasons keep their lines.
func TestAFloodOfRefusalsWritesFewLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		h := newServer(t, worker.Options{Secret: secret, Log: zerolog.New(&log)}, echo).Handler()
		get := func(path string) {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		}
		for range 1000 {
			get(worker.PathTools)
		}
		get("/nowhere")
		if lines := log.lines(t, "refused"); len(lines) != 11 {
			t.Errorf("%d lines for 1000 refusals and one for another reason", len(lines))
		}
		<-time.After(time.Second)
		synctest.Wait()
		want := []map[string]any{{"level": "warn", "message": "lines were left out", "reason": "token", "left_out": 990.0}}
		if diff := cmp.Diff(want, log.lines(t, "lines were left out")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		get(worker.PathTools)
		if lines := log.lines(t, "refused"); len(lines) != 12 {
			t.Errorf("%d lines after a second", len(lines))
		}
	})
}
