package schema

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxMembers bounds the members of an object that are looked at one by one,
// and the items of a list that cannot declare its own maximum.
const maxMembers = 1000

// Decode checks the JSON object in against o and stores it in out, a pointer
// to the type o was compiled from. Empty input and null count as {}. Names are
// exact and unknown ones refused; a member that is absent, or null where the
// value is optional, takes its default.
//
// Whatever is wrong with the input comes back as one *InputError that lists
// every problem. When ctx ends first, the error is that of ctx. Any other error
// is a defect of this package. The time is linear in the length of in, whatever
// it holds.
//
// Coercion loses no information and follows the reference worker's lax mode
// (protocol §4.2): the functions for each type state each rule where it is
// applied. Beyond it, a list or object may come as JSON in a string, as models
// send them, and one string stands for a list of that one string.
func (o *Object) Decode(ctx context.Context, in jsontext.Value, out any) error {
	_, err := o.DecodeCoerced(ctx, in, out)
	return err
}

// DecodeCoerced is Decode, and counts the values that came in another JSON type
// than the declared one.
func (o *Object) DecodeCoerced(ctx context.Context, in jsontext.Value, out any) (coerced int, err error) {
	if in = bytes.TrimSpace(in); len(in) == 0 || string(in) == "null" {
		in = jsontext.Value("{}")
	}
	d := decoding{ctx: ctx}
	if !in.IsValid(jsontext.AllowDuplicateNames(true)) { // duplicates are reported by name below
		d.add(place{}, "json_invalid", "Input should be valid JSON in UTF-8")
		return 0, o.inputError(&d)
	}
	normal := o.root.normalize(&d, place{}, in)
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("decode %s: %w", o.typ, err)
	}
	if len(d.list) > 0 {
		return 0, o.inputError(&d)
	}
	if err := json.Unmarshal(normal, out); err != nil {
		return 0, fmt.Errorf("decode normalized %s: %w", o.typ, err)
	}
	return d.coerced, nil
}

func (o *Object) inputError(d *decoding) *InputError {
	return &InputError{Problems: d.list, More: d.more, Hint: o.hint(d.unknown)}
}

// decoding is the state of one call of Decode.
type decoding struct {
	problems
	ctx     context.Context
	unknown []string // unknown names of parameters, for the hint
	coerced int      // values of another type than the declared one
}

// stopped reports whether nobody waits for the result any more.
func (d *decoding) stopped() bool { return d.ctx != nil && d.ctx.Err() != nil }

// place is where a value stands in the input.
type place struct {
	path   string // dotted; empty for the inputs themselves
	inText bool   // within JSON that came in a string
}

func (p place) member(name string) place {
	if p.path != "" {
		name = p.path + "." + name
	}
	return place{name, p.inText}
}

func (p place) item(i int) place { return p.member(strconv.Itoa(i)) }

func (p place) root() bool { return p.path == "" }

// normalize returns v in the form that unmarshals into the node's Go type, or
// adds to d's problems and returns nil.
func (n *node) normalize(d *decoding, at place, v jsontext.Value) jsontext.Value {
	normal := n.ofKind(d, at, v)
	if normal != nil && normal.Kind() != v.Kind() {
		d.coerced++
	}
	return normal
}

func (n *node) ofKind(d *decoding, at place, v jsontext.Value) jsontext.Value {
	switch n.kind {
	case TypeString:
		return n.text(d, at, v)
	case TypeInteger:
		return n.integer(d, at, v)
	case TypeNumber:
		return n.number(d, at, v)
	case TypeBoolean:
		return n.boolean(d, at, v)
	case TypeArray:
		return n.list(d, at, v)
	}
	return n.object(d, at, v)
}

func (n *node) object(d *decoding, at place, v jsontext.Value) jsontext.Value {
	if !at.root() {
		v, at = fromText(v, at, '{')
	}
	switch {
	case v.Kind() != '{':
		d.add(at, "dict_type", "Input should be a valid dictionary")
		return nil
	case n.props != nil:
		return n.knownObject(d, at, v)
	case n.maxBytes != nil && uint64(len(v)) > *n.maxBytes:
		d.add(at, "bytes_too_long", "JSON should have at most "+count(*n.maxBytes, "byte"))
		return nil
	case !v.IsValid(): // what was well-formed before can only repeat names
		d.add(at, "duplicate_key", "An object in this value has the same key twice")
		return nil
	case n.values != nil:
		return n.mapObject(d, at, v)
	}
	return v
}

// knownObject normalizes an object whose names are declared. Problems come in
// the order of the declaration, unknown names last (protocol §4.2).
func (n *node) knownObject(d *decoding, at place, v jsontext.Value) jsontext.Value {
	given := make([]jsontext.Value, len(n.props.names))
	twice := make([]bool, len(n.props.names))
	var unknown []string
	var known map[string]bool // those in unknown
	read := 0
	for name, value := range members(v) {
		if read++; read > maxMembers {
			d.addTooManyMembers(at)
			return nil
		}
		if i, ok := n.props.index[name]; ok {
			twice[i] = twice[i] || given[i] != nil
			given[i] = value
		} else if !known[name] {
			if known == nil {
				known = map[string]bool{}
			}
			known[name] = true
			unknown = append(unknown, name)
		}
	}
	if d.stopped() {
		return nil
	}

	out := jsontext.Value("{")
	for i, name := range n.props.names {
		prop := n.props.nodes[i]
		null := given[i].Kind() == 'n' && (prop.nullable || !n.props.required[i])
		var value jsontext.Value
		switch {
		case twice[i]:
			d.add(at.member(name), "duplicate_key", "Key given more than once")
		case given[i] != nil && !null:
			value = prop.normalize(d, at.member(name), given[i])
		case prop.def != nil: // absent, or null where a value is optional
			value = prop.def
		case !null && n.props.required[i] && (!at.root() || !prop.nullable): // a nullable parameter is an optional one
			d.add(at.member(name), "missing", "Field required")
		}
		if value != nil {
			out = appendMember(out, name, value)
		}
	}
	for _, name := range unknown {
		d.add(at.member(printable(name)), "extra_forbidden", "Extra inputs are not permitted")
	}
	if at.root() {
		d.unknown = unknown
	}
	return append(out, '}')
}

// mapObject normalizes the values of an object whose names are open.
func (n *node) mapObject(d *decoding, at place, v jsontext.Value) jsontext.Value {
	out := jsontext.Value("{")
	read := 0
	for name, value := range members(v) {
		if read++; read > maxMembers {
			d.addTooManyMembers(at)
			return nil
		}
		if d.stopped() {
			return nil
		}
		if value = n.values.normalize(d, at.member(printable(name)), value); value != nil {
			out = appendMember(out, name, value)
		}
	}
	return append(out, '}')
}

func (d *decoding) addTooManyMembers(at place) {
	d.add(at, "too_long", "Dictionary should have at most "+count(maxMembers, "item"))
}

// appendMember adds a member to an object that is being written.
func appendMember(out jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	if len(out) > 1 {
		out = append(out, ',')
	}
	out, _ = jsontext.AppendQuote(out, name)
	return append(append(out, ':'), value...)
}

func (n *node) list(d *decoding, at place, v jsontext.Value) jsontext.Value {
	list, inside := fromText(v, at, '[')
	if v.Kind() == '"' && n.items.kind == TypeString && (list.Kind() != '[' || !allStrings(list)) { // "x" for ["x"] says the same
		list, inside = slices.Concat(jsontext.Value("["), v, jsontext.Value("]")), at
	}
	if list.Kind() != '[' {
		d.add(at, "list_type", "Input should be a valid list")
		return nil
	}
	most := uint64(maxMembers)
	if n.maxItems != nil {
		most = *n.maxItems
	}
	var read uint64
	for range elements(list) { // before any of them is looked at
		if read++; read > most {
			d.add(at, "too_long", "List should have at most "+count(most, "item"))
			return nil
		}
	}
	if n.minItems != nil && read < *n.minItems {
		d.add(at, "too_short", "List should have at least "+count(*n.minItems, "item"))
		return nil
	}
	out := jsontext.Value("[")
	i := 0
	for item := range elements(list) {
		if d.stopped() {
			return nil
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, n.items.normalize(d, inside.item(i), item)...)
		i++
	}
	return append(out, ']')
}

// fromText returns the JSON of the wanted kind that the string v holds, and
// otherwise v itself. JSON in a string is read once on the way to a value: what
// is quoted within it again stays a string.
func fromText(v jsontext.Value, at place, want jsontext.Kind) (jsontext.Value, place) {
	s, ok := unquote(v)
	if !ok || at.inText {
		return v, at
	}
	inner := jsontext.Value(s)
	if inner.Kind() != want || !inner.IsValid(jsontext.AllowDuplicateNames(true)) {
		return v, at
	}
	at.inText = true
	return inner, at
}

func allStrings(list jsontext.Value) bool {
	for item := range elements(list) {
		if item.Kind() != '"' {
			return false
		}
	}
	return true
}

// members yields every member of the object v, which is valid JSON. Names may
// repeat.
func members(v jsontext.Value) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		dec := jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true))
		if _, err := dec.ReadToken(); err != nil {
			return
		}
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return
			}
			key := name.String() // before the next read, which reuses the buffer
			value, ok := next(dec, v)
			if !ok || !yield(key, value) {
				return
			}
		}
	}
}

// elements yields every item of the list v, which is valid JSON.
func elements(v jsontext.Value) iter.Seq[jsontext.Value] {
	return func(yield func(jsontext.Value) bool) {
		dec := jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true))
		if _, err := dec.ReadToken(); err != nil {
			return
		}
		for dec.PeekKind() != ']' {
			if value, ok := next(dec, v); !ok || !yield(value) {
				return
			}
		}
	}
}

// next reads one value of whole and returns it as a part of whole, so that
// nothing is copied.
func next(dec *jsontext.Decoder, whole jsontext.Value) (jsontext.Value, bool) {
	value, err := dec.ReadValue()
	if err != nil {
		return nil, false
	}
	end := dec.InputOffset()
	start := end - int64(len(value))
	return whole[start:end:end], true
}

// unquote returns the text of a JSON string.
func unquote(v jsontext.Value) (string, bool) {
	s, ok := unquoted(v)
	return string(s), ok
}

// unquoted is unquote without a copy of a text that has no escapes, such as a
// file in base64.
func unquoted(v jsontext.Value) ([]byte, bool) {
	switch {
	case v.Kind() != '"':
		return nil, false
	case bytes.IndexByte(v, '\\') < 0:
		return v[1 : len(v)-1], true
	}
	s, err := jsontext.AppendUnquote(nil, v)
	return s, err == nil
}
