// Package atlassiantest puts toolkits that work with Atlassian through the
// battery of tooltest: on the sandbox, with tokens that carry scopes, and held
// to Atlassian's OpenAPI documents and to the catalog that Arcade publishes.
package atlassiantest

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

// Run puts every tool of the kit through the battery. Scenarios and snapshots
// are in testdata beside the calling test; make golden records them anew.
func Run(t *testing.T, kit *atlassian.Kit) {
	t.Helper()
	tooltest.Run(t, Toolkit(t, kit))
}

// Economy tables what every tool of the kits costs Atlassian, see
// tooltest.Economy. folders are those of the kits, in the same order.
//
// Points are Atlassian's hourly quota (facts §4): one per request, one more per
// object returned and two more per user; writes cost one. What the list of
// sites costs is not documented and counted the same way.
func Economy(t *testing.T, path string, folders []string, kits ...*atlassian.Kit) {
	t.Helper()
	toolkits := make([]tooltest.Toolkit, len(kits))
	for i, kit := range kits {
		toolkits[i] = Toolkit(t, kit)
		toolkits[i].Testdata = folders[i] + "/testdata"
	}
	tooltest.Economy(t, path, toolkits...)
}

// Toolkit is the kit as the battery knows it.
func Toolkit(t *testing.T, kit *atlassian.Kit) tooltest.Toolkit {
	t.Helper()
	k := tooltest.Toolkit{
		Bind: func(tb testing.TB, url string, transport http.RoundTripper) tool.BoundKit {
			tb.Helper()
			client, err := atlassian.NewClient(atlassian.Options{URL: url, Transport: transport})
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(client.Close)
			return kit.Bind(client)
		},
		Service: newSandbox,
		// A Monday, later than everything in the sandbox's seed.
		Clock:            time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC),
		Token:            "sandbox;user=ada",
		WithScopes:       withScopes,
		OtherScopes:      []string{"manage:jira-webhook", "manage:confluence-configuration"},
		Common:           []string{"GET /oauth/token/accessible-resources"},
		CommonParameters: []string{"atlassian_cloud_id"},
		Path:             operationPath,
		QueryParameters:  []string{"jql", "cql"},
		FileParameters:   []string{"file_content_str", "file_content_base64"},
		IsGrammarError:   isGrammarError,
		Check:            comparePublished,
		Points:           points,
		IsUnlimited:      isUnlimited,
		Outside:          Bounded(kit, atlassian.Boundaries{ReadProjects: []string{"OUTSIDE"}, ReadSpaces: []string{"OUTSIDE"}}),
	}
	if dir := documentsDir(t); dir != "" {
		k.Documents = documents{dir}
	}
	return k
}

// Bounded binds the kit within boundaries.
func Bounded(kit *atlassian.Kit, b atlassian.Boundaries) func(testing.TB, string, http.RoundTripper) tool.BoundKit {
	return func(tb testing.TB, url string, transport http.RoundTripper) tool.BoundKit {
		tb.Helper()
		client, err := atlassian.NewClient(atlassian.Options{URL: url, Transport: transport, Boundaries: b})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(client.Close)
		return kit.Bind(client).Bounded(client.WithLookups)
	}
}

func newSandbox() (http.Handler, error) {
	box := sandbox.New(sandbox.Options{})
	return box, box.Err()
}

// withScopes is a sandbox token restricted to scopes.
func withScopes(token string, scopes []string) string {
	parts := strings.Split(token, ";")
	kept := parts[:1]
	for _, p := range parts[1:] {
		if !strings.HasPrefix(p, "scopes=") {
			kept = append(kept, p)
		}
	}
	return strings.Join(append(kept, "scopes="+strings.Join(scopes, ",")), ";")
}

// operationPath is a gateway path without its "/ex/<product>/<cloud id>".
func operationPath(path string) string {
	if parts := strings.SplitN(path, "/", 5); len(parts) == 5 && parts[1] == "ex" {
		return "/" + parts[4]
	}
	return path
}

// isGrammarError recognizes the refusals of Jira's and Confluence's parsers,
// and of JQL that has a value for a field. A 400 for a value that is well formed
// but means nothing is none.
func isGrammarError(x tooltest.Exchange) bool {
	return x.Status == http.StatusBadRequest && slices.ContainsFunc(
		[]string{"Error in the JQL Query", "does not exist or you do not have permission to view it", "Could not parse cql"},
		func(words string) bool { return bytes.Contains(x.Answer, []byte(words)) })
}

// points is what Atlassian's quota counts for an exchange.
func points(x tooltest.Exchange) int {
	if x.Method != http.MethodGet {
		return 1
	}
	each := 1
	if strings.Contains(x.Path, "/user") || strings.HasSuffix(x.Path, "/myself") {
		each = 2
	}
	return 1 + each*objects(x.Answer)
}

// objects counts what an answer is about: the elements of its list, or itself.
func objects(answer jsontext.Value) int {
	if answer.Kind() == '[' {
		var list []jsontext.Value
		if json.Unmarshal(answer, &list) == nil {
			return len(list)
		}
	}
	var page map[string]jsontext.Value
	if json.Unmarshal(answer, &page) == nil {
		for _, name := range []string{"values", "results", "issues", "comments"} {
			if page[name].Kind() == '[' {
				return objects(page[name])
			}
		}
	}
	return 1
}
