package tool

import (
	"errors"
	"fmt"
	"slices"

	"arcade-atlassian/schema"
)

// compile checks a declaration and derives the definition from it.
func compile(compiler *schema.Compiler, kit Toolkit, d declaration) (*Tool, []error) {
	t := &Tool{Spec: d.spec, Toolkit: kit, where: d.where, run: d.run, bounded: d.bounded}
	if slices.Contains(t.Uses, nil) {
		return t, []error{errors.New("uses a nil operation")}
	}
	errs := append(slices.Clone(d.mistakes), t.check()...)
	input, err := compiler.Compile(d.in)
	if err != nil {
		errs = append(errs, each("input", err)...)
	}
	output, err := compiler.CompileResult(d.out)
	if err != nil {
		errs = append(errs, each("output", err)...)
	}
	if len(errs) > 0 {
		return t, errs
	}
	t.input, t.output = input, output
	t.Definition = schema.Definition{
		Name:               t.Name,
		FullyQualifiedName: t.FullName(),
		Description:        t.Doc,
		Toolkit:            schema.Toolkit{Name: kit.Name, Description: &kit.Description, Version: &kit.Version},
		Input:              schema.Input{Parameters: input.Parameters()},
		Output: schema.Output{
			Description:    t.Returns,
			AvailableModes: output.Modes(),
			ValueSchema:    output.Value(),
		},
		Requirements: schema.Requirements{
			Authorization: kit.authorization(t.Scopes()),
			Secrets:       requirements(t.Secrets),
			Metadata:      requirements(t.Metadata),
		},
		DeprecationMessage: optional(t.Deprecated),
		Metadata: &schema.Metadata{
			Classification: schema.Classification{ServiceDomains: []string{kit.Domain}},
			Behavior:       t.behavior(),
		},
	}
	return t, nil
}

// authorization is the token that the toolkit's tools ask for, with the
// scopes, or nil.
func (k Toolkit) authorization(scopes []string) *schema.Authorization {
	if !k.usesOAuth() {
		return nil
	}
	return &schema.Authorization{
		ProviderID:   optional(k.Provider),
		ProviderType: "oauth2",
		ID:           optional(k.ProviderID),
		OAuth2:       &schema.OAuth2{Scopes: scopes},
	}
}

func requirements(keys []string) []schema.Requirement {
	var all []schema.Requirement // nil is written null
	for _, key := range keys {
		all = append(all, schema.Requirement{Key: key})
	}
	return all
}

// behavior derives Arcade's behavior metadata from the operations used. What
// is read on the way to a write does not count.
func (t *Tool) behavior() schema.Behavior {
	b := schema.Behavior{ReadOnly: true, Destructive: t.Destructive, Idempotent: !t.NotIdempotent, OpenWorld: true}
	for _, effect := range []Effect{Create, Update, Delete} {
		if t.does(effect) {
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

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
