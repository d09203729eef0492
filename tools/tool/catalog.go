package tool

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"arcade-atlassian/schema"
)

// Options say how a catalog presents its tools.
type Options struct {
	// Version is the version of toolkits that have none of their own, semantic
	// without "v".
	Version string
	// ProviderIDs picks, by the name of an OAuth provider ("atlassian"), one of
	// several that the Engine has of that type (requirements.authorization.id).
	// Without, the choice is the Engine's.
	ProviderIDs map[string]string
	// ReadOnly serves no tool that uses an operation which writes.
	ReadOnly bool
	// Enable and Disable are globs as path.Match has them, over "Jira.ListProjects"
	// and "Jira". With an Enable only the tools that it matches are served, and
	// never one that Disable matches. DisabledTools are compared with tools alone
	// and DisabledToolkits with toolkits, as Arcade's variables are (protocol §7.1).
	//
	// Nothing is made of the declaration of a tool that is left out, right or
	// wrong. Case does not matter in any of the lists. What matches nothing is an
	// error of Build.
	Enable, Disable, DisabledTools, DisabledToolkits []string
	// Compiler, when set, is used instead of a new one: who builds the same tools
	// again and again, as tests do, shares one.
	Compiler *schema.Compiler
}

// Catalog is the set of tools a worker serves, sorted by toolkit as given to
// Build and by name within one.
type Catalog struct {
	tools  []*Tool
	byName map[string]*Tool // lower-case fully qualified name
}

// Build compiles kits into a catalog; they may come from several modules. The
// error joins every mistake in every declaration, each with the place of the
// declaration, and in the options.
func Build(o Options, kits ...BoundKit) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Tool{}}
	var errs []error
	compiler := cmp.Or(o.Compiler, new(schema.Compiler))
	selected := o.selection()
	for _, kit := range kits {
		toolkit := o.present(kit.toolkit)
		errs = append(errs, kit.mistakes...)
		errs = append(errs, toolkit.check()...)
		byName := func(a, b declaration) int { return cmp.Compare(a.spec.Name, b.spec.Name) }
		for _, d := range slices.SortedStableFunc(slices.Values(kit.declarations), byName) {
			if !selected.serves(toolkit.Name, d.spec) {
				continue
			}
			t, mistakes := compile(compiler, toolkit, d)
			key := strings.ToLower(t.FullName())
			if other, ok := c.byName[key]; ok {
				mistakes = append(mistakes, fmt.Errorf("is declared twice, first at %s", other.where))
			}
			for _, err := range mistakes {
				errs = append(errs, fmt.Errorf("%s: %s: %w", d.where, t.FullName(), err))
			}
			c.byName[key] = t
			c.tools = append(c.tools, t)
		}
	}
	for provider := range o.ProviderIDs {
		if !slices.ContainsFunc(kits, func(k BoundKit) bool { return k.toolkit.Provider == provider }) {
			errs = append(errs, fmt.Errorf("no toolkit uses the provider %q", provider))
		}
	}
	errs = append(errs, selected.unknown()...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

// present fills in what a toolkit leaves to the options.
func (o Options) present(k Toolkit) Toolkit {
	k.Version = cmp.Or(k.Version, o.Version)
	k.ProviderID = cmp.Or(o.ProviderIDs[k.Provider], k.ProviderID)
	return k
}

// Tools lists the catalog's tools in order.
func (c *Catalog) Tools() []*Tool { return slices.Clone(c.tools) }

// Definitions lists the tools as Arcade sees them, in order.
func (c *Catalog) Definitions() []schema.Definition {
	defs := make([]schema.Definition, len(c.tools)) // never nil: written []
	for i, t := range c.tools {
		defs[i] = t.Definition
	}
	return defs
}

// Find returns the tool that the Engine names, or nil. Toolkit and name
// are compared without case. An empty version matches any, and so does one with
// the same major number: an Engine asks for the version that it last read from
// the catalog (protocol §1.7).
func (c *Catalog) Find(toolkit, name, version string) *Tool {
	t := c.named(toolkit + "." + name)
	if t == nil || version != "" && !serves(t.Toolkit.Version, version) {
		return nil
	}
	return t
}

// serves reports whether a tool of one version can answer for another.
func serves(own, asked string) bool {
	major, _, _ := strings.Cut(own, ".")
	return semver.MatchString(asked) && strings.HasPrefix(asked, major+".")
}

// ByName returns the tool with the fully qualified name, written
// "Jira.ListProjects" or, as MCP hosts write it, "Jira_ListProjects", or nil.
func (c *Catalog) ByName(name string) *Tool {
	return c.named(dotted(name))
}

func (c *Catalog) named(name string) *Tool { return c.byName[asciiLower(name)] }

// asciiLower lowers a name, or returns "" for one with other characters than
// those of names: a letter of another script that happens to lower to one of
// ours names nothing.
func asciiLower(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return ""
	}
	return strings.ToLower(name)
}

func dotted(name string) string { return strings.Replace(name, "_", ".", 1) }
