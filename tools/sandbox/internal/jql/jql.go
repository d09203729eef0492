// Package jql is Jira's query language: its reserved words, and mistakes in the words Jira has for them.
package jql

import (
	"errors"
	"fmt"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/query"
)

// maxOrder is how many fields may order a query (facts §8).
const maxOrder = 7

// reserved are Jira's reserved words, sorted.
const reserved = `abort access add after alias all alter and any are as asc at audit avg before begin
between boolean break by byte catch cf char character check checkpoint collate collation column commit
connect continue count create current date decimal declare decrement default defaults define delete
delimiter desc difference distinct divide do double drop else empty encoding end equals escape exclusive
exec execute exists explain false fetch file field first float for from function go goto grant greater
group having identified if immediate in increment index initial inner inout input insert int integer
intersect intersection into is isempty isnull it join last left less like limit lock long max min minus
mode modify modulo more multiply next no noaudit not notin nowait null number object of on option or
order outer output power previous prior privileges public raise raw remainder rename resource return
returns revoke right row rowid rownum rows select session set share size sqrt start strict string
subtract sum synonym table then to trans transaction trigger true uid union unique unlock update user
validate values view was when whenever where while with`

func dialect() *query.Dialect {
	return &query.Dialect{
		Reserved:           strings.Fields(reserved),
		ReservedCharacters: "{}*/%+^$#@?;`",
		Operators: []query.Op{
			query.Equal, query.NotEqual, query.Contains, query.NotContains,
			query.Less, query.LessEqual, query.Greater, query.GreaterEqual,
			query.In, query.NotIn, query.Is, query.IsNot,
			query.Was, query.WasNot, query.WasIn, query.WasNotIn,
		},
		Empty: true,
	}
}

// Parse reads a query. The error says what Jira says.
func Parse(text string) (*query.Query, error) {
	q, err := dialect().Parse(text)
	if syntax, is := errors.AsType[*query.SyntaxError](err); is {
		return nil, errors.New("Error in the JQL Query: " + say(syntax))
	}
	return q, err
}

const operators = "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."

func say(e *query.SyntaxError) string {
	const operand = "Expecting either a value, list or function "
	got := query.Clip(e.Got)
	said := ""
	switch {
	case e.AtEnd && e.Problem == query.NoField:
		return "Expecting a field name at the end of the query."
	case e.AtEnd && e.Problem == query.NoOperator:
		return "Expecting operator before the end of the query. " + operators
	case e.AtEnd && e.Problem == query.NoOperand:
		return operand + "before the end of the query."
	case e.AtEnd && e.Problem == query.Unexpected:
		return "Expecting " + either(e.Expected) + " before the end of the query."
	}
	switch e.Problem {
	case query.NoField:
		said = fmt.Sprintf("Expecting a field name but got '%s'. You must surround '%[1]s' in quotation marks to use it as a field name.", got)
	case query.NoOperator:
		said = fmt.Sprintf("Expecting operator but got '%s'. %s", got, operators)
	case query.NoOperand:
		said = fmt.Sprintf(operand+"but got '%s'. You must surround '%[1]s' in quotation marks to use it as a value.", got)
	case query.Unexpected:
		said = fmt.Sprintf("Expecting %s but got '%s'.", either(e.Expected), got)
	case query.ReservedWord:
		said = fmt.Sprintf("'%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", got)
	case query.ReservedCharacter:
		said = fmt.Sprintf(`The character '%s' is a reserved JQL character. You must enclose it in a string or use the escape '\u%04x' instead.`, got, []rune(e.Got)[0])
	case query.UnfinishedText:
		said = fmt.Sprintf("The quoted string '%s' has not been completed.", got)
	case query.IllegalEscape:
		said = fmt.Sprintf(`'%s' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX.`, got)
	case query.TooLong:
		said = "The query is too long."
	case query.TooDeep:
		said = "The query is nested too deeply."
	}
	return fmt.Sprintf("%s (line %d, character %d)", said, e.Line, e.Character)
}

func either(expected []string) string {
	quoted := "'" + strings.Join(expected, "' or '") + "'"
	if len(expected) > 1 {
		return "either " + quoted
	}
	return quoted
}

// Compile makes a plan of a query. What the query asks for and is not there is told as Jira tells it,
// all together.
func Compile[Item any](q *query.Query, env query.Environment[Item]) (*query.Plan[Item], []string) {
	env.EmptyIsNotUnequal = true
	plan, faults := query.Compile(q, env)
	var messages []string
	for _, f := range faults {
		messages = append(messages, sayFault(f))
	}
	if len(q.Order) > maxOrder {
		messages = append(messages, fmt.Sprintf("The query is ordered by %d fields; at most %d are allowed.", len(q.Order), maxOrder))
	}
	if len(messages) > 0 {
		return nil, messages
	}
	return plan, nil
}

// Unbounded is what Jira says to a search that restricts nothing (facts §8), and empty for others.
func Unbounded(q *query.Query) string {
	if q.Where != nil {
		return ""
	}
	return "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
}

func sayFault(f query.Fault) string {
	switch f.What {
	case query.UnknownField:
		return fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", query.Clip(f.Field))
	case query.UnknownValue:
		if f.IsID {
			return fmt.Sprintf("A value with ID '%s' does not exist for the field '%s'.", f.Operand, f.Field)
		}
		return fmt.Sprintf("The value '%s' does not exist for the field '%s'.", f.Operand, f.Field)
	case query.UnknownFunction:
		return fmt.Sprintf("Unable to find JQL function '%s()'.", query.Clip(f.Function))
	case query.BadArguments:
		return fmt.Sprintf("The arguments of the function '%s' are not valid.", query.Clip(f.Function))
	case query.BadOperator:
		return fmt.Sprintf("The operator '%s' is not supported by the '%s' field.", f.Op, f.Field)
	case query.BadDate:
		return fmt.Sprintf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", f.Operand, f.Field)
	case query.BadNumber:
		return fmt.Sprintf("The value '%s' for field '%s' is not a number.", f.Operand, f.Field)
	case query.BadText:
		return fmt.Sprintf("Unable to parse the text '%s' for field '%s'.", f.Operand, f.Field)
	case query.NotSortable:
		return fmt.Sprintf("Not able to sort using field '%s'.", f.Field)
	default: // an operand of the wrong kind
		return fmt.Sprintf("Operator '%s' does not support the value '%s' for field '%s'.", f.Op, query.Clip(f.Operand), f.Field)
	}
}
