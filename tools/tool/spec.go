// Package tool is the vocabulary in which tools are written: what a tool
// declares (Spec, Operation), where declarations are collected (Kit, Add), what
// a running worker holds (Catalog, Tool), what one call carries (Invocation)
// and how a call fails (Error, Kind).
//
// "Protocol §n" in comments is the section of docs/protocol.md that a rule comes
// from.
package tool

// Spec is everything about a tool that is data. Build reports what is wrong
// with one.
type Spec struct {
	Name    string // PascalCase: "ListProjects"
	Doc     string // what it does, for the model that chooses a tool
	Returns string // what comes back
	// Uses lists the only operations the handler may perform. Scopes and
	// behavior metadata follow from it: a tool that uses no more than reads is
	// read-only, one that deletes is destructive, one that creates is not
	// idempotent.
	Uses []Operation
	// Destructive says that a tool which deletes nothing can still lose what
	// was there, such as one that replaces a page.
	Destructive bool
	// NotIdempotent says that a tool which creates nothing still does more when
	// it is called twice, such as one that appends to a text.
	NotIdempotent bool
	// Secrets and Metadata are keys of what the Engine has to hand over with
	// every call, and what Invocation.Secret and Invocation.MetadataValue then
	// return. A call without one of them fails before the handler runs.
	Secrets, Metadata []string
	// MaxOutput is what the tool may return in bytes, when that is another number
	// than the package's MaxOutput.
	MaxOutput int
	// Deprecated, when set, tells callers what to use instead.
	Deprecated string
}

// Toolkit describes the group of tools a kit declares.
type Toolkit struct {
	Name        string // PascalCase: "Jira"
	Description string
	Domain      string // Arcade's service domain: "project_management"
	// Version is semantic without "v"; empty is Options.Version.
	Version string
	// Provider is Arcade's built-in OAuth provider, "atlassian", whose token
	// the Engine gets from the user before it calls a tool.
	Provider string
	// ProviderID is the operator's ID of an OAuth provider: one of several of
	// type Provider, or, without a Provider, one of a service that Arcade does
	// not know. Options.ProviderIDs replaces the former.
	//
	// A toolkit with neither acts without a user's token.
	ProviderID string
}

// usesOAuth reports whether the toolkit's tools act with a user's token.
func (k Toolkit) usesOAuth() bool { return k.Provider != "" || k.ProviderID != "" }
