package tool

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// selection decides which declared tools a catalog serves, and remembers which
// of the operator's patterns matched something.
type selection struct {
	readOnly        bool
	enable, disable []*pattern
}

// pattern is one name or glob of the operator's lists.
type pattern struct {
	text     string // as the operator wrote it
	glob     string // lower-case, the toolkit and the tool separated by a dot
	tools    bool   // it is compared with "Toolkit.Tool"
	toolkits bool   // it is compared with "Toolkit"
	unknown  string // how an error says that nothing matches: "disabled tool %q does not exist"
	found    bool
}

const nothingMatches = " %q matches no tool and no toolkit"

func (o Options) selection() selection {
	s := selection{readOnly: o.ReadOnly}
	s.enable = patterns(o.Enable, pattern{tools: true, toolkits: true, unknown: "enable" + nothingMatches})
	s.disable = slices.Concat(
		patterns(o.Disable, pattern{tools: true, toolkits: true, unknown: "disable" + nothingMatches}),
		patterns(o.DisabledTools, pattern{tools: true, unknown: "disabled tool %q does not exist"}),
		patterns(o.DisabledToolkits, pattern{toolkits: true, unknown: "disabled toolkit %q does not exist"}),
	)
	return s
}

// patterns cleans a list from an environment variable, in which blanks and a
// comma at the end mean nothing.
func patterns(list []string, like pattern) (all []*pattern) {
	for _, text := range list {
		if text = strings.TrimSpace(text); text != "" {
			p := like
			p.text, p.glob = text, asciiLower(dotted(text))
			all = append(all, &p)
		}
	}
	return all
}

// matches compares a pattern with a tool. A pattern that is no glob, such as
// one with an open bracket, matches nothing.
func (p *pattern) matches(toolkit, tool string) bool {
	like := func(name string) bool {
		ok, err := path.Match(p.glob, name)
		return ok && err == nil
	}
	return p.tools && like(toolkit+"."+tool) || p.toolkits && like(toolkit)
}

// serves reports whether the tool is served. Every pattern that matches it
// counts as found, also when another one decides.
func (s selection) serves(toolkit string, spec Spec) bool {
	toolkit, name := strings.ToLower(toolkit), strings.ToLower(spec.Name)
	matched := func(list []*pattern) (any bool) {
		for _, p := range list {
			if p.matches(toolkit, name) {
				p.found, any = true, true
			}
		}
		return any
	}
	enabled := matched(s.enable) || len(s.enable) == 0
	disabled := matched(s.disable)
	return enabled && !disabled && (!s.readOnly || !spec.writes())
}

// unknown reports the patterns that match nothing: believing a tool switched
// off when it is not is worse than not starting.
func (s selection) unknown() (errs []error) {
	for _, p := range slices.Concat(s.enable, s.disable) {
		if !p.found {
			errs = append(errs, fmt.Errorf(p.unknown, p.text))
		}
	}
	return errs
}

// writes reports whether the tool uses an operation that is not known to be
// harmless.
func (s Spec) writes() bool {
	return slices.ContainsFunc(s.Uses, func(op Operation) bool { return op == nil || op.Effect() != Read })
}
