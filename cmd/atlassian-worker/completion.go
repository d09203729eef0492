package main

import (
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is printed below the command's one-line help.
func (completionCmd) Help() string {
	return "bash and zsh: source <(atlassian-worker completion bash). fish: atlassian-worker completion fish | source. " +
		"In the shell's start-up file it works in every shell."
}

// Run prints the script that makes the shell ask this program.
func (c *completionCmd) Run(s *shell) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	script := map[string]string{
		"bash": "complete -C PROGRAM atlassian-worker\n",
		"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -C PROGRAM atlassian-worker\n",
		"fish": `function __complete_atlassian_worker
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    PROGRAM
end
complete -f -c atlassian-worker -a "(__complete_atlassian_worker)"
`,
	}[c.Shell]
	s.printf("%s", strings.ReplaceAll(script, "PROGRAM", "'"+strings.ReplaceAll(program, "'", `'\''`)+"'"))
	return nil
}

// isCompletion reports whether a shell asks how a command line may go on.
func isCompletion() bool { return os.Getenv("COMP_LINE") != "" }

// completeLine answers such a shell.
func completeLine(parser *kong.Kong) {
	kongplete.Complete(parser, kongplete.WithExitFunc(func(int) {}), kongplete.WithPredictor("tool", complete.PredictFunc(toolNames)))
}

// toolNames are the tools there can be: a shell does not wait for a site.
func toolNames(complete.Args) (names []string) {
	catalog, err := catalogFlags{}.catalog("")
	if err != nil { // completion has nobody to tell
		return nil
	}
	for _, t := range catalog.Tools() {
		names = append(names, t.FullName())
	}
	return names
}
