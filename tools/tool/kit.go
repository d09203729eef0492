package tool

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"arcade-atlassian/schema"
)

// Kit collects the tools that one package declares. B is what their handlers
// work with, bound when the program starts.
type Kit[B any] struct {
	toolkit Toolkit
	decls   []declaration[B]
}

// declaration is a tool with its input and output types erased.
type declaration[B any] struct {
	spec    Spec
	where   string // file:line
	in, out reflect.Type
	run     func(context.Context, B, *schema.Object, *Invocation) (any, error)
}

// NewKit makes an empty kit; a package keeps one in a variable and declares
// its tools into it with package-level calls of Add.
func NewKit[B any](t Toolkit) *Kit[B] { return &Kit[B]{toolkit: t} }

// Declared is what Add returns, so that a declaration can stand at package
// level: var _ = add(…).
type Declared struct{}

// Add declares a tool. It never fails: Build reports all mistakes together,
// with the file and line of the declaration.
func Add[B, In, Out any](k *Kit[B], s Spec, handler func(context.Context, B, *Invocation, In) (Out, error)) Declared {
	k.decls = append(k.decls, declaration[B]{
		spec:  s,
		where: place(),
		in:    reflect.TypeFor[In](),
		out:   reflect.TypeFor[Out](),
		run: func(ctx context.Context, b B, input *schema.Object, inv *Invocation) (any, error) {
			var in In
			if err := input.Decode(inv.Inputs, &in); err != nil {
				return nil, err
			}
			return handler(ctx, b, inv, in)
		},
	})
	return Declared{}
}

// place is the file and line of a declaration. Kits wrap Add in functions of
// their own; behind all of them is the package's initialization, where
// declarations stand. One made elsewhere is placed at the caller of the kit's
// function.
func place() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])]) // skip Callers, place, Add and the kit's function
	at, more := frames.Next()
	for f := at; more; f, more = frames.Next() {
		if strings.HasSuffix(f.Function, ".init") {
			at = f
			break
		}
	}
	return fmt.Sprintf("%s:%d", path.Join(path.Base(path.Dir(at.File)), path.Base(at.File)), at.Line)
}

// Bound is a kit whose handlers have their backend.
type Bound struct {
	toolkit Toolkit
	tools   []boundTool
}

type boundTool struct {
	spec    Spec
	where   string
	in, out reflect.Type
	run     func(context.Context, *schema.Object, *Invocation) (any, error)
}

// Bind gives the kit's handlers the backend they work with.
func (k *Kit[B]) Bind(backend B) Bound {
	b := Bound{toolkit: k.toolkit}
	for _, d := range k.decls {
		b.tools = append(b.tools, boundTool{
			d.spec, d.where, d.in, d.out,
			func(ctx context.Context, o *schema.Object, inv *Invocation) (any, error) {
				return d.run(ctx, backend, o, inv)
			},
		})
	}
	return b
}
