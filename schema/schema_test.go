package schema_test

import (
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
)

type mode string

func (mode) Enum() []string { return []string{"append", "prepend", "replace"} }

type embedded struct {
	CloudID string `json:"atlassian_cloud_id,omitzero" jsonschema:"maxLength=500" doc:"The site."`
}

type person struct {
	ID    string   `json:"id" jsonschema:"maxLength=100" doc:"Account id."`
	Email *string  `json:"email" jsonschema:"maxLength=100" doc:"E-mail, null when hidden."`
	Tags  []string `json:"tags,omitzero" jsonschema:"maxItems=5,maxLength=10" doc:"Tags."`
}

type everything struct {
	Issue  string                    `json:"issue" jsonschema:"format=name,minLength=1,maxLength=20" doc:"ID or key, e.g. PROJ-1, or a URL."`
	Limit  int                       `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"How many."`
	Big    int64                     `json:"big,omitzero" doc:"Any whole number."`
	Ratio  float64                   `json:"ratio,omitzero" jsonschema:"minimum=0.5" doc:"A ratio."`
	Mode   mode                      `json:"mode,omitzero" jsonschema:"default=append" doc:"How."`
	Modes  []mode                    `json:"modes,omitzero" jsonschema:"maxItems=3" doc:"Several."`
	Labels []string                  `json:"labels,omitzero" jsonschema:"format=name,minItems=1,maxItems=2,maxLength=30" doc:"Labels."`
	Title  *string                   `json:"title,omitzero" jsonschema:"maxLength=50" doc:"New title; empty clears it."`
	Notify bool                      `json:"notify,omitzero" jsonschema:"default=true" doc:"Send mail."`
	Owner  person                    `json:"owner,omitzero" doc:"Owner."`
	Users  []person                  `json:"users,omitzero" jsonschema:"maxItems=10" doc:"People."`
	Fields map[string]jsontext.Value `json:"fields,omitzero" jsonschema:"maxLength=1000" doc:"Fields by name."`
	Counts map[string]int            `json:"counts,omitzero" jsonschema:"maxLength=1000" doc:"Numbers by name."`
	ADF    jsontext.Value            `json:"adf,omitzero" jsonschema:"maxLength=40" doc:"A document."`
	Due    time.Time                 `json:"due,omitzero" doc:"When."`
	embedded
}

func compile[T any](t testing.TB) *schema.Object {
	t.Helper()
	o, err := schema.Compile(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// golden compares got with testdata/name, or rewrites it when UPDATE_GOLDEN is set.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make golden writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	b, err := schema.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	raw := jsontext.Value(b)
	if err := raw.Indent(jsontext.WithIndent("  ")); err != nil {
		t.Fatal(err)
	}
	return append(raw, '\n')
}

func TestParametersOfEveryType(t *testing.T) {
	t.Parallel()
	golden(t, "parameters.json", indented(t, compile[everything](t).Parameters()))
}

func TestNoParametersIsAnEmptyList(t *testing.T) {
	t.Parallel()
	b, err := schema.Encode(schema.Input{Parameters: compile[struct{}](t).Parameters()})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b), `{"parameters":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEncodeKeepsTextRaw(t *testing.T) {
	t.Parallel()
	b, err := schema.Encode(map[string]any{"b": "<é&\u2028>", "a": jsontext.Value("12345678901234567"), "n": []string(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b), "{\"a\":12345678901234567,\"b\":\"<é&\u2028>\",\"n\":null}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
