package tool

import (
	"errors"
	"slices"
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

// verbs are Arcade's words for the effects (protocol §3.2).
var verbs = [...]string{Read: "read", Create: "create", Update: "update", Delete: "delete"}

// String is Arcade's verb for the effect, or "unknown".
func (e Effect) String() string {
	if !e.known() {
		return "unknown"
	}
	return verbs[e]
}

func (e Effect) known() bool { return e >= 0 && int(e) < len(verbs) }

// Operation is a request to the service that a tool may make. Its methods are
// called by Build and by tests; they have to be cheap and give the same answer
// every time.
type Operation interface {
	// Name is method and path template: "GET /rest/api/3/project/search".
	Name() string
	// Scopes are the OAuth scopes a token needs, all of them. A service
	// without OAuth has none.
	Scopes() []string
	// Effect is what the operation does.
	Effect() Effect
	// Check reports mistakes in the operation's declaration.
	Check() error
}

// NewOperation describes a request by its method and path template, or whatever
// else the service calls it, its effect and the OAuth scopes it needs. It is for
// toolkits whose client has no operations of its own.
func NewOperation(name string, effect Effect, scopes ...string) Operation {
	return operation{name, effect, scopes}
}

type operation struct {
	name   string
	effect Effect
	scopes []string
}

func (o operation) Name() string     { return o.name }
func (o operation) Scopes() []string { return slices.Clone(o.scopes) }
func (o operation) Effect() Effect   { return o.effect }

func (o operation) Check() error {
	if o.name == "" {
		return errors.New("the operation has no name")
	}
	return nil
}
