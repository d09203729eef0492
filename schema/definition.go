// Package schema derives Arcade's tool definitions from Go types and decodes
// tool inputs strictly against them. One compiled tree serves both, so what is
// published and what is accepted cannot drift apart.
//
// It is a leaf: it imports no other package of this module, and it is the only
// one that imports invopop/jsonschema.
package schema

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The value types Arcade knows (ValueSchema.val_type).
const (
	TypeString  = "string"
	TypeInteger = "integer"
	TypeNumber  = "number"
	TypeBoolean = "boolean"
	TypeJSON    = "json"
	TypeArray   = "array"
)

// Definition is Arcade's ToolDefinition, one element of GET /worker/tools. The
// field order is the wire's key order, and every key is always written:
// absent values are null.
type Definition struct {
	Name               string       `json:"name"`
	FullyQualifiedName string       `json:"fully_qualified_name"`
	Description        string       `json:"description"`
	Toolkit            Toolkit      `json:"toolkit"`
	Input              Input        `json:"input"`
	Output             Output       `json:"output"`
	Requirements       Requirements `json:"requirements"`
	DeprecationMessage *string      `json:"deprecation_message"`
	Metadata           *Metadata    `json:"metadata"`
}

// Toolkit names the versioned group a tool belongs to. Version is semantic
// versioning without a leading "v".
type Toolkit struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Version     *string `json:"version"`
}

// Input lists a tool's parameters in declaration order; none is written [].
type Input struct {
	Parameters []Parameter `json:"parameters"`
}

// Parameter is one named argument of a tool. Inferrable says whether a model
// may choose the value by itself.
type Parameter struct {
	Name        string `json:"name"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	ValueSchema Value  `json:"value_schema"`
	Inferrable  bool   `json:"inferrable"`
}

// Output describes what a tool returns.
type Output struct {
	Description    string   `json:"description"`
	AvailableModes []string `json:"available_modes"`
	ValueSchema    *Value   `json:"value_schema"`
}

// Requirements is what the Engine has to provide before it calls the tool.
type Requirements struct {
	Authorization *Authorization `json:"authorization"`
	Secrets       []Requirement  `json:"secrets"`
	Metadata      []Requirement  `json:"metadata"`
}

// Requirement names one secret or metadata item by key.
type Requirement struct {
	Key string `json:"key"`
}

// Authorization asks for a user's OAuth token. ProviderID is Arcade's built-in
// provider, null for one that only the operator knows; ID picks one of several
// configured providers of that type, or is that one.
type Authorization struct {
	ProviderID   *string `json:"provider_id"`
	ProviderType string  `json:"provider_type"`
	ID           *string `json:"id"`
	OAuth2       *OAuth2 `json:"oauth2"`
}

// OAuth2 lists the scopes the token must carry.
type OAuth2 struct {
	Scopes []string `json:"scopes"`
}

// Metadata tells agents and people what kind of tool this is.
type Metadata struct {
	Classification Classification `json:"classification"`
	Behavior       Behavior       `json:"behavior"`
	Extras         map[string]any `json:"extras"`
}

// Classification holds Arcade's service domains, such as project_management.
type Classification struct {
	ServiceDomains []string `json:"service_domains"`
}

// Behavior says what a call may do to the service. Operations are Arcade's
// verbs: read, create, update, delete, opaque.
type Behavior struct {
	Operations  []string `json:"operations"`
	ReadOnly    bool     `json:"read_only"`
	Destructive bool     `json:"destructive"`
	Idempotent  bool     `json:"idempotent"`
	OpenWorld   bool     `json:"open_world"`
}

// Value is Arcade's ValueSchema. Array element facts are in the Inner fields;
// arrays of arrays do not exist in it.
type Value struct {
	Type              string     `json:"val_type"`
	Inner             *string    `json:"inner_val_type"`
	Enum              []string   `json:"enum"`
	Properties        Properties `json:"properties"`
	InnerProperties   Properties `json:"inner_properties"`
	Description       *string    `json:"description"`
	RequiredKeys      []string   `json:"required_keys"`
	InnerRequiredKeys []string   `json:"inner_required_keys"`
	Nullable          *bool      `json:"nullable"`
}

// Properties are the members of a json value with a known shape, in
// declaration order. nil means the shape is not known and is written null.
type Properties []Property

// Property is one member of a json value.
type Property struct {
	Name  string
	Value Value
}

// MarshalJSONTo writes the properties as an object that keeps their order.
func (p Properties) MarshalJSONTo(enc *jsontext.Encoder) error {
	if p == nil {
		return enc.WriteToken(jsontext.Null)
	}
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, prop := range p {
		if err := enc.WriteToken(jsontext.String(prop.Name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, prop.Value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// Encode writes v the way the Arcade wire wants it: compact, UTF-8 unescaped,
// nil slices and maps as null, map keys sorted. Bytes of a text that are not
// UTF-8 become U+FFFD, so that no definition fails to encode.
func Encode(v any) ([]byte, error) {
	return json.Marshal(v,
		json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}
