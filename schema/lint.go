package schema

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tagKeys are the jsonschema tag keys that mean something here. invopop skips
// unknown ones silently, so a slip such as minimun=1 would drop a rule.
var tagKeys = []string{"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "default"}

var (
	snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	timeType  = reflect.TypeFor[time.Time]()
)

// lint walks a type before invopop does, because invopop overflows the stack
// on recursion and publishes what Arcade cannot read.
func lint(t reflect.Type) []error {
	var l linter
	l.structType(t, t.String(), nil)
	return l.errs
}

type linter struct{ errs []error }

func (l *linter) fail(path, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (l *linter) structType(t reflect.Type, path string, seen []reflect.Type) {
	if slices.Contains(seen, t) {
		l.fail(path, "%s contains itself; Arcade schemas are finite", t)
		return
	}
	seen = append(slices.Clone(seen), t)
	for f := range t.Fields() {
		at := path + "." + f.Name
		if f.Anonymous {
			if f.Type.Kind() != reflect.Struct {
				l.fail(at, "only structs can be embedded")
				continue
			}
			l.structType(f.Type, at, seen)
			continue
		}
		l.field(f, at)
		l.valueType(f.Type, at, seen)
	}
}

func (l *linter) field(f reflect.StructField, at string) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case !f.IsExported():
		l.fail(at, "is not exported, so it can be neither read nor written")
	case name == "" || name == "-":
		l.fail(at, `has no name: add json:"snake_case"`)
	}
	optional := options == "omitzero"
	if options != "" && !optional {
		l.fail(at, "json option %q is not supported; omitzero makes a value optional", options)
	}
	if f.Tag.Get("doc") == "" {
		l.fail(at, "has no doc tag saying what it is")
	}
	tag := f.Tag.Get("jsonschema")
	if tag == "" {
		return
	}
	for rule := range strings.SplitSeq(tag, ",") {
		key, value, ok := strings.Cut(rule, "=")
		switch {
		case !ok || !slices.Contains(tagKeys, key):
			l.fail(at, "unknown jsonschema rule %q; known are %s", rule, strings.Join(tagKeys, ", "))
		case key == "default" && !optional:
			l.fail(at, "has a default and must be optional (omitzero)")
		case key != "default" && !numeral.MatchString(value):
			l.fail(at, "jsonschema rule %q needs a number", rule)
		}
	}
}

var numeral = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// valueType accepts the Go types that have an Arcade value type.
func (l *linter) valueType(t reflect.Type, at string, seen []reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == rawType || t == timeType {
		return
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		if isEnum(t) && len(enumOf(t)) == 0 {
			l.fail(at, "%s has no values in its Enum", t)
		}
	case reflect.Struct:
		l.structType(t, at, seen)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			l.fail(at, "map keys must be strings")
		}
		if k := t.Elem().Kind(); k == reflect.Interface {
			l.fail(at, "map values must have a type; use jsontext.Value for any JSON, which keeps numbers exact")
		}
	case reflect.Slice:
		elem := t.Elem()
		if elem.Kind() == reflect.Slice && elem != rawType {
			l.fail(at, "Arcade has no lists of lists")
			return
		}
		if elem.Kind() == reflect.Pointer {
			l.fail(at, "list elements cannot be null")
			return
		}
		l.valueType(elem, at+"[]", seen)
	default:
		l.fail(at, "Arcade has no value type for %s", t)
	}
}

// LintParameters reports parameter names that are not snake_case, Arcade's
// convention for inputs. Outputs may keep Atlassian's own camelCase.
func (o *Object) LintParameters() []error {
	var errs []error
	for _, name := range o.root.names {
		if !snakeCase.MatchString(name) {
			errs = append(errs, fmt.Errorf("%s: parameter %q is not snake_case", o.typ, name))
		}
	}
	return errs
}

func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
