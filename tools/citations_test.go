package tools_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages are where the citations in comments lead.
var pages = map[string]string{"protocol": "docs/protocol.md", "facts": "docs/atlassian.md"}

var (
	citation   = regexp.MustCompile(`(?i)\b(protocol|facts) ((?:§[0-9]+(?:\.[0-9]+)*(?:, | and |–|-)?)+)`)
	section    = regexp.MustCompile(`§([0-9]+(?:\.[0-9]+)*)`)
	heading    = regexp.MustCompile(`(?m)^(?:#+|\|) ([0-9]+(?:\.[0-9]+)*) `)
	lineBreak  = regexp.MustCompile(`\n[ \t]*(//|#)?[ \t]*`)
	foreign    = regexp.MustCompile(`RFC [0-9]+ §[0-9.]+`)
	bare       = regexp.MustCompile(`(?:(?:protocol|facts) )?(§[0-9])`)
	citingFile = regexp.MustCompile(`\.(go|py|md|mjs|sh|yml)$`)
)

// Every section that a comment cites is on the page, and no citation is
// written in a way that this test would overlook.
func TestCitationsLeadSomewhere(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{}
	for name, page := range pages {
		text, err := os.ReadFile(filepath.Join("..", page))
		if err != nil {
			t.Fatal(err)
		}
		known[name] = map[string]bool{}
		for _, match := range heading.FindAllStringSubmatch(string(text), -1) {
			known[name][match[1]] = true
		}
	}
	cited := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == ".venv" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || !citingFile.MatchString(path) || strings.HasSuffix(path, "citations_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// A comment may break a line within a citation.
		joined := lineBreak.ReplaceAllString(string(text), " ")
		joined = foreign.ReplaceAllString(joined, "")
		if strings.Contains(path, "conformance") { // deviations.py says that all of its citations are the protocol's
			joined = bare.ReplaceAllString(joined, "protocol $1")
		}
		found := 0
		for _, match := range citation.FindAllStringSubmatch(joined, -1) {
			for _, s := range section.FindAllStringSubmatch(match[2], -1) {
				found++
				if !known[strings.ToLower(match[1])][s[1]] {
					t.Errorf("%s cites %s §%s, which is not in %s", path, match[1], s[1], pages[strings.ToLower(match[1])])
				}
			}
		}
		if all := len(section.FindAllString(joined, -1)); all != found {
			t.Errorf("%s has %d sections cited, of which %d say whose they are", path, all, found)
		}
		cited += found
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if cited < 30 {
		t.Errorf("only %d citations found: has their form changed?", cited)
	}
}
