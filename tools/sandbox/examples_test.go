package sandbox_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox"
)

// example is a request that an operation of a fresh sandbox answers with success.
type example struct {
	target string // within the site
	body   string
	// header is what the request needs when its body is not JSON.
	header http.Header
	// loose operations take members of their body that they do not know.
	loose bool
}

// everyExample is by the operation's name. The test of each area adds those of its operations.
var everyExample = map[string]example{}

func examples(more map[string]example) struct{} {
	maps.Copy(everyExample, more)
	return struct{}{}
}

// target is the example's address on the site acme.
func (op operationFacts) target(e example) string {
	return "/ex/" + op.Product + "/" + acmeID + e.target
}

func TestEveryOperationHasAnExample(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, operations := range sandbox.Served() {
		for _, name := range operations {
			served[name] = true
			if _, some := everyExample[name]; !some {
				t.Errorf("%s has no example: add one in the test of its area", name)
			}
		}
	}
	for name := range everyExample {
		if !served[name] {
			t.Errorf("%s is an example of no operation", name)
		}
	}
}

// TestScopesOfEveryOperation also compares each operation's request and answer with the document, as
// every request of a test does.
func TestScopesOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, op := range readFacts(t).Operations {
		e := everyExample[op.Method+" "+op.Path]
		// ask acts on a fresh sandbox, since many an operation succeeds only once.
		ask := func(scopes []string) answer {
			return open(t).sendAs(op.Method, "sandbox;scopes="+strings.Join(scopes, ","), op.target(e), e.body, e.header)
		}
		var halves []string
		for _, scopes := range op.Scopes {
			if a := ask(scopes); a.status >= 300 {
				t.Errorf("%s %s with all of %v = %d %v", op.Method, op.Path, scopes, a.status, a.body)
			}
			for i := range scopes {
				a := ask(slices.Concat(scopes[:i], scopes[i+1:]))
				want := map[string]any{"code": 401.0, "message": "Unauthorized; scope does not match"}
				if diff := cmp.Diff(any(want), a.body); a.status != http.StatusUnauthorized || diff != "" {
					t.Errorf("%s %s without %s = %d (-want +got):\n%s", op.Method, op.Path, scopes[i], a.status, diff)
				}
			}
			halves = append(halves, scopes[1:]...)
		}
		if a := ask(halves); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s with an incomplete set of each = %d, want 401", op.Method, op.Path, a.status)
		}
	}
}

// TestHostileRequestsOfEveryOperation sends what no client should: nothing of it succeeds, and nothing
// of it breaks the sandbox.
func TestHostileRequestsOfEveryOperation(t *testing.T) {
	t.Parallel()
	g := open(t)
	for _, op := range readFacts(t).Operations {
		e := everyExample[op.Method+" "+op.Path]
		prefix := strings.Replace(sandbox.Prefixes()[op.Document], "{cloudId}", acmeID, 1)
		for _, hostile := range []string{
			"..", ".", "..%2F..%2Fmyself", "%2e%2e", "%00", "%FF", "a%3Fb", "0", "-1", "99999999999999999999", strings.Repeat("9", 5000), "%20",
		} {
			for _, name := range op.PathParameters {
				path := prefix + strings.Replace(op.Path, "{"+name+"}", hostile, 1)
				if a := g.sendAs(op.Method, "sandbox", path, e.body, e.header); a.status < 400 || a.status >= 500 {
					t.Errorf("%s %s = %d %v", op.Method, path, a.status, a.body)
				}
			}
		}
		if e.body == "" {
			continue
		}
		for _, hostile := range []string{
			"null", "[]", `"text"`, "{", e.body + "x", `{"surprise":1}`, e.body[:len(e.body)-1] + `,"surprise":1}`,
			strings.Repeat("[", 100_000), `{"name":` + strings.Repeat(`{"a":`, 20_000),
		} {
			if (e.loose || e.header != nil) && strings.HasPrefix(hostile, e.body[:len(e.body)-1]) && !strings.HasSuffix(hostile, "}x") {
				continue
			}
			if a := g.sendAs(op.Method, "sandbox", op.target(e), hostile, e.header); a.status != http.StatusBadRequest {
				t.Errorf("%s %s with the body %.100s = %d %v", op.Method, op.Path, hostile, a.status, a.body)
			}
		}
		if a := g.sendAs(op.Method, "sandbox", op.target(e), strings.Repeat(" ", 16<<20)+e.body, e.header); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %s with a body of 16 MiB = %d", op.Method, op.Path, a.status)
		}
	}
}
