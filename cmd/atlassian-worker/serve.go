package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"arcade-atlassian/tools"
	"arcade-atlassian/worker"
	"arcade-atlassian/worker/console"
	"arcade-atlassian/worker/mcp"
)

type serveCmd struct {
	workerAddress
	catalogFlags
	logFlags
	lifecycleFlags
	limitFlags
	sharedFlags
	upstreamFlags
	telemetryFlags
	auditFlags
	Sandbox         bool          `help:"Act on an Atlassian sandbox inside this process instead of Atlassian Cloud."`
	MCP             bool          `name:"mcp" help:"Serve MCP clients too, at /mcp; they send the bearer token of the worker, and the user's token in X-Atlassian-Token." env:"ARCADE_MCP_ENABLED"`
	Console         bool          `help:"Serve a page for developers at /; --sandbox does so anyway." env:"ARCADE_CONSOLE_ENABLED"`
	NoAuth          bool          `help:"Answer everybody on this machine without a token." env:"ARCADE_AUTH_DISABLED"`
	NoAuthOnNetwork bool          `help:"Let --no-auth answer other machines too."`
	Environment     string        `help:"A label for log lines." default:"local" env:"ARCADE_ENVIRONMENT"`
	Timeout         time.Duration `help:"The most time one call may take; keep it below the Engine's." default:"${timeout}"`
}

// Help is printed below the command's one-line help.
func (serveCmd) Help() string {
	return secretVariable + " is the secret shared with the Engine, or " + secretVariable + fileSuffix + " names a file with it. It is required, except with --no-auth and " +
		"with --sandbox, which does not look at it: the printed token is signed with a random secret of that run. " +
		previousSecretVariable + ", or a file named by " + previousSecretVariable + fileSuffix + ", is accepted too while a secret is replaced. " +
		"SIGTERM stops it after the lame-duck phase, Ctrl-C without one; both finish the calls under way, and a second signal ends it at once. " +
		"At SIGHUP it goes on, and reads the certificate and opens the audit log again."
}

// Run serves until a signal ends it.
func (c *serveCmd) Run(s *shell) error {
	if err := c.check(); err != nil {
		return err
	}
	log, lines := c.logger(s.stderr)
	defer lines.Close(flushLimit)
	ctx, release := untilStopped()
	defer release()
	hungUp := hangups()

	var secret, previous, atlassianURL string
	if c.Sandbox {
		// A token for this secret is printed. It must not open another worker
		// that was given the secret of the environment.
		secret = rand.Text() + rand.Text() // 52 characters, 260 bits
		sandbox, err := startSandbox("127.0.0.1", 0, 0, nil, log)
		if err != nil {
			return err
		}
		defer sandbox.stop()
		atlassianURL = sandbox.url
	} else if !c.NoAuth {
		var err, err2 error
		secret, err = workerSecret()
		previous, err2 = previousSecret()
		if err := errors.Join(err, err2); err != nil {
			return err
		}
	}

	limitMemory(log)
	watch, err := c.startTelemetry(c.Environment, log, lines)
	if err != nil {
		return err
	}
	defer watch.Stop() // last: what is told until then is exported too
	known, forget, err := c.store(secret, c.Sandbox || c.NoAuth, watch.MeterProvider, log)
	if err != nil {
		return err
	}
	defer forget()
	catalog, err := c.catalog(atlassianURL, c.upstreamFlags.apply, func(config *tools.Config) {
		config.Shared, config.MaxConnections = known, c.maxUpstream(c.Sandbox)
		config.TracerProvider, config.MeterProvider = watch.TracerProvider, watch.MeterProvider
	})
	if err != nil {
		return err
	}
	audit, err := c.openAudit(s.stdout.to, log)
	if err != nil {
		return err
	}
	defer audit.close()
	options := worker.Options{
		Secret: secret, PreviousSecret: previous, NoAuth: c.NoAuth, Log: log, Environment: c.Environment, Shared: known,
		Timeout: c.Timeout, TracerProvider: watch.TracerProvider, MeterProvider: watch.MeterProvider, Audit: audit.Writer,
	}
	c.limitFlags.apply(&options)
	reload, err := c.lifecycleFlags.apply(&options)
	if err != nil {
		return err
	}
	if c.MCP {
		door, err := mcp.New(catalog, mcp.Options{
			Version: tools.Version, Log: log, Timeout: c.Timeout, MaxBody: c.MaxBody,
			TracerProvider: watch.TracerProvider, MeterProvider: watch.MeterProvider, Environment: c.Environment, Audit: audit.Writer,
		})
		if err != nil {
			return err
		}
		options.MCP = door.Handler()
	}
	if c.Console || c.Sandbox {
		options.Console = console.Handler
	}
	server, err := worker.New(catalog, options)
	if err != nil {
		return usageError{err} // it refuses secrets and options only
	}
	stopAdmin, err := c.serveAdmin(watch.Metrics, server, log)
	if err != nil {
		return err
	}
	defer stopAdmin()
	ln, err := listen(c.Host, c.Port)
	if err != nil {
		return err
	}
	if c.NoAuth && !c.NoAuthOnNetwork && !onLoopback(ln) {
		_ = ln.Close() // nothing was served on it
		return usagef("--no-auth (ARCADE_AUTH_DISABLED) on %s would let every machine that reaches it call every tool: "+
			"listen on 127.0.0.1, or add --no-auth-on-network if that is meant", ln.Addr())
	}
	log.Info().Str("address", ln.Addr().String()).Int("tools", len(catalog.Tools())).Bool("sandbox", c.Sandbox).Bool("tls", options.TLS != nil).Msg("serving")
	go reloadAt(ctx, hungUp, log, func() {
		reload()
		audit.reopen()
	})
	if c.Sandbox {
		if err := c.welcome(s, c.scheme()+dial(ln.Addr().String()), secret); err != nil {
			return errors.Join(err, ln.Close())
		}
	}
	go debug.FreeOSMemory() // what the start leaves behind is most of what an idle worker would hold
	return server.Run(ctx, ln)
}

// check refuses flags that make no sense, all at once.
func (c *serveCmd) check() error {
	return errors.Join(
		positive("--timeout", c.Timeout, "25s"),
		c.limitFlags.check(),
		c.upstreamFlags.check(),
		c.lifecycleFlags.check(),
		c.telemetryFlags.check(),
	)
}

// welcome prints commands that can be pasted into another shell.
func (c *serveCmd) welcome(s *shell, url, secret string) error {
	var auth, fragment, insecurely string
	if c.TLSCert != "" {
		insecurely = "k" // the certificate is for another name than the one here
	}
	if !c.NoAuth {
		token, err := worker.NewToken(secret, time.Now(), 12*time.Hour)
		if err != nil {
			return err
		}
		auth, fragment = fmt.Sprintf(" -H 'Authorization: Bearer %s'", token), "#worker="+token
	}
	const call = `{"execution_id":"try-1","tool":{"toolkit":"Jira","name":"ListProjects"},"inputs":{"query":"plat"},"context":{"authorization":{"token":"sandbox"}}}`
	s.printf(`The worker is at %[1]s and acts on the sandbox. Try it in a browser:

%[1]s/%[7]s

or from another shell:

curl -s%[8]s %[1]s%[3]s

curl -s%[8]s%[2]s %[1]s%[4]s

curl -s%[8]s%[2]s %[1]s%[5]s -d '%[6]s'

The context's token says who you are: "sandbox" is user ada on site acme with
every scope; "sandbox;sites=acme,globex;scopes=read:jira-work;user=bob" is bob on
two sites with one scope. Stop with Ctrl-C.
`, url, auth, worker.PathHealth, worker.PathTools, worker.PathInvoke, call, fragment, insecurely)
	return s.stdout.err
}
