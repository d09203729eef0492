package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/tool"
)

type toolsCmd struct {
	catalogFlags
	Tool     string `arg:"" predictor:"tool" optional:"" help:"The tool to describe, such as Jira.ListProjects."`
	JSON     bool   `name:"json" help:"Print exactly what GET /worker/tools answers." xor:"format"`
	Markdown bool   `help:"Print a reference in Markdown (docs/tools.md)." xor:"format"`
	Table    bool   `help:"Print a table in Markdown, a line each (the README's)." xor:"format"`
}

// Run lists the catalog or describes one tool.
func (c *toolsCmd) Run(s *shell) error {
	catalog, err := c.catalog("")
	if err != nil {
		return err
	}
	if c.Tool != "" {
		t := catalog.ByName(c.Tool)
		if t == nil {
			return noSuchTool(c.Tool)
		}
		describe(s, t, c.JSON)
		return nil
	}
	switch {
	case c.JSON:
		body, err := schema.Encode(catalog.Definitions())
		if err != nil {
			return err
		}
		s.printf("%s", body)
	case c.Markdown:
		s.printf("%s", markdownReference(catalog))
	case c.Table:
		s.printf("%s", markdownTable(catalog))
	default:
		w := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
		for _, t := range catalog.Tools() {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", t.FullName(), scopeList(t), t.Doc)
		}
		return w.Flush()
	}
	return nil
}

func scopeList(t *tool.Tool) string {
	if scopes := t.Scopes(); len(scopes) > 0 {
		return strings.Join(scopes, " ")
	}
	return "(none)"
}

func describe(s *shell, t *tool.Tool, asJSON bool) {
	if asJSON {
		body, err := schema.Encode(t.Definition)
		if err == nil { // definitions encoded once before, in the catalog
			s.printf("%s\n", body)
		}
		return
	}
	s.printf("%s %s\n%s\n\nReturns: %s\nScopes:  %s\n", t.FullName(), t.Toolkit.Version, t.Doc, t.Returns, scopeList(t))
	if t.Deprecated != "" {
		s.printf("Deprecated: %s\n", t.Deprecated)
	}
	for _, op := range t.Uses {
		s.printf("Calls:   %s\n", op.Name())
	}
	if len(t.Definition.Input.Parameters) == 0 {
		s.printf("\nIt takes no parameters.\n")
		return
	}
	s.printf("\nParameters:\n")
	for _, p := range t.Definition.Input.Parameters {
		s.printf("  %s (%s, %s)\n      %s\n", p.Name, typeOf(p), need(p), p.Description)
		if p.ValueSchema.Enum != nil {
			s.printf("      One of: %s\n", strings.Join(p.ValueSchema.Enum, ", "))
		}
	}
}

// typeOf is the type of a parameter's values: "array of string".
func typeOf(p schema.Parameter) string {
	if p.ValueSchema.Inner != nil {
		return p.ValueSchema.Type + " of " + *p.ValueSchema.Inner
	}
	return p.ValueSchema.Type
}

func need(p schema.Parameter) string {
	if p.Required {
		return "required"
	}
	return "optional"
}

type scopesCmd struct {
	catalogFlags
	Tools []string `help:"Only what these tools need." placeholder:"TOOL" predictor:"tool"`
}

// Run prints the scopes by product, as the Atlassian developer console lists
// them.
func (c *scopesCmd) Run(s *shell) error {
	catalog, err := c.catalog("")
	if err != nil {
		return err
	}
	wanted, err := choose(catalog, c.Tools)
	if err != nil {
		return err
	}
	var products []string
	scopes := map[string][]string{}
	for _, t := range wanted {
		if !slices.Contains(products, t.Toolkit.Name) {
			products = append(products, t.Toolkit.Name)
		}
		scopes[t.Toolkit.Name] = append(scopes[t.Toolkit.Name], t.Scopes()...)
	}
	for _, product := range products {
		list := scopes[product]
		slices.Sort(list)
		if list = slices.Compact(list); len(list) > 0 {
			s.printf("%s API\n  %s\n", product, strings.Join(list, "\n  "))
		}
	}
	return nil
}

// choose returns the tools with the names, or all when there are no names.
func choose(catalog *tool.Catalog, names []string) (chosen []*tool.Tool, err error) {
	for _, name := range names {
		t := catalog.ByName(strings.TrimSpace(name))
		if t == nil {
			return nil, noSuchTool(name)
		}
		chosen = append(chosen, t)
	}
	if len(names) == 0 {
		return catalog.Tools(), nil
	}
	return chosen, nil
}
