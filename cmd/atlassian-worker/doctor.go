package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/cmd/atlassian-worker/internal/doctor"
)

type doctorCmd struct {
	catalogFlags
	URL  string `help:"Where the Engine reaches the worker, such as https://worker.example.com." placeholder:"URL"`
	JSON bool   `name:"json" help:"Print JSON, for programs."`
}

// Help is printed below the command's one-line help.
func (doctorCmd) Help() string {
	return "It looks at " + secretVariable + " (or the file that " + secretVariable + fileSuffix + " names), at Atlassian, at the worker if --url says where it is, and at " + tokenVariable +
		" or the token that login stored, if there is one. It only reads. The exit code is 1 when something does not work."
}

// Run looks at the deployment and says what to do.
func (c *doctorCmd) Run(s *shell) error {
	catalog, err := c.catalog("")
	if err != nil {
		return err
	}
	secret, err := workerSecret()
	if err != nil {
		return err
	}
	token := os.Getenv(tokenVariable)
	if token == "" {
		if stored, err := readToken(); err == nil && stored != nil {
			token = stored.Token
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	findings := doctor.Examine(ctx, doctor.Options{
		Catalog: catalog, AtlassianURL: strings.TrimSuffix(c.AtlassianURL, "/"),
		Secret: secret, WorkerURL: c.URL, Token: token, Now: time.Now,
	})
	healthy := doctor.Healthy(findings)
	if c.JSON {
		body, err := json.Marshal(struct {
			OK       bool             `json:"ok"`
			Findings []doctor.Finding `json:"findings"`
		}{healthy, findings}, jsontext.WithIndent("  "))
		if err != nil {
			return err
		}
		s.printf("%s\n", body)
	} else {
		for _, f := range findings {
			s.printf("%-8s %s\n", f.State, f.Message)
			if f.Fix != "" {
				s.printf("%-8s %s\n", "", f.Fix)
			}
		}
	}
	if !healthy {
		return errors.New("something does not work, as said above")
	}
	return nil
}
