// Package tool is the vocabulary in which tools are written: what a tool
// declares (Spec, Operation), where declarations are collected (Kit, Add), what
// a running worker holds (Catalog, Tool), what one call carries (Invocation)
// and how a call fails (Error, Kind).
package tool

import (
	"arcade-atlassian/schema"
)

// Effect says what an operation does to the service.
type Effect int

// The effects, from harmless to irreversible.
const (
	Read Effect = iota
	Create
	Update
	Delete
)

// String is Arcade's verb for the effect.
func (e Effect) String() string {
	return [...]string{"read", "create", "update", "delete"}[e]
}

// Operation is a REST operation that a tool may perform.
type Operation interface {
	// Name is method and path template: "GET /rest/api/3/project/search".
	Name() string
	// Scopes are the OAuth scopes a token needs, all of them.
	Scopes() []string
	// Effect is what the operation does.
	Effect() Effect
	// Check reports mistakes in the operation's declaration.
	Check() error
}

// Spec is everything about a tool that is data.
type Spec struct {
	Name    string // PascalCase: "ListProjects"
	Doc     string // what it does, for the model that chooses a tool
	Returns string // what comes back
	// Uses lists the only operations the handler may perform. Scopes and
	// behavior metadata follow from it.
	Uses []Operation
	// Deprecated, when set, tells callers what to use instead.
	Deprecated string
	// Behavior replaces the behavior metadata derived from Uses.
	Behavior *schema.Behavior
}

// Toolkit describes the group of tools a kit declares.
type Toolkit struct {
	Name        string // PascalCase: "Jira"
	Description string
	Domain      string // Arcade's service domain: "project_management"
	Provider    string // Arcade's built-in OAuth provider: "atlassian"
}
