package richtext_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/richtext"
)

// A golden file holds cases of one feature. A case begins with "==== name" and
// has sections "-- format --"; the first is the source, the others follow
// from it. With UPDATE_GOLDEN=1 they are written anew.
type goldenCase struct {
	name     string
	sections []section
}

type section struct{ name, text string }

func (c *goldenCase) add(name, text string) {
	if text != "" {
		c.sections = append(c.sections, section{name, strings.TrimSuffix(text, "\n") + "\n"})
	}
}

func readGolden(t *testing.T, file string) []goldenCase {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "==== "); ok {
			cases = append(cases, goldenCase{name: strings.TrimSpace(name)})
			continue
		}
		if len(cases) == 0 {
			t.Fatalf("%s: text before the first case", file)
		}
		c := &cases[len(cases)-1]
		trimmed := strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(trimmed, "-- "); ok && strings.HasSuffix(name, " --") {
			c.sections = append(c.sections, section{name: strings.TrimSuffix(name, " --")})
			continue
		}
		if len(c.sections) == 0 {
			t.Fatalf("%s: %s has text before its first section", file, c.name)
		}
		c.sections[len(c.sections)-1].text += line
	}
	return cases
}

func writeGolden(t *testing.T, file string, cases []goldenCase) {
	t.Helper()
	var b strings.Builder
	for _, c := range cases {
		b.WriteString("==== " + c.name + "\n")
		for _, s := range c.sections {
			b.WriteString("-- " + s.name + " --\n" + s.text)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// golden runs every case of a folder and compares what follows from its source
// with what the file says. It returns the number of cases.
func golden(t *testing.T, folder string, derive func(t *testing.T, source section) []section) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "golden", folder, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		cases := readGolden(t, file)
		names := make(map[string]bool)
		for i := range cases {
			c := &cases[i]
			count++
			if names[c.name] {
				t.Errorf("%s: two cases are called %q", file, c.name)
			}
			names[c.name] = true
			if len(c.sections) == 0 {
				t.Errorf("%s: %q is empty", file, c.name)
				continue
			}
			source := c.sections[0]
			source.text = strings.TrimSuffix(source.text, "\n")
			want := goldenCase{sections: []section{c.sections[0]}}
			for _, s := range derive(t, source) {
				want.add(s.name, s.text)
			}
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				c.sections = want.sections
				continue
			}
			if diff := cmp.Diff(c.sections, want.sections, cmp.AllowUnexported(section{})); diff != "" {
				t.Errorf("%s: %s (-file +result):\n%s", file, c.name, diff)
			}
		}
		if os.Getenv("UPDATE_GOLDEN") == "1" {
			writeGolden(t, file, cases)
		}
	}
	return count
}

func TestGoldenMarkdownAndADF(t *testing.T) {
	t.Parallel()
	schema := adfSchema(t)
	n := golden(t, "markdown-adf", func(t *testing.T, source section) []section {
		t.Helper()
		var adf []byte
		var out []section
		if source.name == "adf" {
			adf = []byte(source.text)
		} else {
			var losses richtext.Losses
			adf, losses = readMarkdown(t, source.text).ADF()
			out = append(out, section{"adf", pretty(t, adf)}, section{"losses", losses.String()})
		}
		if err := invalid(schema, adf); err != nil {
			t.Errorf("invalid ADF for %q: %v", source.text, err)
		}
		markdown, losses := readADF(t, adf).Markdown()
		if markdown != source.text {
			out = append(out, section{"written", markdown + "\n"})
		}
		return append(out, section{"losses of writing", losses.String()})
	})
	if n < 60 {
		t.Errorf("%d cases, want at least 60", n)
	}
}

func TestGoldenStorageAndMarkdown(t *testing.T) {
	t.Parallel()
	schema := adfSchema(t)
	n := golden(t, "storage-markdown", func(t *testing.T, source section) []section {
		t.Helper()
		var out []section
		markdown, storage := source.text, ""
		if source.name == "storage" {
			d := readStorage(t, source.text)
			if same, _ := d.Storage(); same != source.text {
				t.Errorf("storage changed when nothing was edited:\n%s", cmp.Diff(source.text, same))
			}
			adf, _ := d.ADF()
			if err := invalid(schema, adf); err != nil {
				t.Errorf("invalid ADF for %q: %v", source.text, err)
			}
			var losses richtext.Losses
			markdown, losses = d.Markdown()
			out = append(out, section{"markdown", markdown}, section{"losses", losses.String()})
			storage = source.text
		}
		back, losses := readMarkdown(t, markdown).Storage()
		if back != storage {
			out = append(out, section{"written", back})
		}
		return append(out, section{"losses of writing", losses.String()})
	})
	if n < 60 {
		t.Errorf("%d cases, want at least 60", n)
	}
}

func TestGoldenStorageAndADF(t *testing.T) {
	t.Parallel()
	schema := adfSchema(t)
	n := golden(t, "storage-adf", func(t *testing.T, source section) []section {
		t.Helper()
		d := readStorage(t, source.text)
		if same, _ := d.Storage(); same != source.text {
			t.Errorf("storage changed when nothing was edited:\n%s", cmp.Diff(source.text, same))
		}
		adf, losses := d.ADF()
		if err := invalid(schema, adf); err != nil {
			t.Errorf("invalid ADF from %s: %v", source.text, err)
		}
		out := []section{{"adf", pretty(t, adf)}, {"losses", losses.String()}}
		back, losses := readADF(t, adf).Storage()
		if back != source.text {
			out = append(out, section{"written", back})
		}
		return append(out, section{"losses of writing", losses.String()})
	})
	if n < 20 {
		t.Errorf("%d cases, want at least 20", n)
	}
}

func TestGoldenADFAndStorage(t *testing.T) {
	t.Parallel()
	schema := adfSchema(t)
	n := golden(t, "adf-storage", func(t *testing.T, source section) []section {
		t.Helper()
		storage, losses := readADF(t, []byte(source.text)).Storage()
		out := []section{{"storage", storage}, {"losses", losses.String()}}
		back, losses := readStorage(t, storage).ADF()
		if err := invalid(schema, back); err != nil {
			t.Errorf("invalid ADF by way of storage from %s: %v", source.text, err)
		}
		if string(back) != source.text {
			out = append(out, section{"written", pretty(t, back)})
		}
		return append(out, section{"losses of writing", losses.String()})
	})
	if n < 3 {
		t.Errorf("%d cases, want at least 3", n)
	}
}
