package tree

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is one name and value of a JSON object. Objects are kept as lists of
// members so that a document is written in the order it was read.
type Member struct {
	Name  string
	Value jsontext.Value
}

// String returns the text of a value that is a string, or "".
func (m Member) String() string {
	if m.Value.Kind() != '"' {
		return ""
	}
	return unquote(m.Value)
}

// unquote returns the text of a valid JSON string.
func unquote(v jsontext.Value) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(b)
}

// Members are the members of one JSON object, in their order.
type Members []Member

// Get returns the value of a member, or nil.
func (m Members) Get(name string) jsontext.Value {
	for i := range m {
		if m[i].Name == name {
			return m[i].Value
		}
	}
	return nil
}

// String returns the text of a member that is a string, or "".
func (m Members) String(name string) string {
	return Member{name, m.Get(name)}.String()
}

// Integer reads a number as a whole number; anything else is the fallback.
func (m Members) Integer(name string, fallback int) int {
	v := m.Get(name)
	if v.Kind() != '0' {
		return fallback
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fallback
	}
	return int(f)
}

// Without returns a copy that lacks a member, nil when nothing is left.
func (m Members) Without(name string) Members {
	out := make(Members, 0, len(m))
	for _, x := range m {
		if x.Name != name {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func sameMembers(a, b Members) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || string(a[i].Value) != string(b[i].Value) {
			return false
		}
	}
	return true
}

// String returns a string as a JSON value.
func String(s string) jsontext.Value { return AppendString(nil, s) }

// AppendString appends a string as JSON.
func AppendString(b []byte, s string) []byte {
	out, err := jsontext.AppendQuote(b, s)
	if err != nil {
		// Only invalid UTF-8 is refused; the same text with it replaced is not.
		out, _ = jsontext.AppendQuote(b, CleanUTF8(s))
	}
	return out
}

// Integer returns a whole number as a JSON value.
func Integer(i int) jsontext.Value { return jsontext.Value(strconv.Itoa(i)) }

// CleanUTF8 replaces bytes that are not UTF-8 by the replacement character.
func CleanUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// ObjectWriter writes the members of one JSON object with commas between them.
type ObjectWriter struct {
	Buf  []byte
	more bool
}

// Name writes the name of a member; its value has to follow.
func (o *ObjectWriter) Name(name string) {
	if o.more {
		o.Buf = append(o.Buf, ',')
	}
	o.more = true
	o.Buf = AppendString(o.Buf, name)
	o.Buf = append(o.Buf, ':')
}

// Member writes a member.
func (o *ObjectWriter) Member(name string, v jsontext.Value) {
	o.Name(name)
	o.Buf = append(o.Buf, v...)
}

// Object writes an object, as the value of the name before.
func (o *ObjectWriter) Object(m Members) {
	inner := ObjectWriter{Buf: append(o.Buf, '{')}
	for _, x := range m {
		inner.Member(x.Name, x.Value)
	}
	o.Buf = append(inner.Buf, '}')
}

// Attr is one member of an object, such as an attribute of a node.
func Attr(name string, value jsontext.Value) Member { return Member{name, value} }
