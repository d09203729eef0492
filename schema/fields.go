package schema

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// field is a struct field with the name that it has in JSON.
type field struct {
	reflect.StructField
	name string
}

// fieldsOf lists the fields of a sound struct type in declaration order, those
// of an embedded struct where it is embedded. It follows JSON, which tells
// fields apart by their tags: a field that Go hides behind another of the same
// Go name is still one of them.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for f := range t.Fields() {
		if f.Anonymous {
			fields = append(fields, fieldsOf(f.Type)...)
			continue
		}
		fields = append(fields, field{f, nameOf(f)})
	}
	return fields
}

// nameOf is the name that a field has in JSON.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// untrustedTag marks the field of a result that holds text which people wrote.
const untrustedTag = "untrusted"

// ruleSet is the jsonschema tag of a field: value by rule.
type ruleSet map[string]string

// maxLength is the rule of that name, or nil.
func (r ruleSet) maxLength() *uint64 {
	n, err := strconv.ParseUint(r["maxLength"], 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// The rules of a tag, and what their values look like.
var (
	wholeRule  = regexp.MustCompile(`^[0-9]{1,18}$`)
	numberRule = regexp.MustCompile(`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`)
	formatRule = regexp.MustCompile(`^name$`)
	anyRule    = regexp.MustCompile(``)
	ruleValues = map[string]*regexp.Regexp{
		"minimum": numberRule, "maximum": numberRule,
		"minLength": wholeRule, "maxLength": wholeRule,
		"minItems": wholeRule, "maxItems": wholeRule,
		"format":  formatRule,
		"default": anyRule,
	}
)

// parseRules reads the jsonschema tag of a field. invopop skips what it does
// not know in silence, so a slip such as minimun=1 would drop a rule.
func parseRules(tag reflect.StructTag) (ruleSet, []error) {
	text := tag.Get("jsonschema")
	if text == "" {
		return nil, nil
	}
	rules := ruleSet{}
	var errs []error
	for rule := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(rule, "=")
		form := ruleValues[key]
		switch _, twice := rules[key]; {
		case !ok || form == nil:
			known := strings.Join(slices.Sorted(maps.Keys(ruleValues)), ", ")
			errs = append(errs, fmt.Errorf("unknown jsonschema rule %q; known are %s", rule, known))
		case twice:
			errs = append(errs, fmt.Errorf("jsonschema rule %q is given twice", key))
		case form == formatRule && !form.MatchString(value):
			errs = append(errs, fmt.Errorf("jsonschema rule %q: the only format is name", rule))
		case !form.MatchString(value):
			errs = append(errs, fmt.Errorf("jsonschema rule %q needs a number", rule))
		default:
			rules[key] = value
		}
	}
	return rules, errs
}

// exceeds reports whether the number of rule lo is above that of rule hi.
func (r ruleSet) exceeds(lo, hi string) bool {
	if r[lo] == "" || r[hi] == "" {
		return false
	}
	a, errA := strconv.ParseFloat(r[lo], 64)
	b, errB := strconv.ParseFloat(r[hi], 64)
	return errA == nil && errB == nil && a > b
}
