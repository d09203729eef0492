package schema_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

func TestHasInvisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"DEMO": false, "two words": false, "a\nb\r\n\tc": false, "Ä ö 漢 🚀": false, "": false,
		"\u200bDEMO": true, "DE\u00a0MO": true, "DEMO\ufeff": true, "\u202eDEMO": true, "a\x00": true,
	} {
		if got := schema.HasInvisible(in); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

// Only names are held to visible characters, and only where something is asked
// for does a text that shows nothing count as none.
func TestTextsThatShowNothing(t *testing.T) {
	t.Parallel()
	type input struct {
		Body string `json:"body" jsonschema:"minLength=1,maxLength=20" doc:"A text."`
		Note string `json:"note,omitzero" jsonschema:"maxLength=20" doc:"Another."`
	}
	o := compile[input](t)
	for in, ok := range map[string]bool{
		`{"body":"👩\u200d🚀","note":" "}`: true,
		`{"body":" a "}`:                 true,
		`{"body":" \u200b\u00a0"}`:       false,
	} {
		var out input
		if err := o.Decode(t.Context(), jsontext.Value(in), &out); (err == nil) != ok {
			t.Errorf("%s: %v", in, err)
		}
	}
}
