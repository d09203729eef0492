package worker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

func TestSecrets(t *testing.T) {
	t.Parallel()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(echo))
	if err != nil {
		t.Fatal(err)
	}
	const good = "0123456789abcdef0123456789abcdef"
	for _, tt := range []struct {
		name, secret string
		refused      string // in the error
		warned       string // in the log
	}{
		{"good", good, "", ""},
		{"starts like a word of a key", "sshd-" + good, "", ""},
		{"empty", "", "set ARCADE_WORKER_SECRET", ""},
		{"blank", " \n", "set ARCADE_WORKER_SECRET", ""},
		{"NUL bytes", strings.Repeat("\x00", 32), "holds a NUL byte", ""},
		{"NUL at the end", good + "\x00", "holds a NUL byte", ""},
		{"UTF-16", "0\x001\x00", "holds a NUL byte", ""},
		{"byte order mark alone", "\ufeff", "is white space", ""},
		{"byte order mark", "\ufeff" + good, "", "begins or ends with white space"},
		{"invisible", "\u200b\u200b", "is white space", ""},
		{"short", good[1:], "", "the worker secret is short: use at least 32 random bytes"},
		{"newline", good + "\n", "", "begins or ends with white space"},
		{"leading blank", " " + good, "", "begins or ends with white space"},
		{"PEM", "-----BEGIN PRIVATE KEY-----\n" + good, "is a PEM or SSH key", ""},
		{"PEM after a newline", "\n-----BEGIN RSA PRIVATE KEY-----\n" + good, "is a PEM or SSH key", ""},
		{"SSH", "ssh-ed25519 " + good, "is a PEM or SSH key", ""},
		{"SSH of another type", "ecdsa-sha2-nistp256 " + good, "is a PEM or SSH key", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log logged
			_, err := worker.New(catalog, worker.Options{Secret: tt.secret, Log: zerolog.New(&log)})
			switch {
			case tt.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)):
				t.Errorf("got %v, want an error about %q", err, tt.refused)
			case tt.warned == "" && log.String() != "":
				t.Errorf("logged %s", log.String())
			case !strings.Contains(log.String(), tt.warned):
				t.Errorf("logged %q, want a warning that %q", log.String(), tt.warned)
			}
			if text := log.String(); strings.Contains(text, good[1:]) || err != nil && strings.Contains(err.Error(), good) {
				t.Errorf("the secret is repeated in %q or %q", text, err)
			}
		})
	}
}

// While a secret is replaced, tokens signed with either are accepted.
func TestThePreviousSecretIsAcceptedToo(t *testing.T) {
	t.Parallel()
	const next = "the-next-worker-secret-of-32-bytes-or-more"
	for _, tt := range []struct {
		name    string
		options worker.Options
		signed  string
		status  int
	}{
		{"before, the old one", worker.Options{Secret: secret}, secret, http.StatusOK},
		{"before, the next one", worker.Options{Secret: secret}, next, http.StatusUnauthorized},
		{"meanwhile, the old one", worker.Options{Secret: next, PreviousSecret: secret}, secret, http.StatusOK},
		{"meanwhile, the next one", worker.Options{Secret: next, PreviousSecret: secret}, next, http.StatusOK},
		{"meanwhile, a stranger's", worker.Options{Secret: next, PreviousSecret: secret}, secret + "x", http.StatusUnauthorized},
		{"afterwards, the old one", worker.Options{Secret: next}, secret, http.StatusUnauthorized},
		{"afterwards, the next one", worker.Options{Secret: next}, next, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, err := worker.NewToken(tt.signed, time.Now(), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, worker.PathTools, http.NoBody)
			req.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			newServer(t, tt.options, echo).Handler().ServeHTTP(w, req)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
		})
	}
}

func TestThePreviousSecretIsChecked(t *testing.T) {
	t.Parallel()
	catalog, err := tool.Build(tool.Options{Version: "1.2.3"}, kit.Bind(echo))
	if err != nil {
		t.Fatal(err)
	}
	for previous, says := range map[string]string{
		" ":                           "the previous worker secret is white space",
		"\x00\x00":                    "the previous worker secret holds a NUL byte",
		"-----BEGIN PRIVATE KEY-----": "the previous worker secret is a PEM or SSH key",
	} {
		if _, err := worker.New(catalog, worker.Options{Secret: secret, PreviousSecret: previous}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want an error that %s", previous, err, says)
		}
	}
	var log logged
	newServer(t, worker.Options{Secret: secret, PreviousSecret: "short", Log: zerolog.New(&log)}, echo)
	for _, says := range []string{"the previous worker secret is accepted too", "the previous worker secret is short"} {
		if !strings.Contains(log.String(), says) {
			t.Errorf("logged %s, not that %s", log.String(), says)
		}
	}
}

func TestNoAuthNeedsNoSecret(t *testing.T) {
	t.Parallel()
	newServer(t, worker.Options{NoAuth: true}, echo)
}
