// Command verifier is a user verifier for Arcade: it confirms that the person
// who agreed in Atlassian's dialog is the user of the app who asked for it.
//
// It stands behind a reverse proxy that signs users in and names them in a
// header:
//
//	ARCADE_API_KEY=… verifier -user-header X-Auth-Request-Email
//
// An app with sessions of its own copies Verifier and says in User who is
// signed in.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/go-json-experiment/json"
)

// Verifier answers the browser that an Engine redirects to it.
type Verifier struct {
	EngineURL string
	APIKey    string
	// User tells who is signed in, by the ID that the app gives to Arcade as
	// user_id. It is empty when nobody is. It must come from the session: whoever
	// sends a link to somebody else can write whatever they like into it.
	User func(*http.Request) string
	HTTP *http.Client
}

// longestFlow bounds what is passed on to the Engine.
const longestFlow = 1000

// ServeHTTP confirms the user of the session to the Engine.
func (v *Verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address has the flow's ID
	flow, user := r.URL.Query().Get("flow_id"), v.User(r)
	switch {
	case flow == "" || len(flow) > longestFlow:
		http.Error(w, "This address is called by Arcade, with a flow_id.", http.StatusBadRequest)
		return
	case user == "":
		http.Error(w, "Sign in to the app, then authorize again.", http.StatusUnauthorized)
		return
	}
	next, err := v.confirm(r.Context(), flow, user)
	switch {
	case errors.Is(err, errRefused):
		http.Error(w, "This authorization was begun by somebody else, or is over. Begin it again in the app.", http.StatusForbidden)
	case err != nil:
		slog.ErrorContext(r.Context(), "the user was not confirmed", "error", err)
		http.Error(w, "Arcade does not answer. Try again.", http.StatusBadGateway)
	case next != "":
		http.Redirect(w, r, next, http.StatusSeeOther)
	default:
		_, _ = io.WriteString(w, "You are authorized. You can close this window.\n")
	}
}

var errRefused = errors.New("the Engine does not take this user for this flow")

// confirm tells the Engine who the user is. next is where the browser goes from
// there, if the Engine says so.
func (v *Verifier) confirm(ctx context.Context, flow, user string) (next string, err error) {
	body, err := json.Marshal(map[string]string{"flow_id": flow, "user_id": user})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.EngineURL+"/v1/auth/confirm_user", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+v.APIKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := v.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest:
		return "", errRefused
	default: // such as 401: the API key is not right
		return "", fmt.Errorf("the Engine answers with status %d", res.StatusCode)
	}
	var confirmed struct {
		NextURI string `json:"next_uri"`
	}
	const maxAnswer = 1 << 16
	if err := json.UnmarshalRead(io.LimitReader(res.Body, maxAnswer), &confirmed); err != nil {
		return "", err
	}
	if u, err := url.Parse(confirmed.NextURI); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", nil // the user is confirmed and stays here
	}
	return confirmed.NextURI, nil
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "where the proxy reaches the verifier; nobody else may")
	header := flag.String("user-header", "X-Auth-Request-Email", "the header in which the proxy names the signed-in user")
	flag.Parse()
	v := &Verifier{
		EngineURL: cmp.Or(os.Getenv("ARCADE_API_URL"), "https://api.arcade.dev"),
		APIKey:    os.Getenv("ARCADE_API_KEY"),
		User:      func(r *http.Request) string { return r.Header.Get(*header) },
		HTTP:      &http.Client{Timeout: 10 * time.Second},
	}
	if v.APIKey == "" {
		slog.Error("set ARCADE_API_KEY")
		os.Exit(1)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /arcade/verify", v)
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	slog.Info("verifying", "address", "http://"+*listen+"/arcade/verify")
	if err := server.ListenAndServe(); err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}
