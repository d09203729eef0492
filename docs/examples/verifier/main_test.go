package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// engine answers as an Arcade Engine, in which ada began the flows "hers" and
// "back", and the second of them leads back to her app.
func engine(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body map[string]string) {
		w.WriteHeader(status)
		_ = json.MarshalWrite(w, body)
	}
	var in struct {
		FlowID string `json:"flow_id"`
		UserID string `json:"user_id"`
	}
	err := json.UnmarshalRead(r.Body, &in, json.RejectUnknownMembers(true))
	switch {
	case r.Method+" "+r.URL.Path != "POST /v1/auth/confirm_user" || err != nil:
		answer(http.StatusNotFound, nil)
	case r.Header.Get("Authorization") != "Bearer key":
		answer(http.StatusUnauthorized, nil)
	case in.UserID != "ada":
		answer(http.StatusBadRequest, map[string]string{"message": "An error occurred"})
	case in.FlowID == "back":
		answer(http.StatusOK, map[string]string{"auth_id": "ac_1", "next_uri": "https://app.example.com/done"})
	case in.FlowID == "script":
		answer(http.StatusOK, map[string]string{"auth_id": "ac_1", "next_uri": "javascript:alert(1)"})
	default:
		answer(http.StatusOK, map[string]string{"auth_id": "ac_1"})
	}
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(http.HandlerFunc(engine))
	t.Cleanup(up.Close)
	down := httptest.NewServer(nil)
	down.Close()
	for _, tt := range []struct {
		name, query, user, engine, key string
		status                         int
		location, says                 string
	}{
		{"the user who began", "?flow_id=hers", "ada", up.URL, "key", http.StatusOK, "", "You are authorized"},
		{"back to the app", "?flow_id=back", "ada", up.URL, "key", http.StatusSeeOther, "https://app.example.com/done", ""},
		{"nowhere else", "?flow_id=script", "ada", up.URL, "key", http.StatusOK, "", "You are authorized"},
		{"somebody else", "?flow_id=hers", "bob", up.URL, "key", http.StatusForbidden, "", "begun by somebody else"},
		{"somebody else who says otherwise", "?flow_id=hers&user_id=ada", "bob", up.URL, "key", http.StatusForbidden, "", "begun by somebody else"},
		{"nobody", "?flow_id=hers", "", up.URL, "key", http.StatusUnauthorized, "", "Sign in"},
		{"no flow", "", "ada", up.URL, "key", http.StatusBadRequest, "", "flow_id"},
		{"a flow without end", "?flow_id=" + strings.Repeat("a", 1001), "ada", up.URL, "key", http.StatusBadRequest, "", "flow_id"},
		{"a wrong key", "?flow_id=hers", "ada", up.URL, "other", http.StatusBadGateway, "", "Try again"},
		{"no Engine", "?flow_id=hers", "ada", down.URL, "key", http.StatusBadGateway, "", "Try again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := httptest.NewServer(&Verifier{
				EngineURL: tt.engine, APIKey: tt.key, HTTP: up.Client(),
				User: func(r *http.Request) string { return r.Header.Get("X-User") },
			})
			defer app.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+tt.query, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-User", tt.user)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || res.Header.Get("Location") != tt.location || !strings.Contains(string(body), tt.says) {
				t.Errorf("status %d, location %q, %q, %v", res.StatusCode, res.Header.Get("Location"), body, err)
			}
			if got := res.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %q", got)
			}
		})
	}
}
