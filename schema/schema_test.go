package schema_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
)

type mode string

func (mode) Enum() []string { return []string{"append", "prepend", "replace"} }

type embedded struct {
	CloudID string `json:"atlassian_cloud_id,omitzero" doc:"The site."`
}

type person struct {
	ID    string   `json:"id" doc:"Account id."`
	Email *string  `json:"email" doc:"E-mail, null when hidden."`
	Tags  []string `json:"tags,omitzero" doc:"Tags."`
}

type everything struct {
	Issue  string                    `json:"issue" jsonschema:"minLength=1,maxLength=20" doc:"ID or key, e.g. PROJ-1, or a URL."`
	Limit  int                       `json:"limit,omitzero" jsonschema:"minimum=1,maximum=100,default=50" doc:"How many."`
	Big    int64                     `json:"big,omitzero" doc:"Any whole number."`
	Ratio  float64                   `json:"ratio,omitzero" jsonschema:"minimum=0.5" doc:"A ratio."`
	Mode   mode                      `json:"mode,omitzero" jsonschema:"default=append" doc:"How."`
	Modes  []mode                    `json:"modes,omitzero" doc:"Several."`
	Labels []string                  `json:"labels,omitzero" jsonschema:"minItems=1,maxItems=2" doc:"Labels."`
	Title  *string                   `json:"title,omitzero" doc:"New title; empty clears it."`
	Notify bool                      `json:"notify,omitzero" jsonschema:"default=true" doc:"Send mail."`
	Owner  person                    `json:"owner,omitzero" doc:"Owner."`
	Users  []person                  `json:"users,omitzero" doc:"People."`
	Fields map[string]jsontext.Value `json:"fields,omitzero" doc:"Fields by name."`
	Counts map[string]int            `json:"counts,omitzero" doc:"Numbers by name."`
	ADF    jsontext.Value            `json:"adf,omitzero" doc:"A document."`
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

func TestOutputValue(t *testing.T) {
	t.Parallel()
	type out struct {
		People []person `json:"people" doc:"All."`
		First  *person  `json:"first" doc:"One."`
		Empty  struct{} `json:"empty" doc:"Nothing inside."`
		Note   string   `json:"note,omitzero" doc:"A note."`
	}
	golden(t, "output.json", indented(t, compile[out](t).Value()))
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

type recursive struct {
	Children []recursive `json:"children" doc:"Below."`
}

func TestEveryMistakeInADeclarationIsReported(t *testing.T) {
	t.Parallel()
	type mistakes struct {
		Typo    int            `json:"typo,omitzero" jsonschema:"minimun=1" doc:"x"`
		Bare    int            `json:"bare,omitzero" jsonschema:"required" doc:"x"`
		NotNum  int            `json:"not_num,omitzero" jsonschema:"minimum=a" doc:"x"`
		NoDoc   string         `json:"no_doc"`
		NoName  string         `doc:"x"`
		Option  string         `json:"option,omitempty" doc:"x"`
		Default int            `json:"default" jsonschema:"default=1" doc:"x"`
		Any     any            `json:"any" doc:"x"`
		Lists   [][]string     `json:"lists" doc:"x"`
		Open    map[string]any `json:"open" doc:"x"`
		Chan    chan int       `json:"chan" doc:"x"`
		Self    recursive      `json:"self" doc:"x"`
		Nulls   []*string      `json:"nulls" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[mistakes]())
	if err == nil {
		t.Fatal("compiled")
	}
	for _, field := range []string{"Typo", "Bare", "NotNum", "NoDoc", "NoName", "Option", "Default", "Any", "Lists", "Open", "Chan", "Self.Children", "Nulls"} {
		if !strings.Contains(err.Error(), "mistakes."+field) {
			t.Errorf("nothing is said about %s in:\n%v", field, err)
		}
	}
}

func TestDefaultsObeyTheirOwnRules(t *testing.T) {
	t.Parallel()
	type tooBig struct {
		Limit int  `json:"limit,omitzero" jsonschema:"maximum=10,default=11" doc:"x"`
		Mode  mode `json:"mode,omitzero" jsonschema:"default=shuffle" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[tooBig]())
	if err == nil || !strings.Contains(err.Error(), "limit") || !strings.Contains(err.Error(), "mode") {
		t.Errorf("got %v, want both defaults refused", err)
	}
}

func TestParameterNamesAreSnakeCase(t *testing.T) {
	t.Parallel()
	type camel struct {
		A string `json:"aName" doc:"x"`
		B string `json:"b_name" doc:"x"`
	}
	if errs := compile[camel](t).LintParameters(); len(errs) != 1 || !strings.Contains(errs[0].Error(), `"aName"`) {
		t.Errorf("got %v", errs)
	}
}
