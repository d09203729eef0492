package tooltest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"arcade-atlassian/tools/tool"
)

// documents are Atlassian's OpenAPI documents by the paths they describe.
// cut is what our paths have in front of the document's.
var documents = []struct {
	prefix, cut, file string
	load              func(path string) (*openapi3.T, error)
}{
	{"/rest/api/3/", "", "jira-platform-v3.json", loadOnce()},
	{"/rest/agile/1.0/", "", "jira-software-1.0.json", loadOnce()},
	{"/rest/software/1.0/", "", "jira-software-1.0.json", loadOnce()},
	{"/wiki/api/v2/", "/wiki/api/v2", "confluence-v2.json", loadOnce()},
	{"/wiki/rest/api/", "", "confluence-v1.json", loadOnce()},
}

// loadOnce makes a loader that reads its document the first time it is asked.
func loadOnce() func(string) (*openapi3.T, error) {
	var once sync.Once
	var doc *openapi3.T
	var err error
	return func(path string) (*openapi3.T, error) {
		once.Do(func() { doc, err = openapi3.NewLoader().LoadFromFile(path) })
		return doc, err
	}
}

// openAPIDir finds the documents. They are Atlassian's and not part of this
// repository: make openapi fetches them.
func openAPIDir(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("ATLASSIAN_OPENAPI_DIR"), ".openapi")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(moduleRoot(t), dir)
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no OpenAPI documents in %s", dir)
		}
		t.Skipf("no OpenAPI documents in %s: contracts are not checked (make openapi fetches them)", dir)
	}
	return dir
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// operations holds what a tool declares to what Atlassian documents.
func operations(t *testing.T, declared *tool.Tool) {
	t.Helper()
	t.Run("operations", func(t *testing.T) {
		dir := openAPIDir(t)
		for _, op := range declared.Uses {
			for _, problem := range contract(dir, op) {
				t.Errorf("%s: %s", op.Name(), problem)
			}
		}
	})
}

// contract reports where an operation differs from Atlassian's document.
func contract(dir string, op tool.Operation) []string {
	method, path, _ := strings.Cut(op.Name(), " ")
	i := slices.IndexFunc(documents, func(d struct {
		prefix, cut, file string
		load              func(string) (*openapi3.T, error)
	},
	) bool {
		return strings.HasPrefix(path, d.prefix)
	})
	if i < 0 {
		return []string{"no document describes this path"}
	}
	doc, err := documents[i].load(filepath.Join(dir, documents[i].file))
	if err != nil {
		return []string{err.Error()}
	}
	item := doc.Paths.Value(strings.TrimPrefix(path, documents[i].cut))
	if item == nil || item.GetOperation(method) == nil {
		return []string{"is not in " + documents[i].file}
	}
	documented := item.GetOperation(method)
	var problems []string
	if documented.Deprecated {
		problems = append(problems, "is deprecated")
	}
	parameters := append(slices.Clone(documented.Parameters), item.Parameters...)
	if p, ok := op.(interface{ Parameters() (path, query []string) }); ok {
		inPath, inQuery := p.Parameters()
		for place, names := range map[string][]string{"path": inPath, "query": inQuery} {
			for _, name := range names {
				if !slices.ContainsFunc(parameters, func(r *openapi3.ParameterRef) bool { return r.Value.In == place && r.Value.Name == name }) {
					problems = append(problems, fmt.Sprintf("%s parameter %q is not in the document", place, name))
				}
			}
		}
	}
	alternatives := scopeAlternatives(documented)
	if !slices.ContainsFunc(alternatives, func(a []string) bool { return sameSet(a, op.Scopes()) }) {
		problems = append(problems, fmt.Sprintf("scopes %v are none of the documented sets %v", op.Scopes(), alternatives))
	}
	return problems
}

// scopeAlternatives are the sets of scopes of which a token needs one.
func scopeAlternatives(o *openapi3.Operation) [][]string {
	var sets [][]string
	if o.Security != nil {
		for _, requirement := range *o.Security {
			for scheme, scopes := range requirement {
				if strings.HasPrefix(strings.ToLower(scheme), "oauth") {
					sets = append(sets, scopes)
				}
			}
		}
	}
	listed, _ := o.Extensions["x-atlassian-oauth2-scopes"].([]any)
	for _, entry := range listed {
		alternative, _ := entry.(map[string]any)
		raw, _ := alternative["scopes"].([]any)
		var scopes []string
		for _, s := range raw {
			if text, ok := s.(string); ok {
				scopes = append(scopes, text)
			}
		}
		if len(scopes) > 0 {
			sets = append(sets, scopes)
		}
	}
	return sets
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
