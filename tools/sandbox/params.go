package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// params reads an operation's query parameters and gathers all that is wrong with them. Parameters it
// is not asked about are ignored, as Atlassian ignores them.
type params struct {
	values   url.Values
	problems []string
}

// badRequest refuses the request for everything that is wrong with it.
func (p *params) badRequest(fault faultFunc) reply {
	return fault(http.StatusBadRequest, p.problems...)
}

func (p *params) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// integer reads a whole number between two bounds.
func (p *params) integer(name string, fallback, least, most int64) int64 {
	value := p.values.Get(name)
	if value == "" {
		return fallback
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		p.problem("The value '%s' of the parameter '%s' is not a whole number between %d and %d.", clip(value), name, least, most)
		return fallback
	}
	return n
}

// list reads a parameter that may be repeated, hold commas, or both.
func (p *params) list(name string, most int) []string {
	var all []string
	for _, value := range p.values[name] {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	if len(all) > most {
		p.problem("The parameter '%s' has %d values; at most %d are allowed.", name, len(all), most)
	}
	return all
}

// ids reads a list of numeric identifiers.
func (p *params) ids(name string, most int) []int64 {
	var ids []int64
	for _, value := range p.list(name, most) {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			p.problem("The value '%s' of the parameter '%s' is not a number.", clip(value), name)
		}
		ids = append(ids, id)
	}
	return ids
}

// choices reads a list whose values are all among those allowed.
func (p *params) choices(name string, allowed ...string) []string {
	all := p.list(name, math.MaxInt)
	for _, value := range all {
		if !slices.Contains(allowed, value) {
			p.problem("The value '%s' of the parameter '%s' is not one of %s.", clip(value), name, strings.Join(allowed, ", "))
		}
	}
	return all
}

// choice reads one value among those allowed.
func (p *params) choice(name string, allowed ...string) string {
	value := p.values.Get(name)
	if value != "" && !slices.Contains(allowed, value) {
		p.problem("The value '%s' of the parameter '%s' is not one of %s.", clip(value), name, strings.Join(allowed, ", "))
	}
	return value
}

// clip keeps a message readable when it quotes what a stranger sent.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
