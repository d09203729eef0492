package tools_test

import (
	"strings"
	"testing"

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

// The whole catalog is part of many prompts; a model reads four bytes a token.
func TestCatalogFitsItsBudget(t *testing.T) {
	t.Parallel()
	catalog, err := tools.New(tools.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var inputs []schema.Input
	size := 0
	for _, d := range catalog.Definitions() {
		inputs = append(inputs, d.Input)
		size += len(d.FullyQualifiedName) + len(d.Description)
		for _, p := range d.Input.Parameters {
			size += len(p.Name) + len(p.Description)
		}
	}
	const perTool = 600
	if limit := perTool * len(inputs); size > limit {
		t.Errorf("names and texts are %d bytes, the budget for %d tools is %d", size, len(inputs), limit)
	}
}

func TestConfigurationMistakesStopTheStart(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]tools.Config{
		"typo in a disabled tool":    {DisabledTools: []string{"Jira.ListProject"}},
		"typo in a disabled toolkit": {DisabledToolkits: []string{"Confluense"}},
		"tokens over plain http":     {AtlassianURL: "http://atlassian.example"},
		"not a URL":                  {AtlassianURL: "atlassian"},
	} {
		if _, err := tools.New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
