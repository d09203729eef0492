package schema_test

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
)

type size string

func (size) Enum() []string { return []string{"small", "large"} }

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	type person struct {
		Name string  `json:"name" doc:"Who." jsonschema:"minLength=1,maxLength=50"`
		Age  *int    `json:"age" doc:"Years." jsonschema:"minimum=0"`
		Rate float64 `json:"rate,omitzero" doc:"How much." jsonschema:"minimum=0.5,maximum=2,default=1"`
	}
	type input struct {
		People []person                  `json:"people" doc:"Them." jsonschema:"minItems=1,maxItems=3"`
		Size   size                      `json:"size,omitzero" doc:"How big."`
		Day    string                    `json:"day,omitzero" doc:"When." jsonschema:"format=name,maxLength=20"`
		Fields map[string]jsontext.Value `json:"fields,omitzero" doc:"More." jsonschema:"maxLength=100"`
		Sure   bool                      `json:"sure,omitzero" doc:"Really."`
	}
	const ofPerson = `{"type":"object","properties":{` +
		`"name":{"type":"string","description":"Who.","minLength":1,"maxLength":50},` +
		`"age":{"type":"integer","description":"Years.","minimum":0},` +
		`"rate":{"type":"number","description":"How much.","default":1,"minimum":0.5,"maximum":2}},` +
		`"required":["name"],"additionalProperties":false}`
	object, err := schema.Compile(reflect.TypeFor[input]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := object.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","properties":{` +
		`"people":{"type":"array","description":"Them.","minItems":1,"maxItems":3,"items":` + ofPerson + `},` +
		`"size":{"type":"string","description":"How big.","enum":["small","large"]},` +
		`"day":{"type":"string","description":"When.","maxLength":20},` +
		`"fields":{"type":"object","description":"More."},` +
		`"sure":{"type":"boolean","description":"Really."}},` +
		`"required":["people"],"additionalProperties":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}

	type output struct {
		Oldest *person        `json:"oldest" doc:"Who is."`
		Raw    jsontext.Value `json:"raw" doc:"As it came."`
		Counts map[string]int `json:"counts" doc:"By name."`
	}
	result, err := schema.CompileResult(reflect.TypeFor[output]())
	if err != nil {
		t.Fatal(err)
	}
	if got, err = result.JSONSchema(); err != nil {
		t.Fatal(err)
	}
	want = `{"type":"object","properties":{` +
		`"oldest":{"type":["object","null"],"description":"Who is.","properties":{` +
		`"name":{"type":"string","description":"Who.","minLength":1,"maxLength":50},` +
		`"age":{"type":["integer","null"],"description":"Years.","minimum":0},` +
		`"rate":{"type":"number","description":"How much.","default":1,"minimum":0.5,"maximum":2}},` +
		`"required":["name","age"],"additionalProperties":false},` +
		`"raw":{"description":"As it came."},` +
		`"counts":{"type":"object","description":"By name.","additionalProperties":{"type":"integer"}}},` +
		`"required":["oldest","raw","counts"],"additionalProperties":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if result, err = schema.CompileResult(reflect.TypeFor[struct{}]()); err != nil {
		t.Fatal(err)
	}
	if got, err = result.JSONSchema(); got != nil || err != nil {
		t.Errorf("nothing is %s, %v", got, err)
	}
}
