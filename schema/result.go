package schema

import (
	"errors"
	"fmt"
	"reflect"
)

// Result is the compiled type of what a tool returns. It is immutable.
type Result struct {
	root      *node
	untrusted *untrustedText // nil when it holds none
}

// CompileResult is Compiler.CompileResult for a single type.
func CompileResult(t reflect.Type) (*Result, error) { return new(Compiler).CompileResult(t) }

// CompileResult derives the schema of a tool's result from its Go type: a
// struct, string, Enum, int, int64, float64, bool, time.Time, map with string
// keys, jsontext.Value, or a list of any of these. struct{} means that the
// tool returns nothing. Fields are declared as for Compile; nothing needs a
// maximum, and names may keep the service's own spelling. A field with the tag
// untrusted:"true" holds text that people wrote; a result that has any gets the
// member UntrustedText, which says where.
//
// The error joins every mistake found in the declaration. A pointer is one: a
// result that may be absent has no type in Arcade.
func (c *Compiler) CompileResult(t reflect.Type) (*Result, error) {
	if t == nil {
		return nil, errors.New("a result needs a type")
	}
	if t.Kind() == reflect.Pointer {
		return nil, fmt.Errorf("%s: a result is never null, so it cannot be a pointer", t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, compiled := c.wholeResults[t]; compiled {
		return r, nil
	}
	if c.results == nil {
		c.results, c.wholeResults = structs{}, map[reflect.Type]*Result{}
	}
	root, err := c.results.compile(t, false)
	if err != nil {
		return nil, err
	}
	untrusted, err := untrustedIn(t)
	if err != nil {
		return nil, err
	}
	if untrusted != nil {
		root = marked(root)
	}
	c.wholeResults[t] = &Result{root: root, untrusted: untrusted}
	return c.wholeResults[t], nil
}

// Untrusted lists the names of the members of v, a value of the result's type,
// that hold text which people wrote: what the member UntrustedText of the result
// has to be. It is nil when there is none.
func (r *Result) Untrusted(v any) []string {
	if r.untrusted == nil {
		return nil
	}
	return r.untrusted.in(reflect.ValueOf(v))
}

// Value is the result's schema, or nil for a tool that returns nothing
// (protocol §3.2).
func (r *Result) Value() *Value {
	if r.nothing() {
		return nil
	}
	v := r.root.value(false)
	return &v
}

// Modes are the output modes that go with Value (protocol §3.2): value and
// error, or null alone for a tool that returns nothing.
func (r *Result) Modes() []string {
	if r.nothing() {
		return []string{"null"}
	}
	return []string{"value", "error"}
}

func (r *Result) nothing() bool { return r.root.props != nil && len(r.root.props.names) == 0 }
