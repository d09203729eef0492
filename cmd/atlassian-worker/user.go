package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
)

// tokenVariable has no flag, because flags show in process lists.
const tokenVariable = "ATLASSIAN_TOKEN" //nolint:gosec // a variable's name, not a secret

// tokenHelp is said by every command that acts as a user.
const tokenHelp = tokenVariable + " is the user's Atlassian OAuth token; without it, the one is used that login stored. " +
	"With --sandbox it may be a sandbox token, such as \"sandbox;sites=acme,globex\"."

// sandboxToken is the sandbox's user with every scope.
const sandboxToken = "sandbox"

// userFlags say as whom a command acts.
type userFlags struct {
	Sandbox bool `help:"Act on an Atlassian sandbox instead of Atlassian Cloud."`
}

// user is as whom tools act, and where.
type user struct {
	token        tool.Token
	atlassianURL string // empty is where the flags say
	leave        func()
}

// user finds the token, and starts a sandbox if one is wanted, which lives
// until the user leaves.
func (f userFlags) user(log zerolog.Logger) (user, error) {
	token := os.Getenv(tokenVariable)
	if f.Sandbox {
		if !strings.HasPrefix(token, sandboxToken) {
			token = sandboxToken
		}
		sandbox, err := startSandbox("127.0.0.1", 0, 0, nil, log)
		if err != nil {
			return user{}, err
		}
		return user{tool.NewToken(token), sandbox.url, sandbox.stop}, nil
	}
	if token == "" {
		var err error
		if token, err = loggedIn(); err != nil {
			return user{}, err
		}
	}
	return user{token: tool.NewToken(token), leave: func() {}}, nil
}

// loggedIn is the token that login stored.
func loggedIn() (string, error) {
	stored, err := readToken()
	switch {
	case err != nil:
		return "", err
	case stored == nil:
		return "", usagef("run login, or set %s to the user's OAuth token, or try the tool with --sandbox", tokenVariable)
	case stored.expired(time.Now()):
		return "", fmt.Errorf("the token that login stored expired at %s: run login again", stored.ExpiresAt.Local().Format(time.DateTime))
	}
	return stored.Token, nil
}
