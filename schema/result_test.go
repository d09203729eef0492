package schema_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
)

func TestResultOfAStruct(t *testing.T) {
	t.Parallel()
	type out struct {
		People []person `json:"people" doc:"All."`
		First  *person  `json:"first" doc:"One."`
		Empty  struct{} `json:"empty" doc:"Nothing inside."`
		Note   string   `json:"note,omitzero" doc:"A note."`
	}
	r, err := schema.CompileResult(reflect.TypeFor[out]())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "output.json", indented(t, r.Value()))
}

func TestResultsOfOtherTypes(t *testing.T) {
	t.Parallel()
	type named struct {
		ID string `json:"id" doc:"x"`
	}
	object := schema.Properties{{Name: "id", Value: schema.Value{Type: schema.TypeString, Description: new("x")}}}
	for _, tt := range []struct {
		typ  reflect.Type
		want *schema.Value
	}{
		{reflect.TypeFor[string](), &schema.Value{Type: "string"}},
		{reflect.TypeFor[time.Time](), &schema.Value{Type: "string"}},
		{reflect.TypeFor[mode](), &schema.Value{Type: "string", Enum: []string{"append", "prepend", "replace"}}},
		{reflect.TypeFor[int](), &schema.Value{Type: "integer"}},
		{reflect.TypeFor[int64](), &schema.Value{Type: "integer"}},
		{reflect.TypeFor[float64](), &schema.Value{Type: "number"}},
		{reflect.TypeFor[bool](), &schema.Value{Type: "boolean"}},
		{reflect.TypeFor[jsontext.Value](), &schema.Value{Type: "json"}},
		{reflect.TypeFor[map[string]named](), &schema.Value{Type: "json"}},
		{reflect.TypeFor[map[string]map[string][]int](), &schema.Value{Type: "json"}},
		{reflect.TypeFor[named](), &schema.Value{Type: "json", Properties: object, RequiredKeys: []string{"id"}}},
		{reflect.TypeFor[[]string](), &schema.Value{Type: "array", Inner: new("string")}},
		{reflect.TypeFor[[]mode](), &schema.Value{Type: "array", Inner: new("string"), Enum: []string{"append", "prepend", "replace"}}},
		{reflect.TypeFor[[]named](), &schema.Value{Type: "array", Inner: new("json"), InnerProperties: object, InnerRequiredKeys: []string{"id"}}},
		{reflect.TypeFor[[]jsontext.Value](), &schema.Value{Type: "array", Inner: new("json")}},
		{reflect.TypeFor[struct{}](), nil},
	} {
		r, err := schema.CompileResult(tt.typ)
		if err != nil {
			t.Errorf("%s: %v", tt.typ, err)
			continue
		}
		if diff := cmp.Diff(tt.want, r.Value()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.typ, diff)
		}
		modes := []string{"value", "error"}
		if tt.want == nil {
			modes = []string{"null"}
		}
		if diff := cmp.Diff(modes, r.Modes()); diff != "" {
			t.Errorf("modes of %s (-want +got):\n%s", tt.typ, diff)
		}
	}
}

func TestResultsWithoutAType(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		nil, reflect.TypeFor[any](), reflect.TypeFor[error](), reflect.TypeFor[*string](), reflect.TypeFor[[]*string](), reflect.TypeFor[[][]int](),
		reflect.TypeFor[[]byte](), reflect.TypeFor[[3]int](), reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[uint8](),
		reflect.TypeFor[maps](), reflect.TypeFor[recursive](), reflect.TypeFor[map[string]chan int](), reflect.TypeFor[map[string]any](),
		reflect.TypeFor[time.Duration](), reflect.TypeFor[noValues](), reflect.TypeFor[described](),
	} {
		if _, err := schema.CompileResult(typ); err == nil {
			t.Errorf("%v compiled", typ)
		}
	}
}
