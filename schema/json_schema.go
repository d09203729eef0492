package schema

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSONSchema is the object as JSON Schema (draft 2020-12), for protocols other
// than Arcade's: what Decode accepts without coercion. It has no references and
// no alternatives, which some clients do not understand.
func (o *Object) JSONSchema() (jsontext.Value, error) { return json.Marshal(o.root.jsonSchema(true)) }

// JSONSchema is the result as JSON Schema, or nil when the tool returns
// nothing. What may be null says so.
func (r *Result) JSONSchema() (jsontext.Value, error) {
	if r.nothing() {
		return nil, nil
	}
	return json.Marshal(r.root.jsonSchema(false))
}

// jsonSchema is one place in a JSON Schema, in the order in which people write
// them.
type jsonSchema struct {
	Type        any                 `json:"type,omitzero"` // one name, or a list of them
	Description string              `json:"description,omitzero"`
	Format      string              `json:"format,omitzero"`
	Enum        []string            `json:"enum,omitzero"`
	Default     jsontext.Value      `json:"default,omitzero"`
	Minimum     jsontext.Value      `json:"minimum,omitzero"`
	Maximum     jsontext.Value      `json:"maximum,omitzero"`
	MinLength   *uint64             `json:"minLength,omitzero"`
	MaxLength   *uint64             `json:"maxLength,omitzero"`
	MinItems    *uint64             `json:"minItems,omitzero"`
	MaxItems    *uint64             `json:"maxItems,omitzero"`
	Items       *jsonSchema         `json:"items,omitzero"`
	Properties  *jsonProperties     `json:"properties,omitzero"`
	Required    []string            `json:"required,omitzero"`
	Additional  *additionalProperty `json:"additionalProperties,omitzero"`
}

// additionalProperty is false for an object of known shape, and else what its
// values are.
type additionalProperty struct{ values *jsonSchema }

// MarshalJSONTo writes false or a schema.
func (a *additionalProperty) MarshalJSONTo(enc *jsontext.Encoder) error {
	if a.values == nil {
		return enc.WriteToken(jsontext.False)
	}
	return json.MarshalEncode(enc, a.values)
}

// jsonProperties are the members of an object, which keep their order.
type jsonProperties struct {
	names   []string
	schemas []*jsonSchema
}

// MarshalJSONTo writes an object.
func (p *jsonProperties) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for i, name := range p.names {
		if err := enc.WriteToken(jsontext.String(name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, p.schemas[i]); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// jsonSchema describes a node. Inputs of unknown shape are objects; results of
// unknown shape are whatever the service sends.
func (n *node) jsonSchema(input bool) *jsonSchema {
	s := &jsonSchema{
		Type: n.kind, Description: n.description, Enum: n.enum, Default: n.def,
		MinLength: n.minLength, MaxLength: n.maxLength, MinItems: n.minItems, MaxItems: n.maxItems,
	}
	if n.format == "date-time" {
		s.Format = n.format
	}
	if n.limits != nil {
		s.Minimum, s.Maximum = limit(n.limits.minS), limit(n.limits.maxS)
	}
	switch n.kind {
	case TypeArray:
		s.Items = n.items.jsonSchema(input)
	case TypeJSON:
		s.Type = "object"
		switch {
		case n.props != nil:
			p := &jsonProperties{names: n.props.names}
			for i, member := range n.props.nodes {
				p.schemas = append(p.schemas, member.jsonSchema(input))
				if n.props.required[i] && (!input || !member.nullable) {
					s.Required = append(s.Required, n.props.names[i])
				}
			}
			s.Properties, s.Additional = p, &additionalProperty{}
		case n.values != nil:
			s.Additional = &additionalProperty{n.values.jsonSchema(input)}
		case !input:
			s.Type = nil
		}
	}
	if n.nullable && !input && s.Type != nil {
		s.Type = []any{s.Type, "null"}
	}
	return s
}

// limit is a limit as it was declared, or nil when there is none.
func limit(declared string) jsontext.Value {
	if declared == "" {
		return nil
	}
	return jsontext.Value(declared)
}
