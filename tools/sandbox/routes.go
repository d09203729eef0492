package sandbox

import (
	_ "embed" // for operations.json
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/sandbox/internal/confluence"
	"arcade-atlassian/tools/sandbox/internal/jira"
	"arcade-atlassian/tools/sandbox/internal/service"
)

// services are the products that the sandbox serves.
func services() []*service.Service { return []*service.Service{jira.Service, confluence.Service} }

// route is one operation as the gateway looks for it.
type route struct {
	product  string
	method   string
	template []string
	scopes   [][]string // alternatives
	api      *service.API
	handle   service.Handler
}

//go:embed operations.json
var operationsJSON []byte

// servedRoutes are the routes of all sandboxes of a process.
var servedRoutes = sync.OnceValues(func() ([]route, error) { return compileRoutes(services(), operationsJSON) })

// servedScopes are the scopes that a token has which names none.
var servedScopes = sync.OnceValue(func() []string {
	routes, _ := servedRoutes() // Sandbox.Err tells
	return knownScopes(routes)
})

// compileRoutes joins the handlers of products with the facts about their operations.
func compileRoutes(products []*service.Service, operations []byte) ([]route, error) {
	var facts struct {
		Operations []struct {
			Document string     `json:"document"`
			Method   string     `json:"method"`
			Path     string     `json:"path"`
			Scopes   [][]string `json:"scopes"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(operations, &facts); err != nil {
		return nil, fmt.Errorf("read operations.json: %w", err)
	}
	scopes := map[string][][]string{}
	for _, op := range facts.Operations {
		scopes[op.Document+" "+op.Method+" "+op.Path] = op.Scopes
	}
	var routes []route
	var problems []error
	served := map[string]bool{}
	for _, s := range products {
		for _, api := range s.APIs() {
			for _, op := range api.Operations() {
				name := api.Document + " " + op.Name
				alternatives, known := scopes[name]
				if !known {
					problems = append(problems, fmt.Errorf("operations.json knows no %s of %s: run UPDATE_GOLDEN=1 go test -run TestOperations ./tools/sandbox", op.Name, api.Document))
				}
				if served[name] {
					problems = append(problems, fmt.Errorf("%s of %s is served twice", op.Name, api.Document))
				}
				served[name] = true
				method, path, _ := strings.Cut(op.Name, " ")
				routes = append(routes, route{
					product:  s.Product,
					method:   method,
					template: strings.Split(strings.TrimPrefix(api.Prefix+path, "/"), "/"),
					scopes:   alternatives,
					api:      api,
					handle:   op.Handle,
				})
			}
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
