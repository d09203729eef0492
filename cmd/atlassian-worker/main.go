// Command atlassian-worker serves Jira and Confluence tools to an Arcade
// Engine, and lets people try the same tools from a shell.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for did not work
	exitUsage  = 2 // the command line or the environment makes no sense
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &output{to: stdout}
	helped := false // --help was answered: there is nothing left to do
	parser, err := kong.New(grammar(args),
		kong.Name("atlassian-worker"),
		kong.Description("Jira and Confluence tools for an Arcade Engine."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(out, stderr),
		kong.Exit(func(int) { helped = true }),
		vars(),
	)
	if err != nil {
		return fail(stderr, exitFailed, err)
	}
	if isCompletion() {
		completeLine(parser)
		return exitOK
	}
	command, err := parser.Parse(args)
	switch {
	case helped:
		err = nil
	case err != nil:
		return fail(stderr, exitUsage, fmt.Errorf("%w (see --help)", err))
	default:
		err = command.Run(&shell{stdin: stdin, stdout: out, stderr: stderr})
	}
	if err == nil {
		err = out.err
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return fail(stderr, exitUsage, err)
	}
	if err != nil {
		return fail(stderr, exitFailed, err)
	}
	return exitOK
}

func fail(stderr io.Writer, code int, err error) int {
	_, _ = fmt.Fprintln(stderr, "atlassian-worker:", err) // nowhere else to say it
	return code
}
