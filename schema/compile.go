package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"

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

// Compiler compiles the types of many tools. It compiles a type once however
// often it is asked, and a struct once however many types hold it, which matters
// to a catalog, whose tools share theirs.
// The zero Compiler is ready, and any number of goroutines may use it at once.
type Compiler struct {
	mu              sync.Mutex // guards the maps while a type is compiled
	inputs, results structs
	objects         map[reflect.Type]*Object
	wholeResults    map[reflect.Type]*Result
}

// structs are the compiled structs of inputs or of results by type.
type structs map[reflect.Type]*properties

// Compile is Compiler.Compile for a single type.
func Compile(t reflect.Type) (*Object, error) { return new(Compiler).Compile(t) }

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
func (c *Compiler) Compile(t reflect.Type) (*Object, error) {
	if t == nil || t.Kind() != reflect.Struct || t == timeType {
		return nil, fmt.Errorf("%v: inputs must be a struct", t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o, compiled := c.objects[t]; compiled {
		return o, nil
	}
	if c.inputs == nil {
		c.inputs, c.objects = structs{}, map[reflect.Type]*Object{}
	}
	root, err := c.inputs.compile(t, true)
	if err != nil {
		return nil, err
	}
	c.objects[t] = &Object{root: root, typ: t}
	return c.objects[t], nil
}

// compile builds the tree of a type whose declaration is sound.
func (known structs) compile(t reflect.Type, inputs bool) (*node, error) {
	if errs := known.checkDeclaration(t, inputs); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	l := linker{known: known}
	root := l.link(reflector(nil).ReflectFromType(t), t, nil, t.String())
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return root, nil
}

// reflector reflects the struct root and none of those inside of it, which have
// reflectors of their own.
func reflector(root reflect.Type) *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous:      true,
		DoNotReference: true,
		// What a Mapper returns has to be new each time, because invopop writes
		// field tags into it.
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch {
			case t == rawType: // a []byte to invopop, hence base64 text
				return &jsonschema.Schema{Type: "object"}
			case isEnum(t):
				return &jsonschema.Schema{Type: "string"}
			case t.Kind() == reflect.Struct && t != root && t != timeType:
				return &jsonschema.Schema{Type: "object"}
			}
			return nil
		},
	}
}

// node is one place in a compiled type: what its type says and what the tags of
// the field that holds it say. Of invopop's schema it keeps what is used, since
// a catalog has thousands of nodes.
type node struct {
	kind        string // one of Arcade's value types
	format      string // string: date-time or name
	nullable    bool
	description string
	props       *properties // object of known shape
	items       *node       // array
	values      *node       // object: its values, when the names are open but the values have a type
	enum        []string    // string
	maxBytes    *uint64     // object of unknown shape: the length of its JSON
	def         jsontext.Value
	limits      *numericLimits // integer and number

	minLength, maxLength, minItems, maxItems *uint64
}

// properties are those of an object of known shape, in declaration order.
// Everything that holds a struct shares them.
type properties struct {
	names    []string
	index    map[string]int // name to position
	nodes    []*node        // by position
	required []bool         // by position

	published    Properties
	requiredKeys []string
}

// linker builds nodes from invopop's schemas. invopop knows names, order,
// required and the constraint tags; it drops pointers, so nullability comes from
// the reflect.Type beside it.
type linker struct {
	known structs
	errs  []error
}

func (l *linker) fail(path, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

// link builds the node for schema s of type t found at path. rules are those
// of the field that holds it; items of a list share the list's.
func (l *linker) link(s *jsonschema.Schema, t reflect.Type, rules ruleSet, path string) *node {
	n := &node{
		format: s.Format, limits: limitsOf(s),
		minLength: s.MinLength, maxLength: s.MaxLength, minItems: s.MinItems, maxItems: s.MaxItems,
	}
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
		n.items = l.link(s.Items, t.Elem(), rules, path+"[]")
	default: // objects
		n.kind = TypeJSON
		switch t.Kind() {
		case reflect.Struct:
			n.props = l.properties(t, path)
		case reflect.Map:
			n.maxBytes = rules.maxLength()
			if t.Elem() != rawType {
				n.values = l.link(s.AdditionalProperties, t.Elem(), nil, path+"{}")
			}
		default:
			n.maxBytes = rules.maxLength()
		}
	}
	return n
}

func (l *linker) properties(t reflect.Type, path string) *properties {
	if props, ok := l.known[t]; ok {
		return props
	}
	s, mistakes := reflector(t).ReflectFromType(t), len(l.errs)
	props := &properties{index: map[string]int{}}
	for _, f := range fieldsOf(t) {
		at := path + "." + f.name
		property, ok := s.Properties.Get(f.name)
		if !ok {
			l.fail(at, "is not reflected")
			continue
		}
		rules, _ := parseRules(f.Tag)
		p := l.link(property, f.Type, rules, at)
		p.description = f.Tag.Get("doc") // its own tag, because invopop cuts description= at the first comma
		if text, ok := rules["default"]; ok {
			p.def = l.defaultOf(p, property.Default, text, at)
		}
		props.index[f.name] = len(props.names)
		props.names = append(props.names, f.name)
		props.nodes = append(props.nodes, p)
		props.required = append(props.required, slices.Contains(s.Required, f.name))
	}
	props.publish()
	if len(l.errs) == mistakes {
		l.known[t] = props
	}
	return props
}

// defaultOf renders the default of a tag as JSON and holds it to the node's own
// rules.
func (l *linker) defaultOf(n *node, reflected any, text, path string) jsontext.Value {
	var raw jsontext.Value
	switch d := reflected.(type) {
	case string:
		raw, _ = jsontext.AppendQuote(nil, d)
	case bool:
		raw = jsontext.Value(strconv.FormatBool(d))
	case fmt.Stringer: // invopop keeps numbers as json.Number
		raw = jsontext.Value(d.String())
	default: // invopop leaves out what does not fit the type
		l.fail(path, "default %q does not fit its type", text)
		return nil
	}
	var d decoding
	out := n.normalize(&d, place{}, raw)
	if len(d.list) > 0 {
		l.fail(path, "default %s breaks its own rule: %s", raw, d.list[0].Message)
	}
	return out
}
