package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
)

// Enum is implemented, by value, by string types with a closed set of values.
type Enum interface{ Enum() []string }

// Object is the compiled type of a tool's inputs: the one source of the
// published parameters and of what Decode accepts. It is immutable, so any
// number of goroutines may use it at once.
type Object struct {
	root *node
	typ  reflect.Type
}

// Compile derives a tool's parameters from the struct type t. A field is a
// parameter; what it is named, means and accepts stands in its tags:
//
//	json:"name,omitzero"      its name in snake_case; omitzero makes it optional, and so does a pointer
//	doc:"text"                what it is, for the model that fills it in
//	jsonschema:"rule=value"   rules, separated by commas
//
// The rules are minLength and maxLength of a string in characters (Unicode code
// points, as Arcade's reference counts), minimum and maximum of a number,
// minItems and maxItems of a list, default for an optional scalar, and
// format=name for a string that names something: a name, key or ID, which holds
// no invisible characters. A string that shows nothing has the length 0 for
// minLength. On a list the rules of a string or number hold for each item. On an object of
// unknown shape (jsontext.Value or a map) maxLength is in bytes of JSON.
//
// Strings, lists and objects of unknown shape must have a maximum, at any
// depth; closed sets (Enum) and times need none. An embedded struct lends its
// fields to the one it is embedded in.
//
// The error joins every mistake found in the declaration.
func Compile(t reflect.Type) (*Object, error) {
	if t == nil || t.Kind() != reflect.Struct || t == timeType {
		return nil, fmt.Errorf("%v: inputs must be a struct", t)
	}
	root, err := compile(t, true)
	if err != nil {
		return nil, err
	}
	return &Object{root: root, typ: t}, nil
}

// compile builds the tree of a type whose declaration is sound.
func compile(t reflect.Type, inputs bool) (*node, error) {
	if errs := checkDeclaration(t, inputs); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var errs []error
	root := link(reflector().ReflectFromType(t), t, nil, t.String(), &errs)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return root, nil
}

// reflector is made anew for every type because invopop writes field tags into
// whatever schema its Mapper returned before.
func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous:      true,
		DoNotReference: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == rawType { // a []byte to invopop, hence base64 text
				return &jsonschema.Schema{Type: "object"}
			}
			if isEnum(t) {
				return &jsonschema.Schema{Type: "string"}
			}
			return nil
		},
	}
}

// node is one place in a compiled type.
//
// invopop knows names, order, required and the constraint tags; it drops
// pointers, so nullability comes from the reflect.Type beside it.
type node struct {
	*jsonschema.Schema
	kind     string // one of Arcade's value types
	nullable bool
	names    []string       // object: property names in declaration order
	index    map[string]int // object: name to position in names
	props    []*node        // object: by position; nil when the shape is open
	required []bool         // object: by position
	items    *node          // array
	values   *node          // object: its values, when the names are open but the values have a type
	enum     []string       // string
	maxBytes *uint64        // object of unknown shape: the length of its JSON
	def      jsontext.Value // default, rendered once and checked
	limits   numericLimits  // integer and number
}

// link builds the node for schema s of type t found at path. rules are those
// of the field that holds it; items of a list share the list's.
func link(s *jsonschema.Schema, t reflect.Type, rules ruleSet, path string, errs *[]error) *node {
	n := &node{Schema: s}
	if t.Kind() == reflect.Pointer {
		t, n.nullable = t.Elem(), true
	}
	switch s.Type {
	case "string":
		n.kind = TypeString
		if isEnum(t) {
			n.enum = enumOf(t)
		}
	case "integer":
		n.kind = TypeInteger
	case "number":
		n.kind = TypeNumber
	case "boolean":
		n.kind = TypeBoolean
	case "array":
		n.kind = TypeArray
		n.items = link(s.Items, t.Elem(), rules, path+"[]", errs)
	default: // objects
		n.kind = TypeJSON
		switch t.Kind() {
		case reflect.Struct:
			n.linkProperties(t, path, errs)
		case reflect.Map:
			n.maxBytes = rules.maxLength()
			if t.Elem() != rawType {
				n.values = link(s.AdditionalProperties, t.Elem(), nil, path+"{}", errs)
			}
		default:
			n.maxBytes = rules.maxLength()
		}
	}
	n.limits = limitsOf(s)
	return n
}

func (n *node) linkProperties(t reflect.Type, path string, errs *[]error) {
	n.index = map[string]int{}
	n.props = []*node{} // known shape, even when it has no members
	for _, f := range fieldsOf(t) {
		at := path + "." + f.name
		property, ok := n.Properties.Get(f.name)
		if !ok {
			*errs = append(*errs, fmt.Errorf("%s: is not reflected", at))
			continue
		}
		rules, _ := parseRules(f.Tag)
		p := link(property, f.Type, rules, at, errs)
		p.Description = f.Tag.Get("doc") // its own tag, because invopop cuts description= at the first comma
		if text, ok := rules["default"]; ok {
			p.def = p.compileDefault(text, at, errs)
		}
		n.index[f.name] = len(n.names)
		n.names = append(n.names, f.name)
		n.props = append(n.props, p)
		n.required = append(n.required, slices.Contains(n.Required, f.name))
	}
}

// compileDefault renders the default of a tag as JSON and holds it to the
// node's own rules.
func (n *node) compileDefault(text, path string, errs *[]error) jsontext.Value {
	var raw jsontext.Value
	switch d := n.Default.(type) {
	case string:
		raw, _ = jsontext.AppendQuote(nil, d)
	case bool:
		raw = jsontext.Value(strconv.FormatBool(d))
	case fmt.Stringer: // invopop keeps numbers as json.Number
		raw = jsontext.Value(d.String())
	default: // invopop leaves out what does not fit the type
		*errs = append(*errs, fmt.Errorf("%s: default %q does not fit its type", path, text))
		return nil
	}
	var d decoding
	out := n.normalize(&d, place{}, raw)
	if len(d.list) > 0 {
		*errs = append(*errs, fmt.Errorf("%s: default %s breaks its own rule: %s", path, raw, d.list[0].Message))
	}
	return out
}
