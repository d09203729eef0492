package schema

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
)

var (
	enumType     = reflect.TypeFor[Enum]()
	rawType      = reflect.TypeFor[jsontext.Value]()
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()

	snakeCase  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	memberName = regexp.MustCompile(`^[A-Za-z0-9_$][A-Za-z0-9_$.-]*$`)

	// selfDescribing are the methods by which a type would change the schema
	// that invopop derives, so that it no longer fits the Go type beside it.
	selfDescribing = []reflect.Type{
		reflect.TypeFor[interface{ JSONSchema() *jsonschema.Schema }](),
		reflect.TypeFor[interface{ JSONSchemaExtend(*jsonschema.Schema) }](),
		reflect.TypeFor[interface{ JSONSchemaAlias() any }](),
		reflect.TypeFor[interface{ JSONSchemaProperty(string) any }](),
		reflect.TypeFor[interface{ GetFieldDocString(string) string }](),
		reflect.TypeFor[interface{ EnumDescriptor() ([]byte, []int) }](),
	}
	// selfDecoding are the methods by which a type would refuse or change an
	// input that its schema accepts.
	selfDecoding = []reflect.Type{
		reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[json.UnmarshalerFrom](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

func isEnum(t reflect.Type) bool {
	return t.Kind() == reflect.String && t.Implements(enumType)
}

func enumOf(t reflect.Type) []string {
	if e, ok := reflect.TypeAssert[Enum](reflect.Zero(t)); ok {
		return e.Enum()
	}
	return nil
}

// checkDeclaration walks a type before invopop does, because invopop overflows
// the stack on recursion, panics on what JSON does not know, and publishes what
// Arcade cannot read. The known structs are sound.
func (known structs) checkDeclaration(t reflect.Type, inputs bool) []error {
	c := checker{inputs: inputs, known: known}
	if t.Kind() == reflect.Struct && t != timeType {
		c.structType(t, t.String(), nil)
		if inputs {
			c.parameterNames(t)
		}
	} else {
		c.valueType(t, t.String(), nil)
	}
	return c.errs
}

type checker struct {
	inputs bool // not a result: everything is bounded and decoded
	known  structs
	errs   []error
}

func (c *checker) fail(path, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

// structType checks a struct that is an object of its own. above are the types
// it stands in.
func (c *checker) structType(t reflect.Type, path string, above []reflect.Type) {
	if c.known[t] == nil {
		c.fields(t, path, above, map[string]string{})
	}
}

// fields checks the fields of a struct. names are those that its object has so
// far, each with its place: structs that are embedded share them.
func (c *checker) fields(t reflect.Type, path string, above []reflect.Type, names map[string]string) {
	if slices.Contains(above, t) {
		c.fail(path, "%s contains itself; Arcade schemas are finite", t)
		return
	}
	if !c.methods(t, path) {
		return
	}
	above = append(slices.Clone(above), t)
	for f := range t.Fields() {
		at := path + "." + f.Name
		if f.Anonymous {
			switch {
			case f.Type.Kind() != reflect.Struct || f.Type == timeType:
				c.fail(at, "only structs can be embedded")
			case f.Tag != "":
				c.fail(at, "an embedded struct has no tags: it lends its fields; give it a field name to make it an object")
			default:
				c.fields(f.Type, at, above, names)
			}
			continue
		}
		c.field(f, at, names)
		c.valueType(f.Type, at, above)
	}
}

func (c *checker) field(f reflect.StructField, at string, names map[string]string) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch first, taken := names[name]; {
	case !f.IsExported():
		c.fail(at, "is not exported, so it can be neither read nor written")
	case name == "" || name == "-":
		c.fail(at, `has no name: add json:"snake_case"`)
	case !memberName.MatchString(name):
		c.fail(at, "name %q must be of letters, digits, _, $, . and -", name)
	case taken: // JSON would keep one of the two, or neither
		c.fail(at, "has the same name %q as %s", name, first)
	default:
		names[name] = at
	}
	optional := options == "omitzero"
	if options != "" && !optional {
		c.fail(at, "json option %q is not supported; omitzero makes a value optional", options)
	}
	if f.Tag.Get("doc") == "" {
		c.fail(at, "has no doc tag saying what it is")
	}
	rules, errs := parseRules(f.Tag)
	for _, err := range errs {
		c.fail(at, "%v", err)
	}
	if _, ok := rules["default"]; ok && !optional {
		c.fail(at, "has a default and must be optional (omitzero)")
	}
	for _, pair := range [][2]string{{"minimum", "maximum"}, {"minLength", "maxLength"}, {"minItems", "maxItems"}} {
		if rules.exceeds(pair[0], pair[1]) {
			c.fail(at, "%s is above %s", pair[0], pair[1])
		}
	}
	c.suitable(f.Type, rules, at)
	c.untrusted(f, name, at)
}

// untrusted checks the mark of text that people wrote.
func (c *checker) untrusted(f reflect.StructField, name, at string) {
	if name == UntrustedText && !c.inputs {
		c.fail(at, "has the name of the member that lists untrusted text")
	}
	mark, ok := f.Tag.Lookup(untrustedTag)
	switch {
	case !ok:
	case c.inputs:
		c.fail(at, "only results can be untrusted: all inputs are")
	case mark != "true":
		c.fail(at, `untrusted must be "true"`)
	case !holdsText(f.Type):
		c.fail(at, "%s holds no text that could be untrusted", f.Type)
	}
}

// holdsText reports whether values of the type can hold a text that is not one
// of a closed set.
func holdsText(t reflect.Type) bool {
	switch {
	case t == rawType:
		return true
	case isEnum(t) || t == timeType:
		return false
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
		return holdsText(t.Elem())
	}
	return t.Kind() == reflect.String || t.Kind() == reflect.Struct
}

// suitable checks that the rules of a field have a meaning for its type, and
// that an input is bounded.
func (c *checker) suitable(t reflect.Type, rules ruleSet, at string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var known, maxima []string
	item := t
	if t.Kind() == reflect.Slice && t != rawType {
		item = t.Elem()
		known, maxima = []string{"minItems", "maxItems"}, []string{"maxItems"}
	} else {
		known = []string{"default"}
	}
	switch {
	case item == rawType || item.Kind() == reflect.Map:
		known, maxima = append(known, "maxLength"), append(maxima, "maxLength")
	case item.Kind() == reflect.String && !isEnum(item):
		known, maxima = append(known, "format", "minLength", "maxLength"), append(maxima, "maxLength")
	case item.Kind() == reflect.Int || item.Kind() == reflect.Int64 || item.Kind() == reflect.Float64:
		known = append(known, "minimum", "maximum")
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		if !slices.Contains(known, rule) {
			c.fail(at, "jsonschema rule %q means nothing for %s", rule, t)
		}
	}
	for _, rule := range maxima {
		if _, ok := rules[rule]; !ok && c.inputs {
			c.fail(at, `has no maximum: add jsonschema:"%s=…"`, rule)
		}
	}
}

// valueType accepts the Go types that have an Arcade value type.
func (c *checker) valueType(t reflect.Type, at string, above []reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
		if t.Kind() == reflect.Pointer {
			c.fail(at, "a pointer to a pointer has two ways to be null")
			return
		}
	}
	switch {
	case t == rawType || t == timeType:
		return
	case t == durationType:
		c.fail(at, "a duration has no unit in JSON; use a number and say its unit")
		return
	case slices.Contains(above, t):
		c.fail(at, "%s contains itself; Arcade schemas are finite", t)
		return
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		c.scalar(t, at)
	case reflect.Struct:
		c.structType(t, at, above)
	case reflect.Map:
		c.methods(t, at)
		if t.Key().Kind() != reflect.String {
			c.fail(at, "map keys must be strings")
		} else {
			c.methods(t.Key(), at)
		}
		c.element(t, at, "{}", above)
	case reflect.Slice:
		c.methods(t, at)
		if elem := t.Elem(); elem.Kind() == reflect.Slice && elem != rawType {
			c.fail(at, "Arcade has no lists of lists")
			return
		}
		c.element(t, at, "[]", above)
	default:
		c.fail(at, "Arcade has no value type for %s; use jsontext.Value for any JSON, which keeps numbers exact", t)
	}
}

// element checks what a map or list consists of.
func (c *checker) element(t reflect.Type, at, mark string, above []reflect.Type) {
	if t.Elem().Kind() == reflect.Pointer {
		c.fail(at, "elements cannot be null")
		return
	}
	c.valueType(t.Elem(), at+mark, append(slices.Clone(above), t))
}

func (c *checker) scalar(t reflect.Type, at string) {
	if !c.methods(t, at) {
		return
	}
	switch {
	case isEnum(t):
		if len(enumOf(t)) == 0 {
			c.fail(at, "%s has no values in its Enum", t)
		}
	case reflect.PointerTo(t).Implements(enumType): // neither seen nor held to
		c.fail(at, "%s must have Enum as a method of its value, and be a string", t)
	}
}

// methods checks that a type leaves its schema and its decoding to this
// package.
func (c *checker) methods(t reflect.Type, at string) bool {
	forbidden := selfDescribing
	if c.inputs {
		forbidden = slices.Concat(selfDescribing, selfDecoding)
	}
	for _, i := range forbidden {
		if t.Implements(i) || reflect.PointerTo(t).Implements(i) {
			c.fail(at, "%s must not have the method %s", t, i.Method(0).Name)
			return false
		}
	}
	return true
}

// parameterNames reports names that are not snake_case, Arcade's convention
// for inputs. Results may keep Atlassian's own camelCase.
func (c *checker) parameterNames(t reflect.Type) {
	if len(c.errs) > 0 { // only a sound type has fields that can be listed
		return
	}
	for _, f := range fieldsOf(t) {
		if !snakeCase.MatchString(f.name) {
			c.fail(t.String(), "parameter %q is not snake_case", f.name)
		}
	}
}
