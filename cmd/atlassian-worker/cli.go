package main

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"arcade-atlassian/cmd/atlassian-worker/internal/engine"
	"arcade-atlassian/tools"
	"arcade-atlassian/worker"
)

// cli is every command, flag, environment variable and help text.
type cli struct {
	Serve      serveCmd      `cmd:"" help:"Serve the tools to an Arcade Engine."`
	Call       callCmd       `cmd:"" help:"Run one tool without a server."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Serve the tools to one MCP client on standard input and output."`
	Login      loginCmd      `cmd:"" help:"Authorize yourself through Arcade, for call."`
	Logout     logoutCmd     `cmd:"" help:"Remove the token that login stored."`
	Register   registerCmd   `cmd:"" help:"Register this worker with an Engine."`
	Doctor     doctorCmd     `cmd:"" help:"Look at a deployment from end to end and say what to fix."`
	Tools      toolsCmd      `cmd:"" help:"List the tools, or describe one."`
	Scopes     scopesCmd     `cmd:"" help:"Print the OAuth scopes that the tools need."`
	Convert    convertCmd    `cmd:"" help:"Convert rich text between Markdown, ADF and Confluence storage."`
	JWT        jwtCmd        `cmd:"" name:"jwt" help:"Print a bearer token for this worker."`
	Sandbox    sandboxCmd    `cmd:"" help:"Serve the Atlassian sandbox alone."`
	Health     healthCmd     `cmd:"" help:"Exit with 0 when a worker is healthy, else with 1."`
	Completion completionCmd `cmd:"" help:"Print a script that completes commands, flags and tools in a shell."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// grammar is the part of cli that the arguments are about: the command they begin
// with, or all of it. Kong would take a third of a short start to read the others.
func grammar(args []string) any {
	if len(args) > 0 && !isCompletion() {
		for command := range reflect.TypeFor[cli]().Fields() {
			if strings.ToLower(command.Name) == args[0] {
				return reflect.New(reflect.StructOf([]reflect.StructField{command})).Interface()
			}
		}
	}
	return new(cli)
}

// vars are the defaults that other packages own.
func vars() kong.Vars {
	return kong.Vars{
		"atlassian_url": tools.DefaultURL,
		"engine_url":    engine.DefaultURL,
		"timeout":       worker.DefaultTimeout.String(),
		"lame_duck":     worker.DefaultLameDuck.String(),
		"drain":         worker.DefaultDrain.String(),

		"requests_per_site": strconv.Itoa(tools.DefaultRequestsPerSite),
		"requests_per_user": strconv.Itoa(tools.DefaultRequestsPerUser),
	}
}
