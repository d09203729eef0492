package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// fillingWriter has room for so many bytes and then fails.
type fillingWriter struct {
	room   int
	failed bool
	after  int // writes after the one that failed
}

var errFull = errors.New("the writer is full")

func (w *fillingWriter) Write(p []byte) (int, error) {
	if w.failed {
		w.after++
	}
	n := min(len(p), w.room)
	w.failed = n < len(p)
	w.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// Whatever part of its output a command could not write, it fails.
func TestUnwrittenOutput(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"call --sandbox Jira.ListProjects",
		"convert --from markdown --to adf",
		"scopes",
		"tools",
		"tools --json",
		"tools --markdown",
		"tools Jira.ListProjects",
		"tools --json Jira.ListProjects",
		"version",
		"version --help",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(line)
			var printed, explained bytes.Buffer
			if code := run(args, strings.NewReader("*text*\n"), &printed, &explained); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &explained)
			}
			for _, room := range []int{0, 1, printed.Len() / 2, printed.Len() - 1} {
				var explained bytes.Buffer
				out := &fillingWriter{room: room}
				code := run(args, strings.NewReader("*text*\n"), out, &explained)
				if code != exitFailed || !strings.Contains(explained.String(), "standard output: "+errFull.Error()) {
					t.Errorf("with room for %d of %d bytes: exit code %d: %s", room, printed.Len(), code, &explained)
				}
				if out.after > 0 {
					t.Errorf("with room for %d of %d bytes: %d more writes after the one that failed", room, printed.Len(), out.after)
				}
			}
			if code := run(args, strings.NewReader("*text*\n"), &fillingWriter{room: printed.Len()}, io.Discard); code != exitOK {
				t.Errorf("with room for all: exit code %d", code)
			}
		})
	}
}
