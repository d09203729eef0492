package worker_test

import (
	"strings"
	"testing"

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

func TestNoAuthNeedsNoSecret(t *testing.T) {
	t.Parallel()
	newServer(t, worker.Options{NoAuth: true}, echo)
}
