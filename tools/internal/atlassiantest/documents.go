package atlassiantest

import (
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/openapitest"
	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

// documents are Atlassian's OpenAPI documents in a folder.
type documents struct{ dir string }

// document is one of them. Reading one as schemas takes half a second and is
// done once per process, and only when an operation of it is used.
type document struct {
	prefix string // of the paths it describes
	cut    string // what our paths have in front of the document's
	file   string
	load   func(path string) (*openapi3.T, error)
}

var (
	jiraSoftware = loadOnce()
	all          = []document{
		{"/rest/api/3/", "", "jira-platform-v3.json", loadOnce()},
		{"/rest/agile/1.0/", "", "jira-software-1.0.json", jiraSoftware},
		{"/rest/software/1.0/", "", "jira-software-1.0.json", jiraSoftware},
		{"/wiki/api/v2/", "/wiki/api/v2", "confluence-v2.json", loadOnce()},
		{"/wiki/rest/api/", "", "confluence-v1.json", loadOnce()},
	}
)

func loadOnce() func(string) (*openapi3.T, error) {
	var once sync.Once
	var doc *openapi3.T
	var err error
	return func(path string) (*openapi3.T, error) {
		once.Do(func() { doc, err = openapitest.Load(path) })
		return doc, err
	}
}

// documentsDir finds the documents, or returns "". They are Atlassian's and
// not part of this repository: make openapi fetches them.
func documentsDir(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("ATLASSIAN_OPENAPI_DIR"), ".openapi")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(moduleRoot(t), dir)
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no OpenAPI documents in %s", dir)
		}
		t.Logf("no OpenAPI documents in %s: nothing is compared with them (make openapi fetches them)", dir)
		return ""
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

// of returns the document that describes a path, as schemas. It is nil when
// none does.
func (d documents) of(path string) (document, *openapi3.T, error) {
	i := slices.IndexFunc(all, func(doc document) bool { return strings.HasPrefix(path, doc.prefix) })
	if i < 0 {
		return document{}, nil, nil
	}
	doc, err := all[i].load(filepath.Join(d.dir, all[i].file))
	return all[i], doc, err
}

// Operation names the documented operation that a request performs.
func (d documents) Operation(method, path string) string {
	described, doc, err := d.of(path)
	if doc == nil || err != nil {
		return ""
	}
	var names []string
	for template, item := range doc.Paths.Map() {
		if item.GetOperation(method) != nil {
			names = append(names, method+" "+described.cut+template)
		}
	}
	return tooltest.Match(names, method, path)
}

// found is a documented operation.
type found struct {
	operation    *openapi3.Operation
	item         *openapi3.PathItem
	method, path string // as the document has them
	paths        *openapi3.Paths
}

// find returns the documented operation with a name, or why there is none.
func (d documents) find(name string) (f found, problem string) {
	var path string
	f.method, path, _ = strings.Cut(name, " ")
	described, doc, err := d.of(path)
	switch {
	case err != nil:
		return f, err.Error()
	case doc == nil:
		return f, "has a path that no document describes"
	}
	f.path, f.paths = strings.TrimPrefix(path, described.cut), doc.Paths
	f.item = doc.Paths.Value(f.path)
	if f.item == nil || f.item.GetOperation(f.method) == nil {
		return f, "is not in " + described.file
	}
	f.operation = f.item.GetOperation(f.method)
	return f, ""
}

// Compare reports where an operation differs from Atlassian's document.
func (d documents) Compare(op tool.Operation) (problems []string) {
	f, problem := d.find(op.Name())
	if problem != "" {
		return []string{problem}
	}
	documented, item := f.operation, f.item
	if documented.Deprecated {
		problems = append(problems, "is deprecated")
	}
	parameters := append(slices.Clone(documented.Parameters), item.Parameters...)
	if p, ok := op.(interface{ Parameters() (path, query []string) }); ok {
		inPath, inQuery := p.Parameters()
		for place, names := range map[string][]string{"path": inPath, "query": inQuery} {
			for _, name := range names {
				if !slices.ContainsFunc(parameters, func(r *openapi3.ParameterRef) bool { return r.Value.In == place && r.Value.Name == name }) {
					problems = append(problems, fmt.Sprintf("has the %s parameter %q, which is not in the document", place, name))
				}
			}
		}
	}
	if s, ok := op.(shaped); ok {
		problems = append(problems, siblings(s, f.method, f.path, f.paths)...)
	}
	alternatives := scopeAlternatives(documented)
	if !slices.ContainsFunc(alternatives, func(a []string) bool { return sameSet(a, op.Scopes()) }) {
		problems = append(problems, fmt.Sprintf("has the scopes %v, which are none of the documented sets %v", op.Scopes(), alternatives))
	}
	return problems
}

// shaped is an operation that tells for each path parameter which segments are
// sent for it.
type shaped interface {
	PathShapes() map[string]func(segment string) bool
}

// siblings reports literal segments of other documented paths that a path
// parameter would take for a value: with them, the request would perform
// another operation.
func siblings(op shaped, method, path string, paths *openapi3.Paths) (problems []string) {
	template, shapes, others := strings.Split(path, "/"), op.PathShapes(), paths.Map()
	for _, other := range slices.Sorted(maps.Keys(others)) {
		if others[other].GetOperation(method) == nil {
			continue
		}
		parameter, value := divergence(template, strings.Split(other, "/"))
		if fits := shapes[parameter]; fits != nil && fits(value) {
			problems = append(problems, fmt.Sprintf("takes %q for a value of {%s}, which would perform %s %s", value, parameter, method, other))
		}
	}
	return problems
}

// divergence finds the one place at which a template has a parameter and
// another a literal, when the rest is the same or is a parameter in either.
func divergence(template, other []string) (parameter, value string) {
	if len(template) != len(other) {
		return "", ""
	}
	for i := range template {
		mine, theirs := strings.HasPrefix(template[i], "{"), strings.HasPrefix(other[i], "{")
		switch {
		case mine && !theirs && parameter == "":
			parameter, value = strings.Trim(template[i], "{}"), other[i]
		case mine && !theirs, !mine && template[i] != other[i]:
			return "", ""
		}
	}
	return parameter, value
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

// Validate holds a request's query and body and a successful answer to the
// document's schemas.
func (d documents) Validate(name string, x tooltest.Exchange) (problems []string) {
	f, problem := d.find(name)
	documented, item := f.operation, f.item
	if problem != "" {
		return nil // Compare tells of declared operations, and nothing documents the others
	}
	query, err := url.ParseQuery(x.Query)
	if err != nil {
		return []string{"the query cannot be parsed"}
	}
	parameters := append(slices.Clone(documented.Parameters), item.Parameters...)
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if !slices.ContainsFunc(parameters, func(r *openapi3.ParameterRef) bool { return r.Value.In == "query" && r.Value.Name == key }) {
			problems = append(problems, fmt.Sprintf("the request has the query parameter %q, which is not documented", key))
		}
	}
	if schema := requestSchema(documented); schema != nil && isJSON(x.Header.Get("Content-Type")) {
		if err := fitsSchema(schema, x.Body, openapi3.VisitAsRequest()); err != nil {
			problems = append(problems, fmt.Sprintf("the request's body: %v", err))
		}
	}
	if x.Scripted || x.Status/100 != 2 {
		return problems
	}
	answers := documented.Responses.Status(x.Status)
	if answers == nil {
		return append(problems, fmt.Sprintf("the status %d is not documented", x.Status))
	}
	if content := answers.Value.Content.Get("application/json"); content != nil && content.Schema != nil && isJSON(x.AnswerHeader.Get("Content-Type")) {
		if err := fitsSchema(content.Schema.Value, x.Answer, openapi3.VisitAsResponse()); err != nil {
			problems = append(problems, fmt.Sprintf("the sandbox's answer: %v", err))
		}
	}
	return problems
}

func requestSchema(o *openapi3.Operation) *openapi3.Schema {
	if o.RequestBody == nil {
		return nil
	}
	content := o.RequestBody.Value.Content.Get("application/json")
	if content == nil || content.Schema == nil {
		return nil
	}
	return content.Schema.Value
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// fitsSchema checks JSON against a schema.
func fitsSchema(s *openapi3.Schema, raw jsontext.Value, as openapi3.SchemaValidationOption) error {
	var body any
	if err := json.Unmarshal(raw, &body); err != nil {
		return err
	}
	return openapitest.Fits(s, body, as)
}

var _ tooltest.Documents = documents{}
