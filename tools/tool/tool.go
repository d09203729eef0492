package tool

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/schema"
)

// Tool is one tool of a catalog: a declaration that Build found no mistake in.
// Its fields are to be read only.
type Tool struct {
	Spec
	Toolkit    Toolkit
	Definition schema.Definition // the tool as Arcade sees it
	where      place
	input      *schema.Object
	output     *schema.Result
	bounded    bool
	run        func(context.Context, *schema.Object, *Invocation) (any, error)
	overdue    atomic.Int64
}

// InputSchema is the tool's inputs as JSON Schema, for protocols other than
// Arcade's.
func (t *Tool) InputSchema() (jsontext.Value, error) { return t.input.JSONSchema() }

// OutputSchema is what the tool returns as JSON Schema, or nil when it returns
// nothing.
func (t *Tool) OutputSchema() (jsontext.Value, error) {
	out, err := t.output.JSONSchema()
	if err != nil || !t.bounded {
		return out, err
	}
	return withLimits(out)
}

// withLimits adds to the schema of an object the member that says what the
// operator's boundaries leave out.
func withLimits(object jsontext.Value) (jsontext.Value, error) {
	var s, properties map[string]jsontext.Value
	if err := json.Unmarshal(object, &s); err != nil || s["properties"] == nil {
		return object, err
	}
	if err := json.Unmarshal(s["properties"], &properties); err != nil {
		return nil, err
	}
	properties[LimitsMember] = jsontext.Value(`{"type":"string","description":"What the operator of the tools leaves out of the answer."}`)
	changed, err := json.Marshal(properties, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	s["properties"] = changed
	return json.Marshal(s, json.Deterministic(true))
}

// MaxInput is the length in bytes of the longest inputs that the tool can be
// given, as schema.Object.MaxBytes counts it.
func (t *Tool) MaxInput() int64 { return t.input.MaxBytes() }

// FullName is toolkit and tool: "Jira.ListProjects".
func (t *Tool) FullName() string { return t.Toolkit.Name + "." + t.Name }

// FunctionName is the snake_case name that Arcade's messages use for a tool:
// "list_projects".
func (t *Tool) FunctionName() string {
	var b strings.Builder
	for i, r := range t.Name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Scopes is the sorted union of the scopes of the operations the tool uses.
// nil means that any token will do.
func (t *Tool) Scopes() []string {
	var scopes []string
	for _, op := range t.Uses {
		scopes = append(scopes, op.Scopes()...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// ReadOnly reports whether the tool changes nothing.
func (t *Tool) ReadOnly() bool { return t.Definition.Metadata.Behavior.ReadOnly }
