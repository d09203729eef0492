package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"arcade-atlassian/cmd/atlassian-worker/internal/engine"
)

// engineFlags say which Engine a command talks to.
type engineFlags struct {
	EngineURL string `help:"The Engine's address: Arcade Cloud's, or that of your own." default:"${engine_url}" env:"ARCADE_API_URL" placeholder:"URL"`
}

// apiKeyVariable has no flag, because flags show in process lists.
const apiKeyVariable = "ARCADE_API_KEY" //nolint:gosec // a variable's name, not a secret

// client is the client of the Engine, with the key of the environment.
func (f engineFlags) client() (*engine.Client, error) {
	key := os.Getenv(apiKeyVariable)
	if key == "" {
		return nil, usagef("set %s to an API key of the Engine's project (Arcade's dashboard makes them)", apiKeyVariable)
	}
	c, err := engine.New(f.EngineURL, key)
	if err != nil {
		return nil, usageError{fmt.Errorf("--engine-url (ARCADE_API_URL): %w", err)}
	}
	return c, nil
}

type loginCmd struct {
	catalogFlags
	engineFlags
	UserID     string        `help:"Who you are to Arcade, such as your e-mail address there." env:"ARCADE_USER_ID" placeholder:"ID"`
	Tools      []string      `help:"Ask only for what these tools need." placeholder:"TOOL" predictor:"tool"`
	Open       bool          `help:"Open the address in the browser."`
	PrintToken bool          `help:"Print the token instead of storing it."`
	Timeout    time.Duration `help:"How long to wait until you have agreed." default:"10m"`
}

// Help is printed below the command's one-line help.
func (loginCmd) Help() string {
	return apiKeyVariable + " is an API key of the Engine's project. The token is stored in your configuration, " +
		"where only you can read it, and used by call until it expires. Logging in again asks for nothing that " +
		"you agreed to before."
}

// Run authorizes the user.
func (c *loginCmd) Run(s *shell) error {
	if err := positive("--timeout", c.Timeout, "10m"); err != nil {
		return err
	}
	if c.UserID == "" {
		return usagef("say who you are to Arcade with --user-id or ARCADE_USER_ID, such as your e-mail address there")
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	scopes, err := c.scopes()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()

	a, err := client.Authorize(ctx, c.UserID, engine.Requirement{
		ID: c.ProviderID, ProviderID: "atlassian", ProviderType: "oauth2", OAuth2: engine.OAuth2Scope{Scopes: scopes},
	})
	if err != nil {
		return c.explain(err)
	}
	if a.Status != engine.Completed && a.Status != engine.Failed {
		if err := c.show(s, a.URL); err != nil {
			return err
		}
		if a, err = c.wait(ctx, s, client, a); err != nil {
			return err
		}
	}
	switch {
	case a.Status == engine.Failed:
		return errors.New("the authorization failed: it was declined, or Atlassian refused it. Run login again; " +
			"if it goes on, compare the permissions of the Atlassian app with the output of: atlassian-worker scopes")
	case a.Context.Token == "":
		return errors.New("the Engine says that the authorization is completed and sends no token")
	}
	return c.keep(s, a, scopes)
}

// scopes is all that the chosen tools need.
func (c *loginCmd) scopes() ([]string, error) {
	catalog, err := c.catalog("")
	if err != nil {
		return nil, err
	}
	chosen, err := choose(catalog, c.Tools)
	if err != nil {
		return nil, err
	}
	var scopes []string
	for _, t := range chosen {
		scopes = append(scopes, t.Scopes()...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// show tells the user where to agree.
func (c *loginCmd) show(s *shell, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("the Engine does not say where you can agree")
	}
	_, _ = fmt.Fprintf(s.stderr, "Open this address and agree there:\n\n%s\n\n", u)
	if c.Open {
		if err := browse(u.String()); err != nil {
			_, _ = fmt.Fprintf(s.stderr, "It could not be opened (%v): open it yourself.\n", err)
		}
	}
	return nil
}

// browse opens an address in the user's browser.
func browse(address string) error {
	command := []string{cmp.Or(os.Getenv("BROWSER"), "xdg-open"), address}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open", address}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	return exec.Command(command[0], command[1:]...).Start() //nolint:gosec,noctx // it outlives this program; the address was checked
}

// wait asks how far the user has come until they have agreed or not. That takes
// minutes, in which a question may be lost: a few in a row are asked again.
func (c *loginCmd) wait(ctx context.Context, s *shell, client *engine.Client, a engine.Authorization) (engine.Authorization, error) {
	const (
		pause    = time.Second // an Engine that does not wait is not flooded
		mostLost = 3           // questions in a row
	)
	begin, lost := time.Now(), 0
	for id := a.ID; ; {
		asked := time.Now()
		a, err := client.AuthStatus(ctx, id)
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return a, fmt.Errorf("nobody agreed within %s (--timeout): run login again", c.Timeout)
		case ctx.Err() != nil:
			return a, errors.New("interrupted")
		case err != nil && (lost == mostLost || !engine.IsTransient(err)):
			return a, c.explain(err)
		case err != nil:
			lost++
			_, _ = fmt.Fprintf(s.stderr, "Asking again: %v\n", err)
		case a.Status == engine.Completed || a.Status == engine.Failed:
			return a, nil
		default:
			lost = 0
			_, _ = fmt.Fprintf(s.stderr, "Waiting for you to agree (%s so far, at most %s)\n", time.Since(begin).Round(time.Second), c.Timeout)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause - time.Since(asked)):
		}
	}
}

// keep stores the token, or prints it.
func (c *loginCmd) keep(s *shell, a engine.Authorization, scopes []string) error {
	expires := expiry(a.Context.Token)
	if c.PrintToken {
		s.printf("%s\n", a.Context.Token)
		return nil
	}
	if len(a.Scopes) > 0 {
		scopes = a.Scopes
	}
	name, err := storedToken{Token: a.Context.Token, ExpiresAt: expires, UserID: c.UserID, Scopes: scopes}.write()
	if err != nil {
		return fmt.Errorf("the token could not be stored: %w", err)
	}
	until := "it does not say until when it is valid"
	if !expires.IsZero() {
		until = "valid until " + expires.Local().Format(time.DateTime)
	}
	s.printf("You are logged in: the token is in %s, %s.\nTry: atlassian-worker call Jira.WhoAmI\n", name, until)
	return nil
}

// explain says what to do about a refusal of the Engine.
func (c *loginCmd) explain(err error) error {
	failure, ok := errors.AsType[*engine.Error](err)
	if !ok {
		return err
	}
	switch failure.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w. Check that %s is a key of this Engine (%s)", err, apiKeyVariable, c.EngineURL)
	case http.StatusBadRequest, http.StatusNotFound:
		// How an Engine words these is not documented, so that the hint is for none and for several.
		hint := "create an OAuth provider of the type Atlassian in Arcade's dashboard (or engine.yaml), for there is none by default; " +
			"if there are several, choose one with --provider-id"
		if c.ProviderID != "" {
			hint = fmt.Sprintf("check that the Engine has an OAuth provider of the type Atlassian with the ID %q", c.ProviderID)
		}
		return fmt.Errorf("%w\nWhat to do: %s", err, hint)
	}
	return err
}
