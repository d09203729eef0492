package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// callRequest is what a call needs of Arcade's ToolCallRequest (protocol §4.1).
type callRequest struct {
	ExecutionID string
	Tool        toolReference
	Inputs      jsontext.Value // a part of the body: only the tool's schema can judge it
	Context     callContext
}

type toolReference struct {
	Name, Toolkit *string // both are required
	Version       string  // null and absent are ""
}

type callContext struct {
	Authorization authorization
	Secrets       jsontext.Value // lists of keyValue, parts of the body
	Metadata      jsontext.Value
	UserID        string
}

type authorization struct{ Token string }

type keyValue struct{ Key, Value *string }

// byKey hands over what the Engine sent for a tool that declares these keys, by
// key in lower case. Keys are compared without case; the first of several counts
// (protocol §4.1). list was read before.
func byKey[V any](list jsontext.Value, declared []string, value func(string) V) map[string]V {
	if len(declared) == 0 || len(list) == 0 {
		return nil
	}
	items := make(map[string]V, len(declared))
	_, _ = newEnvelope(list).readList(func(item keyValue) {
		if !slices.ContainsFunc(declared, func(key string) bool { return strings.EqualFold(key, *item.Key) }) {
			return
		}
		key := strings.ToLower(*item.Key)
		if _, ok := items[key]; !ok {
			items[key] = value(*item.Value)
		}
	})
	return items
}

// decodeCall reads a request. Its error says which member is wrong and is safe
// to show: it never quotes a value.
func decodeCall(body []byte) (*callRequest, error) {
	e := newEnvelope(body)
	if e.dec.PeekKind() != '{' {
		return nil, errors.New("the body must be a JSON object")
	}
	var req callRequest
	if err := readObject(e, &req, requestMembers); err != nil {
		return nil, err
	}
	if _, err := e.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body goes on after the JSON object")
	}
	return &req, req.check()
}

func (r *callRequest) check() error {
	if r.Tool.Name == nil || r.Tool.Toolkit == nil {
		return errors.New("tool.name and tool.toolkit are required strings")
	}
	if k := r.Inputs.Kind(); len(r.Inputs) > 0 && k != '{' && k != 'n' {
		return errors.New("inputs must be an object or null")
	}
	return nil
}

// envelope reads a request's body. Whoever sends it decides what is in it, so it
// is read member by member, and of what no member here names nothing is kept.
// What is named must be there once: an envelope that says two things is
// ambiguous. Inputs may hold a key twice, which is the model's mistake and
// answered like its other ones.
type envelope struct {
	body []byte
	dec  *jsontext.Decoder
}

func newEnvelope(body []byte) envelope {
	return envelope{body, jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))} // a Buffer is not copied
}

// member is one of an object that is read into a T.
type member[T any] struct {
	name string
	read func(envelope, *T) error
}

var requestMembers = []member[callRequest]{
	{"execution_id", func(e envelope, r *callRequest) error { return e.text(&r.ExecutionID) }},
	{"tool", func(e envelope, r *callRequest) error { return readObject(e, &r.Tool, toolMembers) }},
	{"inputs", func(e envelope, r *callRequest) (err error) { r.Inputs, err = e.part(); return err }},
	{"context", func(e envelope, r *callRequest) error { return readObject(e, &r.Context, contextMembers) }},
	{"run_id", func(e envelope, _ *callRequest) error { return e.skip('"') }},
	{"created_at", func(e envelope, _ *callRequest) error { return e.skip('"') }},
}

var toolMembers = []member[toolReference]{
	{"name", func(e envelope, t *toolReference) error { return e.optionalText(&t.Name) }},
	{"toolkit", func(e envelope, t *toolReference) error { return e.optionalText(&t.Toolkit) }},
	{"version", func(e envelope, t *toolReference) error { return e.text(&t.Version) }},
}

var contextMembers = []member[callContext]{
	{"authorization", func(e envelope, c *callContext) error { return readObject(e, &c.Authorization, authorizationMembers) }},
	{"secrets", func(e envelope, c *callContext) (err error) {
		c.Secrets, err = e.readList(func(keyValue) {})
		return err
	}},
	{"metadata", func(e envelope, c *callContext) (err error) {
		c.Metadata, err = e.readList(func(keyValue) {})
		return err
	}},
	{"user_id", func(e envelope, c *callContext) error { return e.text(&c.UserID) }},
}

var authorizationMembers = []member[authorization]{
	{"token", func(e envelope, a *authorization) error { return e.text(&a.Token) }},
	{"user_info", func(e envelope, _ *authorization) error { return e.skip('{') }},
}

var keyValueMembers = []member[keyValue]{
	{"key", func(e envelope, i *keyValue) error { return e.optionalText(&i.Key) }},
	{"value", func(e envelope, i *keyValue) error { return e.optionalText(&i.Value) }},
}

var errNotJSON = errors.New("the body is not valid JSON")

// readObject reads the object that comes next. null is an object without
// members.
func readObject[T any](e envelope, into *T, members []member[T]) error {
	if present, err := e.begin('{'); err != nil || !present {
		return err
	}
	var seen uint // a bit for each of the few members
	for e.dec.PeekKind() != '}' {
		name, err := e.dec.ReadToken()
		if err != nil {
			return errNotJSON
		}
		text := name.String()
		i := slices.IndexFunc(members, func(m member[T]) bool { return m.name == text })
		if i < 0 {
			if _, err := e.dec.ReadValue(); err != nil {
				return errNotJSON
			}
			continue
		}
		if seen&(1<<i) != 0 {
			return fmt.Errorf("member %q is given twice", e.path())
		}
		seen |= 1 << i
		if err := members[i].read(e, into); err != nil {
			return err
		}
	}
	return e.end()
}

// readList reads the list of keys and values that comes next and tells where in
// the body it is. null is a list of none.
func (e envelope) readList(each func(keyValue)) (jsontext.Value, error) {
	if present, err := e.begin('['); err != nil || !present {
		return nil, err
	}
	start := e.dec.InputOffset() - int64(len("["))
	for e.dec.PeekKind() != ']' {
		var item keyValue
		if err := readObject(e, &item, keyValueMembers); err != nil {
			return nil, err
		}
		if item.Key == nil || item.Value == nil {
			return nil, errors.New("every item of context.secrets and context.metadata needs the strings key and value")
		}
		each(item)
	}
	err := e.end()
	return e.body[start:e.dec.InputOffset()], err
}

// expect checks the kind of the value that comes next, which may always be
// null, too.
func (e envelope) expect(kind jsontext.Kind) error {
	if next := e.dec.PeekKind(); next == kind || next == 'n' {
		return nil
	}
	if _, err := e.dec.ReadValue(); err != nil {
		return errNotJSON
	}
	path := e.path()
	top, _, _ := strings.Cut(path, "/")
	return fmt.Errorf("member %q has a value of the wrong type at %q", top, path)
}

// path is where the decoder is: "context/user_id".
func (e envelope) path() string { return strings.TrimPrefix(string(e.dec.StackPointer()), "/") }

// begin enters an object or a list, unless null stands in its place.
func (e envelope) begin(kind jsontext.Kind) (present bool, err error) {
	if err := e.expect(kind); err != nil {
		return false, err
	}
	token, err := e.dec.ReadToken()
	if err != nil {
		return false, errNotJSON
	}
	return token.Kind() == kind, nil
}

func (e envelope) end() error {
	if _, err := e.dec.ReadToken(); err != nil {
		return errNotJSON
	}
	return nil
}

// text reads a string; null leaves what is there.
func (e envelope) text(into *string) error {
	if err := e.expect('"'); err != nil {
		return err
	}
	token, err := e.dec.ReadToken()
	if err != nil {
		return errNotJSON
	}
	if token.Kind() == '"' {
		*into = token.String()
	}
	return nil
}

// optionalText reads a string of which it matters whether it was there.
func (e envelope) optionalText(into **string) error {
	if e.dec.PeekKind() == 'n' {
		return e.skip('"')
	}
	*into = new(string)
	return e.text(*into)
}

// part reads a value of any kind, which stays in the body.
func (e envelope) part() (jsontext.Value, error) {
	value, err := e.dec.ReadValue()
	if err != nil {
		return nil, errNotJSON
	}
	end := e.dec.InputOffset()
	return e.body[end-int64(len(value)) : end : end], nil
}

// skip passes over a value of a kind that nothing reads.
func (e envelope) skip(kind jsontext.Kind) error {
	if err := e.expect(kind); err != nil {
		return err
	}
	_, err := e.part()
	return err
}
