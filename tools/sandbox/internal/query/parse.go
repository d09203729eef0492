package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a query, far above what people and tools write.
const (
	maxLength = 64 << 10 // bytes
	maxDepth  = 100      // parentheses, lists and negations inside each other
)

// SyntaxError says where a query is no query. The languages word it.
type SyntaxError struct {
	Problem Problem
	// Expected is what could have stood there instead, where few things could.
	Expected []string
	// Got is what stands there.
	Got string
	// AtEnd says that the query ends there instead.
	AtEnd           bool
	Line, Character int // from 1
}

// Problem is what can be wrong with the form of a query.
type Problem string

// The problems.
const (
	NoField           Problem = "expected a field"
	NoOperator        Problem = "expected an operator"
	NoOperand         Problem = "expected a value"
	Unexpected        Problem = "expected something else"
	ReservedWord      Problem = "reserved word"
	ReservedCharacter Problem = "reserved character"
	UnfinishedText    Problem = "unfinished text"
	IllegalEscape     Problem = "illegal escape"
	TooLong           Problem = "too long"
	TooDeep           Problem = "too deep"
)

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at %q (line %d, character %d)", e.Problem, e.Got, e.Line, e.Character)
}

// Parse reads a query. The error is a [SyntaxError].
func (d *Dialect) Parse(text string) (*Query, error) {
	if len(text) > maxLength {
		return nil, &SyntaxError{Problem: TooLong, Line: 1, Character: 1}
	}
	p := &parser{lexer: lexer{dialect: d, rest: strings.ToValidUTF8(text, "\uFFFD"), at: position{1, 1}}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	q := new(Query)
	if p.now.kind != end && !p.now.is("order") {
		var err error
		if q.Where, err = p.or(); err != nil {
			return nil, err
		}
	}
	if p.now.is("order") {
		if err := p.order(q); err != nil {
			return nil, err
		}
	}
	if p.now.kind != end {
		if q.Order != nil {
			return nil, p.wrong(Unexpected, ",")
		}
		return nil, p.wrong(Unexpected, "OR", "AND")
	}
	return q, nil
}

// parser looks at one token at a time.
type parser struct {
	lexer
	now   token
	depth int
}

func (p *parser) advance() error {
	var err error
	p.now, err = p.next()
	return err
}

// wrong is an error about the token at hand.
func (p *parser) wrong(problem Problem, expected ...string) error {
	return &SyntaxError{Problem: problem, Expected: expected, Got: p.now.text, AtEnd: p.now.kind == end, Line: p.now.at.line, Character: p.now.at.character}
}

// take goes on when the token at hand is one of the texts.
func (p *parser) take(texts ...string) (bool, error) {
	if !p.now.is(texts...) {
		return false, nil
	}
	return true, p.advance()
}

// deeper guards what calls itself.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return p.wrong(TooDeep)
	}
	return nil
}

func (p *parser) or() (Node, error) {
	return p.chain(p.and, func(n []Node) Node { return Or(n) }, "or", "||", "|")
}

func (p *parser) and() (Node, error) {
	return p.chain(p.not, func(n []Node) Node { return And(n) }, "and", "&&", "&")
}

func (p *parser) chain(part func() (Node, error), join func([]Node) Node, words ...string) (Node, error) {
	var nodes []Node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		more, err := p.take(words...)
		if err != nil {
			return nil, err
		}
		if !more && len(nodes) == 1 {
			return n, nil
		}
		if !more {
			return join(nodes), nil
		}
	}
}

func (p *parser) not() (Node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	negated, err := p.take("not", "!")
	if err != nil {
		return nil, err
	}
	if negated {
		n, err := p.not()
		return Not{n}, err
	}
	grouped, err := p.take("(")
	if err != nil {
		return nil, err
	}
	if !grouped {
		return p.clause()
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	closed, err := p.take(")")
	if err == nil && !closed {
		err = p.wrong(Unexpected, ")")
	}
	return n, err
}

func (p *parser) clause() (Node, error) {
	field, err := p.field()
	if err != nil {
		return nil, err
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	operand, err := p.operand()
	return Clause{Field: field, Op: op, Operand: operand}, err
}

// field reads the name of a field. One in brackets after it belongs to it: cf[10010].
func (p *parser) field() (string, error) {
	name := p.now
	if name.kind != word && name.kind != quoted {
		return "", p.wrong(NoField)
	}
	reserved := name.kind == word && p.reserved(name.text)
	if reserved && !strings.EqualFold(name.text, "cf") {
		return "", p.wrong(ReservedWord)
	}
	if err := p.advance(); err != nil {
		return "", err
	}
	bracket := false
	var err error
	if name.kind == word {
		bracket, err = p.take("[")
	}
	if err != nil {
		return "", err
	}
	if !bracket {
		if reserved {
			p.now = name
			return "", p.wrong(ReservedWord)
		}
		return name.text, nil
	}
	inner := p.now
	if inner.kind != word && inner.kind != quoted {
		return "", p.wrong(NoField)
	}
	if err := p.advance(); err != nil {
		return "", err
	}
	closed, err := p.take("]")
	if err == nil && !closed {
		err = p.wrong(Unexpected, "]")
	}
	return name.text + "[" + inner.text + "]", err
}

func (p *parser) reserved(text string) bool {
	_, found := slices.BinarySearch(p.dialect.Reserved, strings.ToLower(text))
	return found
}

func (p *parser) operator() (Op, error) {
	start := p.now
	var op []string
	if p.now.kind == symbol {
		op = append(op, p.now.text)
		if err := p.advance(); err != nil {
			return "", err
		}
	} else {
		for p.now.is("in", "not", "is", "was") {
			op = append(op, strings.ToLower(p.now.text))
			if err := p.advance(); err != nil {
				return "", err
			}
		}
	}
	found := Op(strings.Join(op, " "))
	if !slices.Contains(p.dialect.Operators, found) {
		p.now = start
		return "", p.wrong(NoOperator)
	}
	return found, nil
}

func (p *parser) operand() (Operand, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	first := p.now
	switch {
	case first.is("("):
		return p.list()
	case first.kind == word && p.dialect.Empty && first.is("empty", "null"):
		return Empty{}, p.advance()
	case first.kind == word && p.reserved(first.text):
		return nil, p.wrong(ReservedWord)
	case first.kind != word && first.kind != quoted:
		return nil, p.wrong(NoOperand)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if called, err := p.take("("); err != nil || called {
		args, argErr := p.arguments()
		if err == nil {
			err = argErr
		}
		return Function{Name: first.text, Args: args}, err
	}
	return Value{Text: first.text, Number: first.kind == word && isNumber(first.text)}, nil
}

// isNumber reports whether an unquoted word is a number: digits, perhaps after a minus.
func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

func (p *parser) list() (Operand, error) {
	var list List
	for {
		if err := p.advance(); err != nil { // the parenthesis or the comma
			return nil, err
		}
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
		if !p.now.is(",") {
			break
		}
	}
	closed, err := p.take(")")
	if err == nil && !closed {
		err = p.wrong(Unexpected, ",", ")")
	}
	return list, err
}

// arguments reads a function's, after the opening parenthesis.
func (p *parser) arguments() ([]string, error) {
	var args []string
	for !p.now.is(")") {
		if len(args) > 0 {
			comma, err := p.take(",")
			if err != nil {
				return nil, err
			}
			if !comma {
				return nil, p.wrong(Unexpected, ",", ")")
			}
		}
		if p.now.kind != word && p.now.kind != quoted {
			return nil, p.wrong(Unexpected, ")")
		}
		args = append(args, p.now.text)
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	return args, p.advance()
}

func (p *parser) order(q *Query) error {
	if err := p.advance(); err != nil {
		return err
	}
	by, err := p.take("by")
	if err != nil {
		return err
	}
	if !by {
		return p.wrong(Unexpected, "BY")
	}
	for {
		field, err := p.field()
		if err != nil {
			return err
		}
		s := Sort{Field: field}
		if p.now.is("asc", "desc") {
			s.Descending = p.now.is("desc")
			if err := p.advance(); err != nil {
				return err
			}
		}
		q.Order = append(q.Order, s)
		more, err := p.take(",")
		if err != nil || !more {
			return err
		}
	}
}

// Clip keeps a message readable when it quotes a query.
func Clip(s string) string {
	const most = 200
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
