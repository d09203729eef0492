package tool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"arcade-atlassian/tools/tool"
)

// lab is the backend of the test kits: a word that handlers give back.
type lab string

type (
	none   struct{}
	sample struct {
		Text string `json:"text" jsonschema:"maxLength=1000" doc:"Any text."`
	}
	thing struct {
		Text  string  `json:"text" doc:"A text."`
		Share float64 `json:"share,omitzero" doc:"A part of one."`
	}
)

// operation is a REST operation that exists nowhere.
type operation struct {
	name   string
	effect tool.Effect
	scopes []string
	broken []string // what Check says
}

func (o operation) Name() string        { return o.name }
func (o operation) Scopes() []string    { return o.scopes }
func (o operation) Effect() tool.Effect { return o.effect }

func (o operation) Check() error {
	var errs []error
	for _, text := range o.broken {
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

var (
	getThing    = operation{name: "GET /thing", effect: tool.Read, scopes: []string{"read:thing", "read:user"}}
	postThing   = operation{name: "POST /thing", effect: tool.Create, scopes: []string{"write:thing", "read:thing"}}
	putThing    = operation{name: "PUT /thing", effect: tool.Update, scopes: []string{"write:thing"}}
	deleteThing = operation{name: "DELETE /thing", effect: tool.Delete, scopes: []string{"delete:thing"}}
)

func newKit(name string) *tool.Kit[lab] {
	return tool.NewKit[lab](tool.Toolkit{Name: name, Description: "Tools for tests.", Domain: "documents", Provider: "atlassian"})
}

// add declares a tool at the line of its caller.
func add[In, Out any](k *tool.Kit[lab], s tool.Spec, handler func(context.Context, lab, *tool.Invocation, In) (Out, error)) tool.Declared {
	return tool.Add(k, s, handler)
}

// idle is a handler that does nothing.
func idle(context.Context, lab, *tool.Invocation, none) (none, error) { return none{}, nil }

// spec is a declaration without mistakes.
func spec(name string, uses ...tool.Operation) tool.Spec {
	return tool.Spec{Name: name, Doc: "What it does.", Returns: "What comes back.", Uses: uses}
}

func build(t testing.TB, o tool.Options, kits ...*tool.Kit[lab]) (*tool.Catalog, error) {
	t.Helper()
	bound := make([]tool.BoundKit, len(kits))
	for i, k := range kits {
		bound[i] = k.Bind("backend")
	}
	return tool.Build(o, bound...)
}

func mustBuild(t testing.TB, kits ...*tool.Kit[lab]) *tool.Catalog {
	t.Helper()
	c, err := build(t, tool.Options{Version: "1.2.3"}, kits...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// one is the only tool of a kit with this declaration and handler.
func one[In, Out any](t testing.TB, s tool.Spec, handler func(context.Context, lab, *tool.Invocation, In) (Out, error)) *tool.Tool {
	t.Helper()
	k := newKit("Lab")
	add(k, s, handler)
	return mustBuild(t, k).Tools()[0]
}

// here is the line it is called from.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

func names(tools []*tool.Tool) []string {
	all := make([]string, len(tools))
	for i, t := range tools {
		all[i] = t.FullName()
	}
	return all
}
