package schema_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/schema"
)

type (
	issueResult struct {
		ID     string                    `json:"id" doc:"x"`
		Title  string                    `json:"title,omitzero" doc:"x" untrusted:"true"`
		Parent *issueResult2             `json:"parent,omitzero" doc:"x"`
		Fields map[string]jsontext.Value `json:"fields,omitzero" doc:"x" untrusted:"true"`
		Raw    jsontext.Value            `json:"raw,omitzero" doc:"x" untrusted:"true"`
		Lines  []string                  `json:"lines,omitzero" doc:"x" untrusted:"true"`
		At     time.Time                 `json:"at,omitzero" doc:"x"`
	}
	issueResult2 struct {
		Key   string `json:"key" doc:"x"`
		Title string `json:"title,omitzero" doc:"x" untrusted:"true"`
	}
	bodyResult struct {
		Value string `json:"value,omitzero" doc:"x"`
	}
	embeddedResult struct {
		Note *string `json:"note,omitzero" doc:"x" untrusted:"true"`
	}
	wholeResult struct {
		Issues []issueResult           `json:"issues,omitzero" doc:"x"`
		ByKey  map[string]issueResult2 `json:"by_key,omitzero" doc:"x"`
		Body   *bodyResult             `json:"body,omitzero" doc:"x" untrusted:"true"`
		embeddedResult2
		Count int `json:"count" doc:"x"`
	}
	embeddedResult2 struct{ embeddedResult }
)

// What holds text is named, wherever it is, and what is empty is not.
func TestUntrustedTextIsFound(t *testing.T) {
	t.Parallel()
	r, err := schema.CompileResult(reflect.TypeFor[wholeResult]())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		result wholeResult
		want   []string
	}{
		"nothing":       {wholeResult{Count: 1}, nil},
		"empty members": {wholeResult{Issues: []issueResult{{ID: "1", Raw: jsontext.Value("null"), Lines: []string{}, Fields: map[string]jsontext.Value{}}}, Body: &bodyResult{}}, nil},
		"in a list":     {wholeResult{Issues: []issueResult{{ID: "1"}, {Title: "t"}}}, []string{"title"}},
		"in another":    {wholeResult{Issues: []issueResult{{Parent: &issueResult2{Title: "t"}}}}, []string{"title"}},
		"in a map":      {wholeResult{ByKey: map[string]issueResult2{"a": {}, "b": {Title: "t"}}}, []string{"title"}},
		"embedded":      {wholeResult{embeddedResult2: embeddedResult2{embeddedResult{Note: new("n")}}}, []string{"note"}},
		"an empty text": {wholeResult{embeddedResult2: embeddedResult2{embeddedResult{Note: new("")}}}, nil},
		"each": {wholeResult{
			Body:            &bodyResult{Value: "b"},
			Issues:          []issueResult{{Lines: []string{""}}, {Raw: jsontext.Value(`"x"`)}, {Fields: map[string]jsontext.Value{"a": nil}}, {Title: "t"}},
			embeddedResult2: embeddedResult2{embeddedResult{Note: new("n")}},
		}, []string{"title", "fields", "raw", "lines", "body", "note"}},
	} {
		if diff := cmp.Diff(tt.want, r.Untrusted(tt.result)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Both schemas of a result say what the first member is; the struct is not
// changed for other results that hold it.
func TestUntrustedTextIsPublished(t *testing.T) {
	t.Parallel()
	type whole struct {
		Inner issueResult2 `json:"inner" doc:"x"`
	}
	var compiler schema.Compiler
	for _, typ := range []reflect.Type{reflect.TypeFor[issueResult2](), reflect.TypeFor[whole](), reflect.TypeFor[issueResult2]()} {
		r, err := compiler.CompileResult(typ)
		if err != nil {
			t.Fatal(err)
		}
		properties := r.Value().Properties
		if first := properties[0]; first.Name != schema.UntrustedText || first.Value.Type != schema.TypeArray || *first.Value.Description == "" {
			t.Errorf("%s: the first member is %+v", typ, first)
		}
		if slices.ContainsFunc(properties[1:], func(p schema.Property) bool {
			return p.Name == schema.UntrustedText || slices.ContainsFunc(p.Value.Properties, func(p schema.Property) bool { return p.Name == schema.UntrustedText })
		}) {
			t.Errorf("%s has the member twice", typ)
		}
		if slices.Contains(r.Value().RequiredKeys, schema.UntrustedText) {
			t.Errorf("%s: the member is required", typ)
		}
		published, err := r.JSONSchema()
		if err != nil || strings.Count(string(published), `"`+schema.UntrustedText+`":{"type":"array"`) != 1 {
			t.Errorf("%s: JSON schema %s, %v", typ, published, err)
		}
	}
	plain, err := compiler.CompileResult(reflect.TypeFor[bodyResult]())
	if err != nil || plain.Value().Properties[0].Name != "value" || plain.Untrusted(bodyResult{"x"}) != nil {
		t.Errorf("a result without such text: %+v, %v", plain.Value(), err)
	}
}

// A mark that could not be true is a mistake.
func TestUntrustedTextIsDeclaredRight(t *testing.T) {
	t.Parallel()
	type (
		list    []issueResult2
		unknown struct {
			Text string `json:"text" doc:"x" untrusted:"yes"`
		}
		number struct {
			Count int `json:"count" doc:"x" untrusted:"true"`
		}
		choice struct {
			Mode mode `json:"mode" doc:"x" untrusted:"true"`
		}
		taken struct {
			Text string `json:"untrusted_text" doc:"x"`
		}
		twoFaced struct {
			Own struct {
				Title string `json:"title" doc:"x"`
			} `json:"own" doc:"x"`
			Other issueResult2 `json:"other" doc:"x"`
		}
		in struct {
			Text string `json:"text" jsonschema:"maxLength=5" doc:"x" untrusted:"true"`
		}
	)
	for want, typ := range map[string]reflect.Type{
		"must be a struct":                         reflect.TypeFor[list](),
		`untrusted must be "true"`:                 reflect.TypeFor[unknown](),
		"int holds no text":                        reflect.TypeFor[number](),
		"mode holds no text":                       reflect.TypeFor[choice](),
		"has the name of the member that":          reflect.TypeFor[taken](),
		`another member of this name, "title", is`: reflect.TypeFor[twoFaced](),
	} {
		if _, err := schema.CompileResult(typ); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", typ, err, want)
		}
	}
	if _, err := schema.Compile(reflect.TypeFor[in]()); err == nil || !strings.Contains(err.Error(), "only results can be untrusted") {
		t.Errorf("an input: %v", err)
	}
}
