package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/openapitest"
	"arcade-atlassian/tools/sandbox"
)

// openAPIDir is where Atlassian's documents are. A relative path is relative to the module's root.
func openAPIDir() string {
	dir := os.Getenv("ATLASSIAN_OPENAPI_DIR")
	if dir == "" {
		dir = ".openapi"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir)
	}
	return dir
}

func documentsThere() bool {
	_, err := os.Stat(openAPIDir())
	return err == nil
}

// needDocuments skips a test that is nothing without Atlassian's documents.
func needDocuments(t *testing.T) {
	t.Helper()
	if documentsThere() {
		return
	}
	why := "no OpenAPI documents in " + openAPIDir() + ": run 'make openapi' or set ATLASSIAN_OPENAPI_DIR"
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// facts is operations.json.
type facts struct {
	Documents  []documentFacts  `json:"documents"`
	Operations []operationFacts `json:"operations"`
}

type documentFacts struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

type operationFacts struct {
	Document        string     `json:"document"`
	Product         string     `json:"product"`
	Method          string     `json:"method"`
	Path            string     `json:"path"`
	PathParameters  []string   `json:"pathParameters"`
	QueryParameters []string   `json:"queryParameters"`
	Scopes          [][]string `json:"scopes"`
	Deprecated      bool       `json:"deprecated"`
}

// parsedFacts is read once: every request of every test is looked up in it.
var parsedFacts = sync.OnceValues(func() (f facts, err error) {
	raw, err := os.ReadFile("operations.json")
	if err != nil {
		return f, err
	}
	err = json.Unmarshal(raw, &f, json.RejectUnknownMembers(true))
	return f, err
})

func readFacts(t *testing.T) facts {
	t.Helper()
	f, err := parsedFacts()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// writeFacts puts each document and each operation on a line of its own, so that a change reads as one.
func writeFacts(t *testing.T, f facts) {
	t.Helper()
	text := "{\n\t\"documents\": [" + lines(t, f.Documents) + "],\n\t\"operations\": [" + lines(t, f.Operations) + "]\n}\n"
	if err := os.WriteFile("operations.json", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func lines[T any](t *testing.T, items []T) string {
	t.Helper()
	var all []string
	for _, item := range items {
		raw, err := json.Marshal(item, jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, "\n\t\t"+string(raw))
	}
	return strings.Join(all, ",") + "\n\t"
}

// openAPI is as much of a document as the facts are made of.
type openAPI struct {
	documentFacts
	paths      map[string]map[string]jsontext.Value
	parameters map[string]parameter
}

func readDocument(t *testing.T, name string) openAPI {
	t.Helper()
	raw, err := fs.ReadFile(os.DirFS(openAPIDir()), name+".json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Info struct {
			Version string `json:"version"`
		} `json:"info"`
		Paths      map[string]map[string]jsontext.Value `json:"paths"`
		Components struct {
			Parameters map[string]parameter `json:"parameters"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	sum := sha256.Sum256(raw)
	return openAPI{
		documentFacts: documentFacts{Name: name, Version: doc.Info.Version, SHA256: hex.EncodeToString(sum[:])},
		paths:         doc.Paths,
		parameters:    doc.Components.Parameters,
	}
}

type parameter struct {
	Name string `json:"name"`
	In   string `json:"in"`
	Ref  string `json:"$ref"`
}

// operation derives the facts of one operation.
func (d openAPI) operation(method, path string) (operationFacts, error) {
	raw, known := d.paths[path][strings.ToLower(method)]
	if !known {
		return operationFacts{}, fmt.Errorf("%s has no %s %s", d.Name, method, path)
	}
	var op struct {
		Parameters []parameter           `json:"parameters"`
		Deprecated bool                  `json:"deprecated"`
		Security   []map[string][]string `json:"security"`
		OAuth      []struct {
			State  string   `json:"state"`
			Scopes []string `json:"scopes"`
		} `json:"x-atlassian-oauth2-scopes"`
	}
	if err := json.Unmarshal(raw, &op); err != nil {
		return operationFacts{}, fmt.Errorf("%s %s of %s: %w", method, path, d.Name, err)
	}
	if shared, some := d.paths[path]["parameters"]; some {
		var more []parameter
		if err := json.Unmarshal(shared, &more); err != nil {
			return operationFacts{}, fmt.Errorf("parameters of %s of %s: %w", path, d.Name, err)
		}
		op.Parameters = append(op.Parameters, more...)
	}
	product, _, _ := strings.Cut(d.Name, "-")
	f := operationFacts{
		Document: d.Name, Product: product, Method: method, Path: path, Deprecated: op.Deprecated,
		PathParameters: []string{}, QueryParameters: []string{},
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = d.parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
		}
		switch p.In {
		case "path":
			f.PathParameters = append(f.PathParameters, p.Name)
		case "query":
			f.QueryParameters = append(f.QueryParameters, p.Name)
		}
	}
	slices.Sort(f.QueryParameters)

	alternative := func(scopes []string) {
		scopes = slices.Sorted(slices.Values(scopes))
		if !slices.ContainsFunc(f.Scopes, func(have []string) bool { return slices.Equal(have, scopes) }) {
			f.Scopes = append(f.Scopes, scopes)
		}
	}
	for _, a := range op.OAuth {
		// A granular set that is empty was not written yet; it does not open the operation to anybody.
		if a.State == "Current" || len(a.Scopes) > 0 {
			alternative(a.Scopes)
		}
	}
	for _, requirement := range op.Security {
		for _, scheme := range []string{"OAuth2", "oAuthDefinitions"} {
			if scopes, some := requirement[scheme]; some {
				alternative(scopes)
			}
		}
	}
	if len(f.Scopes) == 0 {
		return f, fmt.Errorf("%s %s of %s cannot be called with OAuth", method, path, d.Name)
	}
	return f, nil
}

// TestOperations holds operations.json to Atlassian's documents, for exactly what is served.
// UPDATE_GOLDEN=1 writes the file instead.
func TestOperations(t *testing.T) {
	t.Parallel()
	needDocuments(t)
	var want facts
	for name, operations := range sandbox.Served() {
		doc := readDocument(t, name)
		want.Documents = append(want.Documents, doc.documentFacts)
		for _, operation := range operations {
			method, path, _ := strings.Cut(operation, " ")
			f, err := doc.operation(method, path)
			if err != nil {
				t.Error(err)
			}
			want.Operations = append(want.Operations, f)
		}
	}
	slices.SortFunc(want.Documents, func(a, b documentFacts) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(want.Operations, func(a, b operationFacts) int {
		return strings.Compare(a.Document+" "+a.Path+" "+a.Method, b.Document+" "+b.Path+" "+b.Method)
	})
	if os.Getenv("UPDATE_GOLDEN") == "1" && !t.Failed() {
		writeFacts(t, want)
		return
	}
	got := readFacts(t)
	if diff := cmp.Diff(want.Operations, got.Operations); diff != "" {
		t.Errorf("operations.json differs from the documents, UPDATE_GOLDEN=1 rewrites it (-documents +file):\n%s", diff)
	}
	if diff := cmp.Diff(want.Documents, got.Documents); diff != "" {
		// A newer copy of a document that says the same about our operations is no reason to fail.
		report := t.Logf
		if os.Getenv("CI") == "true" {
			report = t.Errorf
		}
		report("operations.json was made from other copies of the documents, UPDATE_GOLDEN=1 records these (-documents +file):\n%s", diff)
	}
}

// TestEveryDocumentFits makes sure that operations of all four documents can be served one day: each
// writes its scopes in its own way.
func TestEveryDocumentFits(t *testing.T) {
	t.Parallel()
	needDocuments(t)
	tests := []struct {
		document, method, path string
		want                   [][]string
		deprecated             bool
	}{
		{"jira-software-1.0", "GET", "/rest/agile/1.0/board", [][]string{{"read:board-scope:jira-software", "read:project:jira"}}, false},
		{"jira-software-1.0", "GET", "/rest/agile/1.0/sprint/{sprintId}/issue", [][]string{{"read:issue-details:jira", "read:jql:jira", "read:sprint:jira-software"}}, true},
		{"jira-software-1.0", "POST", "/rest/agile/1.0/sprint/{sprintId}/issue", [][]string{{"write:sprint:jira-software"}}, false},
		{"confluence-v1", "GET", "/wiki/rest/api/search", [][]string{{"search:confluence"}, {"read:content-details:confluence"}}, false},
		{"confluence-v2", "PUT", "/pages/{id}", [][]string{{"write:page:confluence"}}, false},
		{"jira-platform-v3", "GET", "/rest/api/3/priority/search", [][]string{{"manage:jira-configuration"}}, false},
		{"jira-platform-v3", "GET", "/rest/api/3/task/{taskId}", [][]string{{"read:jira-work"}}, false},
	}
	documents := map[string]openAPI{}
	for _, tt := range tests {
		if _, read := documents[tt.document]; !read {
			documents[tt.document] = readDocument(t, tt.document)
		}
		got, err := documents[tt.document].operation(tt.method, tt.path)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(tt.want, got.Scopes); diff != "" {
			t.Errorf("scopes of %s %s (-want +got):\n%s", tt.method, tt.path, diff)
		}
		if got.Deprecated != tt.deprecated {
			t.Errorf("%s %s: deprecated = %t, want %t", tt.method, tt.path, got.Deprecated, tt.deprecated)
		}
	}
}

// loaded are the documents as schemas; loading one takes a while, so every test shares them.
var loaded sync.Map // name → func() (*openapi3.T, error)

func loadDocument(t *testing.T, name string) *openapi3.T {
	t.Helper()
	path := filepath.Join(openAPIDir(), name+".json")
	load, _ := loaded.LoadOrStore(name, sync.OnceValues(func() (*openapi3.T, error) { return openapitest.Load(path) }))
	doc, err := load.(func() (*openapi3.T, error))()
	if err != nil {
		t.Fatalf("load %s: %v", path, err)
	}
	return doc
}

// documented finds the operation of a request among those served, and what its document says about it.
func documented(t *testing.T, r *http.Request) (operationFacts, *openapi3.Operation) {
	t.Helper()
	path := strings.Split(r.URL.EscapedPath(), "/")
	if len(path) > 3 {
		path[3] = "{cloudId}"
	}
	best := operationFacts{}
	for _, op := range readFacts(t).Operations {
		template := sandbox.Prefixes()[op.Document] + op.Path
		// A literal segment comes before a parameter, which sorts after it.
		if op.Method == r.Method && resembles(template, path) && (best.Path == "" || op.Path < best.Path) {
			best = op
		}
	}
	if best.Path == "" {
		return best, nil
	}
	return best, loadDocument(t, best.Document).Paths.Value(best.Path).GetOperation(best.Method)
}

func resembles(template string, path []string) bool {
	segments := strings.Split(template, "/")
	return len(segments) == len(path) && !slices.ContainsFunc(segments, func(segment string) bool {
		i := slices.Index(segments, segment)
		return segment != path[i] && !strings.HasPrefix(segment, "{")
	})
}

// checkExchange holds a request that was answered, and its answer, to the operation's document. What
// the gateway answers itself is in no document.
func checkExchange(t *testing.T, r *http.Request, body string, a answer) {
	t.Helper()
	_, refused := a.object()["code"]
	_, unroutable := a.object()["timestamp"]
	if a.status >= 400 && (refused || unroutable) || !documentsThere() {
		return
	}
	facts, op := documented(t, r)
	if op == nil {
		return
	}
	what := r.Method + " " + r.URL.RequestURI()
	if a.status >= 400 {
		if _, isText := a.body.(string); isText {
			return
		}
		if facts.Document == "jira-platform-v3" {
			fits(t, what, loadDocument(t, facts.Document).Components.Schemas["ErrorCollection"].Value, a.body)
		}
		return
	}
	documentedAnswer := op.Responses.Status(a.status)
	if documentedAnswer == nil {
		t.Errorf("%s answers %d, which its document does not know", what, a.status)
		return
	}
	if content := documentedAnswer.Value.Content.Get("application/json"); content != nil && content.Schema != nil && a.status != http.StatusNoContent {
		fits(t, what, content.Schema.Value, a.body)
	}
	if op.RequestBody == nil {
		if body != "" {
			t.Errorf("%s takes no body and was sent %s", what, body)
		}
		return
	}
	content := op.RequestBody.Value.Content.Get("application/json")
	if content == nil { // it takes files
		return
	}
	var sent any
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Errorf("%s accepts %q: %v", what, body, err)
		return
	}
	if err := content.Schema.Value.VisitJSON(sent, openapi3.MultiErrors(), openapi3.VisitAsRequest()); err != nil {
		t.Errorf("%s accepts %s, which does not fit its document: %v", what, body, err)
	}
}

// fits checks a body against a schema.
func fits(t *testing.T, what string, schema *openapi3.Schema, body any) {
	t.Helper()
	if err := openapitest.Fits(schema, body, openapi3.VisitAsResponse()); err != nil {
		t.Errorf("%s does not fit its document: %v", what, err)
	}
}
