package query

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is what a query may say about items. What it can be asked depends on which of its functions are
// set.
type Field[Item any] struct {
	// Name is how messages call it.
	Name string

	// Values are an item's, as [Field.Resolve] returns them. They allow = != in "not in".
	Values func(Item) []string
	// Resolve returns the values that an operand means: none when there is no such thing. Without it an
	// operand means itself, whatever the case.
	Resolve func(Value) []string
	// Rank orders values. It allows < <= > >=.
	Rank func(value string) int
	// Was are all values an item ever had. It allows "was" and its kin.
	Was func(Item) []string

	// Texts are what ~ and !~ search.
	Texts func(Item) []string

	// Time is a moment, zero when there is none. It allows = != < <= > >= in "not in".
	Time func(Item) time.Time
	// Number is a number, false when there is none. It allows the same.
	Number func(Item) (float64, bool)

	// Compare orders items. Without it the field orders nothing.
	Compare func(a, b Item) int
}

// Environment is what a query is evaluated against.
type Environment[Item any] struct {
	// Field finds a field by its name in a query, or nil.
	Field func(name string) *Field[Item]
	// Functions return values, by their names in lower case. The functions of time are there already.
	Functions map[string]func(args []string) ([]string, error)
	Clock     Clock
	// EmptyIsNotUnequal says that != and "not in" hold only for items that have a value.
	EmptyIsNotUnequal bool
}

// Fault is something that a query asks for and that is not there. The languages word it.
type Fault struct {
	What     FaultKind
	Field    string
	Op       Op
	Operand  string
	Function string
	IsID     bool // the operand was a number
}

// FaultKind is what can be wrong with the meaning of a query.
type FaultKind string

// The faults.
const (
	UnknownField    FaultKind = "unknown field"
	UnknownValue    FaultKind = "unknown value"
	UnknownFunction FaultKind = "unknown function"
	BadArguments    FaultKind = "bad arguments"
	BadOperator     FaultKind = "bad operator"
	BadOperand      FaultKind = "bad operand" // a list without in, or in without a list, or the like
	BadDate         FaultKind = "bad date"
	BadNumber       FaultKind = "bad number"
	BadText         FaultKind = "bad text"
	NotSortable     FaultKind = "not sortable"
)

// maxFaults is how many are told of one query.
const maxFaults = 100

// Plan is a query that can be asked of items.
type Plan[Item any] struct {
	match func(Item) bool
	order []func(a, b Item) int
}

// Match reports whether the query finds an item.
func (p *Plan[Item]) Match(item Item) bool { return p.match(item) }

// Compare orders two items as the query says: 0 when it does not say.
func (p *Plan[Item]) Compare(a, b Item) int {
	for _, by := range p.order {
		if c := by(a, b); c != 0 {
			return c
		}
	}
	return 0
}

// Compile makes a plan of a query, or tells everything that it asks for and that is not there.
func Compile[Item any](q *Query, env Environment[Item]) (*Plan[Item], []Fault) {
	c := &compiler[Item]{env: env}
	p := &Plan[Item]{match: func(Item) bool { return true }}
	if q.Where != nil {
		p.match = c.node(q.Where)
	}
	for _, s := range q.Order {
		f := env.Field(s.Field)
		switch {
		case f == nil:
			c.fault(Fault{What: UnknownField, Field: s.Field})
		case f.Compare == nil:
			c.fault(Fault{What: NotSortable, Field: f.Name})
		case s.Descending:
			p.order = append(p.order, func(a, b Item) int { return f.Compare(b, a) })
		default:
			p.order = append(p.order, f.Compare)
		}
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return p, nil
}

type compiler[Item any] struct {
	env    Environment[Item]
	faults []Fault
}

// fault records a fault once and returns a condition for the place where it is.
func (c *compiler[Item]) fault(f Fault) func(Item) bool {
	if len(c.faults) < maxFaults && !slices.Contains(c.faults, f) {
		c.faults = append(c.faults, f)
	}
	return func(Item) bool { return false }
}

func (c *compiler[Item]) node(n Node) func(Item) bool {
	switch n := n.(type) {
	case And:
		all := c.nodes(n)
		return func(item Item) bool {
			return !slices.ContainsFunc(all, func(m func(Item) bool) bool { return !m(item) })
		}
	case Or:
		all := c.nodes(n)
		return func(item Item) bool {
			return slices.ContainsFunc(all, func(m func(Item) bool) bool { return m(item) })
		}
	case Not:
		return c.not(n.Node)
	case Clause:
		return c.clause(n)
	}
	return nil
}

func (c *compiler[Item]) nodes(nodes []Node) []func(Item) bool {
	all := make([]func(Item) bool, len(nodes))
	for i, n := range nodes {
		all[i] = c.node(n)
	}
	return all
}

// not moves a negation to the clauses, where it turns the operator around: what is not = has to have a
// value where what is != has to.
func (c *compiler[Item]) not(n Node) func(Item) bool {
	switch n := n.(type) {
	case And:
		return c.node(Or(negated(n)))
	case Or:
		return c.node(And(negated(n)))
	case Not:
		return c.node(n.Node)
	case Clause:
		n.Op = opposite[n.Op]
		return c.clause(n)
	}
	return nil
}

func negated(nodes []Node) []Node {
	opposites := make([]Node, len(nodes))
	for i, n := range nodes {
		opposites[i] = Not{n}
	}
	return opposites
}

var opposite = map[Op]Op{
	Equal: NotEqual, NotEqual: Equal, Contains: NotContains, NotContains: Contains,
	Less: GreaterEqual, GreaterEqual: Less, Greater: LessEqual, LessEqual: Greater,
	In: NotIn, NotIn: In, Is: IsNot, IsNot: Is, Was: WasNot, WasNot: Was, WasIn: WasNotIn, WasNotIn: WasIn,
}

// positive is an operator without its negation.
func positive(op Op) (Op, bool) {
	switch op {
	case NotEqual, NotContains, NotIn, IsNot, WasNot, WasNotIn:
		return opposite[op], true
	default:
		return op, false
	}
}

func (c *compiler[Item]) clause(n Clause) func(Item) bool {
	f := c.env.Field(n.Field)
	if f == nil {
		return c.fault(Fault{What: UnknownField, Field: n.Field})
	}
	op, negative := positive(n.Op)
	if !f.allows(op) {
		return c.fault(Fault{What: BadOperator, Field: f.Name, Op: n.Op})
	}
	list, isList := n.Operand.(List)
	_, isFunction := n.Operand.(Function)
	isIn := op == In || op == WasIn
	if isList && !isIn || isIn && !isList && !isFunction {
		return c.fault(Fault{What: BadOperand, Field: f.Name, Op: n.Op, Operand: n.Operand.String()})
	}
	if _, isEmpty := n.Operand.(Empty); isEmpty && (op == Equal || op == Is || op == Was) {
		return func(item Item) bool { return f.isEmpty(item) != negative }
	} else if op == Is || isEmpty {
		return c.fault(Fault{What: BadOperand, Field: f.Name, Op: n.Op, Operand: n.Operand.String()})
	}
	operands := []Operand{n.Operand}
	if isList {
		operands = list
	}
	var matches []func(Item) bool
	for _, o := range operands {
		matches = append(matches, c.compare(f, op, n.Op, o))
	}
	return func(item Item) bool {
		if negative && c.env.EmptyIsNotUnequal && f.isEmpty(item) {
			return false
		}
		return slices.ContainsFunc(matches, func(m func(Item) bool) bool { return m(item) }) != negative
	}
}

// allows reports whether a field can be asked with an operator that is no negation.
func (f *Field[Item]) allows(op Op) bool {
	ordered := f.Time != nil || f.Number != nil
	switch op {
	case Equal, In:
		return f.Values != nil || ordered
	case Is:
		return true
	case Contains:
		return f.Texts != nil
	case Was, WasIn:
		return f.Was != nil
	default:
		return f.Rank != nil || ordered
	}
}

func (f *Field[Item]) isEmpty(item Item) bool {
	switch {
	case f.Values != nil:
		return len(f.Values(item)) == 0
	case f.Time != nil:
		return f.Time(item).IsZero()
	case f.Number != nil:
		_, some := f.Number(item)
		return !some
	default:
		return !slices.ContainsFunc(f.Texts(item), func(s string) bool { return s != "" })
	}
}

// compare compares a field with one operand; written is the operator as the query has it.
func (c *compiler[Item]) compare(f *Field[Item], op, written Op, o Operand) func(Item) bool {
	switch o := o.(type) {
	case List: // in another list
		return c.fault(Fault{What: BadOperand, Field: f.Name, Op: written, Operand: o.String()})
	case Empty:
		return f.isEmpty
	case Function:
		return c.call(f, op, o)
	case Value:
		switch {
		case op == Contains:
			terms, ok := parseTerms(o.Text)
			if !ok {
				return c.fault(Fault{What: BadText, Field: f.Name, Operand: Clip(o.Text)})
			}
			return func(item Item) bool { return matchTerms(terms, f.Texts(item)) }
		case f.Time != nil:
			t, ok := c.env.Clock.Date(o)
			if !ok {
				return c.fault(Fault{What: BadDate, Field: f.Name, Operand: Clip(o.Text)})
			}
			return f.at(op, t)
		case f.Number != nil:
			n, err := strconv.ParseFloat(o.Text, 64)
			if err != nil {
				return c.fault(Fault{What: BadNumber, Field: f.Name, Operand: Clip(o.Text)})
			}
			return func(item Item) bool {
				own, some := f.Number(item)
				return some && ordered(op, cmp.Compare(own, n))
			}
		}
		values := []string{o.Text}
		if f.Resolve != nil {
			values = f.Resolve(o)
		}
		if len(values) == 0 {
			return c.fault(Fault{What: UnknownValue, Field: f.Name, Operand: Clip(o.Text), IsID: o.Number})
		}
		return f.among(op, values)
	}
	return nil
}

// call compares a field with what a function returns.
func (c *compiler[Item]) call(f *Field[Item], op Op, o Function) func(Item) bool {
	if f.Time != nil {
		t, known, ok := c.env.Clock.Call(o)
		switch {
		case !known:
			return c.fault(Fault{What: UnknownFunction, Function: o.Name})
		case !ok:
			return c.fault(Fault{What: BadArguments, Function: o.Name})
		}
		return f.at(op, t)
	}
	function, known := c.env.Functions[strings.ToLower(o.Name)]
	if !known || f.Values == nil || op == Contains {
		return c.fault(Fault{What: UnknownFunction, Function: o.Name})
	}
	values, err := function(o.Args)
	if err != nil {
		return c.fault(Fault{What: BadArguments, Function: o.Name, Operand: err.Error()})
	}
	return f.among(op, values)
}

// at compares a field's moment.
func (f *Field[Item]) at(op Op, t time.Time) func(Item) bool {
	return func(item Item) bool {
		own := f.Time(item)
		return !own.IsZero() && ordered(op, own.Compare(t))
	}
}

// among compares a field's values.
func (f *Field[Item]) among(op Op, values []string) func(Item) bool {
	own := f.Values
	if op == Was || op == WasIn {
		own = f.Was
	}
	if op != Equal && op != In && op != Was && op != WasIn {
		return func(item Item) bool {
			return slices.ContainsFunc(own(item), func(v string) bool {
				return slices.ContainsFunc(values, func(w string) bool { return ordered(op, cmp.Compare(f.Rank(v), f.Rank(w))) })
			})
		}
	}
	return func(item Item) bool {
		return slices.ContainsFunc(own(item), func(v string) bool {
			return slices.ContainsFunc(values, func(w string) bool { return strings.EqualFold(v, w) })
		})
	}
}

// ordered reports whether an operator holds for the outcome of a comparison.
func ordered(op Op, c int) bool {
	switch op {
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	case GreaterEqual:
		return c >= 0
	default:
		return c == 0
	}
}
