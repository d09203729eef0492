package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"arcade-atlassian/tools/freeport"
	"arcade-atlassian/worker"
)

// audited is a worker of its own process, without authentication.
type audited struct {
	cmd    *exec.Cmd
	url    string
	log    *bufio.Scanner // of standard error
	stdout bytes.Buffer
}

func startAudited(t *testing.T, auditLog string) *audited {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	a := &audited{url: "http://127.0.0.1:" + port, cmd: exec.CommandContext(ctx, "atlassian-worker", "serve", "--sandbox", "--no-auth",
		"--lame-duck", "0", "--log-format", "json", "--port", port, "--audit-log", auditLog)}
	a.cmd.Stdout = &a.stdout
	stderr, err := a.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.log = bufio.NewScanner(stderr)
	a.until(t, `"message":"serving"`)
	return a
}

// until reads log lines up to one with the text.
func (a *audited) until(t *testing.T, text string) {
	t.Helper()
	for a.log.Scan() {
		if strings.Contains(a.log.Text(), text) {
			return
		}
	}
	t.Fatalf("it does not log %q", text)
}

// label adds a label to an issue.
func (a *audited) label(t *testing.T, issue string) {
	t.Helper()
	body := `{"tool":{"toolkit":"Jira","name":"AddLabelsToIssue"},"inputs":{"issue":"` + issue + `","labels":["urgent"]},"context":{"authorization":{"token":"sandbox"}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+worker.PathInvoke, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
}

// stop ends it and waits.
func (a *audited) stop(t *testing.T) {
	t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for a.log.Scan() { // to its end, which Wait asks for
		continue
	}
	if err := a.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// issues are the keys of the issues in a log, of lines that have ended.
func issues(t *testing.T, text string) (keys []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if _, after, ok := strings.Cut(line, `"objects":[{"type":"issue","key":"`); ok && strings.HasSuffix(line, "}\n") {
			key, _, _ := strings.Cut(after, `"`)
			keys = append(keys, key)
		}
	}
	return keys
}

// The line of a write is in the file when its answer comes; after SIGHUP lines go
// to a new file, and when that cannot be opened to the old one.
func TestAuditLogInAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	a := startAudited(t, path)
	has := func(name, want string) {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(issues(t, string(data)), " "); got != want {
			t.Errorf("%s has %s, want %s", filepath.Base(name), got, want)
		}
	}
	a.label(t, "PLAT-1")
	has(path, "PLAT-1")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	a.label(t, "PLAT-2")
	has(path+".1", "PLAT-1 PLAT-2")
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	a.until(t, "audit log opened again")
	a.label(t, "PLAT-3")
	has(path, "PLAT-3")
	has(path+".1", "PLAT-1 PLAT-2")

	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	a.until(t, "the audit log cannot be opened again")
	a.label(t, "PLAT-1")
	has(path+".2", "PLAT-3 PLAT-1")
	a.stop(t)
}

func TestAuditLogOnStandardOutput(t *testing.T) {
	t.Parallel()
	a := startAudited(t, "-")
	a.label(t, "PLAT-1")
	a.label(t, "PLAT-2")
	a.stop(t)
	if got := strings.Join(issues(t, a.stdout.String()), " "); got != "PLAT-1 PLAT-2" {
		t.Errorf("has %s: %s", got, &a.stdout)
	}
}

// writerFunc writes by a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(line []byte) (int, error) { return f(line) }

// What was lost after the last line that could tell it is told at the end.
func TestTheEndOfTheAuditLogIsMissed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		write func([]byte) (int, error)
		lost  string
	}{
		{"nobody reads any more", func([]byte) (int, error) { return 0, syscall.EPIPE }, `"lost":1`},
		{"nobody reads now", func([]byte) (int, error) { select {} }, `"lost":1`},
		{"all is read", func(line []byte) (int, error) { return len(line), nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			audit, err := auditFlags{AuditLog: "-"}.openAudit(writerFunc(tt.write), zerolog.New(&log))
			if err != nil {
				t.Fatal(err)
			}
			_, err = audit.Write([]byte("line\n"))
			audit.close()
			told := log.String()
			if err != nil { // at once
				told += tt.lost
			}
			if (told == "") != (tt.lost == "") || strings.Count(told, `"lost":`) != strings.Count(tt.lost, `"lost":`) || !strings.Contains(told, tt.lost) {
				t.Errorf("told %q, want %q", told, tt.lost)
			}
		})
	}
}

func TestAuditLogsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"serve", "--sandbox", "--audit-log", t.TempDir()}, "is not a regular file", exitFailed},
		{[]string{"serve", "--sandbox", "--audit-log", filepath.Join(t.TempDir(), "no", "file")}, "no such file or directory", exitFailed},
		{[]string{"mcp", "--sandbox", "--audit-log", "-"}, "cannot be standard output", exitUsage},
	} {
		var said bytes.Buffer
		if code := run(tt.args, strings.NewReader(""), &said, &said); code != tt.code || !strings.Contains(said.String(), tt.want) {
			t.Errorf("%v: %d %s", tt.args, code, &said)
		}
	}
}
