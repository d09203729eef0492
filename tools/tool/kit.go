package tool

import (
	"context"
	"errors"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"arcade-atlassian/schema"
)

// Kit collects the tools that one package declares. B is what their handlers
// work with, such as the client of a service; Bind hands it over when the
// program starts.
type Kit[B any] struct {
	toolkit Toolkit
	declare []func(backend B) declaration
}

// declaration is a tool as its package declares it, with the types of its
// input and output erased. Build makes a Tool of it.
type declaration struct {
	spec     Spec
	where    place
	in, out  reflect.Type
	mistakes []error // what only Add could see
	bounded  bool    // by the operator, so that outputs may say what they leave out
	run      func(context.Context, *schema.Object, *Invocation) (any, error)
}

// NewKit makes an empty kit; a package keeps one in a variable and declares
// its tools into it with package-level calls of Add.
func NewKit[B any](t Toolkit) *Kit[B] { return &Kit[B]{toolkit: t} }

// Declared is what Add returns, so that a declaration can stand at package
// level: var _ = add(…).
type Declared struct{}

// checker is an input type that checks combinations of its fields.
type checker interface{ Check() error }

// Add declares a tool. In is a struct whose fields are the parameters, Out is
// what comes back; package schema says which types they may have. Add never
// fails: Build reports all mistakes together, with the file and line of the
// declaration.
//
// The handler gets inputs that keep the rules of In. Rules between several
// fields stand in a method of In with a value receiver, Check() error, which
// runs before the handler and returns one BadInput or several joined ones.
func Add[B, In, Out any](k *Kit[B], s Spec, handler func(context.Context, B, *Invocation, In) (Out, error)) Declared {
	d := declaration{spec: s, where: caller(), in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	if handler == nil {
		d.mistakes = append(d.mistakes, errors.New("has no handler"))
	}
	if check := reflect.TypeFor[checker](); !d.in.Implements(check) && reflect.PointerTo(d.in).Implements(check) {
		d.mistakes = append(d.mistakes, fmt.Errorf("input: the method Check of %s needs a value receiver", d.in))
	}
	k.declare = append(k.declare, func(backend B) declaration {
		d := d
		d.run = func(ctx context.Context, input *schema.Object, inv *Invocation) (any, error) {
			var in In
			coerced, err := input.DecodeCoerced(ctx, inv.Inputs, &in)
			if err != nil {
				return nil, err
			}
			inv.coerced.Store(int64(coerced))
			if c, ok := any(in).(checker); ok {
				if err := c.Check(); err != nil {
					return nil, err
				}
			}
			if err := missing(s, inv); err != nil {
				return nil, err
			}
			return handler(ctx, backend, inv, in)
		}
		return d
	})
	return Declared{}
}

// place is where a declaration stands: the addresses of the calls that led
// from it to Add. Most of what Add costs would be finding out their names,
// which only a mistake needs.
type place []uintptr

// caller is the place of the declaration that calls Add.
func caller() place {
	var calls [16]uintptr
	return calls[:runtime.Callers(3, calls[:])] // skip Callers, caller and Add
}

// String is file:line. Kits wrap Add in functions of their own; they are
// generic, as Add is, which declarations are not.
func (p place) String() string {
	frames := runtime.CallersFrames(p)
	at, more := frames.Next()
	for more && strings.Contains(at.Function, "[...]") {
		at, more = frames.Next()
	}
	return fmt.Sprintf("%s:%d", path.Join(path.Base(path.Dir(at.File)), path.Base(at.File)), at.Line)
}

// Bind gives the kit's handlers the backend they work with.
func (k *Kit[B]) Bind(backend B) BoundKit {
	b := BoundKit{toolkit: k.toolkit}
	for _, declare := range k.declare {
		b.declarations = append(b.declarations, declare(backend))
	}
	return b
}

// BoundKit is a kit whose handlers have their backend: what Build takes. Kits
// with different backends have this one type.
type BoundKit struct {
	toolkit      Toolkit
	declarations []declaration
	mistakes     []error
}

// Names lists the names of the kit's tools, without the toolkit's, in the order
// of their declaration.
func (b BoundKit) Names() []string {
	names := make([]string, len(b.declarations))
	for i, d := range b.declarations {
		names[i] = d.spec.Name
	}
	return names
}

// Only is the kit with no other tool than the one of this name, so that a test
// need not build the others. Build fails when there is none.
func (b BoundKit) Only(name string) BoundKit {
	b.declarations = slices.DeleteFunc(slices.Clone(b.declarations), func(d declaration) bool { return d.spec.Name != name })
	if len(b.declarations) == 0 {
		b.mistakes = append(slices.Clone(b.mistakes), fmt.Errorf("toolkit %s has no tool %q", b.toolkit.Name, name))
	}
	return b
}

// Bounded is the kit with tools that the operator's boundaries limit. lookups
// adds to the operations of a tool those that the boundaries need.
func (b BoundKit) Bounded(lookups func([]Operation) []Operation) BoundKit {
	b.declarations = slices.Clone(b.declarations)
	for i := range b.declarations {
		b.declarations[i].spec.Uses = lookups(b.declarations[i].spec.Uses)
		b.declarations[i].bounded = true
	}
	return b
}

// missing is the error of a call without a secret or a metadata item that the
// tool needs. It is told like any defect of the set-up: nothing that a model
// sends can mend it (protocol §4.1).
func missing(s Spec, inv *Invocation) error {
	var errs []string
	for _, key := range s.Secrets {
		if _, ok := inv.Secret(key); !ok {
			errs = append(errs, fmt.Sprintf("Secret '%s' not found in context.", key))
		}
	}
	for _, key := range s.Metadata {
		if _, ok := inv.MetadataValue(key); !ok {
			errs = append(errs, fmt.Sprintf("Metadata '%s' not found in context.", key))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	text := strings.Join(errs, " ")
	return &Error{
		Kind: KindFatal, Status: 500, Message: text, Developer: text,
		Prompt: "An administrator has to set it in Arcade. Repeating the call does not help.",
	}
}
