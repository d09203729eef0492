package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// tokenWord is what every token of the sandbox begins with.
	tokenWord = "sandbox"

	defaultUser = "ada"
	defaultSite = "acme"

	// maxLatency keeps a typo in a token from holding a connection for hours.
	maxLatency = time.Minute
)

// grant is what a token stands for: one person's consent to some scopes on some sites.
type grant struct {
	user    *person
	sites   []*site
	scopes  []string // sorted, each once
	latency time.Duration
}

// holds reports whether the grant has every scope of at least one of the alternatives; halves of two
// alternatives do not add up.
func (g *grant) holds(alternatives [][]string) bool {
	return slices.ContainsFunc(alternatives, func(all []string) bool {
		return !slices.ContainsFunc(all, func(scope string) bool { return !slices.Contains(g.scopes, scope) })
	})
}

// reaches reports whether the grant was given for a site.
func (g *grant) reaches(s *site) bool { return slices.Contains(g.sites, s) }

// scopesFor returns the scopes of one product.
func (g *grant) scopesFor(p product) []string {
	var own []string
	for _, scope := range g.scopes {
		if p.owns(scope) {
			own = append(own, scope)
		}
	}
	return own
}

// grantOf returns what the request's bearer token stands for, or nil when it has none that the sandbox
// would have issued. A token that says nothing about latency gets the one given.
func (w *world) grantOf(h http.Header, latency time.Duration) *grant {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return nil
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return w.parseToken(token, latency)
}

// parseToken reads a token. It is strict, since ignoring a mistyped option would let a test pass for the
// wrong reason.
func (w *world) parseToken(token string, latency time.Duration) *grant {
	word, rest, more := strings.Cut(token, ";")
	if word != tokenWord {
		return nil
	}
	g := &grant{
		user:    w.person(defaultUser),
		sites:   []*site{w.siteNamed(defaultSite)},
		scopes:  w.allScopes,
		latency: latency,
	}
	seen := map[string]bool{}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ";")
		name, value, found := strings.Cut(option, "=")
		if !found || seen[name] || !w.apply(g, name, value) {
			return nil
		}
		seen[name] = true
	}
	return g
}

// apply sets one option of a token and reports whether it is one.
func (w *world) apply(g *grant, name, value string) bool {
	switch name {
	case "sites":
		g.sites = nil
		for name := range strings.SplitSeq(value, ",") {
			s := w.siteNamed(name)
			if s == nil || slices.Contains(g.sites, s) {
				return false
			}
			g.sites = append(g.sites, s)
		}
		return true
	case "scopes":
		g.scopes = nil
		if value == "" {
			return true
		}
		g.scopes = strings.Split(value, ",")
		slices.Sort(g.scopes)
		g.scopes = slices.Compact(g.scopes)
		return !slices.ContainsFunc(g.scopes, func(scope string) bool { return !isScope(scope) })
	case "user":
		// Atlassian revokes the grants of an account that is deactivated.
		g.user = w.person(value)
		return g.user != nil && g.user.Active
	case "latency":
		d, err := time.ParseDuration(value)
		g.latency = min(d, maxLatency)
		return err == nil && d >= 0
	default:
		return false
	}
}

// isScope reports whether a string could be a scope by OAuth's grammar: visible ASCII without quotes
// and backslashes.
func isScope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}
