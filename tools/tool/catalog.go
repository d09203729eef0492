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
	// DisabledTools ("Jira.ListProjects") and DisabledToolkits ("Jira") are
	// left out: nothing is made of their declarations, right or wrong. Case does
	// not matter.
	DisabledTools, DisabledToolkits []string
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
	off := o.disabled()
	for _, kit := range kits {
		toolkit := o.present(kit.toolkit)
		errs = append(errs, kit.mistakes...)
		errs = append(errs, toolkit.check()...)
		byName := func(a, b declaration) int { return cmp.Compare(a.spec.Name, b.spec.Name) }
		for _, d := range slices.SortedStableFunc(slices.Values(kit.declarations), byName) {
			if off.has(toolkit.Name, d.spec.Name) {
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
	errs = append(errs, off.unknown()...)
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

// disabled are the names that Options disables, and those of them that were
// found.
type disabled struct {
	tools, toolkits []string
	found           map[string]bool
}

func (o Options) disabled() disabled {
	return disabled{names(o.DisabledTools), names(o.DisabledToolkits), map[string]bool{}}
}

// has reports whether a tool is left out.
func (d disabled) has(toolkit, name string) (left bool) {
	for _, off := range d.tools {
		if asciiLower(dotted(off)) == strings.ToLower(toolkit+"."+name) {
			d.found[off], left = true, true
		}
	}
	for _, off := range d.toolkits {
		if asciiLower(off) == strings.ToLower(toolkit) {
			d.found[off], left = true, true
		}
	}
	return left
}

// unknown reports the names of nothing: believing a tool switched off when it
// is not is worse than not starting.
func (d disabled) unknown() (errs []error) {
	for _, name := range d.tools {
		if !d.found[name] {
			errs = append(errs, fmt.Errorf("disabled tool %q does not exist", name))
		}
	}
	for _, name := range d.toolkits {
		if !d.found[name] {
			errs = append(errs, fmt.Errorf("disabled toolkit %q does not exist", name))
		}
	}
	return errs
}

// names cleans a list from an environment variable, in which blanks and a comma
// at the end mean nothing.
func names(list []string) (names []string) {
	for _, name := range list {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
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
