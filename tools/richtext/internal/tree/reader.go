package tree

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader reads one JSON value from front to back. All of it is checked before
// the first part is read, so that reading needs no errors.
type Reader struct {
	// json is the source. Strings that are read are parts of it, which saves a
	// copy of each.
	json string
	at   int
}

// NewReader returns a reader of a copy of the source, which has to be one JSON
// value: UTF-8, no name twice in an object. The error wraps [ErrMalformed], or
// [ErrTooLarge] when the value is nested too deeply to be read.
func NewReader(src []byte) (*Reader, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(src))
	if _, err := dec.ReadValue(); err != nil {
		if nesting(string(src)) > deepestJSON {
			return nil, ErrTooLarge
		}
		return nil, Malformed(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, Malformed(errors.New("text after the end of the document"))
	}
	return &Reader{json: string(src)}, nil
}

// deepestJSON is how deep values may nest that jsontext reads.
const deepestJSON = 10_000

// nesting returns how deep objects and lists nest in a text that need not be
// valid JSON.
func nesting(src string) int {
	depth, deepest := 0, 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		case '"':
			i = stringEnd(src, i) - 1
		}
	}
	return deepest
}

// Kind returns the character that the next value begins with.
func (r *Reader) Kind() byte { return r.json[r.Next()] }

// Offset returns where in the source the last token that was read ended.
func (r *Reader) Offset() int { return r.at }

// Next returns where in the source the next token begins.
func (r *Reader) Next() int {
	for r.at < len(r.json) {
		switch r.json[r.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			r.at++
		default:
			return r.at
		}
	}
	return r.at
}

// Enter steps into the object or list that is next.
func (r *Reader) Enter() { r.at = r.Next() + 1 }

// More reports whether there is another member or element. When there is none, it
// steps out of the object or list.
func (r *Reader) More() bool {
	if c := r.json[r.Next()]; c == '}' || c == ']' {
		r.at++
		return false
	}
	return true
}

// String reads a string: a value, or the name of a member.
func (r *Reader) String() string {
	start, end := r.skip()
	if s := r.json[start+1 : end-1]; strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return unquote([]byte(r.json[start:end]))
}

// Value reads a value, without the white space inside it.
func (r *Reader) Value() jsontext.Value {
	start, end := r.skip()
	v := jsontext.Value(r.json[start:end])
	if kind := v.Kind(); (kind == '{' || kind == '[') && len(v) > len("{}") {
		_ = v.Compact() // it is valid, so this does not fail
	}
	return v
}

// Skip passes over a value.
func (r *Reader) Skip() { r.skip() }

// Members reads an object, keeping its members in their order.
func (r *Reader) Members() Members {
	var few [4]Member // enough for most objects
	out := few[:0]
	for r.Enter(); r.More(); {
		out = append(out, Member{r.String(), r.Value()})
	}
	return append(Members{}, out...)
}

// skip passes over a value and returns where it begins and ends.
func (r *Reader) skip() (start, end int) {
	start = r.Next()
	switch r.json[start] {
	case '"':
		r.at = stringEnd(r.json, start)
	case '{', '[':
		for r.Enter(); r.More(); {
			r.skip()
		}
	default: // a number, true, false or null
		for r.at < len(r.json) && strings.IndexByte(" \t\r\n,]}", r.json[r.at]) < 0 {
			r.at++
		}
	}
	return start, r.at
}

// stringEnd returns where a string ends that begins at an index.
func stringEnd(src string, start int) int {
	for i := start + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// ReadMembers reads an object. The error wraps [ErrMalformed] or [ErrTooLarge].
func ReadMembers(src []byte) (Members, error) {
	r, err := NewReader(src)
	if err != nil {
		return nil, err
	}
	if r.Kind() != '{' {
		return nil, Malformed(errors.New("not a JSON object"))
	}
	return r.Members(), nil
}
