package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/tool"
)

// positive refuses a length of time or a size that is not above zero: zero
// would leave nothing, and a negative one means nothing.
func positive[T time.Duration | int64](flag string, value T, example string) error {
	if value <= 0 {
		return usagef("%s is %v: it must be more than 0, such as %s", flag, value, example)
	}
	return nil
}

// notNegative refuses a negative length of time.
func notNegative(flag string, value time.Duration, zero string) error {
	if value < 0 {
		return usagef("%s is %s: it must be 0, which means %s, or more, such as 30s", flag, value, zero)
	}
	return nil
}

// catalogFlags say which tools there are and where they act.
type catalogFlags struct {
	AtlassianURL     string   `help:"Where tools reach Atlassian." default:"${atlassian_url}" env:"ATLASSIAN_API_URL" placeholder:"URL"`
	ProviderID       string   `help:"The Engine's OAuth provider, if it has several of type Atlassian." env:"ATLASSIAN_PROVIDER_ID" placeholder:"ID"`
	ReadOnly         bool     `help:"Serve only tools that change nothing." env:"ARCADE_WORKER_READ_ONLY"`
	Enable           []string `help:"Serve only tools and toolkits like these: Jira, or Jira.Get*." env:"ARCADE_WORKER_ENABLE" placeholder:"GLOB" predictor:"tool"`
	Disable          []string `help:"Tools and toolkits to leave out whatever is enabled: Confluence, or *.*Attachment*." env:"ARCADE_WORKER_DISABLE" placeholder:"GLOB" predictor:"tool"`
	DisabledTools    []string `help:"Tools to leave out, such as Jira.ListProjects." env:"ARCADE_DISABLED_TOOLS" placeholder:"TOOL" predictor:"tool"`
	DisabledToolkits []string `help:"Toolkits to leave out, such as Confluence." env:"ARCADE_DISABLED_TOOLKITS" placeholder:"TOOLKIT"`
	boundaryFlags
}

// catalog builds the tools. A non-empty url replaces the flag's; each of more
// completes the configuration. The tests hold the tools' declarations to be
// right, so what can be wrong is a flag or its variable.
func (f catalogFlags) catalog(url string, more ...func(*tools.Config)) (*tool.Catalog, error) {
	if url == "" {
		url = f.AtlassianURL
	}
	config := tools.Config{
		AtlassianURL:     url,
		ProviderID:       f.ProviderID,
		ReadOnly:         f.ReadOnly,
		Enable:           f.Enable,
		Disable:          f.Disable,
		DisabledTools:    f.DisabledTools,
		DisabledToolkits: f.DisabledToolkits,
		Boundaries:       f.boundaries(),
	}
	for _, complete := range more {
		complete(&config)
	}
	catalog, err := tools.New(config)
	if err != nil {
		return nil, usageError{err}
	}
	return catalog, nil
}

// logFlags say how a server logs.
type logFlags struct {
	LogLevel  string `help:"The least important lines to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"LOG_LEVEL"`
	LogFormat string `help:"json, pretty, or auto: pretty on a terminal." enum:"auto,json,pretty" default:"auto" env:"LOG_FORMAT"`
}

// logger logs to out, which is standard error. Neither a reader that stands
// still nor one that goes away holds up or ends the process. The lines have to be
// flushed at its end.
func (f logFlags) logger(out io.Writer) (zerolog.Logger, *logging.Writer) {
	signal.Ignore(syscall.SIGPIPE) // which would end it; now writing fails
	if f.pretty(out) {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(f.LogLevel)
	if err != nil { // the flag's enum admits known levels only
		level = zerolog.InfoLevel
	}
	lines := logging.NewWriter(out)
	return zerolog.New(lines).Level(level).With().Timestamp().Logger(), lines
}

// flushLimit is how long the end of a process waits for its last lines.
const flushLimit = 2 * time.Second

func (f logFlags) pretty(out io.Writer) bool {
	if f.LogFormat == "auto" {
		file, ok := out.(*os.File)
		return ok && isatty.IsTerminal(file.Fd())
	}
	return f.LogFormat == "pretty"
}
