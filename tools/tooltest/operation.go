package tooltest

import (
	"slices"
	"strings"
	"testing"

	"arcade-atlassian/tools/tool"
)

// operations holds what a tool declares to what the service documents.
func (b *battery) operations(*testing.T) (problems []string) {
	if b.Documents == nil {
		return nil
	}
	for _, op := range b.tool.Uses {
		for _, problem := range b.Documents.Compare(op) {
			problems = append(problems, op.Name()+" "+problem)
		}
	}
	return problems
}

// operation names the operation that a request performs: the service's
// documents know best; without them it is one that the tool may perform.
func (b *battery) operation(x *Exchange) string {
	path := x.Path
	if b.Path != nil {
		path = b.Path(path)
	}
	if b.Documents != nil {
		if name := b.Documents.Operation(x.Method, path); name != "" {
			return name
		}
	}
	names := slices.Clone(b.Common)
	for _, op := range b.tool.Uses {
		names = append(names, op.Name())
	}
	return Match(names, x.Method, path)
}

// declared returns the tool's operation with the name, or nil.
func (b *battery) declared(name string) tool.Operation {
	for _, op := range b.tool.Uses {
		if op.Name() == name {
			return op
		}
	}
	return nil
}

// writes reports whether a request changes something.
func (b *battery) writes(x *Exchange) bool {
	op := b.declared(b.operation(x))
	if op == nil {
		return x.Method != "GET" && x.Method != "HEAD"
	}
	return op.Effect() != tool.Read
}

// Match returns the operation that a request performs: among those whose
// method and path template fit, the one that is literal where others have a
// parameter. "" is none.
func Match(operations []string, method, path string) string {
	best := ""
	var bestTemplate []string
	segments := strings.Split(path, "/")
	for _, name := range operations {
		m, t, _ := strings.Cut(name, " ")
		template := strings.Split(t, "/")
		if m == method && fits(template, segments) && (best == "" || moreLiteral(template, bestTemplate)) {
			best, bestTemplate = name, template
		}
	}
	return best
}

func fits(template, segments []string) bool {
	return slices.EqualFunc(template, segments, func(t, s string) bool {
		return t == s || strings.HasPrefix(t, "{") && s != "" && s != "." && s != ".." // these are steps, not values
	})
}

// moreLiteral compares two templates that fit the same path.
func moreLiteral(a, b []string) bool {
	for i := range a {
		if inA, inB := strings.HasPrefix(a[i], "{"), strings.HasPrefix(b[i], "{"); inA != inB {
			return inB
		}
	}
	return false
}
