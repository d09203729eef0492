package schema_test

import (
	"encoding"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"

	"arcade-atlassian/schema"
)

// mistaken checks that each field is named in the error and that nothing else
// is.
func mistaken(t *testing.T, err error, want map[string]string) {
	t.Helper()
	if err == nil {
		t.Fatal("compiled")
	}
	lines := strings.Split(err.Error(), "\n")
	for field, text := range want {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, "."+field+": ") && strings.Contains(line, text)
		}
		if !found {
			t.Errorf("%s: no line says %q", field, text)
		}
	}
	for _, line := range lines {
		at, _, _ := strings.Cut(line, ": ")
		_, field, _ := strings.Cut(strings.TrimPrefix(at, "schema_test."), ".")
		if _, ok := want[field]; !ok {
			t.Errorf("unexpected: %s", line)
		}
	}
}

type (
	recursive struct {
		Children []recursive `json:"children" jsonschema:"maxItems=1" doc:"Below."`
	}
	byName struct {
		Children map[string]byName `json:"children" jsonschema:"maxLength=1" doc:"Below."`
	}
	maps     map[string]maps
	lists    []lists
	pointers *pointers
	notAll   struct {
		C chan int `json:"c" doc:"x"`
	}
	noValues  string
	pointerly string
	numbered  int
	selfMade  struct {
		A int `json:"a" doc:"x"`
	}
	described struct {
		A int `json:"a" doc:"x"`
	}
	stamp struct{ time.Time }
)

func (noValues) Enum() []string                  { return nil }
func (*pointerly) Enum() []string                { return []string{"a"} }
func (numbered) Enum() []string                  { return []string{"1"} }
func (*selfMade) UnmarshalJSON([]byte) error     { return nil }
func (described) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{} }

func TestEveryMistakeInADeclarationIsReported(t *testing.T) {
	t.Parallel()
	type mistakes struct {
		Typo     int                       `json:"typo,omitzero" jsonschema:"minimun=1" doc:"x"`
		Bare     int                       `json:"bare,omitzero" jsonschema:"required" doc:"x"`
		NotNum   int                       `json:"not_num,omitzero" jsonschema:"minimum=a" doc:"x"`
		Negative string                    `json:"negative,omitzero" jsonschema:"maxLength=-1" doc:"x"`
		Again    int                       `json:"again,omitzero" jsonschema:"minimum=1,minimum=2" doc:"x"`
		Crossed  int                       `json:"crossed,omitzero" jsonschema:"minimum=2,maximum=1" doc:"x"`
		Unfit    int                       `json:"unfit,omitzero" jsonschema:"maxLength=1" doc:"x"`
		ListDef  []int                     `json:"list_def,omitzero" jsonschema:"maxItems=1,default=1" doc:"x"`
		NoDoc    int                       `json:"no_doc"`
		NoName   int                       `doc:"x"`
		Comma    int                       `json:"'a,b'" doc:"x"`
		Option   int                       `json:"option,omitempty" doc:"x"`
		Default  int                       `json:"default" jsonschema:"default=1" doc:"x"`
		Any      any                       `json:"any" doc:"x"`
		Func     func()                    `json:"func" doc:"x"`
		Array    [2]int                    `json:"array" doc:"x"`
		Bytes    []byte                    `json:"bytes" jsonschema:"maxItems=1" doc:"x"`
		Small    int8                      `json:"small" doc:"x"`
		Complex  complex64                 `json:"complex" doc:"x"`
		Wait     time.Duration             `json:"wait" doc:"x"`
		Format   string                    `json:"format" jsonschema:"format=date,maxLength=9" doc:"x"`
		FormatNo int                       `json:"format_no" jsonschema:"format=name" doc:"x"`
		Lists    [][]string                `json:"lists" jsonschema:"maxItems=1" doc:"x"`
		Open     map[string]any            `json:"open" jsonschema:"maxLength=1" doc:"x"`
		Keys     map[int]string            `json:"keys" jsonschema:"maxLength=1" doc:"x"`
		Chans    map[string]chan int       `json:"chans" jsonschema:"maxLength=1" doc:"x"`
		MapChan  map[string]notAll         `json:"map_chan" jsonschema:"maxLength=1" doc:"x"`
		MapNull  map[string]*int           `json:"map_null" jsonschema:"maxLength=1" doc:"x"`
		DeepChan []map[string][]notAll     `json:"deep_chan" jsonschema:"maxItems=1,maxLength=1" doc:"x"`
		Self     recursive                 `json:"self" doc:"x"`
		SelfMap  map[string]byName         `json:"self_map" jsonschema:"maxLength=1" doc:"x"`
		Maps     maps                      `json:"maps" jsonschema:"maxLength=1" doc:"x"`
		SelfList lists                     `json:"self_list" jsonschema:"maxItems=1" doc:"x"`
		Pointers pointers                  `json:"pointers" doc:"x"`
		Nulls    []*string                 `json:"nulls" jsonschema:"maxItems=1" doc:"x"`
		Double   **int                     `json:"double" doc:"x"`
		Raws     **jsontext.Value          `json:"raws" doc:"x"`
		NoValues noValues                  `json:"no_values" doc:"x"`
		PtrEnum  pointerly                 `json:"ptr_enum" jsonschema:"maxLength=1" doc:"x"`
		NumEnum  numbered                  `json:"num_enum" doc:"x"`
		SelfMade selfMade                  `json:"self_made" doc:"x"`
		Other    described                 `json:"other" doc:"x"`
		Text     encoding.TextUnmarshaler  `json:"text" doc:"x"`
		Stamp    stamp                     `json:"stamp" doc:"x"`
		hidden   int                       `doc:"x"`
		Named    embedded                  `json:"named" doc:"x"`
		MapMaps  map[string]map[string]int `json:"map_maps" jsonschema:"maxLength=9" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[mistakes]())
	mistaken(t, err, map[string]string{
		"Typo": "unknown", "Bare": "unknown", "NotNum": "needs a number", "Negative": "needs a number", "Again": "twice",
		"Crossed": "is above", "Unfit": "means nothing", "ListDef": "means nothing", "NoDoc": "no doc", "NoName": "no name",
		"Comma": "", "Option": "not supported", "Default": "must be optional", "Any": "no value type", "Func": "no value type",
		"Array": "no value type", "Bytes[]": "no value type", "Small": "no value type", "Complex": "no value type", "Wait": "no unit",
		"Format": "the only format is name", "FormatNo": "means nothing",
		"Lists": "lists of lists", "Open{}": "use jsontext.Value", "Keys": "must be strings", "Chans{}": "no value type",
		"MapChan{}.C": "no value type", "MapNull": "cannot be null", "DeepChan[]{}[].C": "no value type",
		"Self.Children[]": "contains itself", "SelfMap{}.Children": "contains itself", "Maps{}": "contains itself",
		"SelfList": "lists of lists", "Pointers": "pointer to a pointer", "Nulls": "cannot be null", "Double": "pointer to a pointer",
		"Raws": "pointer to a pointer", "NoValues": "no values", "PtrEnum": "method of its value", "NumEnum": "method of its value",
		"SelfMade": "UnmarshalJSON", "Other": "JSONSchema", "Text": "no value type", "Stamp": "UnmarshalJSON", "hidden": "not exported",
	})
	_ = mistakes{}.hidden
}

func TestInputsNeedMaxima(t *testing.T) {
	t.Parallel()
	type inner struct {
		Name string   `json:"name" doc:"x"`
		Tags []string `json:"tags" jsonschema:"maxLength=5" doc:"x"`
	}
	type unbounded struct {
		Text    string                    `json:"text" doc:"x"`
		Maybe   *string                   `json:"maybe" doc:"x"`
		Count   int                       `json:"count" doc:"x"`
		Mode    mode                      `json:"mode" doc:"x"`
		Due     time.Time                 `json:"due" doc:"x"`
		Modes   []mode                    `json:"modes" doc:"x"`
		Labels  []string                  `json:"labels" jsonschema:"maxItems=5" doc:"x"`
		Dates   []time.Time               `json:"dates" jsonschema:"maxItems=5" doc:"x"`
		Raw     jsontext.Value            `json:"raw" doc:"x"`
		Raws    []jsontext.Value          `json:"raws" jsonschema:"maxItems=5" doc:"x"`
		ByName  map[string]string         `json:"by_name" doc:"x"`
		Bounded map[string][]string       `json:"bounded" jsonschema:"maxLength=5" doc:"x"`
		Inner   inner                     `json:"inner" doc:"x"`
		Inners  []inner                   `json:"inners" doc:"x"`
		Deep    map[string]inner          `json:"deep" jsonschema:"maxLength=5" doc:"x"`
		Rows    []map[string]mode         `json:"rows" jsonschema:"maxItems=5" doc:"x"`
		Fine    []map[string]string       `json:"fine" jsonschema:"maxItems=5,maxLength=5" doc:"x"`
		Open    map[string]jsontext.Value `json:"open" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[unbounded]())
	mistaken(t, err, map[string]string{
		"Text": "maxLength", "Maybe": "maxLength", "Modes": "maxItems", "Labels": "maxLength", "Raw": "maxLength", "Raws": "maxLength",
		"ByName": "maxLength", "Inner.Name": "maxLength", "Inner.Tags": "maxItems", "Inners": "maxItems", "Inners[].Name": "maxLength",
		"Inners[].Tags": "maxItems", "Deep{}.Name": "maxLength", "Deep{}.Tags": "maxItems", "Rows": "maxLength", "Open": "maxLength",
	})
	if _, err := schema.CompileResult(reflect.TypeFor[unbounded]()); err != nil {
		t.Errorf("results need no maxima: %v", err)
	}
}

// Exported, so that they can be embedded in types of reflect.StructOf too.
type (
	Site struct {
		ID string `json:"site_id" jsonschema:"maxLength=9" doc:"The site."`
	}
	Deeper struct {
		Site
		Name string `json:"name,omitzero" jsonschema:"maxLength=9" doc:"A name."`
	}
)

func TestOneNameForTwoFields(t *testing.T) {
	t.Parallel()
	tag := reflect.StructTag(`json:"a" doc:"x"`)
	beside := reflect.StructOf([]reflect.StructField{ // vet would refuse it in writing
		{Name: "A", Type: reflect.TypeFor[int](), Tag: tag}, {Name: "B", Type: reflect.TypeFor[int](), Tag: tag},
	})
	type above struct {
		Site
		ID string `json:"site_id" jsonschema:"maxLength=9" doc:"x"`
	}
	type deepAbove struct {
		ID string `json:"site_id" jsonschema:"maxLength=9" doc:"x"`
		Deeper
	}
	type diamond struct {
		Deeper
		Site
	}
	for typ, field := range map[reflect.Type]string{
		beside:                       "B",
		reflect.TypeFor[above]():     "ID",
		reflect.TypeFor[deepAbove](): "Deeper.Site.ID",
		reflect.TypeFor[diamond]():   "Site.ID",
	} {
		_, err := schema.Compile(typ)
		mistaken(t, err, map[string]string{field: "has the same name"})
	}
}

// Go hides a field behind another of its Go name; JSON goes by tags.
func TestOneGoNameForTwoFields(t *testing.T) {
	t.Parallel()
	type page struct {
		ID int `json:"page_id" doc:"The page."`
		Deeper
	}
	o := compile[page](t)
	params := o.Parameters()
	if len(params) != 3 || params[0].Description != "The page." || params[1].Description != "The site." || params[1].ValueSchema.Type != schema.TypeString {
		t.Fatalf("got %+v", params)
	}
	var got page
	if err := o.Decode(t.Context(), jsontext.Value(`{"page_id":7,"site_id":"s","name":"n"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != 7 || got.Site.ID != "s" || got.Name != "n" {
		t.Errorf("got %+v", got)
	}
}

func TestEmbeddedStructsHaveNoTags(t *testing.T) {
	t.Parallel()
	type named struct {
		Site `json:"site" doc:"x"`
	}
	type pointer struct{ *Site }
	type hidden struct {
		*embedded
	}
	type text struct{ mode }
	for typ, want := range map[reflect.Type]map[string]string{
		reflect.TypeFor[named]():   {"Site": "has no tags"},
		reflect.TypeFor[pointer](): {"Site": "only structs"},
		reflect.TypeFor[hidden]():  {"embedded": "only structs"},
		reflect.TypeFor[text]():    {"mode": "only structs"},
	} {
		_, err := schema.Compile(typ)
		mistaken(t, err, want)
	}
}

// Two types of one name, as two packages or functions may have them.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	type twin struct {
		A int `json:"a" doc:"x"`
	}
	outer := func() reflect.Type {
		type other = twin
		type twin struct {
			B other `json:"b" doc:"x"`
		}
		return reflect.TypeFor[twin]()
	}()
	o, err := schema.Compile(outer)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Parameters(); len(got) != 1 || got[0].Name != "b" || len(got[0].ValueSchema.Properties) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestDefaultsObeyTheirOwnRules(t *testing.T) {
	t.Parallel()
	type defaults struct {
		Limit int  `json:"limit,omitzero" jsonschema:"maximum=10,default=11" doc:"x"`
		Mode  mode `json:"mode,omitzero" jsonschema:"default=shuffle" doc:"x"`
		Flag  bool `json:"flag,omitzero" jsonschema:"default=maybe" doc:"x"`
		Count int  `json:"count,omitzero" jsonschema:"default=some" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[defaults]())
	if err == nil {
		t.Fatal("compiled")
	}
	for _, name := range []string{"limit", "mode", "flag", "count"} {
		if !strings.Contains(err.Error(), "defaults."+name+": default") {
			t.Errorf("nothing is said about %s in:\n%v", name, err)
		}
	}
}

func TestParameterNamesAreSnakeCase(t *testing.T) {
	t.Parallel()
	type camel struct {
		A int `json:"aName" doc:"x"`
		B int `json:"b_name" doc:"x"`
	}
	_, err := schema.Compile(reflect.TypeFor[camel]())
	if err == nil || !strings.Contains(err.Error(), `"aName"`) || strings.Contains(err.Error(), "b_name") {
		t.Errorf("got %v", err)
	}
	if _, err := schema.CompileResult(reflect.TypeFor[camel]()); err != nil {
		t.Errorf("a result may keep the service's spelling: %v", err)
	}
}

func TestInputsAreAStruct(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		nil, reflect.TypeFor[int](), reflect.TypeFor[*embedded](), reflect.TypeFor[map[string]int](), reflect.TypeFor[time.Time](), reflect.TypeFor[error](),
	} {
		if _, err := schema.Compile(typ); err == nil {
			t.Errorf("%v compiled", typ)
		}
	}
}
