package main

import (
	"fmt"
	"strings"

	"arcade-atlassian/tools/tool"
)

// markdownTable is the README's table of tools.
func markdownTable(catalog *tool.Catalog) string {
	var b strings.Builder
	b.WriteString("| tool | scopes | what it does |\n|---|---|---|\n")
	for _, t := range catalog.Tools() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", t.FullName(), codeList(t.Scopes()), t.Doc)
	}
	return b.String()
}

// markdownReference is docs/tools.md: everything a caller may rely on.
func markdownReference(catalog *tool.Catalog) string {
	var b strings.Builder
	b.WriteString("# The tools\n\nPrinted by `atlassian-worker tools --markdown`; `make golden` writes this file.\n")
	toolkit := ""
	for _, t := range catalog.Tools() {
		if t.Toolkit.Name != toolkit {
			toolkit = t.Toolkit.Name
			fmt.Fprintf(&b, "\n## %s %s\n\n%s\n", toolkit, t.Toolkit.Version, t.Toolkit.Description)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", t.FullName(), t.Doc)
		if t.Deprecated != "" {
			fmt.Fprintf(&b, "Deprecated: %s\n\n", t.Deprecated)
		}
		fmt.Fprintf(&b, "Returns: %s\n\n%s\n", t.Returns, behavior(t))
		if scopes := t.Scopes(); len(scopes) > 0 {
			fmt.Fprintf(&b, "\nScopes: %s\n", codeList(scopes))
		}
		if len(t.Definition.Input.Parameters) == 0 {
			continue
		}
		b.WriteString("\n| parameter | type | | |\n|---|---|---|---|\n")
		for _, p := range t.Definition.Input.Parameters {
			about := p.Description
			if p.ValueSchema.Enum != nil {
				about += " One of " + codeList(p.ValueSchema.Enum) + "."
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, typeOf(p), need(p), strings.ReplaceAll(about, "|", `\|`))
		}
	}
	return b.String()
}

// behavior says what a call may do.
func behavior(t *tool.Tool) string {
	switch b := t.Definition.Metadata.Behavior; {
	case b.ReadOnly:
		return "It only reads."
	case b.Destructive && b.Idempotent:
		return "It changes or removes what exists; repeating a call changes nothing more."
	case b.Destructive:
		return "It changes or removes what exists; repeating a call does it again."
	case b.Idempotent:
		return "It adds; repeating a call adds nothing more."
	}
	return "It adds; repeating a call adds again."
}

func codeList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, " ")
}
