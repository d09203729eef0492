package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// storedToken is what login keeps for call: a user's Atlassian token.
type storedToken struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero is unknown
	UserID    string    `json:"user_id"`
	Scopes    []string  `json:"scopes"`
}

// tokenFile is where the token is kept, in the user's own configuration.
func tokenFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "atlassian-worker", "token.json"), nil
}

// readToken returns the stored token, or nil when there is none.
func readToken() (*storedToken, error) {
	name, err := tokenFile()
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // without a place for it there is none
	}
	raw, err := os.ReadFile(name) //nolint:gosec // the name is not from outside
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	var t storedToken
	if err := json.Unmarshal(raw, &t); err != nil || t.Token == "" {
		return nil, fmt.Errorf("%s does not hold a token: run login again", name)
	}
	return &t, nil
}

// write keeps the token where only the user can read it. The file is complete or not there at all.
func (t storedToken) write() (name string, err error) {
	if name, err = tokenFile(); err != nil {
		return "", err
	}
	raw, err := json.Marshal(t, jsontext.WithIndent("  "))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(name), "token-*") // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(append(raw, '\n'))
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return name, nil
}

// expired reports whether the token is known to be no longer valid.
func (t *storedToken) expired(now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

// expiry reads when a token ends from the token itself: Atlassian's are JWTs.
// Only their signer can tell whether one is genuine, which does not matter to
// who holds it. It is zero when the token does not tell.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Expires <= 0 || claims.Expires > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0).UTC()
}

type logoutCmd struct{}

// Help is printed below the command's one-line help.
func (logoutCmd) Help() string {
	return "Arcade keeps its own copy of the authorization; it is taken back in Arcade's dashboard, " +
		"or at https://id.atlassian.com/manage-profile/apps."
}

// Run removes the token that login stored.
func (c *logoutCmd) Run(s *shell) error {
	name, err := tokenFile()
	if err != nil {
		return err
	}
	switch err := os.Remove(name); {
	case errors.Is(err, fs.ErrNotExist):
		s.printf("There is no stored token.\n")
	case err != nil:
		return err
	default:
		s.printf("Removed the stored token.\n")
	}
	return nil
}
