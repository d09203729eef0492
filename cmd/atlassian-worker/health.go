package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"arcade-atlassian/worker"
)

type healthCmd struct {
	workerAddress
	Timeout time.Duration `help:"How long to wait for the answer." default:"2s"`
}

// Run asks the worker; it is the container's probe, where there is no curl.
func (c *healthCmd) Run(s *shell) error {
	if err := positive("--timeout", c.Timeout, "2s"); err != nil {
		return err
	}
	if c.Host == "" {
		return errNoHost()
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dial(hostPort(c.Host, c.Port))+worker.PathHealth, http.NoBody)
	if err != nil {
		return usagef("%v", err)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // only the status matters
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: status %d", res.StatusCode)
	}
	s.printf("healthy\n")
	return nil
}
