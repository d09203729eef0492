package schema

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Problem is one defect of an input. Path is dotted ("requests.0.text"), Code
// and Message are the terms of Arcade's reference worker (protocol §4.2). It
// never carries the rejected value.
type Problem struct{ Path, Code, Message string }

// InputError is every defect found in one pass over the inputs.
type InputError struct {
	Problems []Problem
	More     int    // problems beyond maxProblems, counted but not listed
	Hint     string // what would be accepted
}

// maxProblems bounds the length of an error about a hostile input.
const maxProblems = 50

// Error lists the problems as "path: message", joined by semicolons.
func (e *InputError) Error() string {
	return e.join(func(p Problem) string { return p.Path + ": " + p.Message })
}

// Codes lists the problems as "path[code]", joined by semicolons.
func (e *InputError) Codes() string {
	return e.join(func(p Problem) string { return p.Path + "[" + p.Code + "]" })
}

func (e *InputError) join(text func(Problem) string) string {
	parts := make([]string, len(e.Problems), len(e.Problems)+1)
	for i, p := range e.Problems {
		parts[i] = text(p)
	}
	if e.More > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(parts, "; ")
}

// problems collects defects up to the bound.
type problems struct {
	list    []Problem
	more    int
	unknown []string // unknown top-level names, for the hint
}

func (ps *problems) add(path, code, message string) {
	if len(ps.list) == maxProblems {
		ps.more++
		return
	}
	if path == "" {
		path = "<root>"
	}
	ps.list = append(ps.list, Problem{path, code, message})
}

// Decode checks the JSON object in against o and stores it in out, a pointer
// to the type o was compiled from. Empty input and null count as {}. Whatever
// is wrong with the input comes back as one *InputError; any other error is a
// defect of this package.
//
// Coercion loses no information and follows the reference worker's lax mode:
// the helpers of normalize state each rule where it is applied.
func (o *Object) Decode(in jsontext.Value, out any) error {
	if in = bytes.TrimSpace(in); len(in) == 0 || string(in) == "null" {
		in = jsontext.Value("{}")
	}
	var ps problems
	if !in.IsValid(jsontext.AllowDuplicateNames(true)) { // duplicates are reported by name below
		ps.add("", "json_invalid", "Input should be valid JSON in UTF-8")
		return o.inputError(&ps)
	}
	norm := o.root.normalize("", in, &ps)
	if len(ps.list) > 0 {
		return o.inputError(&ps)
	}
	if err := json.Unmarshal(norm, out); err != nil {
		return fmt.Errorf("decode normalized %s: %w", o.typ, err)
	}
	return nil
}

func (o *Object) inputError(ps *problems) *InputError {
	return &InputError{Problems: ps.list, More: ps.more, Hint: o.hint(ps.unknown)}
}

// normalize returns v in the form that unmarshals into the node's Go type, or
// adds to ps and returns nil.
func (n *node) normalize(path string, v jsontext.Value, ps *problems) jsontext.Value {
	switch n.kind {
	case TypeString:
		return n.text(path, v, ps)
	case TypeInteger:
		return n.integer(path, v, ps)
	case TypeNumber:
		return n.number(path, v, ps)
	case TypeBoolean:
		return n.boolean(path, v, ps)
	case TypeArray:
		return n.array(path, v, ps)
	}
	return n.object(path, v, ps)
}

func (n *node) object(path string, v jsontext.Value, ps *problems) jsontext.Value {
	if s, ok := unquote(v); ok && path != "" { // models send objects as JSON text
		if inner := jsontext.Value(s); inner.Kind() == '{' && inner.IsValid(jsontext.AllowDuplicateNames(true)) {
			v = inner
		}
	}
	if v.Kind() != '{' {
		ps.add(path, "dict_type", "Input should be a valid dictionary")
		return nil
	}
	if n.props == nil { // open shape: anything well-formed goes through
		if !v.IsValid() {
			ps.add(path, "duplicate_key", "An object in this value has the same key twice")
			return nil
		}
		if n.values == nil {
			return v
		}
		return n.openObject(path, v, ps)
	}

	given := make([]jsontext.Value, len(n.names))
	twice := make([]bool, len(n.names))
	var unknown []string
	members(v, func(name string, value jsontext.Value) {
		if i, ok := n.index[name]; ok {
			twice[i] = twice[i] || given[i] != nil
			given[i] = value
		} else if !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	})

	out := jsontext.Value("{")
	for i, name := range n.names {
		prop, at := n.props[i], join(path, name)
		null := given[i].Kind() == 'n' && (prop.nullable || !n.required[i])
		var value jsontext.Value
		switch {
		case twice[i]:
			ps.add(at, "duplicate_key", "Key given more than once")
		case given[i] != nil && !null:
			value = prop.normalize(at, given[i], ps)
		case prop.def != nil: // absent, or null where a value is optional
			value = prop.def
		case !null && n.required[i] && (path != "" || !prop.nullable): // a nullable parameter is an optional one
			ps.add(at, "missing", "Field required")
		}
		if value != nil {
			out = appendMember(out, name, value)
		}
	}
	for _, name := range unknown {
		ps.add(join(path, printable(name)), "extra_forbidden", "Extra inputs are not permitted")
	}
	if path == "" {
		ps.unknown = unknown
	}
	return append(out, '}')
}

// openObject normalizes the values of an object whose names are open.
func (n *node) openObject(path string, v jsontext.Value, ps *problems) jsontext.Value {
	out := jsontext.Value("{")
	members(v, func(name string, value jsontext.Value) {
		value = n.values.normalize(join(path, printable(name)), value, ps)
		if value == nil {
			return
		}
		out = appendMember(out, name, value)
	})
	return append(out, '}')
}

// appendMember adds a member to an object that is being written.
func appendMember(out jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	if len(out) > 1 {
		out = append(out, ',')
	}
	out, _ = jsontext.AppendQuote(out, name)
	return append(append(out, ':'), value...)
}

// members calls yield for every member of the object v, which is valid JSON.
// Names may repeat.
func members(v jsontext.Value, yield func(name string, value jsontext.Value)) {
	dec := jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return
		}
		key := name.String() // before the next read, which reuses the buffer
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		yield(key, value.Clone())
	}
}

func (n *node) array(path string, v jsontext.Value, ps *problems) jsontext.Value {
	var items []jsontext.Value
	switch s, isText := unquote(v); {
	case v.Kind() == '[':
		items = elements(v)
	case isText && n.items.kind == TypeString: // "x" for ["x"] says the same
		items = []jsontext.Value{v}
	case isText && jsontext.Value(s).Kind() == '[' && jsontext.Value(s).IsValid():
		items = elements(jsontext.Value(s))
	default:
		ps.add(path, "list_type", "Input should be a valid list")
		return nil
	}
	if n.MinItems != nil && uint64(len(items)) < *n.MinItems {
		ps.add(path, "too_short", "List should have at least "+count(*n.MinItems, "item"))
		return nil
	}
	if n.MaxItems != nil && uint64(len(items)) > *n.MaxItems {
		ps.add(path, "too_long", "List should have at most "+count(*n.MaxItems, "item"))
		return nil
	}
	out := jsontext.Value("[")
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, n.items.normalize(join(path, strconv.Itoa(i)), item, ps)...)
	}
	return append(out, ']')
}

func elements(v jsontext.Value) []jsontext.Value {
	var items []jsontext.Value
	if err := json.Unmarshal(v, &items, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil
	}
	return items
}

func (n *node) text(path string, v jsontext.Value, ps *problems) jsontext.Value {
	s, ok := unquote(v)
	if n.enum != nil {
		if !ok || !slices.Contains(n.enum, s) {
			ps.add(path, "enum", "Input should be "+alternatives(n.enum))
			return nil
		}
		return v
	}
	if !ok {
		ps.add(path, "string_type", "Input should be a valid string")
		return nil
	}
	if n.Format == "date-time" && json.Unmarshal(v, new(time.Time)) != nil {
		ps.add(path, "datetime_parsing", "Input should be a valid date and time with an offset, such as 2026-01-31T15:04:05Z")
		return nil
	}
	length := uint64(utf8.RuneCountInString(s)) //nolint:gosec // a count is never negative
	if n.MinLength != nil && length < *n.MinLength {
		ps.add(path, "string_too_short", "String should have at least "+count(*n.MinLength, "character"))
		return nil
	}
	if n.MaxLength != nil && length > *n.MaxLength {
		ps.add(path, "string_too_long", "String should have at most "+count(*n.MaxLength, "character"))
		return nil
	}
	return v
}

// boolean accepts the notations of the reference worker: 0 and 1, and the
// usual words in any case but without surrounding blanks.
func (n *node) boolean(path string, v jsontext.Value, ps *problems) jsontext.Value {
	switch v.Kind() {
	case 't', 'f':
		return v
	case '"':
		s, _ := unquote(v)
		switch strings.ToLower(s) {
		case "1", "t", "true", "y", "yes", "on":
			return jsontext.Value("true")
		case "0", "f", "false", "n", "no", "off":
			return jsontext.Value("false")
		}
	case '0':
		switch i, code := wholeNumber(string(v)); {
		case code != "": // a fraction, or a number beyond every integer
			ps.add(path, "bool_type", "Input should be a valid boolean")
			return nil
		case i == 1:
			return jsontext.Value("true")
		case i == 0:
			return jsontext.Value("false")
		}
	default:
		ps.add(path, "bool_type", "Input should be a valid boolean")
		return nil
	}
	ps.add(path, "bool_parsing", "Input should be a valid boolean, unable to interpret input")
	return nil
}

// hint tells which parameters exist, and which one an unknown name probably
// meant.
func (o *Object) hint(unknown []string) string {
	var b strings.Builder
	for _, name := range unknown[:min(len(unknown), maxProblems)] {
		if near := nearest(name, o.root.names); near != "" {
			fmt.Fprintf(&b, "%q is not a parameter, did you mean %q? ", printable(name), near)
		}
	}
	if len(o.root.names) == 0 {
		b.WriteString("This tool takes no parameters.")
		return b.String()
	}
	b.WriteString("Accepted parameters: ")
	for i, name := range o.root.names {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name)
		b.WriteString(" (")
		b.WriteString(o.root.props[i].accepts(o.root.required[i]))
		b.WriteString(")")
	}
	b.WriteString(".")
	return b.String()
}

// accepts says in a few words what a parameter takes.
func (n *node) accepts(required bool) string {
	parts := []string{n.kind}
	if n.kind == TypeArray {
		parts[0] = "array of " + n.items.kind
	}
	if required && !n.nullable {
		parts = append(parts, "required")
	} else {
		parts = append(parts, "optional")
	}
	if enum := n.value(false).Enum; enum != nil {
		parts = append(parts, alternatives(enum))
	}
	if n.MaxLength != nil {
		parts = append(parts, "at most "+count(*n.MaxLength, "character"))
	}
	if rules := n.describeRules(); rules != "" {
		parts = append(parts, strings.ToLower(strings.TrimSuffix(rules, ".")))
	}
	return strings.Join(parts, ", ")
}

// alternatives words a list the way the reference does: 'a', 'b' or 'c'.
func alternatives(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + v + "'"
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

func count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// unquote returns the text of a JSON string.
func unquote(v jsontext.Value) (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	s, err := jsontext.AppendUnquote(nil, v)
	return string(s), err == nil
}

// printable makes a name from a hostile input fit to be shown: at most 64
// bytes, no control characters.
func printable(name string) string {
	const limit = 64
	clipped := len(name) > limit
	if clipped {
		name = name[:limit]
		for !utf8.ValidString(name) {
			name = name[:len(name)-1]
		}
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, name)
	if clipped {
		name += "…"
	}
	return name
}

// nearest is the known name an unknown one is most likely a slip of, or "".
func nearest(name string, known []string) string {
	if len(name) > 64 {
		return ""
	}
	folded := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
	best, bestName := 3, ""
	for _, k := range known {
		d := distance(folded, strings.ReplaceAll(k, "_", ""))
		if d < best && d < len(k)/2+1 {
			best, bestName = d, k
		}
	}
	return bestName
}

// distance is Levenshtein's, on bytes.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			substitute := prev[j]
			if a[i] != b[j] {
				substitute++
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, substitute)
		}
		prev = cur
	}
	return prev[len(b)]
}
