package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"arcade-atlassian/tools"
	"arcade-atlassian/worker/mcp"
)

type mcpCmd struct {
	catalogFlags
	userFlags
	logFlags
	auditFlags
	Timeout time.Duration `help:"The most time one call may take." default:"${timeout}"`
}

// Help is printed below the command's one-line help.
func (mcpCmd) Help() string {
	return "MCP clients start this command and speak with it on standard input and output; what happens is logged on " +
		"standard error. At the end of the input what was asked is still answered; a signal waits for the calls that run, a second " +
		"one does not. " + tokenHelp
}

// Run serves until the client leaves.
func (c *mcpCmd) Run(s *shell) error {
	if err := positive("--timeout", c.Timeout, "25s"); err != nil {
		return err
	}
	if c.AuditLog == "-" {
		return usagef("--audit-log cannot be standard output, which is the client's: name a file")
	}
	log, lines := c.logger(s.stderr)
	defer lines.Close(flushLimit)
	u, err := c.user(log)
	if err != nil {
		return err
	}
	defer u.leave()
	catalog, err := c.catalog(u.atlassianURL)
	if err != nil {
		return err
	}
	audit, err := c.openAudit(nil, log)
	if err != nil {
		return err
	}
	defer audit.close()
	server, err := mcp.New(catalog, mcp.Options{Version: tools.Version, Log: log, Timeout: c.Timeout, Audit: audit.Writer})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal waits for calls that run, the second does not
	err = server.Run(ctx, u.token, io.NopCloser(s.stdin), unclosed{s.stdout})
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil // the client left
	}
	return err
}

// unclosed is a writer that is not closed with the session: whether all was
// written is asked later.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }
