package tools_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools"
	"arcade-atlassian/tools/internal/atlassiantest"
)

func TestCatalogBuilds(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{ProviderID: "acme-atlassian", DisabledTools: []string{"jira.whoami"}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, found := range catalog.Tools() {
		if found.FullName() == "Jira.WhoAmI" {
			t.Error("a disabled tool is served")
		}
		if auth := found.Definition.Requirements.Authorization; auth != nil && *auth.ID != "acme-atlassian" {
			t.Errorf("%s: provider id %q", found.FullName(), *auth.ID)
		}
		if other, ok := seen[found.Doc]; ok && !strings.HasSuffix(other, "."+found.Name) {
			t.Errorf("%s and %s have the same description", other, found.FullName())
		}
		seen[found.Doc] = found.FullName()
	}
}

// A misspelled name must not pass for a tool of our own.
func TestCatalogHasPublishedNames(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range atlassiantest.ComparePublished(catalog) {
		t.Error(problem)
	}
}

// A catalog is part of many prompts: what a model reads of it, as MCP hosts show
// it, fits a budget. A model reads about four bytes a token.
func TestCatalogFitsItsBudget(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const perTool = 2_500
	budgets := map[string]int{"Jira": 45_000, "Confluence": 12_500}
	sizes := map[string]int{}
	var largest int
	var name string
	for _, d := range catalog.Definitions() {
		size := len(prompt(t, d))
		sizes[d.Toolkit.Name] += size
		if size > largest {
			largest, name = size, d.FullyQualifiedName
		}
		if size > perTool {
			t.Errorf("%s is %d bytes, the budget is %d", d.FullyQualifiedName, size, perTool)
		}
	}
	for toolkit, budget := range budgets {
		t.Logf("%s is %d bytes of %d", toolkit, sizes[toolkit], budget)
		if sizes[toolkit] == 0 || sizes[toolkit] > budget {
			t.Errorf("%s is %d bytes, the budget is %d", toolkit, sizes[toolkit], budget)
		}
	}
	t.Logf("the largest tool is %s with %d bytes of %d", name, largest, perTool)
}

// prompt is what a model is told about a tool: its name, its description and
// the JSON schema of its inputs.
func prompt(t *testing.T, d schema.Definition) []byte {
	t.Helper()
	input := map[string]any{"type": "object"}
	properties, required := map[string]any{}, []string{}
	for _, p := range d.Input.Parameters {
		property := valueSchema(p.ValueSchema)
		property["description"] = p.Description
		properties[p.Name] = property
		if p.Required {
			required = append(required, p.Name)
		}
	}
	input["properties"], input["required"] = properties, required
	text, err := json.Marshal(map[string]any{"name": d.FullyQualifiedName, "description": d.Description, "inputSchema": input})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func valueSchema(v schema.Value) map[string]any {
	out := map[string]any{"type": v.Type}
	switch v.Type {
	case schema.TypeJSON:
		out = objectSchema(v.Properties, v.RequiredKeys)
	case schema.TypeArray:
		items := map[string]any{"type": *v.Inner}
		if *v.Inner == schema.TypeJSON {
			items = objectSchema(v.InnerProperties, v.InnerRequiredKeys)
		}
		if v.Enum != nil {
			items["enum"] = v.Enum
		}
		out["items"] = items
		return out
	}
	if v.Enum != nil {
		out["enum"] = v.Enum
	}
	if v.Description != nil {
		out["description"] = *v.Description
	}
	return out
}

func objectSchema(properties schema.Properties, required []string) map[string]any {
	out := map[string]any{"type": "object"}
	if properties != nil {
		members := map[string]any{}
		for _, p := range properties {
			members[p.Name] = valueSchema(p.Value)
		}
		out["properties"], out["required"] = members, required
	}
	return out
}

// Nobody has to be an administrator, and who only reads need not be let write.
func TestScopesAreThoseOfUsers(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range catalog.Tools() {
		for _, scope := range found.Scopes() {
			switch verb, _, _ := strings.Cut(scope, ":"); {
			case verb == "manage":
				t.Errorf("%s asks for %s", found.FullName(), scope)
			case found.Definition.Metadata.Behavior.ReadOnly && (verb == "write" || verb == "delete"):
				t.Errorf("%s only reads and asks for %s", found.FullName(), scope)
			}
		}
	}
}

// Version 2 of Confluence's API takes granular scopes only, and version 1 of it
// answers 410 for everything but searches and people (facts §2, §15).
func TestConfluenceIsAskedInVersionTwo(t *testing.T) {
	t.Parallel()
	granular := regexp.MustCompile(`^(read|write|delete):[a-z-]+:confluence$`)
	first := []string{"GET /wiki/rest/api/search", "GET /wiki/rest/api/search/user", "GET /wiki/rest/api/user/current"}
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range catalog.Tools() {
		if found.Toolkit.Name != "Confluence" {
			continue
		}
		for _, scope := range found.Scopes() {
			if !granular.MatchString(scope) {
				t.Errorf("%s asks for %s, which is no granular scope", found.FullName(), scope)
			}
		}
		for _, used := range found.Uses {
			if !strings.Contains(used.Name(), " /wiki/api/v2/") && !slices.Contains(first, used.Name()) {
				t.Errorf("%s uses %s", found.FullName(), used.Name())
			}
		}
	}
	sources, err := filepath.Glob(filepath.Join("confluence", "*.go"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, source := range sources { // of operations, too, that no tool uses
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, removed := range []string{"/rest/api/content", "/rest/api/space", "/rest/api/longtask"} {
			if strings.Contains(string(text), removed) {
				t.Errorf("%s has %s", source, removed)
			}
		}
	}
}

// An operation that does not say what it touches is refused where the operator
// has set boundaries.
func TestEveryOperationSaysWhatItTouches(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{Boundaries: tools.Boundaries{ReadProjects: []string{"PLAT"}, ReadSpaces: []string{"ENG"}}})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, tool := range plain.Tools() {
		for _, op := range tool.Uses {
			said, ok := op.(interface{ Classified() bool })
			if !ok {
				continue // of another service
			}
			operations++
			if !said.Classified() {
				t.Errorf("%s: %s needs a Within", tool.FullName(), op.Name())
			}
		}
		if bounded := catalog.ByName(tool.FullName()); len(bounded.Uses) < len(tool.Uses) || tool.ReadOnly() != bounded.ReadOnly() {
			t.Errorf("%s uses less within boundaries, or writes", tool.FullName())
		}
	}
	if operations < 100 {
		t.Errorf("only %d operations", operations)
	}
}

func TestConfigurationMistakesStopTheStart(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]tools.Config{
		"typo in a disabled tool":    {DisabledTools: []string{"Jira.ListProject"}},
		"typo in a disabled toolkit": {DisabledToolkits: []string{"Confluense"}},
		"typo in what is enabled":    {Enable: []string{"Jira.Gott*"}},
		"typo in what is disabled":   {Disable: []string{"Jira.*", "Confluense"}},
		"a full-width site":          {Boundaries: tools.Boundaries{ReadSites: []string{"\uff41cme.atlassian.net"}}},
		"a page as a site":           {Boundaries: tools.Boundaries{WriteSites: []string{"https://acme.atlassian.net/jira"}}},
		"a project in small letters": {Boundaries: tools.Boundaries{ReadProjects: []string{"plat"}}},
		"a zero-width space":         {Boundaries: tools.Boundaries{WriteProjects: []string{"PLAT\u200b"}}},
		"a space of another script":  {Boundaries: tools.Boundaries{ReadSpaces: []string{"\u0415NG"}}},
		"a glob":                     {Boundaries: tools.Boundaries{WriteSpaces: []string{"EN*"}}},
		"no site before the slash":   {Boundaries: tools.Boundaries{ReadProjects: []string{"/PLAT"}}},
		"tokens over plain http":     {AtlassianURL: "http://atlassian.example"},
		"not a URL":                  {AtlassianURL: "atlassian"},
	} {
		if _, err := tools.New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
