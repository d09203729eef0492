package schema_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"arcade-atlassian/schema"
)

// leaves are types that others are made of; those that have no place in a
// schema are the rarer ones.
var leaves = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[int64](), reflect.TypeFor[float64](),
	reflect.TypeFor[bool](), reflect.TypeFor[mode](), reflect.TypeFor[time.Time](), reflect.TypeFor[jsontext.Value](), reflect.TypeFor[person](),
	reflect.TypeFor[everything](), reflect.TypeFor[Site](), reflect.TypeFor[Deeper](), reflect.TypeFor[struct{}](),
}

var misfits = []reflect.Type{
	reflect.TypeFor[any](), reflect.TypeFor[error](), reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[[2]string](),
	reflect.TypeFor[byte](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[complex128](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[time.Duration](), reflect.TypeFor[recursive](), reflect.TypeFor[byName](), reflect.TypeFor[maps](), reflect.TypeFor[lists](),
	reflect.TypeFor[pointers](), reflect.TypeFor[notAll](), reflect.TypeFor[noValues](), reflect.TypeFor[pointerly](), reflect.TypeFor[numbered](),
	reflect.TypeFor[selfMade](), reflect.TypeFor[described](), reflect.TypeFor[stamp](), reflect.TypeFor[reflect.Value](),
}

// drawType makes a type of any kind, sound or not.
func drawType(t *rapid.T, depth int) reflect.Type {
	kind := rapid.IntRange(0, 24).Draw(t, "kind")
	if depth == 0 || kind >= 14 {
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	switch {
	case kind == 0:
		return rapid.SampledFrom(misfits).Draw(t, "misfit")
	case kind < 3:
		return reflect.PointerTo(drawType(t, depth-1))
	case kind < 6:
		return reflect.SliceOf(drawType(t, depth-1))
	case kind < 9:
		key := reflect.TypeFor[string]()
		if rapid.IntRange(0, 15).Draw(t, "key") == 0 {
			key = reflect.TypeFor[int]()
		}
		return reflect.MapOf(key, drawType(t, depth-1))
	}
	return drawStruct(t, depth-1)
}

func drawStruct(t *rapid.T, depth int) reflect.Type {
	var fields []reflect.StructField
	for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
		typ := drawType(t, depth)
		fields = append(fields, reflect.StructField{
			Name: "F" + strconv.Itoa(i), Type: typ, Tag: drawTag(t, typ, i),
		})
	}
	for _, e := range []reflect.Type{reflect.TypeFor[Site](), reflect.TypeFor[Deeper](), reflect.TypeFor[*Site]()} {
		if rapid.IntRange(0, 11).Draw(t, "embed") == 0 {
			name := strings.TrimPrefix(e.Name(), "*")
			if e.Kind() == reflect.Pointer {
				name = e.Elem().Name()
			}
			if !slices.ContainsFunc(fields, func(f reflect.StructField) bool { return f.Name == name }) {
				fields = append(fields, reflect.StructField{Name: name, Type: e, Anonymous: true})
			}
		}
	}
	return reflect.StructOf(fields)
}

// drawTag makes tags that mostly suit the type.
func drawTag(t *rapid.T, typ reflect.Type, i int) reflect.StructTag {
	rare := func(label string) bool { return rapid.IntRange(0, 29).Draw(t, label) == 0 }
	name, options := "f"+strconv.Itoa(i), ""
	if rare("name") {
		name = rapid.SampledFrom([]string{"", "-", "f0", "site_id", "a b", "Camel", `a'b`}).Draw(t, "odd name")
	}
	if rapid.Bool().Draw(t, "optional") {
		options = ",omitzero"
	}
	var rules []string
	item := typ
	if typ.Kind() == reflect.Pointer {
		item = typ.Elem()
	}
	if item.Kind() == reflect.Slice && item != reflect.TypeFor[jsontext.Value]() {
		rules = append(rules, "maxItems=50")
		if rapid.Bool().Draw(t, "minItems") {
			rules = append(rules, "minItems="+strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "least")))
		}
		item = item.Elem()
	}
	switch {
	case item == reflect.TypeFor[jsontext.Value]() || item.Kind() == reflect.Map:
		rules = append(rules, "maxLength=10000")
	case item == reflect.TypeFor[string]():
		rules = append(rules, "maxLength=50")
		if rapid.Bool().Draw(t, "minLength") {
			rules = append(rules, "minLength="+strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "shortest")))
		}
	case item.Kind() == reflect.Int || item.Kind() == reflect.Float64:
		if rapid.Bool().Draw(t, "minimum") {
			rules = append(rules, "minimum="+strconv.Itoa(rapid.IntRange(-3, 3).Draw(t, "lowest")))
		}
	}
	if rare("default") || options != "" && rapid.IntRange(0, 5).Draw(t, "defaults") == 0 {
		rules = append(rules, "default="+rapid.SampledFrom([]string{"5", "true", "append", "2026-01-02T03:04:05Z", "", "x"}).Draw(t, "default value"))
	}
	if rare("rule") {
		rules = append(rules, rapid.SampledFrom([]string{"maxLength=0", "maximum=0", "minimum=x", "x=1", "maxItems", "maxItems=99999999999999999999", ""}).Draw(t, "odd rule"))
	}
	if len(rules) > 0 && rare("no rules") {
		rules = nil
	}
	tag := fmt.Sprintf(`json:%q jsonschema:%q`, name+options, strings.Join(rules, ","))
	if !rare("doc") {
		tag += ` doc:"A text."`
	}
	return reflect.StructTag(tag)
}

// smallest is the shortest JSON that a type with these rules accepts.
func smallest(typ reflect.Type, tag reflect.StructTag) string {
	rule := func(name string) int {
		for r := range strings.SplitSeq(tag.Get("jsonschema"), ",") {
			if value, ok := strings.CutPrefix(r, name+"="); ok {
				n, _ := strconv.Atoi(value)
				return n
			}
		}
		return 0
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ {
	case reflect.TypeFor[time.Time]():
		return `"2026-01-02T03:04:05Z"`
	case reflect.TypeFor[jsontext.Value]():
		return `{}`
	case reflect.TypeFor[mode]():
		return `"append"`
	}
	switch typ.Kind() {
	case reflect.String:
		return quoted(strings.Repeat("x", rule("minLength")))
	case reflect.Bool:
		return `false`
	case reflect.Map:
		return `{}`
	case reflect.Slice:
		return `[` + series(rule("minItems"), always(smallest(typ.Elem(), tag))) + `]`
	case reflect.Struct:
		return `{` + strings.Join(smallestMembers(typ), ",") + `}`
	}
	return strconv.Itoa(max(rule("minimum"), 0))
}

// smallestMembers are the required members of an object.
func smallestMembers(typ reflect.Type) []string {
	var list []string
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			list = append(list, smallestMembers(f.Type)...)
		case options != "omitzero":
			list = append(list, quoted(name)+`:`+smallest(f.Type, f.Tag))
		}
	}
	return list
}

// Any type either compiles, and then decodes the smallest document and writes
// a result, or is an error; nothing panics.
func TestAnyTypeCompilesOrIsRefused(t *testing.T) {
	t.Parallel()
	compiled, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		typ := drawStruct(t, 3)
		if _, err := schema.CompileResult(drawType(t, 3)); err != nil && err.Error() == "" {
			t.Fatal("refused without a reason")
		}
		o, err := schema.Compile(typ)
		if err != nil {
			refused++
			return
		}
		compiled++
		if _, err := schema.CompileResult(typ); err != nil {
			t.Fatalf("%s: inputs, but no result: %v", typ, err)
		}
		if _, err := schema.Encode(o.Parameters()); err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		in := jsontext.Value(smallest(typ, ""))
		out := reflect.New(typ)
		if err := o.Decode(context.Background(), in, out.Interface()); err != nil {
			t.Fatalf("%s: %s: %v", typ, in, err)
		}
		again, err := json.Marshal(out.Interface())
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		if err := o.Decode(context.Background(), again, reflect.New(typ).Interface()); err != nil {
			t.Fatalf("%s: %s decoded from %s: %v", typ, again, in, err)
		}
		hostile := jsontext.Value(drawJSON(t, o.Parameters(), 3))
		if err := o.Decode(context.Background(), hostile, reflect.New(typ).Interface()); err != nil {
			if _, ok := errors.AsType[*schema.InputError](err); !ok {
				t.Fatalf("%s: %s: %v", typ, hostile, err)
			}
		}
	})
	t.Logf("%d types compiled, %d were refused", compiled, refused)
	if compiled < 10 || refused < 10 {
		t.Errorf("%d types compiled, %d were refused: not worth much", compiled, refused)
	}
}

// drawJSON makes an object with some of the parameters' names.
func drawJSON(t *rapid.T, params []schema.Parameter, depth int) string {
	var members []string
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		name := "x"
		if len(params) > 0 && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
			name = rapid.SampledFrom(params).Draw(t, "parameter").Name
		}
		members = append(members, quoted(name)+`:`+drawValue(t, depth))
	}
	return `{` + strings.Join(members, ",") + `}`
}

func drawValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 12).Draw(t, "value")
	if depth == 0 {
		kind = max(kind, 5)
	}
	switch kind {
	case 0, 1:
		return `[` + series(rapid.IntRange(0, 3).Draw(t, "items"), func(int) string { return drawValue(t, depth-1) }) + `]`
	case 2, 3:
		name := rapid.SampledFrom([]string{"f0", "f1", "id", "email", "site_id", "issue"}).Draw(t, "member")
		return `{` + quoted(name) + `:` + drawValue(t, depth-1) + `}`
	case 4:
		return quoted(drawValue(t, depth-1))
	case 5:
		return `null`
	}
	return rapid.SampledFrom([]string{`""`, `"x"`, `0`, `1.0`, `-1`, `1e99`, `true`, `"5"`, `"append"`, `"2026-01-02T03:04:05Z"`, `{}`, `[]`}).Draw(t, "scalar")
}
