package tooltest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// maxDefinition bounds what a tool costs in every prompt that offers it: name,
// description and parameters, in bytes.
const maxDefinition = 2200

// definition holds the tool to its snapshot, so that a reviewer sees every
// change of what models see.
func (b *battery) definition(t *testing.T) (problems []string) {
	declared := b.tool
	cost := len(declared.FullName()) + len(declared.Doc)
	for _, p := range declared.Definition.Input.Parameters {
		cost += len(p.Name) + len(p.Description) + 40 // type and punctuation
	}
	if cost > maxDefinition {
		problems = append(problems, fmt.Sprintf("costs %d bytes of every prompt, the limit is %d", cost, maxDefinition))
	}
	if b.Check != nil {
		problems = append(problems, b.Check(declared)...)
	}
	body, err := schema.Encode(declared.Definition)
	if err != nil {
		t.Fatal(err)
	}
	return append(problems, golden(filepath.Join(b.folder(), declared.Name+".definition.json"), indent(t, body))...)
}

// conforms reports where an output differs from the published schema.
func (b *battery) conforms(output jsontext.Value) []string {
	s := b.tool.Definition.Output.ValueSchema
	if s == nil { // a tool that returns nothing
		return nil
	}
	return conforms("output", *s, output)
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
		inner := item(s)
		for i, v := range items {
			problems = append(problems, conforms(fmt.Sprintf("%s.%d", at, i), inner, v)...)
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
