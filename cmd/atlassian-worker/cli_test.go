package main

import (
	"bytes"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// A command alone is the same as among the others.
func TestGrammar(t *testing.T) {
	t.Parallel()
	help := func(grammar any, args ...string) string {
		var printed bytes.Buffer
		parser, err := kong.New(grammar, kong.Name("atlassian-worker"), kong.Writers(&printed, &printed), kong.Exit(func(int) {}), vars())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = parser.Parse(append(args, "--help")) // which prints, and then misses what the command requires
		return printed.String()
	}
	all, err := kong.New(new(cli), vars())
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range all.Model.Children {
		alone := grammar([]string{command.Name, "--unknown"})
		if _, is := alone.(*cli); is {
			t.Errorf("%s: all commands are read", command.Name)
		}
		if diff := cmp.Diff(help(new(cli), command.Name), help(alone, command.Name)); diff != "" {
			t.Errorf("%s (-among others +alone):\n%s", command.Name, diff)
		}
	}
	for _, args := range [][]string{nil, {"--help"}, {"nothing"}, {"Serve"}} {
		if _, is := grammar(args).(*cli); !is {
			t.Errorf("%q: not all commands are read", args)
		}
	}
}
