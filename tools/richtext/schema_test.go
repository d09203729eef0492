package richtext_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The published schema lists up to thirty alternatives for a node and a
// validator tries them all. byType rewrites such a list to try only those of
// the node's type, which accepts exactly the same documents a hundred times
// faster. TestSchemaByType holds the two against each other.
func byType(definitions map[string]any, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = byType(definitions, v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = byType(definitions, x)
		}
		alternatives, ok := v["anyOf"].([]any)
		if !ok {
			return out
		}
		sorted := make(map[string][]any)
		for _, a := range alternatives {
			t := typeOf(definitions, a)
			if t == nil {
				return out
			}
			for _, name := range t {
				sorted[name] = append(sorted[name], a)
			}
		}
		var cases []any
		var names []any
		for _, name := range slices.Sorted(maps.Keys(sorted)) {
			names = append(names, name)
			cases = append(cases, map[string]any{
				"if":   map[string]any{"properties": map[string]any{"type": map[string]any{"const": name}}},
				"then": map[string]any{"anyOf": sorted[name]},
			})
		}
		delete(out, "anyOf")
		out["type"] = "object"
		out["required"] = []any{"type"}
		out["properties"] = map[string]any{"type": map[string]any{"enum": names}}
		out["allOf"] = cases
		return out
	}
	return v
}

// typeOf returns the types a schema of a node or mark requires, or nil when it
// is not one.
func typeOf(definitions map[string]any, schema any) []string {
	m, ok := schema.(map[string]any)
	if !ok {
		return nil
	}
	if ref, ok := m["$ref"].(string); ok {
		return typeOf(definitions, definitions[ref[len("#/definitions/"):]])
	}
	for _, list := range []string{"allOf", "anyOf"} {
		if all, ok := m[list].([]any); ok {
			var out []string
			for _, x := range all {
				t := typeOf(definitions, x)
				if list == "allOf" && t != nil {
					return t
				}
				if list == "anyOf" && t == nil {
					return nil
				}
				out = append(out, t...)
			}
			slices.Sort(out)
			return slices.Compact(out)
		}
	}
	properties, _ := m["properties"].(map[string]any)
	required, _ := m["required"].([]any)
	kind, _ := properties["type"].(map[string]any)
	enum, _ := kind["enum"].([]any)
	if len(enum) != 1 || !slices.Contains(required, any("type")) {
		return nil
	}
	return []string{fmt.Sprint(enum[0])}
}

func compileByType(doc any) (*jsonschema.Schema, error) {
	root := doc.(map[string]any)
	rewritten := byType(root["definitions"].(map[string]any), doc).(map[string]any)
	rewritten["$schema"] = "http://json-schema.org/draft-07/schema#"
	c := jsonschema.NewCompiler()
	if err := c.AddResource("adf-by-type.json", rewritten); err != nil {
		return nil, err
	}
	return c.Compile("adf-by-type.json")
}

// TestSchemaByType damages valid documents and expects both forms of the
// schema to agree on every one.
func TestSchemaByType(t *testing.T) {
	t.Parallel()
	published, fast := adfSchema(t), adfValidator(t)
	accepted, refused := 0, 0
	for _, src := range damagedDocuments(t) {
		want, got := invalid(published, src), fast(src)
		if (want == nil) != (got == nil) {
			t.Errorf("the published schema says %v, the rewritten one %v:\n%s", want, got, src)
		}
		if want == nil {
			accepted++
		} else {
			refused++
		}
	}
	if accepted < 2 || refused < 10 {
		t.Errorf("%d accepted and %d refused documents prove too little", accepted, refused)
	}
}
