package confluence_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/atlassiantest"
)

type seedSpace struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

type seedContent struct {
	Title string `json:"title"`
	Space int    `json:"space"`
}

// seed is a table of the sandbox's state, of all its sites.
func seed[T any](t *testing.T, table string) (all []T) {
	t.Helper()
	data, err := os.ReadFile("../sandbox/internal/confluence/" + table + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var bySite map[string][]T
	if err := json.Unmarshal(data, &bySite); err != nil {
		t.Fatal(err)
	}
	for _, rows := range bySite {
		all = append(all, rows...)
	}
	return all
}

func TestInsideOfTheBoundariesNothingChanges(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, s := range seed[seedSpace](t, "spaces") {
		if !slices.Contains(keys, s.Key) {
			keys = append(keys, s.Key)
		}
	}
	atlassiantest.Inside(t, confluence.Kit, atlassian.Boundaries{ReadSpaces: keys, WriteSpaces: keys}, map[string]string{
		"ListDirectChildren/below-a-database":   "it has no children, which would tell its space",
		"ListDirectChildren/below-a-whiteboard": "as above",
		"ListDirectChildren/below-an-embed":     "as above",
	})
}

func TestNothingOutsideOfTheBoundariesIsToldOrWritten(t *testing.T) {
	t.Parallel()
	const legal, theirs = 589871, "LEGAL"
	var secrets []string
	for _, s := range seed[seedSpace](t, "spaces") {
		if s.Key != theirs && !strings.HasPrefix(s.Key, "~") { // whose names are people's
			secrets = append(secrets, s.Name)
		}
	}
	for _, c := range seed[seedContent](t, "content") {
		if c.Space != legal && c.Title != "" {
			secrets = append(secrets, c.Title)
		}
	}
	if len(secrets) < 20 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	atlassiantest.Outside(t, confluence.Kit, atlassian.Boundaries{ReadSpaces: []string{theirs}, WriteSpaces: []string{"FIN"}}, secrets)
}

func TestWritingIsLimitedByItself(t *testing.T) {
	t.Parallel()
	atlassiantest.Outside(t, confluence.Kit, atlassian.Boundaries{WriteSpaces: []string{"ELSE"}}, nil)
	atlassiantest.Outside(t, confluence.Kit, atlassian.Boundaries{WriteSites: []string{"elsewhere.atlassian.net"}}, nil)
}
