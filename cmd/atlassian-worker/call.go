package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools/tool"
)

type callCmd struct {
	catalogFlags
	userFlags
	Tool    string        `arg:"" predictor:"tool" help:"The tool, such as Jira.ListProjects."`
	Inputs  string        `arg:"" optional:"" default:"{}" help:"Its inputs: a JSON object, @FILE or - for standard input."`
	Timeout time.Duration `help:"The most time the call may take." default:"${timeout}"`
}

// Help is printed below the command's one-line help.
func (callCmd) Help() string {
	return tokenHelp + " The output is printed as JSON; a failed call is explained on " +
		"standard error and exits with 1."
}

// Run performs the call.
func (c *callCmd) Run(s *shell) error {
	if err := positive("--timeout", c.Timeout, "25s"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()

	inputs, err := c.readInputs(s)
	if err != nil {
		return err
	}
	u, err := c.user(zerolog.Nop())
	if err != nil {
		return err
	}
	defer u.leave()
	catalog, err := c.catalog(u.atlassianURL)
	if err != nil {
		return err
	}
	t := catalog.ByName(c.Tool)
	if t == nil {
		return noSuchTool(c.Tool)
	}
	value, err := t.Run(ctx, &tool.Invocation{Token: u.token, Inputs: inputs})
	if err != nil {
		return readable(tool.Explain(err))
	}
	if err := value.Indent(jsontext.WithIndent("  ")); err != nil {
		return fmt.Errorf("indent output: %w", err)
	}
	s.printf("%s\n", value)
	return nil
}

func (c *callCmd) readInputs(s *shell) (jsontext.Value, error) {
	inputs := jsontext.Value(c.Inputs)
	if name, ok := strings.CutPrefix(c.Inputs, "@"); ok || c.Inputs == "-" {
		var err error
		if inputs, err = s.read(name); err != nil {
			return nil, fmt.Errorf("inputs: %w", err)
		}
	}
	if !inputs.IsValid(jsontext.AllowDuplicateNames(true)) || inputs.Kind() != '{' {
		return nil, usagef(`inputs must be one JSON object, such as '{"query":"plat"}'`)
	}
	return inputs, nil
}

func noSuchTool(name string) error {
	return usagef("there is no tool %q; run: atlassian-worker tools", name)
}

// readable says what a model would be told.
func readable(e *tool.Error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  kind: %s", e.Message, e.Kind)
	if e.CanRetry {
		b.WriteString(" (may be retried)")
	}
	if e.After != nil {
		fmt.Fprintf(&b, "\n  wait: %s", *e.After)
	}
	if e.Prompt != "" {
		fmt.Fprintf(&b, "\n  help: %s", e.Prompt)
	}
	if e.Developer != "" {
		fmt.Fprintf(&b, "\n  detail: %s", e.Developer)
	}
	return errors.New(b.String())
}
