package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"arcade-atlassian/tools/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(manyAtOnce{m}, map[string]func(){"atlassian-worker": main})
}

// manyAtOnce runs more tests at a time than there are processors, because most
// wait for a program's pauses.
type manyAtOnce struct{ *testing.M }

func (m manyAtOnce) Run() int {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	return m.M.Run()
}

const readmePath = "../../README.md"

// TestScripts runs whole-program scripts. Besides testscript's own commands
// they have:
//
//	serving URL   waits until URL answers 200
//	paste FILE    runs every curl command in FILE; each must answer 200
//	fetch STATUS ARGS…  runs curl with ARGS; it must answer STATUS
//	exits CODE PROGRAM ARGS…  runs a program; it must exit with CODE
//	engine ID…    starts a stand-in for an Arcade Engine with these OAuth providers at $ENGINE
//	private FILE  checks that only its owner can read FILE
//	chapter TITLE ANSWERS VERIFIED  runs the commands of a chapter of the README
//
// and a free port in $PORT.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_GOLDEN") != "",
		Setup: func(env *testscript.Env) error {
			port, err := freeport.Take()
			env.Setenv("PORT", port)
			env.Setenv("ARCADE_WORKER_SECRET", "")
			env.Setenv("ARCADE_LAME_DUCK", "0") // nobody here balances load
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serving": serving,
			"paste":   paste,
			"fetch":   fetch,
			"exits":   exits,
			"chapter": chapter,
			"engine":  arcadeEngine,
			"private": private,
		},
	})
}

func serving(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(untilServing(context.Background(), args[0]))
}

// untilServing waits until url answers 200, for a minute at most.
func untilServing(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer 200", url)
		}
	}
}

func paste(ts *testscript.TestScript, _ bool, args []string) {
	needCurl(ts)
	count := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if strings.HasPrefix(line, "curl ") {
			count++
			curl(ts, "200", strings.TrimSpace(line))
		}
	}
	if count == 0 {
		ts.Fatalf("no curl command in %s", args[0])
	}
}

func fetch(ts *testscript.TestScript, _ bool, args []string) {
	needCurl(ts)
	quoted := make([]string, len(args)-1)
	for i, a := range args[1:] {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	curl(ts, args[0], "curl -s "+strings.Join(quoted, " "))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("%s exits with %d, want %s", strings.Join(args[1:], " "), got, want)
	}
}

// chapter runs the commands of a chapter of the README in one shell, as a person
// would paste them, and compares the last answer with the one that is printed
// there. So many answers are expected, and so many of them verified. The sandbox has
// another port, since somebody may have theirs.
func chapter(ts *testscript.TestScript, _ bool, args []string) {
	title, expected := args[0], args[1:]
	readme, err := os.ReadFile(readmePath)
	ts.Check(err)
	_, chapter, _ := strings.Cut(string(readme), "\n### "+title+"\n")
	chapter, _, _ = strings.Cut(chapter, "\n### ")
	_, want, printed := strings.Cut(chapter, "```json\n")
	want, _, _ = strings.Cut(want, "```")
	blocks := strings.Split(strings.ReplaceAll(chapter, "8003", ts.Getenv("PORT")), "```sh\n")[1:]
	if len(blocks) < 2 || !printed {
		ts.Fatalf("the README has no chapter %q with commands and an answer", title)
	}
	script := "set -e\ntrap 'kill $!' EXIT\n"
	for i, block := range blocks {
		commands, _, _ := strings.Cut(block, "```")
		script += commands
		if i == 0 { // until the sandbox answers
			script += "for i in $(seq 500); do bin/atlassian-worker call Jira.WhoAmI >/dev/null 2>&1 && break; sleep 0.02; done\n"
		}
	}
	ts.Check(ts.Exec("sh", "-c", script))
	all := ts.ReadFile("stdout")
	if got := all[max(0, len(all)-len(want)):]; got != want {
		ts.Fatalf("the README prints another last answer (-README +true):\n%s", cmp.Diff(want, all[max(0, strings.LastIndex(all, "\n{\n")+1):]))
	}
	got := []string{strconv.Itoa(strings.Count(all, "\n}\n")), strconv.Itoa(strings.Count(all, `"verified": true`))}
	if !slices.Equal(got, expected) {
		ts.Fatalf("%s answers, %s of them verified, want %v", got[0], got[1], expected)
	}
}

func needCurl(ts *testscript.TestScript) {
	if _, err := exec.LookPath("curl"); err != nil {
		ts.Fatalf("this script needs curl")
	}
}

// curl runs a curl command line as a person would, prints the answer to the
// script's stdout and checks the status.
func curl(ts *testscript.TestScript, status, line string) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("sh", "-c", line+` -w '\n%{http_code}'`)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		ts.Fatalf("%s: %v %s", line, err, stderr.String())
	}
	i := strings.LastIndex(stdout.String(), "\n")
	body, got := stdout.String()[:i], stdout.String()[i+1:]
	_, _ = fmt.Fprintln(ts.Stdout(), body)
	if got != status {
		ts.Fatalf("%s\nanswers %s, want %s: %s", line, got, status, body)
	}
}

// The README's table of tools is what the program prints.
func TestReadmeListsTheTools(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	if code := run([]string{"tools", "--table"}, nil, &printed, os.Stderr); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	checkPart(t, readmePath, "tools", printed.String())
}

// docs/operations.md describes every flag of serve.
func TestOperationsListsTheFlags(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&cli{}, vars())
	if err != nil {
		t.Fatal(err)
	}
	serve := slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == "serve" })
	var table strings.Builder
	table.WriteString("| flag of `serve` | environment | default | |\n|---|---|---|---|\n")
	for _, f := range parser.Model.Children[serve].Flags {
		fmt.Fprintf(&table, "| `--%s` | %s | %s | %s |\n", f.Name, code(f.Envs...), code(f.Default), strings.ReplaceAll(f.Help, "|", "\\|"))
	}
	checkPart(t, guides+"operations.md", "flags", table.String())
}

// code writes words as code of Markdown, and nothing for none.
func code(words ...string) string {
	var quoted []string
	for _, w := range words {
		if w != "" {
			quoted = append(quoted, "`"+w+"`")
		}
	}
	return strings.Join(quoted, ", ")
}

// checkPart compares the part of a document between <!-- NAME --> and
// <!-- /NAME --> with what it should be, or writes it when golden files are
// recorded.
func checkPart(t *testing.T, path, name, want string) {
	t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(document), begin)
	written, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between %s and %s", path, begin, end)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(written, want); diff != "" {
		t.Errorf("%s (-written +true), make golden mends it:\n%s", path, diff)
	}
}

// docs/tools.md is what the program prints.
func TestReferenceOfTools(t *testing.T) {
	t.Parallel()
	const path = "../../docs/tools.md"
	var printed bytes.Buffer
	if code := run([]string{"tools", "--markdown"}, nil, &printed, os.Stderr); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, printed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(written), printed.String()); diff != "" {
		t.Errorf("docs/tools.md (-written +printed), make golden mends it:\n%s", diff)
	}
}

// The README's console examples print what it says.
func TestReadmeExamples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(readme), "```console\n")
	block, _, ok2 := strings.Cut(block, "```")
	if !ok || !ok2 {
		t.Fatal("README.md has no console example")
	}
	for example := range strings.SplitSeq(strings.TrimPrefix(block, "$ "), "\n$ ") {
		line, want, _ := strings.Cut(strings.TrimSuffix(example, "\n"), "\n")
		input, command, ok := strings.Cut(strings.TrimPrefix(line, "echo '"), "' | atlassian-worker ")
		if !ok {
			t.Fatalf("the example is not of the form echo '…' | atlassian-worker …: %s", line)
		}
		var printed bytes.Buffer
		if code := run(strings.Fields(command), strings.NewReader(input+"\n"), &printed, &printed); code != exitOK {
			t.Errorf("%s: exit code %d", line, code)
		}
		if diff := cmp.Diff(want, strings.TrimSuffix(printed.String(), "\n")); diff != "" {
			t.Errorf("%s (-README +true):\n%s", line, diff)
		}
	}
}
