package confluence_test

import (
	"slices"
	"strings"
	"testing"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// Bug class B6: no tool uses what version 1 of the API has no more for OAuth
// tokens (facts §15), nor anything else of it but these.
func TestB6OnlyWhatIsLeftOfVersion1(t *testing.T) {
	t.Parallel()
	left := []string{"GET /wiki/rest/api/search", "GET /wiki/rest/api/search/user", "GET /wiki/rest/api/user/current"}
	client, err := atlassian.NewClient(atlassian.Options{URL: "https://api.atlassian.com"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	catalog, err := tool.Build(tool.Options{Version: "1.0.0"}, confluence.Kit.Bind(client))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, declared := range catalog.Tools() {
		for _, op := range declared.Uses {
			seen++
			_, path, _ := strings.Cut(op.Name(), " ")
			if !strings.HasPrefix(path, "/wiki/api/v2/") && !slices.Contains(left, op.Name()) {
				t.Errorf("%s uses %s", declared.Name, op.Name())
			}
		}
	}
	if seen == 0 {
		t.Error("no tool uses an operation")
	}
}
