package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const guides = "../../docs/"

// What the guide to troubleshooting quotes is what the program says.
func TestGuideQuotesTheProgram(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(guides + "troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, dir := range []string{".", "../../tools", "../../worker"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			// The tests of tokens have the words of the library that reads them.
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") && filepath.Base(path) != "auth_test.go" {
				return err
			}
			text, err := os.ReadFile(path)
			source.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	said := regexp.MustCompile(`" \+\s*"|\\`).ReplaceAllString(source.String(), "") // texts that go over lines
	quotes := 0
	for line := range strings.Lines(string(guide)) {
		quote, quoted := strings.CutPrefix(strings.TrimSpace(line), "> ")
		if !quoted {
			continue
		}
		quotes++
		for part := range strings.SplitSeq(quote, "…") {
			if part = strings.TrimSpace(part); len(part) > 1 && !strings.Contains(said, part) {
				t.Errorf("%q: the program does not say %q", quote, part)
			}
		}
	}
	if quotes < 20 {
		t.Errorf("only %d quotes", quotes)
	}
}

// The guides' commands are those of the program, with flags that it has.
func TestGuidesCommands(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(guides + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, name := range append(names, readmePath) {
		guide, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^ *bin/atlassian-worker ([a-z]+)([^#\n]*)`).FindAllStringSubmatch(string(guide), -1) {
			commands++
			var printed strings.Builder
			if code := run([]string{match[1], "--help"}, nil, &printed, &printed); code != exitOK {
				t.Errorf("%s: %s: exit code %d: %s", filepath.Base(name), match[1], code, printed.String())
				continue
			}
			for _, flag := range regexp.MustCompile(` --[a-z-]+`).FindAllString(match[2], -1) {
				if !regexp.MustCompile(regexp.QuoteMeta(flag) + `\b`).MatchString(printed.String()) {
					t.Errorf("%s: %s has no%s", filepath.Base(name), match[1], flag)
				}
			}
		}
	}
	if commands < 15 {
		t.Errorf("only %d commands", commands)
	}
}
