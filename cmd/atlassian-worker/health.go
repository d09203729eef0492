package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"arcade-atlassian/worker"
)

type healthCmd struct {
	workerAddress
	TLSCert string        `name:"tls-cert" help:"The certificate that the worker was given, if it speaks TLS." env:"ARCADE_TLS_CERT" placeholder:"FILE"`
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
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, lifecycleFlags{TLSCert: c.TLSCert}.scheme()+dial(hostPort(c.Host, c.Port))+worker.PathHealth, http.NoBody)
	if err != nil {
		return usagef("%v", err)
	}
	// Whether somebody answers is asked, of an address that the certificate is not
	// for, and nothing secret is said.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
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
