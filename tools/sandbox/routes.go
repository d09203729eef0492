package sandbox

import (
	_ "embed" // for operations.json
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// document is one of Atlassian's OpenAPI documents and what the sandbox serves of it.
type document struct {
	name    string // of the file, without .json
	product product
	prefix  string // what the gateway's path has before the document's own
	fault   faultFunc
	serves  map[string]handler
}

// documents is the table of everything served. A new operation is a line here, a handler in the file
// of its product area, and its facts in operations.json, which the test TestOperations writes.
func documents() []document {
	return []document{
		{
			name: "jira-platform-v3", product: jira, fault: jiraFault,
			serves: map[string]handler{
				"GET /rest/api/3/myself":                   myself,
				"GET /rest/api/3/project/search":           searchProjects,
				"GET /rest/api/3/project/{projectIdOrKey}": getProject,
			},
		},
		{
			name: "confluence-v2", product: confluence, prefix: "/wiki/api/v2", fault: confluenceFault,
			serves: map[string]handler{
				"GET /spaces": listSpaces,
			},
		},
	}
}

// call is one request that passed the gateway.
type call struct {
	world *world
	site  *site
	user  *person
	path  string            // within the site, still escaped
	vars  map[string]string // path parameters, unescaped
	query url.Values
}

// handler answers one operation. It runs alone: nothing else reads or writes the state meanwhile.
type handler func(*call) reply

// faultFunc words a refusal the way one API does.
type faultFunc func(status int, messages ...string) reply

// route is one operation as the gateway looks for it.
type route struct {
	product  product
	method   string
	template []string
	scopes   [][]string // alternatives
	fault    faultFunc
	serve    handler
}

//go:embed operations.json
var operationsJSON []byte

// compileRoutes joins the handlers with the facts about their operations.
func compileRoutes() ([]route, error) {
	var facts struct {
		Operations []struct {
			Document string     `json:"document"`
			Method   string     `json:"method"`
			Path     string     `json:"path"`
			Scopes   [][]string `json:"scopes"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(operationsJSON, &facts); err != nil {
		return nil, fmt.Errorf("read operations.json: %w", err)
	}
	scopes := map[string][][]string{}
	for _, op := range facts.Operations {
		scopes[op.Document+" "+op.Method+" "+op.Path] = op.Scopes
	}
	var routes []route
	var problems []error
	for _, doc := range documents() {
		for name, serve := range doc.serves {
			alternatives, known := scopes[doc.name+" "+name]
			if !known {
				problems = append(problems, fmt.Errorf("operations.json knows no %s of %s: run UPDATE_GOLDEN=1 go test -run TestOperations ./tools/sandbox", name, doc.name))
			}
			method, path, _ := strings.Cut(name, " ")
			routes = append(routes, route{
				product:  doc.product,
				method:   method,
				template: strings.Split(strings.TrimPrefix(doc.prefix+path, "/"), "/"),
				scopes:   alternatives,
				fault:    doc.fault,
				serve:    serve,
			})
		}
	}
	// The first route that matches wins. An opening brace sorts after every letter and digit, so a
	// literal segment is tried before a parameter in the same place.
	slices.SortFunc(routes, func(a, b route) int { return slices.Compare(a.template, b.template) })
	return routes, errors.Join(problems...)
}

// match compares escaped segments with a template and returns the unescaped values of its parameters.
func match(template, segments []string) (map[string]string, bool) {
	if len(template) != len(segments) {
		return nil, false
	}
	vars := map[string]string{}
	for i, want := range template {
		if !strings.HasPrefix(want, "{") {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		vars[strings.Trim(want, "{}")] = value
	}
	return vars, true
}
