package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
)

// Enum is implemented, by value, by string types with a closed set of values.
type Enum interface{ Enum() []string }

var (
	enumType = reflect.TypeFor[Enum]()
	rawType  = reflect.TypeFor[jsontext.Value]()
)

// Object is a compiled struct type: the one source of a published schema and
// of the decoding of inputs.
type Object struct {
	root *node
	typ  reflect.Type
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
	def      jsontext.Value // default, rendered once and checked
	limits   numericLimits  // integer and number
}

// Compile derives the schema of the struct type t. The error joins every
// mistake found in the declaration: missing names or texts, unknown tags,
// types Arcade has no word for, recursion, defaults that break their own rules.
func Compile(t reflect.Type) (*Object, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s: must be a struct", t)
	}
	if errs := lint(t); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var errs []error
	root := link(reflector().ReflectFromType(t), t, t.String(), &errs)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Object{root: root, typ: t}, nil
}

// reflector is made anew for every type because invopop writes field tags into
// whatever schema its Mapper returned before.
func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous:      true,
		DoNotReference: true,
		ExpandedStruct: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == rawType { // a []byte to invopop, hence base64 text
				return &jsonschema.Schema{Type: "object"}
			}
			if isEnum(t) {
				return &jsonschema.Schema{Type: "string"}
			}
			return nil
		},
		// Texts stand in their own tag because invopop cuts description= at
		// the first comma.
		LookupComment: func(t reflect.Type, field string) string {
			if field == "" || t.Kind() != reflect.Struct {
				return ""
			}
			f, _ := t.FieldByName(field)
			return f.Tag.Get("doc")
		},
	}
}

func isEnum(t reflect.Type) bool {
	return t.Kind() == reflect.String && t.Implements(enumType)
}

func enumOf(t reflect.Type) []string {
	if e, ok := reflect.TypeAssert[Enum](reflect.Zero(t)); ok {
		return e.Enum()
	}
	return nil
}

// link builds the node for schema s of type t found at path.
func link(s *jsonschema.Schema, t reflect.Type, path string, errs *[]error) *node {
	n := &node{Schema: s}
	for t.Kind() == reflect.Pointer {
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
		n.items = link(s.Items, t.Elem(), path+"[]", errs)
	default: // objects, and the open shapes that lint let through
		n.kind = TypeJSON
		switch {
		case t.Kind() == reflect.Struct:
			n.linkProperties(t, path, errs)
		case t.Kind() == reflect.Map && t.Elem() != rawType:
			n.values = link(s.AdditionalProperties, t.Elem(), path+".*", errs)
		}
	}
	n.limits = limitsOf(s)
	if s.Default != nil {
		n.def = n.compileDefault(path, errs)
	}
	return n
}

func (n *node) linkProperties(t reflect.Type, path string, errs *[]error) {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if name := fieldName(f); name != "" {
			fields[name] = f
		}
	}
	n.index = map[string]int{}
	n.props = []*node{} // known shape, even when it has no members
	for p := n.Properties.Oldest(); p != nil; p = p.Next() {
		n.index[p.Key] = len(n.names)
		n.names = append(n.names, p.Key)
		n.props = append(n.props, link(p.Value, fields[p.Key].Type, path+"."+p.Key, errs))
		n.required = append(n.required, slices.Contains(n.Required, p.Key))
	}
}

// compileDefault renders the default= of a tag as JSON and holds it to the
// node's own constraints.
func (n *node) compileDefault(path string, errs *[]error) jsontext.Value {
	var raw jsontext.Value
	switch d := n.Default.(type) {
	case string:
		raw, _ = jsontext.AppendQuote(nil, d)
	case bool:
		raw = jsontext.Value(strconv.FormatBool(d))
	case fmt.Stringer: // invopop keeps numbers as json.Number
		raw = jsontext.Value(d.String())
	default:
		*errs = append(*errs, fmt.Errorf("%s: a default of type %T is not supported", path, d))
		return nil
	}
	var ps problems
	out := n.normalize("", raw, &ps)
	if len(ps.list) > 0 {
		*errs = append(*errs, fmt.Errorf("%s: default %s breaks its own rule: %s", path, raw, ps.list[0].Message))
	}
	return out
}

// Parameters projects the object on Arcade's parameter list.
func (o *Object) Parameters() []Parameter {
	params := make([]Parameter, len(o.root.names)) // never nil: written []
	for i, name := range o.root.names {
		p := o.root.props[i]
		params[i] = Parameter{
			Name:        name,
			Required:    o.root.required[i] && !p.nullable,
			Description: strings.TrimSpace(p.Description + " " + p.describeRules()),
			ValueSchema: p.value(false),
			Inferrable:  true,
		}
	}
	return params
}

// Value projects the object on Arcade's ValueSchema, for outputs.
func (o *Object) Value() *Value {
	v := o.root.value(false)
	return &v
}

// describeRules says in words what the wire has no keys for: numeric range,
// list length and default.
func (n *node) describeRules() string {
	var rules []string
	lo, hi := n.Minimum.String(), n.Maximum.String()
	switch {
	case lo != "" && hi != "":
		rules = append(rules, lo+" to "+hi)
	case lo != "":
		rules = append(rules, "at least "+lo)
	case hi != "":
		rules = append(rules, "at most "+hi)
	}
	if n.MaxItems != nil {
		rules = append(rules, fmt.Sprintf("at most %d items", *n.MaxItems))
	}
	if n.def != nil && string(n.def) != `""` {
		rules = append(rules, "default "+strings.Trim(string(n.def), `"`))
	}
	if len(rules) == 0 {
		return ""
	}
	text := strings.Join(rules, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// value projects a node on Arcade's smaller vocabulary. Descriptions and
// nullability are only written on members of json values (protocol §3.4).
func (n *node) value(member bool) Value {
	v := Value{Type: n.kind, Enum: n.enum}
	if member {
		v.Description = new(n.Description)
		if n.nullable {
			v.Nullable = new(true)
		}
	}
	switch n.kind {
	case TypeJSON:
		v.Properties, v.RequiredKeys = n.members()
	case TypeArray:
		v.Inner = new(n.items.kind)
		v.InnerProperties, v.InnerRequiredKeys = n.items.members()
		v.Enum = n.items.enum // protocol §3.4: a list of enums keeps it on the list
	}
	return v
}

func (n *node) members() (Properties, []string) {
	if n.props == nil {
		return nil, nil
	}
	props, required := make(Properties, len(n.names)), []string{}
	for i, name := range n.names {
		props[i] = Property{name, n.props[i].value(true)}
		if n.required[i] {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return props, required
}
