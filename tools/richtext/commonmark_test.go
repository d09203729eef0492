package richtext_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
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
		// Emphasis on inline code, which ADF does not have, leaves the space
		// before it emphasized for nothing.
		if diff := cmp.Diff(withoutMarkedSpaces(t, adf), withoutMarkedSpaces(t, again)); diff != "" {
			t.Errorf("%s changed on the way back (-first +second):\n%s\nsource:\n%s\nwritten:\n%s", name, diff, ex.Markdown, markdown)
		}
	}
	t.Logf("%d examples", ran)
}

// withoutMarkedSpaces lays ADF out with white space free of emphasis.
func withoutMarkedSpaces(t *testing.T, adf []byte) string {
	t.Helper()
	var root any
	if err := json.Unmarshal(adf, &root); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(v any, indent string)
	walk = func(v any, indent string) {
		n := v.(map[string]any)
		attrs, _ := json.Marshal(n["attrs"], json.Deterministic(true))
		if n["type"] != "text" {
			fmt.Fprintf(&b, "\n%s%s %s", indent, n["type"], attrs)
			content, _ := n["content"].([]any)
			for _, c := range content {
				walk(c, indent+"  ")
			}
			return
		}
		marks, _ := n["marks"].([]any)
		var kept []any
		for _, m := range marks {
			switch m.(map[string]any)["type"] {
			case "em", "strong", "strike":
			default:
				kept = append(kept, m)
			}
		}
		for _, r := range n["text"].(string) {
			of := marks
			if r == ' ' {
				of = kept
			}
			key, _ := json.Marshal(of, json.Deterministic(true))
			fmt.Fprintf(&b, "\n%s%q %s", indent, r, key)
		}
	}
	walk(root, "")
	return b.String()
}
