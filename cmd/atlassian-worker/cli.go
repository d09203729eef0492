package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"arcade-atlassian/tools"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// cli is every command, flag, environment variable and help text.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve the tools to an Arcade Engine."`
	Call    callCmd    `cmd:"" help:"Run one tool without a server."`
	Tools   toolsCmd   `cmd:"" help:"List the tools, or describe one."`
	Scopes  scopesCmd  `cmd:"" help:"Print the OAuth scopes that the tools need."`
	Convert convertCmd `cmd:"" help:"Convert rich text between Markdown, ADF and Confluence storage."`
	JWT     jwtCmd     `cmd:"" name:"jwt" help:"Print a bearer token for this worker."`
	Sandbox sandboxCmd `cmd:"" help:"Serve the Atlassian sandbox alone."`
	Health  healthCmd  `cmd:"" help:"Exit with 0 when a worker is healthy, else with 1."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// vars are the defaults that other packages own.
func vars() kong.Vars {
	return kong.Vars{
		"atlassian_url": tools.DefaultURL,
		"timeout":       worker.DefaultTimeout.String(),
		"drain":         worker.DefaultDrain.String(),
		"max_body":      strconv.Itoa(worker.DefaultMaxBody),
	}
}

// secretVariable is read directly and has no flag, because flags show in
// process lists.
const secretVariable = "ARCADE_WORKER_SECRET" //nolint:gosec // a variable's name, not a secret

// catalogFlags say which tools there are and where they act.
type catalogFlags struct {
	AtlassianURL     string   `help:"Where tools reach Atlassian." default:"${atlassian_url}" env:"ATLASSIAN_API_URL" placeholder:"URL"`
	ProviderID       string   `help:"The Engine's OAuth provider, if it has several of type Atlassian." env:"ATLASSIAN_PROVIDER_ID" placeholder:"ID"`
	DisabledTools    []string `help:"Tools to leave out, such as Jira.ListProjects." env:"ARCADE_DISABLED_TOOLS" placeholder:"TOOL"`
	DisabledToolkits []string `help:"Toolkits to leave out, such as Confluence." env:"ARCADE_DISABLED_TOOLKITS" placeholder:"TOOLKIT"`
}

// catalog builds the tools. A non-empty url replaces the flag's.
func (f catalogFlags) catalog(url string) (*tool.Catalog, error) {
	if url == "" {
		url = f.AtlassianURL
	}
	return tools.New(tools.Config{
		AtlassianURL:     url,
		ProviderID:       f.ProviderID,
		DisabledTools:    f.DisabledTools,
		DisabledToolkits: f.DisabledToolkits,
	})
}

// workerAddress is where a worker listens.
type workerAddress struct {
	Host string `help:"The worker's address; 0.0.0.0 in a container." default:"127.0.0.1" env:"ARCADE_SERVER_HOST"`
	Port uint16 `help:"The worker's port." default:"8002" env:"ARCADE_SERVER_PORT"`
}

func (a workerAddress) listen() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// dial is the address under which this machine reaches a listener at addr: a
// listener on every interface is reached through loopback.
func dial(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// logFlags say how a server logs.
type logFlags struct {
	LogLevel  string `help:"The least important lines to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"LOG_LEVEL"`
	LogFormat string `help:"json, pretty, or auto: pretty on a terminal." enum:"auto,json,pretty" default:"auto" env:"LOG_FORMAT"`
}

func (f logFlags) logger(out io.Writer) zerolog.Logger {
	if f.pretty(out) {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(f.LogLevel)
	if err != nil { // the flag's enum admits known levels only
		level = zerolog.InfoLevel
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

func (f logFlags) pretty(out io.Writer) bool {
	if f.LogFormat == "auto" {
		file, ok := out.(*os.File)
		return ok && isatty.IsTerminal(file.Fd())
	}
	return f.LogFormat == "pretty"
}

// shell is where a command reads and writes.
type shell struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// printf writes to stdout. A reader that went away, such as head, is no error
// of ours.
func (s *shell) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stdout, format, args...)
}

// usageError is a request that makes no sense: exit code 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }
