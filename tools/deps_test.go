package tools_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "arcade-atlassian/"

// mayImport is who may import whom among our own packages, with what is
// reached indirectly. .golangci.yml says the same per file, with the reasons.
var mayImport = map[string][]string{
	"schema":                   {},
	"tools/tool":               {"schema"},
	"tools/internal/atlassian": {"schema", "tools/tool", "tools/internal/text", "tools/internal/upstream", "tools/shared"},
	"tools/internal/upstream":  {"tools/shared"},
	"tools/internal/text":      {},
	"tools/shared":             {},
	"tools/shared/redis":       {"tools/shared"},

	"tools/freeport":               {},
	"tools/shared/redis/redistest": {"tools/freeport"},

	"tools/internal/shape": {"schema", "tools/tool", "tools/internal/atlassian", "tools/internal/text", "tools/internal/upstream", "tools/shared"},
	"tools/internal/prose": {
		"schema", "tools/tool", "tools/internal/text",
		"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage",
	},
	"tools/jira": {
		"tools/lookup", "schema", "tools/shared", "tools/tool", "tools/internal/atlassian", "tools/internal/prose", "tools/internal/shape", "tools/internal/text", "tools/internal/upstream",
		"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage",
	},
	"tools/confluence": {
		"tools/lookup", "schema", "tools/shared", "tools/tool", "tools/internal/atlassian", "tools/internal/prose", "tools/internal/shape", "tools/internal/text", "tools/internal/upstream",
		"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage",
	},
	"tools/lookup":              {"schema", "tools/tool", "tools/internal/text"},
	"tools":                     {"tools/lookup", "schema", "tools/shared", "tools/tool", "tools/internal/atlassian", "tools/internal/prose", "tools/internal/shape", "tools/internal/text", "tools/internal/upstream", "tools/jira", "tools/confluence", "tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage"},
	"tools/tooltest":            {"schema", "tools/tool"},
	"worker":                    {"schema", "tools/shared", "tools/tool", "worker/internal/audit", "worker/internal/telemetry"},
	"worker/mcp":                {"schema", "tools/shared", "tools/tool", "worker", "worker/internal/audit", "worker/internal/telemetry"},
	"worker/internal/audit":     {"schema", "tools/shared", "tools/tool"},
	"worker/internal/telemetry": {"schema", "tools/shared", "tools/tool"},

	"worker/console": {"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage"},

	"cmd/atlassian-worker/internal/doctor":                      {"schema", "tools/shared", "tools/tool", "worker", "worker/internal/audit", "worker/internal/telemetry"},
	"cmd/atlassian-worker/internal/engine":                      {},
	"cmd/atlassian-worker/internal/certificate":                 {},
	"cmd/atlassian-worker/internal/certificate/certificatetest": {},
	"cmd/atlassian-worker/internal/logging":                     {},
	"cmd/atlassian-worker/internal/telemetry":                   {},

	"docs/examples/verifier": {},

	// The sandbox shares no code with the client, except that Confluence's bodies are converted by richtext; its
	// query languages know nothing of its state.
	"tools/sandbox": {
		"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage",
		"tools/sandbox/internal/state", "tools/sandbox/internal/service", "tools/sandbox/internal/jira",
		"tools/sandbox/internal/confluence", "tools/sandbox/internal/query", "tools/sandbox/internal/jql",
		"tools/sandbox/internal/cql", "tools/sandbox/internal/workflow", "tools/sandbox/internal/adf",
	},
	"tools/sandbox/internal/state":    {},
	"tools/sandbox/internal/query":    {},
	"tools/sandbox/internal/jql":      {"tools/sandbox/internal/query"},
	"tools/sandbox/internal/cql":      {"tools/sandbox/internal/query"},
	"tools/sandbox/internal/service":  {"tools/sandbox/internal/state"},
	"tools/sandbox/internal/workflow": {},
	"tools/sandbox/internal/adf":      {},
	"tools/sandbox/internal/jira": {
		"tools/sandbox/internal/state", "tools/sandbox/internal/service", "tools/sandbox/internal/query",
		"tools/sandbox/internal/jql", "tools/sandbox/internal/workflow", "tools/sandbox/internal/adf",
	},
	"tools/sandbox/internal/confluence": {
		"tools/richtext", "tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage",
		"tools/sandbox/internal/state", "tools/sandbox/internal/service", "tools/sandbox/internal/query",
		"tools/sandbox/internal/cql", "tools/sandbox/internal/adf",
	},

	// The formats know each other only through the tree.
	"tools/richtext":                   {"tools/richtext/internal/tree", "tools/richtext/internal/adf", "tools/richtext/internal/markdown", "tools/richtext/internal/storage"},
	"tools/richtext/internal/tree":     {},
	"tools/richtext/internal/adf":      {"tools/richtext/internal/tree"},
	"tools/richtext/internal/markdown": {"tools/richtext/internal/tree"},
	"tools/richtext/internal/storage":  {"tools/richtext/internal/tree"},
}

// onlyIn are modules that one package alone may import, with all their packages.
var onlyIn = map[string]string{
	"github.com/invopop/jsonschema":          "schema",
	"github.com/go-chi/chi/v5":               "worker",
	"github.com/golang-jwt/jwt/v5":           "worker",
	"github.com/maypok86/otter/v2":           "tools/internal/atlassian",
	"github.com/alecthomas/kong":             "cmd/atlassian-worker",
	"github.com/KimMachineGun/automemlimit":  "cmd/atlassian-worker",
	"github.com/modelcontextprotocol/go-sdk": "worker/mcp",
	"github.com/redis/go-redis/v9":           "tools/shared/redis",
	"github.com/posener/complete":            "cmd/atlassian-worker",
	"github.com/willabides/kongplete":        "cmd/atlassian-worker",
	"github.com/yuin/goldmark":               "tools/richtext/internal/markdown",
	"go.opentelemetry.io/otel/sdk":           "cmd/atlassian-worker/internal/telemetry",
	"go.opentelemetry.io/otel/exporters":     "cmd/atlassian-worker/internal/telemetry",
	"github.com/prometheus/client_golang":    "cmd/atlassian-worker/internal/telemetry",
}

// neverLinked are packages for tests only.
var neverLinked = []string{"github.com/getkin/kin-openapi", "pgregory.net/rapid", "github.com/google/go-cmp", "testing"}

// forTests are packages that only tests import.
var forTests = []string{"tools/tooltest", "tools/internal/atlassiantest", "tools/internal/openapitest", "cmd/atlassian-worker/internal/certificate/certificatetest", "tools/shared/redis/redistest", "tools/freeport"}

func TestPackagesKnowOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t, "-f", `{{.ImportPath}};{{join .Imports ","}};{{join .Deps ","}}`, "./...") {
		pkg, rest, _ := strings.Cut(line, ";")
		imports, deps, _ := strings.Cut(rest, ";")
		name := strings.TrimPrefix(pkg, module)
		allowed, restricted := mayImport[name]
		if !restricted && !slices.Contains([]string{"cmd/atlassian-worker", "tools/internal/atlassiantest", "tools/internal/openapitest"}, name) {
			t.Errorf("%s is in no row of the table: who may it import?", name)
		}
		for dep := range strings.SplitSeq(deps, ",") {
			ours, isOurs := strings.CutPrefix(dep, module)
			if restricted && isOurs && !slices.Contains(allowed, ours) {
				t.Errorf("%s must not depend on %s", name, ours)
			}
			for _, forbidden := range neverLinked {
				if !slices.Contains(forTests, name) && (dep == forbidden || strings.HasPrefix(dep, forbidden+"/")) {
					t.Errorf("%s links %s, which is for tests", name, dep)
				}
			}
		}
		for imported := range strings.SplitSeq(imports, ",") {
			for library, owner := range onlyIn {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && owner != name {
					t.Errorf("%s imports %s, which only %s may", name, imported, owner)
				}
			}
		}
	}
}

func TestGoModReplacesNothing(t *testing.T) {
	t.Parallel()
	if replaced := goList(t, "-m", "-f", "{{if .Replace}}{{.Path}}{{end}}", "all"); len(replaced) > 0 {
		t.Errorf("go.mod replaces %v", replaced)
	}
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}
