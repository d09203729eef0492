// Package tooltest is the battery that every tool is put through. A toolkit is
// known to it by two things: how its tools are bound to an address, and a
// service to answer them. The toolkit may be of any package or module; what a
// service has beyond that, such as tokens with scopes or published documents,
// is told in further fields of Toolkit.
//
// Each tool brings a scenario file of recorded cases. From the tool's
// definition and these cases the battery checks
//
//	definition  the published definition against its snapshot, and its size
//	operations  the operations the tool declares against the service's documents
//	cases       every case against its recording
//	scopes      the declared scopes: together enough, each of them needed
//	hostile     what models may be talked into sending
//	faults      every request of the tool failing in every way
//	outside     what the operator's boundaries do not hold
//
// A call runs against the service through net/http over connections in memory
// and in simulated time: pauses cost nothing, every run sees the same clock,
// and requests that a tool sends in parallel are answered in one order.
package tooltest

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// Toolkit is a toolkit under test. Bind and Service are enough; a rule whose
// fields are not set is left out.
type Toolkit struct {
	// Bind gives the kit's handlers the backend they work with: a client of the
	// service at url, which is reached through transport and no other way. What
	// the client leaves running is to be ended in tb.Cleanup.
	Bind func(tb testing.TB, url string, transport http.RoundTripper) tool.BoundKit
	// Service makes a service in its first state. Nothing is recorded from one
	// that comes with an error.
	Service func() (http.Handler, error)

	// Testdata is the folder of snapshots and scenarios; empty is "testdata".
	Testdata string
	// Clock is the time at which cases start that do not say when; zero is
	// midnight UTC 2000-01-01.
	Clock time.Time
	// Token, Secrets and Metadata are what cases are called with that bring none.
	Token             string
	Secrets, Metadata map[string]string

	// WithScopes is token restricted to scopes.
	WithScopes func(token string, scopes []string) string
	// OtherScopes open no operation of the toolkit. A token that lacks a
	// declared scope has them instead, where a service hides everything from
	// tokens without any scope.
	OtherScopes []string

	// Common names operations that every tool may perform without declaring
	// them: "GET /oauth/token/accessible-resources".
	Common []string
	// CommonParameters names text parameters that no tool handles itself, because it
	// is done for all of them in one place: all hostile texts are tried with the first
	// tool, and some with every tool.
	CommonParameters []string
	// Path is the part of a request's path that the templates of operations
	// describe; nil is all of it.
	Path func(path string) string
	// Documents is what the service publishes about its operations.
	Documents Documents

	// QueryParameters are parameters of tools that hold text in a query
	// language: alone they may be refused for their grammar.
	QueryParameters []string
	// FileParameters are parameters of tools that hold whole files: they may be
	// longer than other texts.
	FileParameters []string
	// IsGrammarError reports whether an answer refuses a request because a part
	// of it could not be parsed; nil takes every 400 for one.
	IsGrammarError func(Exchange) bool

	// Outside binds the kit as Bind does, within boundaries of the operator's that
	// hold nothing of what cases are about. Nothing outside of them may be told or
	// written.
	Outside func(tb testing.TB, url string, transport http.RoundTripper) tool.BoundKit
	// IsUnlimited reports whether a tool touches nothing that boundaries are drawn
	// around; nil is none.
	IsUnlimited func(*tool.Tool) bool

	// Check holds a tool to further rules and returns what breaks them.
	Check func(*tool.Tool) []string

	compiler *schema.Compiler // of all that the battery builds
	// Points is what an exchange costs of the service's quota; nil counts 1.
	Points func(Exchange) int
}

// Documents are what a service publishes about its operations.
type Documents interface {
	// Operation names the documented operation that a request performs, by its
	// method and its path as Toolkit.Path cuts it; "" is none.
	Operation(method, path string) string
	// Compare reports where a declared operation differs from the documents.
	Compare(tool.Operation) []string
	// Validate reports where a request of the named operation, or its answer,
	// is not as documented.
	Validate(operation string, x Exchange) []string
}

// rules are the parts of the battery, by the names that Check takes. Each
// returns what is wrong; t only reports what keeps the rule from being tried.
var rules = []struct {
	name  string
	check func(*battery, *testing.T) []string
}{
	{"definition", (*battery).definition},
	{"operations", (*battery).operations},
	{"cases", (*battery).cases},
	{"scopes", (*battery).scopes},
	{"hostile", (*battery).hostile},
	{"faults", (*battery).faults},
	{"outside", (*battery).outside},
}

// battery is one tool under test.
type battery struct {
	Toolkit
	tool     *tool.Tool
	first    bool            // of the toolkit's tools
	leads    map[string]bool // the operations that no tool before this one performs
	scenario *scenario
	// bind, when set, binds the tool under test in another way than those that
	// prepare its cases.
	bind func(testing.TB, string, http.RoundTripper) tool.BoundKit
}

// problems runs the named rules, or all when there are no names.
func (b *battery) problems(t *testing.T, names ...string) (problems []string) {
	t.Helper()
	if _, err := b.Service(); err != nil {
		return []string{"service: is broken: " + err.Error()}
	}
	b.scenario = readScenario(t, b.folder(), b.tool)
	for _, rule := range rules {
		if len(names) > 0 && !slices.Contains(names, rule.name) {
			continue
		}
		for _, problem := range rule.check(b, t) {
			problems = append(problems, rule.name+": "+problem)
		}
	}
	return problems
}

// Run puts every tool of the toolkit through the battery. UPDATE_GOLDEN=1
// records snapshots and scenarios anew, except those of a tool that breaks a
// rule with them.
func Run(t *testing.T, k Toolkit) {
	t.Helper()
	for _, b := range k.batteries(t) {
		t.Run(b.tool.Name, func(t *testing.T) {
			t.Parallel()
			for _, problem := range b.problems(t) {
				t.Error(problem)
			}
		})
	}
}

// Check puts every tool through the named rules, or all when there are no
// names, and returns what breaks them, as "Tool: rule: problem".
func Check(t *testing.T, k Toolkit, names ...string) (problems []string) {
	t.Helper()
	for _, b := range k.batteries(t) {
		for _, problem := range b.problems(t, names...) {
			problems = append(problems, b.tool.Name+": "+problem)
		}
	}
	return problems
}

// batteries are those of all tools, whose scenarios are not read yet.
func (k Toolkit) batteries(t *testing.T) (all []*battery) {
	t.Helper()
	led := map[string]bool{}
	for i, declared := range k.tools(t) {
		b := &battery{Toolkit: k, tool: declared, first: i == 0, leads: map[string]bool{}}
		operations := slices.Clone(k.Common)
		for _, op := range declared.Uses {
			operations = append(operations, op.Name())
		}
		for _, name := range operations {
			if !led[name] {
				led[name], b.leads[name] = true, true
			}
		}
		all = append(all, b)
	}
	return all
}

func (k Toolkit) battery(t *testing.T, declared *tool.Tool) *battery {
	t.Helper()
	b := &battery{Toolkit: k, tool: declared}
	b.scenario = readScenario(t, k.folder(), declared)
	return b
}

func (k Toolkit) folder() string {
	if k.Testdata == "" {
		return "testdata"
	}
	return k.Testdata
}

// tools compiles the whole toolkit once, and keeps what was made of its types for
// the runs.
func (k *Toolkit) tools(tb testing.TB) []*tool.Tool {
	tb.Helper()
	k.compiler = new(schema.Compiler)
	c, err := tool.Build(tool.Options{Version: version, Compiler: k.compiler}, k.Bind(tb, address, http.DefaultTransport))
	if err != nil {
		tb.Fatal(err)
	}
	return c.Tools()
}

// one compiles the named tool alone: the cost of a run must not grow with the
// toolkit.
func (k Toolkit) one(tb testing.TB, name string, transport http.RoundTripper) *tool.Tool {
	tb.Helper()
	bound := k.Bind(tb, address, transport)
	c, err := tool.Build(tool.Options{Version: version, Compiler: k.compiler}, bound.Only(name))
	if err != nil {
		tb.Fatal(err)
	}
	for _, t := range c.Tools() {
		if t.Name == name {
			return t
		}
	}
	tb.Fatalf("the toolkit has no tool %s", name)
	return nil
}

const (
	version = "1.0.0"
	// address is where services seem to be: on this machine, so that clients
	// that insist on https elsewhere accept it.
	address = "http://127.0.0.1:1"
)
