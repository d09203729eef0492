package tooltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"

	_ "embed"
)

// maxDefinition bounds what a tool costs in every prompt that offers it: name,
// description and parameters, in bytes.
const maxDefinition = 2200

// definition holds the tool to its snapshot, so that a reviewer sees every
// change of what models see.
func definition(t *testing.T, declared *tool.Tool) {
	t.Helper()
	body, err := schema.Encode(declared.Definition)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/"+declared.Name+".definition.json", indent(t, body))

	cost := len(declared.FullName()) + len(declared.Doc)
	for _, p := range declared.Definition.Input.Parameters {
		cost += len(p.Name) + len(p.Description) + 40 // type and punctuation
	}
	if cost > maxDefinition {
		t.Errorf("the definition costs %d bytes of every prompt, the limit is %d", cost, maxDefinition)
	}
}

// publishedFacts are the names, parameters and scopes of the toolkits that
// Arcade hosts. Where ours has a tool of the same name, callers must be able to
// switch without changing their calls.
//
//go:embed testdata/published.json
var publishedFacts []byte

type publishedTool struct {
	Name       string `json:"name"`
	Parameters []struct {
		Name     string   `json:"name"`
		Type     string   `json:"val_type"`
		Inner    string   `json:"inner_val_type"`
		Required bool     `json:"required"`
		Enum     []string `json:"enum"`
	} `json:"parameters"`
	Scopes []string `json:"scopes"`
}

// moreScopes lists, with the reason, tools that need a scope which the hosted
// tool of the same name does not ask for.
var moreScopes = map[string]string{}

func published(t *testing.T, declared *tool.Tool) {
	t.Helper()
	var toolkits map[string]struct {
		Tools []publishedTool `json:"tools"`
	}
	if err := json.Unmarshal(publishedFacts, &toolkits); err != nil {
		t.Fatal(err)
	}
	theirs := toolkits[declared.Toolkit.Name].Tools
	i := slices.IndexFunc(theirs, func(p publishedTool) bool { return p.Name == declared.Name })
	if i < 0 {
		return
	}
	ours := declared.Definition.Input.Parameters
	for _, want := range theirs[i].Parameters {
		j := slices.IndexFunc(ours, func(p schema.Parameter) bool { return p.Name == want.Name })
		if j < 0 {
			t.Errorf("the hosted tool has a parameter %q, ours has not", want.Name)
			continue
		}
		got := ours[j]
		inner := ""
		if got.ValueSchema.Inner != nil {
			inner = *got.ValueSchema.Inner
		}
		if got.ValueSchema.Type != want.Type || inner != want.Inner {
			t.Errorf("%s: type %s %s, hosted %s %s", want.Name, got.ValueSchema.Type, inner, want.Type, want.Inner)
		}
		if got.Required && !want.Required {
			t.Errorf("%s: required, but optional in the hosted tool", want.Name)
		}
		for _, value := range want.Enum {
			if !slices.Contains(got.ValueSchema.Enum, value) {
				t.Errorf("%s: the hosted tool accepts %q", want.Name, value)
			}
		}
	}
	for _, p := range ours {
		if p.Required && !slices.ContainsFunc(theirs[i].Parameters, func(w struct {
			Name     string   `json:"name"`
			Type     string   `json:"val_type"`
			Inner    string   `json:"inner_val_type"`
			Required bool     `json:"required"`
			Enum     []string `json:"enum"`
		},
		) bool {
			return w.Name == p.Name
		}) {
			t.Errorf("%s: required, but unknown to the hosted tool", p.Name)
		}
	}
	for _, scope := range declared.Scopes() {
		if !slices.Contains(theirs[i].Scopes, scope) && moreScopes[declared.FullName()] == "" {
			t.Errorf("needs scope %s, which the hosted tool does not; a reason belongs into moreScopes", scope)
		}
	}
}

// conforms reports where value differs from the published schema.
func conforms(at string, s schema.Value, value jsontext.Value) []string {
	if value.Kind() == 'n' {
		if s.Nullable != nil && *s.Nullable {
			return nil
		}
		return []string{at + ": null"}
	}
	var problems []string
	switch s.Type {
	case schema.TypeString:
		var text string
		if json.Unmarshal(value, &text) != nil || s.Enum != nil && !slices.Contains(s.Enum, text) {
			problems = append(problems, at+": not one of the strings it may be")
		}
	case schema.TypeBoolean:
		if k := value.Kind(); k != 't' && k != 'f' {
			problems = append(problems, at+": not a boolean")
		}
	case schema.TypeInteger, schema.TypeNumber:
		if value.Kind() != '0' || s.Type == schema.TypeInteger && strings.ContainsAny(string(value), ".eE") {
			problems = append(problems, at+": not of type "+s.Type)
		}
	case schema.TypeArray:
		var items []jsontext.Value
		if json.Unmarshal(value, &items) != nil {
			return []string{at + ": not an array"}
		}
		inner := schema.Value{Type: *s.Inner, Enum: s.Enum, Properties: s.InnerProperties, RequiredKeys: s.InnerRequiredKeys}
		for i, item := range items {
			problems = append(problems, conforms(fmt.Sprintf("%s.%d", at, i), inner, item)...)
		}
	case schema.TypeJSON:
		var members map[string]jsontext.Value
		if json.Unmarshal(value, &members) != nil {
			return []string{at + ": not an object"}
		}
		if s.Properties == nil {
			return nil
		}
		for _, p := range s.Properties {
			if member, ok := members[p.Name]; ok {
				problems = append(problems, conforms(at+"."+p.Name, p.Value, member)...)
			} else if slices.Contains(s.RequiredKeys, p.Name) {
				problems = append(problems, at+"."+p.Name+": missing")
			}
			delete(members, p.Name)
		}
		for name := range members {
			problems = append(problems, at+"."+name+": not in the schema")
		}
	}
	return problems
}
