package tooltest

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// hostileTexts are what a model may be talked into sending.
var hostileTexts = []string{
	"../../x", "A/../B", "a?b#c", "..", ".", "%2e%2e%2f", `..\..\x`, "a\x00b", "a\r\nHost: evil.example",
	"https://evil.example/", "@evil.example", "evil.example#", "\u202e\u200b", `" OR 1=1 --`, "{issueIdOrKey}", strings.Repeat("a", 1<<20),
}

// hostile puts hostile texts into every string parameter: nothing but the
// declared operations may reach Atlassian, and what fails must fail clearly.
func hostile(t *testing.T, kit *atlassian.Kit, s *scenario) {
	first := s.cases[0]
	for _, p := range s.tool.Definition.Input.Parameters {
		if p.ValueSchema.Type != schema.TypeString {
			continue
		}
		for _, text := range hostileTexts {
			var inputs map[string]jsontext.Value
			if err := json.Unmarshal(first.input(), &inputs); err != nil {
				t.Fatal(err)
			}
			quoted, err := jsontext.AppendQuote(nil, text)
			if err != nil {
				t.Fatal(err)
			}
			inputs[p.Name] = quoted
			raw, err := json.Marshal(inputs)
			if err != nil {
				t.Fatal(err)
			}
			u := newUpstream(t)
			_, failure := call(t, kit, u, s.tool.Name, first.token(), raw)
			label := text[:min(len(text), 30)]
			for _, request := range u.seen() {
				if !isOurs(request, s.tool) {
					t.Errorf("%s=%q sent %s", p.Name, label, request)
				}
			}
			if failure != nil && (failure.Kind == tool.KindFatal || len(failure.Message) > 4000) {
				t.Errorf("%s=%q fails unclearly: %s %.200s", p.Name, label, failure.Kind, failure.Message)
			}
			if failure == nil && len(text) > 1<<16 {
				t.Errorf("%s accepts a megabyte", p.Name)
			}
		}
	}
}

func isOurs(request string, declared *tool.Tool) bool {
	return strings.HasPrefix(request, "GET /oauth/token/accessible-resources ") ||
		slices.ContainsFunc(declared.Uses, func(op tool.Operation) bool { return performs(request, op) })
}
