package atlassian

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

// language is what the check of a query has to know of JQL or CQL.
type language struct {
	parameter string
	fields    []string // whose values name what the boundary is drawn around
	clause    func([]Place) string
	kind      kind
	// functions are those that may be called, each with what its values name: a
	// query within a value, as functions of apps take, would be without limits.
	// Where it is nil, functions name nothing.
	functions map[string]functionOf
	// issueFields are those whose values name issues.
	issueFields []string
}

// functionOf is what the values of a function name.
type functionOf int

const (
	ofNothing functionOf = iota + 1
	ofPlaces
	ofIssues
)

var jql = language{
	parameter: "jql", fields: []string{"project"}, kind: projects,
	issueFields: []string{"issue", "issuekey", "key", "id", "parent", "epic link", "parent link", "parentepic"},
	functions:   jqlFunctions(),
	clause: func(known []Place) string {
		return "project in (" + joinPlaces(known, func(p Place) string { return p.ID }) + ")"
	},
}

var cql = language{
	parameter: "cql", fields: []string{"space", "space.key"}, kind: spaces,
	clause: func(known []Place) string {
		return "space in (" + joinPlaces(known, func(p Place) string { return QuoteText(p.Key) }) + ")"
	},
}

// jqlFunctions are Atlassian's own functions of JQL.
func jqlFunctions() map[string]functionOf {
	all := map[string]functionOf{}
	for _, group := range []struct {
		of    functionOf
		names string
	}{
		{ofNothing, `approved approver breached cascadeoption choiceoption closedsprints completed componentsleadbyuser currentlogin currentuser
			elapsed endofday endofmonth endofweek endofyear everbreached futuresprints issuehistory lastlogin membersof myapproval mypending now
			opensprints organizationdetail organizationmembers outdated overdue paused pending pendingby projectsleadbyuser
			projectswhereuserhaspermission projectswhereuserhasrole remaining running standardissuetypes startofday startofmonth startofweek
			startofyear subtaskissuetypes updatedby votedissues watchedissues withincalendarhours`},
		{ofPlaces, "earliestunreleasedversion latestreleasedversion releasedversions unreleasedversions"},
		{ofIssues, "linkedissue linkedissues portfoliochildissuesof"},
	} {
		for name := range strings.FieldsSeq(group.names) {
			all[name] = group.of
		}
	}
	return all
}

func joinPlaces(known []Place, write func(Place) string) string {
	texts := make([]string, len(known))
	for i, p := range known {
		texts[i] = write(p)
	}
	return strings.Join(texts, ", ")
}

// NarrowJQL narrows a query to the places, see language.narrow.
func NarrowJQL(query string, known []Place) (string, error) {
	narrowed, _, err := jql.narrow(query, known)
	return narrowed, err
}

// NarrowCQL is NarrowJQL for Confluence.
func NarrowCQL(query string, known []Place) (string, error) {
	narrowed, _, err := cql.narrow(query, known)
	return narrowed, err
}

// narrow narrows a query to the known projects or spaces: to those and to what
// the query itself asks for. A query that is not clearly one condition and an
// order is refused: parentheses that do not pair, a text without its end, an
// escape outside of a text, a character that another reader of the query could
// take for a part of the language.
//
// A query that names a project, space or issue outside is refused as one that
// names none, because Atlassian's answers tell the two apart. Of the issues that
// it names, by ID or by the key of a known project, it is left to be looked up
// where they are.
func (l language) narrow(query string, known []Place) (narrowed string, issues []string, err error) {
	words, err := l.scan(query)
	if err != nil {
		return "", nil, err
	}
	where, order := query, ""
	for i, w := range words {
		if w.depth == 0 && w.is("order") && i+1 < len(words) && words[i+1].is("by") {
			where, order = query[:w.at], query[w.at:]
			if err := l.checkOrder(words[i+2:]); err != nil {
				return "", nil, err
			}
			words = words[:i]
			break
		}
	}
	if slices.ContainsFunc(words, func(w queryWord) bool { return w.is("order") }) {
		return "", nil, l.bad("has an ORDER BY inside of a condition")
	}
	if err := l.checkNames(words, known); err != nil {
		return "", nil, err
	}
	wrapped := l.clause(known)
	if where = strings.TrimSpace(where); where != "" {
		wrapped += " AND (" + where + ")"
	}
	if order != "" {
		wrapped += " " + strings.TrimSpace(order)
	}
	return wrapped, l.issues(words), nil
}

// queryWord is a word, a text in quotes or a symbol of a query.
type queryWord struct {
	text   string // a quoted one without its quotes
	at     int    // the byte where it begins
	depth  int    // of parentheses around it
	quoted bool
	symbol bool
}

func (w queryWord) is(word string) bool {
	return !w.quoted && !w.symbol && strings.EqualFold(w.text, word)
}

func (l language) bad(reason string) error {
	return tool.BadInput(l.parameter, reason, "The operator of these tools limits searches, which takes a query of plain conditions: close every parenthesis and quotation mark, and put values with other characters than letters and digits between double quotes.")
}

const (
	querySymbols = `()[],=!~<>&|`
	querySigns   = "{}*/%^$#@?;`\\"
)

// scan cuts a query into words.
func (l language) scan(query string) (words []queryWord, err error) {
	if !utf8.ValidString(query) {
		return nil, l.bad("is not valid UTF-8")
	}
	depth := 0
	for i := 0; i < len(query); {
		r, size := utf8.DecodeRuneInString(query[i:])
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			i += size
		case r == '"' || r == '\'':
			text, end, err := l.quoted(query, i)
			if err != nil {
				return nil, err
			}
			words = append(words, queryWord{text: text, at: i, depth: depth, quoted: true})
			i = end
		case strings.ContainsRune(querySymbols, r):
			if r == ')' {
				depth--
			}
			if depth < 0 {
				return nil, l.bad("closes a parenthesis that it does not open")
			}
			words = append(words, queryWord{text: string(r), at: i, depth: depth, symbol: true})
			if r == '(' {
				depth++
			}
			i += size
		default:
			start := i
			for i < len(query) {
				r, size = utf8.DecodeRuneInString(query[i:])
				if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '"' || r == '\'' || strings.ContainsRune(querySymbols, r) {
					break
				}
				if strings.ContainsRune(querySigns, r) || strings.HasPrefix(query[i:], "--") || deceptive(r) {
					return nil, l.bad("has a character outside of quotation marks that is no part of a word")
				}
				i += size
			}
			words = append(words, queryWord{text: query[start:i], at: start, depth: depth})
		}
	}
	if depth != 0 {
		return nil, l.bad("opens a parenthesis that it does not close")
	}
	return words, nil
}

// deceptive reports whether a character may be read as another one: as a
// blank, as nothing, or, in full width, as one of the language.
func deceptive(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || r >= 0xFF00 && r <= 0xFFEF || !unicode.IsPrint(r) || schema.HasInvisible(string(r))
}

// quoted reads a text between quotation marks.
func (l language) quoted(query string, start int) (text string, end int, err error) {
	mark := query[start]
	var b strings.Builder
	for i := start + 1; i < len(query); i++ {
		switch c := query[i]; c {
		case mark:
			return b.String(), i + 1, nil
		case '\\':
			i++
			switch {
			case i == len(query):
				return "", 0, l.bad("ends within a text")
			case strings.IndexByte(`'"\ `, query[i]) >= 0:
				b.WriteByte(query[i])
			case strings.IndexByte("tnr", query[i]) >= 0:
				b.WriteByte(' ')
			case query[i] == 'u' && i+4 < len(query) && isHex(query[i+1:i+5]) && !isMark(query[i+1:i+5]):
				code, _ := strconv.ParseInt(query[i+1:i+5], 16, 32) // it is hexadecimal
				b.WriteRune(rune(code))
				i += 4
			default:
				return "", 0, l.bad("has a backslash in a text that escapes nothing")
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, l.bad("has a text without its closing quotation mark")
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// isMark reports whether an escape stands for a character that ends a text.
func isMark(code string) bool {
	return slices.Contains([]string{"0022", "0027", "005c"}, strings.ToLower(code))
}

// checkOrder takes nothing for an order but fields, each with its direction.
func (l language) checkOrder(words []queryWord) error {
	for _, w := range words {
		switch {
		case w.symbol && !slices.Contains([]string{",", "[", "]"}, w.text), w.is("and"), w.is("or"), w.is("not"), w.is("order"):
			return l.bad("has more behind ORDER BY than fields")
		}
	}
	return nil
}

// checkNames refuses values that name something outside.
func (l language) checkNames(words []queryWord, known []Place) error {
	within := func(value string) bool {
		return slices.ContainsFunc(known, func(p Place) bool {
			return value == p.ID || strings.EqualFold(value, p.Key) || strings.EqualFold(value, p.Name)
		})
	}
	for i, w := range words {
		var values []string
		if called, of := l.function(words[i:]); called {
			if of == 0 {
				return l.bad("calls a function that is not known to keep within limits")
			}
			if of == ofPlaces {
				values = valuesIn(words[i+1:])
			}
		} else if !w.symbol && containsFold(l.fields, w.text) {
			values = valuesOf(words[i+1:])
		}
		if !all(values, within) {
			return l.kind.refuse(l.parameter)
		}
	}
	for _, issue := range l.issues(words) {
		if key, _, isKey := strings.Cut(issue, "-"); isKey && !slices.ContainsFunc(known, func(p Place) bool { return p.Key == key }) {
			return l.kind.refuse(l.parameter)
		}
	}
	return nil
}

func all(values []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !ok(v) })
}

func containsFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, text) })
}

// beforeParentheses are the words before parentheses that call no function.
var beforeParentheses = []string{"in", "and", "or", "not", "was", "from", "to", "by", "before", "after", "on", "during"}

// function reports whether the words begin with a function, and what its values
// name: 0 for one that is not known.
func (l language) function(words []queryWord) (called bool, of functionOf) {
	if l.functions == nil || len(words) < 2 || words[0].symbol || !words[1].symbol || words[1].text != "(" {
		return false, 0
	}
	if !words[0].quoted && containsFold(beforeParentheses, words[0].text) {
		return false, 0
	}
	return true, l.functions[strings.ToLower(words[0].text)]
}

// issues are the keys and IDs of issues in a query, without blanks around them,
// which Jira may overlook. What is looked for in texts names none.
func (l language) issues(words []queryWord) (names []string) {
	if l.issueFields == nil {
		return nil
	}
	for i, w := range words {
		var values []string
		switch called, of := l.function(words[i:]); {
		case w.symbol:
		case of == ofIssues:
			values = valuesIn(words[i+1:])
		case called:
		case containsFold(l.issueFields, w.text):
			values = valuesOf(words[i+1:])
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); isNumber(v) {
				names = append(names, v)
			}
		}
		inText := i > 0 && words[i-1].symbol && words[i-1].text == "~"
		if name := strings.TrimSpace(w.text); !w.symbol && !inText && issueName.MatchString(name) {
			names = append(names, strings.ToUpper(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// valuesIn are the words between a parenthesis and the one that closes it.
func valuesIn(words []queryWord) (values []string) {
	for _, w := range words[1:] {
		if w.symbol && w.text == ")" && w.depth == words[0].depth {
			break
		}
		if !w.symbol {
			values = append(values, w.text)
		}
	}
	return values
}

// valuesOf are the values that a field is compared with, of the words behind
// it: none when they are no comparison, or one with a function.
func valuesOf(words []queryWord) (values []string) {
	i := 0
	compared := false
	for i < len(words) && (words[i].symbol && strings.Contains("=!~<>", words[i].text) || slices.ContainsFunc([]string{"in", "not", "is", "was"}, words[i].is)) {
		compared = true
		i++
	}
	switch {
	case !compared || i == len(words):
		return nil
	case words[i].symbol && words[i].text == "(":
		return valuesIn(words[i:])
	case words[i].symbol || words[i].is("empty") || words[i].is("null"):
		return nil
	case i+1 < len(words) && words[i+1].symbol && words[i+1].text == "(": // a function
		return nil
	}
	return []string{words[i].text}
}

// narrowQuery wraps a query. Without one, all of the boundaries is asked for.
func (g *guard) narrowQuery(ctx context.Context, at string, l language) error {
	g.narrow = true
	where, name, _ := strings.Cut(at, ".")
	if len(g.known[l.kind]) == 0 {
		return l.kind.refuse(name)
	}
	wrap := func(query string) (string, error) {
		wrapped, issues, err := l.narrow(query, g.known[l.kind])
		if err == nil && len(issues) > 0 {
			err = g.checkIssues(ctx, name, issues)
		}
		return wrapped, err
	}
	if where == "query" {
		wrapped, err := wrap(g.query.Get(name))
		if err != nil {
			return err
		}
		g.query.Set(name, wrapped)
		return nil
	}
	texts := items(g.body[name])
	single := g.body[name].Kind() != '['
	if single {
		texts = []jsontext.Value{g.body[name]}
	}
	for i, text := range texts {
		wrapped, err := wrap(plain(text))
		if err != nil {
			return err
		}
		texts[i] = encoded(wrapped)
	}
	if single {
		g.body[name] = texts[0]
	} else {
		g.body[name] = encoded(texts)
	}
	return nil
}
