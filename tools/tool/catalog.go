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
	// Version is every toolkit's version, semantic without "v".
	Version string
	// ProviderID picks one of several OAuth providers of the same type
	// (requirements.authorization.id); empty leaves the choice to the Engine.
	ProviderID string
	// DisabledTools ("Jira.ListProjects") and DisabledToolkits ("Jira") are
	// left out. Case does not matter.
	DisabledTools, DisabledToolkits []string
}

// Catalog is the set of tools a worker serves, sorted by toolkit as given to
// Build and by name within one.
type Catalog struct {
	tools  []*Tool
	byName map[string]*Tool // lower-case fully qualified name
}

// Build compiles kits into a catalog. The error joins every mistake in every
// declaration, each with the place of the declaration.
func Build(o Options, kits ...BoundKit) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Tool{}}
	var errs []error
	if !semver.MatchString(o.Version) {
		errs = append(errs, fmt.Errorf("version %q is not semantic (1.2.3)", o.Version))
	}
	for _, kit := range kits {
		errs = append(errs, kit.mistakes...)
		errs = append(errs, kit.toolkit.check()...)
		byName := func(a, b declaration) int { return cmp.Compare(a.spec.Name, b.spec.Name) }
		for _, b := range slices.SortedStableFunc(slices.Values(kit.declarations), byName) {
			t, mistakes := compile(kit.toolkit, b, o)
			key := strings.ToLower(t.FullName())
			if other, ok := c.byName[key]; ok {
				mistakes = append(mistakes, fmt.Errorf("is declared twice, first at %s", other.Where))
			}
			for _, err := range mistakes {
				errs = append(errs, fmt.Errorf("%s: %s: %w", b.where, t.FullName(), err))
			}
			c.byName[key] = t
			c.tools = append(c.tools, t)
		}
	}
	errs = append(errs, c.disable(o)...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

// disable removes tools. A name without a toolkit, or with one of ours that
// has no such tool, is a mistake: believing a tool switched off when it is not
// is worse than not starting. Names of foreign toolkits are another worker's
// business.
func (c *Catalog) disable(o Options) (errs []error) {
	off := map[*Tool]bool{}
	for _, name := range o.DisabledTools {
		name = strings.TrimSpace(name)
		if name == "" { // what a comma at the end of a list leaves
			continue
		}
		t := c.ByName(name)
		toolkit, _, qualified := strings.Cut(dotted(name), ".")
		if t == nil && (!qualified || c.hasToolkit(toolkit)) {
			errs = append(errs, fmt.Errorf("disabled tool %q does not exist", name))
		}
		off[t] = true
	}
	for _, name := range o.DisabledToolkits {
		for _, t := range c.tools {
			if strings.EqualFold(t.Toolkit.Name, strings.TrimSpace(name)) {
				off[t] = true
			}
		}
	}
	c.tools = slices.DeleteFunc(c.tools, func(t *Tool) bool {
		if off[t] {
			delete(c.byName, strings.ToLower(t.FullName()))
		}
		return off[t]
	})
	return errs
}

func (c *Catalog) hasToolkit(name string) bool {
	return slices.ContainsFunc(c.tools, func(t *Tool) bool { return strings.EqualFold(t.Toolkit.Name, name) })
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

// Find returns the tool that the Engine names, or nil. Toolkit, name and
// version are compared without case; an empty version matches any
// (protocol §1.7).
func (c *Catalog) Find(toolkit, name, version string) *Tool {
	t := c.named(toolkit + "." + name)
	if t == nil || version != "" && !strings.EqualFold(version, t.Version) {
		return nil
	}
	return t
}

// ByName returns the tool with the fully qualified name, written
// "Jira.ListProjects" or, as MCP hosts write it, "Jira_ListProjects", or nil.
func (c *Catalog) ByName(name string) *Tool {
	return c.named(dotted(name))
}

// named looks a full name up. Names are ASCII: a letter of another script that
// happens to lower to one of ours names nothing.
func (c *Catalog) named(name string) *Tool {
	if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil
	}
	return c.byName[strings.ToLower(name)]
}

func dotted(name string) string { return strings.Replace(name, "_", ".", 1) }
