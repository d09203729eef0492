package confluence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// termCQL is the condition that content, its title or the title of its space
// holds what the term says: its words in any order, and what stands between
// double quotes as it is written. A term of one word finds also similar ones
// when it is fuzzy. A term without anything to look for has no condition.
func termCQL(term string, fuzzy bool) string {
	expression := termExpression(term, fuzzy)
	if expression == "" {
		return ""
	}
	quoted := atlassian.QuoteText(expression)
	return fmt.Sprintf("(text ~ %s OR title ~ %s OR space.title ~ %s)", quoted, quoted, quoted)
}

// termExpression is the search expression of a term. Its words are in lower
// case, because those in capitals can be operators.
func termExpression(term string, fuzzy bool) string {
	var found []string
	parts := strings.Split(term, `"`)
	for i, part := range parts {
		words := slices.DeleteFunc(strings.Fields(strings.ToLower(part)), func(word string) bool {
			return !strings.ContainsFunc(word, atlassian.IsWordCharacter)
		})
		escaped := atlassian.EscapeWords(strings.Join(words, " "))
		switch isPhrase := i%2 == 1 && i < len(parts)-1; {
		case escaped == "":
		case isPhrase:
			found = append(found, `"`+escaped+`"`)
		default:
			found = append(found, escaped)
		}
	}
	expression := strings.Join(found, " ")
	if fuzzy && len(found) == 1 && hasSimilar(expression) {
		expression += "~"
	}
	return expression
}

// hasSimilar reports whether a similar word is likely to mean the same: one of
// some letters and nothing else. What is not looked for as it is written, such
// as a word with a hyphen, has no similar ones in the index.
func hasSimilar(word string) bool {
	const shortest = 4
	return len([]rune(word)) >= shortest && !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
}

// anyCQL joins conditions of which one is enough.
func anyCQL(conditions []string) string {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

// callersCQL is a query of the caller's, taken apart so that conditions can be
// added to it.
type callersCQL struct {
	where string // without the parentheses that it needs; may be empty
	order string // from ORDER BY on; may be empty
	// typed says that the query has the field type.
	typed bool
}

var (
	// cqlWord is a word outside of quotes, with what it is a part of:
	// space.type is another field than type.
	cqlWord  = regexp.MustCompile(`^[\p{L}\p{N}_.]+`)
	cqlOrder = regexp.MustCompile(`(?i)^order\s+by\b`)
)

// readCQL takes the query in the parameter cql apart. Only one whose quotation marks
// and parentheses end where they have to can be a part of another.
func readCQL(query string) (callersCQL, error) {
	q := callersCQL{where: strings.TrimSpace(query)}
	depth := 0
	for i := 0; i < len(q.where); {
		rest := q.where[i:]
		switch c := rest[0]; c {
		case '"', '\'':
			length := quotedLength(rest)
			if length == 0 {
				return q, tool.BadInput("cql", "has a quotation mark that does not end", "Write \\\" for one within a text.")
			}
			i += length
			continue
		case '\\': // what comes after it is a letter of a word
			i += 2
			continue
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return q, errUnbalanced()
		}
		word := cqlWord.FindString(rest)
		if depth == 0 && cqlOrder.MatchString(rest) {
			q.order = rest
			q.where = strings.TrimSpace(q.where[:i])
			return q, nil
		}
		q.typed = q.typed || strings.EqualFold(word, "type")
		i += max(1, len(word))
	}
	if depth != 0 {
		return q, errUnbalanced()
	}
	return q, nil
}

func errUnbalanced() error {
	return tool.BadInput("cql", "has parentheses without their other half", "As many closing parentheses as opening ones, each after its own.")
}

// quotedLength is how long the quoted text is with which a query goes on, or 0
// when it does not end.
func quotedLength(query string) int {
	for i := 1; i < len(query); i++ {
		switch query[i] {
		case '\\':
			i++
		case query[0]:
			return i + 1
		}
	}
	return 0
}
