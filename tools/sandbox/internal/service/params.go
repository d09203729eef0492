package service

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Params reads an operation's query parameters and gathers all that is wrong with them. Parameters it
// is not asked about are ignored, as Atlassian ignores them.
type Params struct {
	values   url.Values
	problems []string
}

// Params are those of the request's query.
func (c *Call) Params() *Params { return &Params{values: c.Query} }

// Failed reports whether something was wrong with a parameter that was read.
func (p *Params) Failed() bool { return len(p.problems) > 0 }

// BadRequest refuses the request for everything that is wrong with its parameters.
func (p *Params) BadRequest(c *Call) Reply { return c.Refuse(http.StatusBadRequest, p.problems...) }

// Problem records what is wrong with a parameter, as [fmt.Sprintf] words it.
func (p *Params) Problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// Integer reads a whole number between two bounds; fallback stands for one that is missing or wrong.
func (p *Params) Integer(name string, fallback, least, most int64) int64 {
	value := p.values.Get(name)
	if value == "" {
		return fallback
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		p.Problem("The value '%s' of the parameter '%s' is not a whole number between %d and %d.", Clip(value), name, least, most)
		return fallback
	}
	return n
}

// List reads a parameter that may be repeated, hold commas, or both, and has so many values at most.
func (p *Params) List(name string, most int) []string {
	var all []string
	for _, value := range p.values[name] {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	if len(all) > most {
		p.Problem("The parameter '%s' has %d values; at most %d are allowed.", name, len(all), most)
	}
	return all
}

// IDs reads a list of numeric identifiers.
func (p *Params) IDs(name string, most int) []int64 {
	var ids []int64
	for _, value := range p.List(name, most) {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			p.Problem("The value '%s' of the parameter '%s' is not a number.", Clip(value), name)
		}
		ids = append(ids, id)
	}
	return ids
}

// Choices reads a list whose values are all among those allowed.
func (p *Params) Choices(name string, allowed ...string) []string {
	all := p.List(name, math.MaxInt)
	for _, value := range all {
		if !slices.Contains(allowed, value) {
			p.Problem("The value '%s' of the parameter '%s' is not one of %s.", Clip(value), name, strings.Join(allowed, ", "))
		}
	}
	return all
}

// Choice reads one value among those allowed.
func (p *Params) Choice(name string, allowed ...string) string {
	value := p.values.Get(name)
	if value != "" && !slices.Contains(allowed, value) {
		p.Problem("The value '%s' of the parameter '%s' is not one of %s.", Clip(value), name, strings.Join(allowed, ", "))
	}
	return value
}

// Clip keeps a message readable when it quotes what the client sent.
func Clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
