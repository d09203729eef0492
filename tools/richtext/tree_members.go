package richtext

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one name and value of a JSON object. Objects are kept as lists of
// members so that a document is written in the order it was read.
type member struct {
	name  string
	value jsontext.Value
}

type members []member

func (m members) get(name string) jsontext.Value {
	for i := range m {
		if m[i].name == name {
			return m[i].value
		}
	}
	return nil
}

func (m members) str(name string) string {
	v := m.get(name)
	if v.Kind() != '"' {
		return ""
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(b)
}

// integer reads a number as a whole number; anything else is the fallback.
func (m members) integer(name string, fallback int) int {
	v := m.get(name)
	if v.Kind() != '0' {
		return fallback
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fallback
	}
	return int(f)
}

func (m members) with(name string, value jsontext.Value) members {
	out := make(members, 0, len(m)+1)
	done := false
	for _, x := range m {
		if x.name == name {
			x.value = value
			done = true
		}
		out = append(out, x)
	}
	if !done {
		out = append(out, member{name, value})
	}
	return out
}

func (m members) without(name string) members {
	out := make(members, 0, len(m))
	for _, x := range m {
		if x.name != name {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func sameMembers(a, b members) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name || string(a[i].value) != string(b[i].value) {
			return false
		}
	}
	return true
}

func str(s string) jsontext.Value { return appendString(nil, s) }

func appendString(b []byte, s string) []byte {
	out, err := jsontext.AppendQuote(b, s)
	if err != nil {
		// Only invalid UTF-8 is refused; the same text with it replaced is not.
		out, _ = jsontext.AppendQuote(b, cleanUTF8(s))
	}
	return out
}

func integer(i int) jsontext.Value { return jsontext.Value(strconv.Itoa(i)) }

func cleanUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// objectWriter writes the members of one JSON object with commas between them.
type objectWriter struct {
	b    []byte
	more bool
}

func (o *objectWriter) name(name string) {
	if o.more {
		o.b = append(o.b, ',')
	}
	o.more = true
	o.b = appendString(o.b, name)
	o.b = append(o.b, ':')
}

func (o *objectWriter) member(name string, v jsontext.Value) {
	o.name(name)
	o.b = append(o.b, v...)
}

func (o *objectWriter) object(m members) {
	inner := objectWriter{b: append(o.b, '{')}
	for _, x := range m {
		inner.member(x.name, x.value)
	}
	o.b = append(inner.b, '}')
}

// readValue reads one JSON value without the white space inside it.
func readValue(dec *jsontext.Decoder) (jsontext.Value, error) {
	v, err := dec.ReadValue()
	if err != nil {
		return nil, malformed(err)
	}
	v = v.Clone()
	if err := v.Compact(); err != nil {
		return nil, malformed(err)
	}
	return v, nil
}

// readObject reads an object, handing the name of every member to the function,
// which reads the value.
func readObject(dec *jsontext.Decoder, read func(name string) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return malformed(err)
		}
		if err := read(name.String()); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	return nil
}

// readMembers reads an object, keeping its members in their order.
func readMembers(dec *jsontext.Decoder) (members, error) {
	out := members{}
	err := readObject(dec, func(name string) error {
		v, err := readValue(dec)
		out = append(out, member{name, v})
		return err
	})
	return out, err
}
