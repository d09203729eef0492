// Package cql is Confluence's query language: its reserved words, and mistakes in the words Confluence
// has for them.
package cql

import (
	"errors"
	"fmt"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/query"
)

// reserved are Confluence's reserved words, sorted.
const reserved = `after and as asc before by changed desc distinct empty from in is not null on or order was`

func dialect() *query.Dialect {
	return &query.Dialect{
		Reserved:           strings.Fields(reserved),
		ReservedCharacters: "{}*/%+^$#@?;`",
		Operators: []query.Op{
			query.Equal, query.NotEqual, query.Contains, query.NotContains,
			query.Less, query.LessEqual, query.Greater, query.GreaterEqual,
			query.In, query.NotIn,
		},
	}
}

// Parse reads a query. The error says what Confluence says, which is the same whatever is wrong.
func Parse(text string) (*query.Query, error) {
	q, err := dialect().Parse(text)
	if err != nil || q.Where == nil || startsNegative(q.Where) {
		return nil, errors.New("Could not parse cql : " + query.Clip(text))
	}
	return q, nil
}

// startsNegative reports whether the first clause excludes, which Confluence refuses (facts §14).
func startsNegative(n query.Node) bool {
	switch n := n.(type) {
	case query.And:
		return startsNegative(n[0])
	case query.Or:
		return startsNegative(n[0])
	case query.Not:
		return true
	case query.Clause:
		return n.Op == query.NotEqual || n.Op == query.NotIn || n.Op == query.NotContains
	default:
		return false
	}
}

// Compile makes a plan of a query. The error is about the first thing that the query asks for and that
// is not there.
func Compile[Item any](q *query.Query, env query.Environment[Item]) (*query.Plan[Item], error) {
	env.EmptyIsNotUnequal = false
	plan, faults := query.Compile(q, env)
	if len(faults) == 0 {
		return plan, nil
	}
	f := faults[0]
	switch f.What {
	case query.UnknownField:
		return nil, fmt.Errorf("No field exists with name: %s", query.Clip(f.Field)) //nolint:staticcheck // Confluence's own words
	case query.UnknownFunction:
		return nil, fmt.Errorf("No function exists with name: %s", query.Clip(f.Function)) //nolint:staticcheck // Confluence's own words
	case query.BadOperator:
		return nil, fmt.Errorf("The operator %s is not supported by the field %s", f.Op, f.Field) //nolint:staticcheck // Confluence's own words
	default:
		return nil, fmt.Errorf("The value '%s' is not valid for the field %s", query.Clip(f.Operand), f.Field) //nolint:staticcheck // Confluence's own words
	}
}

// Environment is what a query is evaluated against: fields by their names, which are the same in any case.
func Environment[Item any](fields map[string]query.Field[Item], clock query.Clock) query.Environment[Item] {
	return query.Environment[Item]{
		Field: func(name string) *query.Field[Item] {
			name = strings.ToLower(name)
			f, known := fields[name]
			if !known {
				return nil
			}
			f.Name = name
			return &f
		},
		Clock: clock,
	}
}
