package richtext_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/richtext"
)

// specExample is one example of the CommonMark specification.
type specExample struct {
	Markdown string `json:"markdown"`
	HTML     string `json:"html"`
	Example  int    `json:"example"`
	Section  string `json:"section"`
}

// specExamples reads the examples from the test data of the parser's module.
func specExamples(t *testing.T) []specExample {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("locate the parser's module: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []specExample
	if err := json.Unmarshal(b, &examples); err != nil {
		t.Fatal(err)
	}
	return examples
}

func TestCommonMarkExamples(t *testing.T) {
	t.Parallel()
	schema := adfSchema(t)
	ran := 0
	for _, ex := range specExamples(t) {
		ran++
		name := fmt.Sprintf("example %d (%s)", ex.Example, ex.Section)
		first, err := richtext.ParseMarkdown(ex.Markdown, richtext.MarkdownOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		adf, _ := first.ADF()
		if err := invalid(schema, adf); err != nil {
			t.Errorf("%s: invalid ADF: %v\n%s", name, err, adf)
		}
		stored, err := richtext.ParseADF(adf, richtext.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		markdown, _ := stored.Markdown()
		second, err := richtext.ParseMarkdown(markdown, richtext.MarkdownOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, _ := second.ADF()
		if diff := cmp.Diff(pretty(t, adf), pretty(t, again)); diff != "" {
			t.Errorf("%s changed on the way back (-first +second):\n%s\nsource:\n%s\nwritten:\n%s", name, diff, ex.Markdown, markdown)
		}
	}
	t.Logf("%d examples", ran)
}
