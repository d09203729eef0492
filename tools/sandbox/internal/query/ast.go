// Package query is what Jira's and Confluence's query languages have in common: clauses of a field, an
// operator and an operand, joined by AND, OR and NOT, and an order. It parses them and evaluates them
// against fields that its caller describes; it knows nothing of what is searched.
package query

import (
	"fmt"
	"strings"
)

// Query is one query. Where is nil when it restricts nothing.
type Query struct {
	Where Node
	Order []Sort
}

// Node is a condition: [And], [Or], [Not] or [Clause].
type Node interface {
	write(*strings.Builder, int)
}

// And holds when all of at least two nodes do.
type And []Node

// Or holds when one of at least two nodes does.
type Or []Node

// Not holds when its node does not.
type Not struct{ Node Node }

// Clause compares a field.
type Clause struct {
	Field   string
	Op      Op
	Operand Operand
}

// Op is an operator, spelled as a query spells it.
type Op string

// The operators of both languages.
const (
	Equal        Op = "="
	NotEqual     Op = "!="
	Contains     Op = "~"
	NotContains  Op = "!~"
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
	In           Op = "in"
	NotIn        Op = "not in"
	Is           Op = "is"
	IsNot        Op = "is not"
	Was          Op = "was"
	WasNot       Op = "was not"
	WasIn        Op = "was in"
	WasNotIn     Op = "was not in"
)

// Operand is what a field is compared with: [Value], [List], [Function] or [Empty].
type Operand interface {
	fmt.Stringer
}

// Value is a text or a number.
type Value struct {
	Text   string
	Number bool // it was written without quotes and consists of digits
}

// List is a list of at least one operand.
type List []Operand

// Function stands for what it returns.
type Function struct {
	Name string
	Args []string
}

// Empty is the absence of a value.
type Empty struct{}

// Sort is one key of the order.
type Sort struct {
	Field      string
	Descending bool
}

// String spells the query so that it parses to the same query again.
func (q *Query) String() string {
	var b strings.Builder
	if q.Where != nil {
		q.Where.write(&b, 0)
	}
	for i, s := range q.Order {
		switch {
		case i > 0:
			b.WriteString(", ")
		case q.Where != nil:
			b.WriteString(" ORDER BY ")
		default:
			b.WriteString("ORDER BY ")
		}
		b.WriteString(quote(s.Field))
		if s.Descending {
			b.WriteString(" DESC")
		}
	}
	return b.String()
}

// How tightly a node binds; one that binds less than what is around it needs parentheses.
const (
	looseOr = iota
	looseAnd
	tight
)

func joined(b *strings.Builder, nodes []Node, word string, own, around int) {
	if own < around {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(word)
		}
		n.write(b, own+1)
	}
}

func (n And) write(b *strings.Builder, around int) { joined(b, n, " AND ", looseAnd, around) }
func (n Or) write(b *strings.Builder, around int)  { joined(b, n, " OR ", looseOr, around) }

func (n Not) write(b *strings.Builder, _ int) {
	b.WriteString("NOT ")
	n.Node.write(b, tight)
}

func (n Clause) write(b *strings.Builder, _ int) {
	b.WriteString(quote(n.Field) + " " + string(n.Op) + " " + n.Operand.String())
}

func (v Value) String() string {
	if v.Number {
		return v.Text
	}
	return quote(v.Text)
}

func (l List) String() string {
	texts := make([]string, len(l))
	for i, o := range l {
		texts[i] = o.String()
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

func (f Function) String() string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = quote(a)
	}
	return quote(f.Name) + "(" + strings.Join(args, ", ") + ")"
}

func (Empty) String() string { return "EMPTY" }

// quote spells a text so that it means itself everywhere: neither a word of the language nor a number.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
