package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
)

// standIn answers as an Arcade Engine does, with one project whose key is "key". What becomes of an
// authorization follows from the user: "declines" declines, "waits" never answers, everybody else agrees
// after one request for the status. Of the "lost" and the "missing" no status is told, for the first three
// times or ever.
type standIn struct {
	mu        sync.Mutex
	providers []string // identifiers of those of type Atlassian
	asked     map[string]int
	agreed    map[string]bool
	workers   map[string]registration
}

type authorizeRequest struct {
	Requirement struct {
		ID           string `json:"id"`
		ProviderID   string `json:"provider_id"`
		ProviderType string `json:"provider_type"`
		OAuth2       struct {
			Scopes []string `json:"scopes"`
		} `json:"oauth2"`
	} `json:"auth_requirement"`
	UserID string `json:"user_id"`
}

// atlassianToken is a token that says when it ends, as Atlassian's do. The sandbox takes any that begins
// with its name.
func atlassianToken(expires time.Time) string {
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, expires.Unix()))
	return "sandbox." + claims + ".signature"
}

func (e *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.MarshalWrite(w, body)
	}
	refuse := func(status int, name, message string) {
		answer(status, map[string]string{"name": name, "message": message})
	}
	if r.Header.Get("Authorization") != "Bearer key" {
		refuse(http.StatusUnauthorized, "unauthorized", "invalid API key key2")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/auth/authorize":
		var in authorizeRequest
		switch err := json.UnmarshalRead(r.Body, &in, json.RejectUnknownMembers(true)); {
		case err != nil || in.UserID == "" || in.Requirement.ProviderType != "oauth2":
			refuse(http.StatusBadRequest, "bad_request", "invalid request")
		case in.Requirement.ID != "" && !slices.Contains(e.providers, in.Requirement.ID), in.Requirement.ProviderID != "atlassian", len(e.providers) == 0:
			refuse(http.StatusBadRequest, "bad_request", "auth provider not found")
		case in.Requirement.ID == "" && len(e.providers) > 1:
			refuse(http.StatusBadRequest, "bad_request", "multiple auth providers match")
		case e.agreed[in.UserID]:
			answer(http.StatusOK, e.completed(in.UserID))
		default:
			answer(http.StatusOK, map[string]any{"id": in.UserID, "status": "pending", "scopes": in.Requirement.OAuth2.Scopes, "url": "https://auth.atlassian.test/authorize?state=1"})
		}
	case "GET /v1/auth/status":
		user := r.URL.Query().Get("id")
		e.asked[user]++
		switch {
		case user == "lost" && e.asked[user] <= 3, user == "missing":
			refuse(http.StatusBadGateway, "bad_gateway", "try later")
		case user == "declines":
			answer(http.StatusOK, map[string]any{"id": user, "status": "failed"})
		case user == "waits" || e.asked[user] == 1:
			answer(http.StatusOK, map[string]any{"id": user, "status": "pending"})
		default:
			e.agreed[user] = true
			answer(http.StatusOK, e.completed(user))
		}
	case "POST /v1/workers":
		e.keep(r, answer, refuse)
	default:
		e.worker(r, answer, refuse)
	}
}

type registration struct {
	ID      string `json:"id,omitzero"`
	Enabled bool   `json:"enabled"`
	Type    string `json:"type,omitzero"`
	HTTP    struct {
		URI     string `json:"uri"`
		Secret  string `json:"secret,omitzero"`
		Timeout int    `json:"timeout"`
		Retry   int    `json:"retry"`
	} `json:"http"`
}

// keep creates a worker.
func (e *standIn) keep(r *http.Request, answer func(int, any), refuse func(int, string, string)) {
	var in registration
	if err := json.UnmarshalRead(r.Body, &in, json.RejectUnknownMembers(true)); err != nil || in.ID == "" || in.Type != "http" || in.HTTP.URI == "" || in.HTTP.Secret == "" {
		refuse(http.StatusBadRequest, "bad_request", "invalid worker")
		return
	}
	if _, found := e.workers[in.ID]; found {
		refuse(http.StatusConflict, "conflict", "worker exists")
		return
	}
	e.workers[in.ID] = in
	answer(http.StatusCreated, in.shown())
}

// worker answers what is asked of one worker.
func (e *standIn) worker(r *http.Request, answer func(int, any), refuse func(int, string, string)) {
	id, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/workers/"), "/")
	w, found := e.workers[id]
	switch {
	case !found:
		refuse(http.StatusNotFound, "not_found", "worker not found")
	case r.Method == http.MethodGet && what == "":
		answer(http.StatusOK, w.shown())
	case r.Method == http.MethodGet && what == "health":
		answer(http.StatusOK, map[string]any{"id": id, "enabled": true, "healthy": !strings.Contains(w.HTTP.URI, "down")})
	case r.Method == http.MethodPatch && what == "":
		changed := w
		if err := json.UnmarshalRead(r.Body, &changed, json.RejectUnknownMembers(true)); err != nil || changed.ID != id || changed.Type != w.Type {
			refuse(http.StatusBadRequest, "bad_request", "invalid worker")
			return
		}
		e.workers[id] = changed
		answer(http.StatusOK, changed.shown())
	default:
		refuse(http.StatusNotFound, "not_found", "no such route")
	}
}

// shown is a worker as the Engine shows it, with a secret that is only hinted at.
func (r registration) shown() map[string]any {
	return map[string]any{
		"id": r.ID, "enabled": r.Enabled, "type": r.Type,
		"http": map[string]any{"uri": r.HTTP.URI, "timeout": r.HTTP.Timeout, "retry": r.HTTP.Retry, "secret": map[string]any{"exists": true, "hint": r.HTTP.Secret[:1] + "…"}},
	}
}

func (e *standIn) completed(user string) map[string]any {
	expires := time.Now().Add(time.Hour)
	if user == "expired" {
		expires = time.Unix(1_700_000_000, 0)
	}
	return map[string]any{"id": user, "status": "completed", "context": map[string]any{"token": atlassianToken(expires)}}
}

// arcadeEngine starts a stand-in for an Engine with the providers that are named and sets $ENGINE to its address.
func arcadeEngine(ts *testscript.TestScript, _ bool, providers []string) {
	server := httptest.NewServer(&standIn{providers: providers, asked: map[string]int{}, agreed: map[string]bool{}, workers: map[string]registration{}})
	ts.Defer(server.Close)
	ts.Setenv("ENGINE", server.URL)
}

// private checks that only its owner can read a file.
func private(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if mode := info.Mode().Perm(); mode != 0o600 {
		ts.Fatalf("%s has mode %o", args[0], mode)
	}
}
