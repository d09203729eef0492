package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/cmd/atlassian-worker/internal/engine"
	"arcade-atlassian/worker"
)

type registerCmd struct {
	engineFlags
	URI         string        `arg:"" help:"The worker's address as the Engine reaches it, such as https://worker.example.com."`
	ID          string        `help:"The worker's ID in the Engine." default:"atlassian"`
	Timeout     time.Duration `help:"How long the Engine waits for a call: whole seconds, above the worker's own --timeout." default:"30s"`
	Retry       int           `help:"How often the Engine repeats a failed call." default:"3"`
	DryRun      bool          `help:"Print the request, without the secret, instead of sending it." xor:"instead"`
	PrintConfig bool          `help:"Print the part of engine.yaml that registers the worker instead." xor:"instead"`
}

// Help is printed below the command's one-line help.
func (registerCmd) Help() string {
	return secretVariable + " is the worker's secret, or " + secretVariable + fileSuffix + " names a file with it, and " + apiKeyVariable + " an API key of the Engine's project. " +
		"A worker that the Engine has already under this ID is changed, so that running this again does no harm."
}

// workerIDs are what is taken for a worker's ID: it stands in paths and in YAML.
var workerIDs = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

const longestWorkerID = 100

// Run registers the worker.
func (c *registerCmd) Run(s *shell) error {
	w, err := c.worker()
	if err != nil {
		return err
	}
	if c.PrintConfig {
		s.printf("%s", engineConfig(w))
		return nil
	}
	if c.DryRun {
		return c.print(s, w)
	}
	if w.Secret, err = needSecret(); err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	registered, created, err := client.Register(ctx, w)
	if err != nil {
		return err
	}
	if registered.HTTP.URI != w.URI || registered.HTTP.Timeout != w.Timeout || registered.HTTP.Retry != w.Retry || !registered.Enabled {
		return fmt.Errorf("the Engine took the registration of %q, but shows it differently: it may be managed elsewhere, such as in engine.yaml", w.ID)
	}
	done := "Changed"
	if created {
		done = "Registered"
	}
	s.printf("%s the worker %q at %s.\n", done, w.ID, w.URI)
	switch health, err := client.WorkerHealth(ctx, w.ID); {
	case err != nil:
		s.printf("Whether the Engine reaches it is not known: %v\n", err)
	case !health.Healthy:
		return errors.New("the Engine does not reach the worker: check that it runs and that the address is open to the Engine (atlassian-worker doctor --url " + w.URI + ")")
	default:
		s.printf("The Engine reaches it.\n")
	}
	return nil
}

// worker is what the flags say, all mistakes at once.
func (c *registerCmd) worker() (w engine.Worker, err error) {
	u, parseErr := url.Parse(c.URI)
	var errs []error
	if parseErr != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		errs = append(errs, usagef("the worker's address must be a URL of a scheme and a host, such as https://worker.example.com"))
	} else if path := strings.Trim(u.Path, "/"); path != "" {
		errs = append(errs, usagef("leave the path out of the worker's address: the Engine adds %s and the others by itself", worker.PathTools))
	}
	if !workerIDs.MatchString(c.ID) || len(c.ID) > longestWorkerID {
		errs = append(errs, usagef("--id must be at most %d letters, digits, dots, dashes and underscores, such as atlassian", longestWorkerID))
	}
	if c.Timeout < time.Second || c.Timeout%time.Second != 0 {
		errs = append(errs, usagef("--timeout is %s: the Engine takes whole seconds from 1 on, such as 30s", c.Timeout))
	}
	if c.Retry < 0 {
		errs = append(errs, usagef("--retry is %d: it must be 0 or more", c.Retry))
	}
	if len(errs) > 0 {
		return w, errors.Join(errs...)
	}
	return engine.Worker{ID: c.ID, URI: strings.TrimSuffix(c.URI, "/"), Timeout: int(c.Timeout.Seconds()), Retry: c.Retry}, nil
}

// print shows the request that a registration sends.
func (c *registerCmd) print(s *shell, w engine.Worker) error {
	w.Secret = "(" + secretVariable + ")"
	for _, r := range []engine.Request{w.CreateRequest(), w.UpdateRequest()} {
		body, err := json.Marshal(r.Body, jsontext.WithIndent("  "), json.Deterministic(true))
		if err != nil {
			return err
		}
		when := "if the Engine has no worker of this ID"
		if r.Method != "POST" {
			when = "if it has one"
		}
		s.printf("%s %s%s, %s:\n%s\n", r.Method, strings.TrimSuffix(c.EngineURL, "/"), r.Path, when, body)
	}
	return nil
}

// engineConfig is the part of a self-hosted Engine's engine.yaml.
func engineConfig(w engine.Worker) string {
	return fmt.Sprintf(`tools:
  directors:
    - id: default
      enabled: true
      workers:
        - id: %q
          enabled: true
          http:
            uri: %q
            timeout: %d
            retry: %d
            secret: "${env:%s}"
`, w.ID, w.URI, w.Timeout, w.Retry, secretVariable)
}
