package tool

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// Tool is one compiled tool.
type Tool struct {
	Spec
	Toolkit    Toolkit
	Version    string
	Where      string // file:line of the declaration
	Definition schema.Definition
	input      *schema.Object
	run        func(context.Context, *schema.Object, *Invocation) (any, error)
}

// FullName is toolkit and tool: "Jira.ListProjects".
func (t *Tool) FullName() string { return t.Toolkit.Name + "." + t.Name }

// FunctionName is the snake_case name that Arcade's messages use for a tool:
// "list_projects".
func (t *Tool) FunctionName() string {
	var b strings.Builder
	for i, r := range t.Name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Scopes is the sorted union of the scopes of the operations the tool uses.
// nil means that any token will do.
func (t *Tool) Scopes() []string {
	var scopes []string
	for _, op := range t.Uses {
		scopes = append(scopes, op.Scopes()...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// ReadOnly reports whether the tool changes nothing.
func (t *Tool) ReadOnly() bool { return t.Definition.Metadata.Behavior.ReadOnly }

// Invocation is one call of a tool, stripped of transport.
type Invocation struct {
	Token    Token
	UserID   string         // Arcade's user, for nothing but logs upstream of us
	Inputs   jsontext.Value // a JSON object; empty means {}
	Upstream Upstream
}

// Run executes the tool and returns its output as JSON. Whatever goes wrong,
// a panic in the handler included, is an error that Explain understands.
func (t *Tool) Run(ctx context.Context, inv *Invocation) (out jsontext.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, panicked(p)
		}
	}()
	v, err := t.run(ctx, t.input, inv)
	if err != nil {
		return nil, err
	}
	out, err = json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, &Error{
			Kind: KindBadOutput, Status: 500,
			Message:   "Failed to serialize tool output",
			Developer: fmt.Sprintf("%T does not encode as JSON", v), // json's error may quote the value
			Err:       err,
		}
	}
	return out, nil
}

// panicked describes a recovered panic without its value, which may hold
// inputs: its type and the frames it came through.
func panicked(p any) *Error {
	var pcs [32]uintptr
	n := runtime.Callers(4, pcs[:]) // skip Callers, panicked, the deferred function and gopanic
	frames := runtime.CallersFrames(pcs[:n])
	var stack strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&stack, "%s (%s:%d)\n", f.Function, path.Base(f.File), f.Line)
		if !more {
			break
		}
	}
	e := unhandled(p)
	e.Stack = stack.String()
	return e
}

// compile checks a declaration and derives the definition from it.
func compile(kit Toolkit, b boundTool, o Options) (*Tool, []error) {
	t := &Tool{Spec: b.spec, Toolkit: kit, Version: o.Version, Where: b.where, run: b.run}
	var errs []error
	if !pascalCase.MatchString(t.Name) || len(t.FullName()) > 50 { // some MCP hosts cap names near 60
		errs = append(errs, fmt.Errorf("name %q must be PascalCase, with its toolkit at most 50 characters", t.Name))
	}
	if t.Doc == "" {
		errs = append(errs, errors.New("has no Doc"))
	}
	if t.Returns == "" {
		errs = append(errs, errors.New("has no Returns"))
	}
	for _, op := range t.Uses {
		if op == nil {
			return t, append(errs, errors.New("uses a nil operation"))
		}
		if err := op.Check(); err != nil {
			errs = append(errs, each(op.Name(), err)...)
		}
	}
	behavior := t.behavior()
	errs = append(errs, contradictions(behavior)...)
	input, err := schema.Compile(b.in)
	if err != nil {
		errs = append(errs, each("input", err)...)
	} else {
		errs = append(errs, input.LintParameters()...)
	}
	output, err := schema.Compile(b.out)
	if err != nil {
		errs = append(errs, each("output", err)...)
	}
	if len(errs) > 0 {
		return t, errs
	}
	t.input = input
	t.Definition = schema.Definition{
		Name:               t.Name,
		FullyQualifiedName: t.FullName(),
		Description:        t.Doc,
		Toolkit:            schema.Toolkit{Name: kit.Name, Description: &kit.Description, Version: &t.Version},
		Input:              schema.Input{Parameters: input.Parameters()},
		Output: schema.Output{
			Description:    t.Returns,
			AvailableModes: []string{"value", "error"},
			ValueSchema:    output.Value(),
		},
		Requirements: schema.Requirements{Authorization: &schema.Authorization{
			ProviderID:   kit.Provider,
			ProviderType: "oauth2",
			ID:           optional(o.ProviderID),
			OAuth2:       &schema.OAuth2{Scopes: t.Scopes()},
		}},
		DeprecationMessage: optional(t.Deprecated),
		Metadata: &schema.Metadata{
			Classification: schema.Classification{ServiceDomains: []string{kit.Domain}},
			Behavior:       behavior,
		},
	}
	return t, nil
}

// each takes joined errors apart, so that every one of them gets to name the
// place of the declaration.
func each(what string, err error) []error {
	errs := []error{err}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		errs = slices.Clone(joined.Unwrap())
	}
	for i := range errs {
		errs[i] = fmt.Errorf("%s: %w", what, errs[i])
	}
	return errs
}

// contradictions reports behavior metadata that Arcade refuses (protocol
// §3.2). Only a Spec's own Behavior can hold any.
func contradictions(b schema.Behavior) (errs []error) {
	for _, verb := range b.Operations {
		if verb != Read.String() && b.ReadOnly {
			errs = append(errs, fmt.Errorf("behavior is read-only and has the operation %q", verb))
		}
	}
	if slices.Contains(b.Operations, Delete.String()) && !b.Destructive {
		errs = append(errs, errors.New("behavior deletes and is not destructive"))
	}
	if !b.OpenWorld {
		errs = append(errs, errors.New("behavior is not open-world, although the tool talks to a service"))
	}
	return errs
}

// behavior derives Arcade's behavior metadata from the operations used. What
// is read on the way to a write does not count.
func (t *Tool) behavior() schema.Behavior {
	if t.Behavior != nil {
		return *t.Behavior
	}
	b := schema.Behavior{ReadOnly: true, Idempotent: true, OpenWorld: true}
	for _, effect := range []Effect{Create, Update, Delete} {
		if slices.ContainsFunc(t.Uses, func(op Operation) bool { return op.Effect() == effect }) {
			b.Operations = append(b.Operations, effect.String())
			b.ReadOnly = false
			b.Destructive = b.Destructive || effect == Delete
			b.Idempotent = b.Idempotent && effect != Create
		}
	}
	if b.ReadOnly {
		b.Operations = []string{Read.String()}
	}
	return b
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
