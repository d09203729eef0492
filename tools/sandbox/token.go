package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/state"
)

const (
	// tokenWord is what every token of the sandbox begins with.
	tokenWord = "sandbox"

	defaultUser = "ada"
	defaultSite = "acme"

	// maxLatency keeps a typo in a token from holding a connection for hours.
	maxLatency = time.Minute
)

// appScopes are those an app for these products would register.
func appScopes() []string {
	return []string{
		"read:jira-work", "write:jira-work", "read:jira-user", "read:board-scope:jira-software", "read:project:jira",
		"read:issue-details:jira", "read:jql:jira", "read:sprint:jira-software", "write:sprint:jira-software",
		"write:board-scope:jira-software", "read:priority-scheme:jira",
		"read:page:confluence", "write:page:confluence", "read:space:confluence", "read:attachment:confluence",
		"read:hierarchical-content:confluence", "read:content-details:confluence", "search:confluence",
		"offline_access", "read:me",
	}
}

// knownScopes are those of an app and every scope any operation can be called with, sorted.
func knownScopes(routes []route) []string {
	scopes := appScopes()
	for _, rt := range routes {
		for _, alternative := range rt.scopes {
			scopes = append(scopes, alternative...)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// grant is what a token stands for: one person's consent to some scopes on some sites.
type grant struct {
	user    *state.Person
	sites   []*state.Site
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
func (g *grant) reaches(s *state.Site) bool { return slices.Contains(g.sites, s) }

// scopesFor returns the scopes of one product.
func (g *grant) scopesFor(product string) []string {
	var own []string
	for _, scope := range g.scopes {
		if ofProduct(scope, product) {
			own = append(own, scope)
		}
	}
	return own
}

// ofProduct reports whether a scope is one of a product's: read:jira-work, read:project:jira and
// read:sprint:jira-software are Jira's, read:me is nobody's.
func ofProduct(scope, product string) bool { return strings.Contains(scope, ":"+product) }

// grantOf returns what the request's bearer token stands for, or nil when it has none that the sandbox
// would have issued. A token that says nothing about latency gets the one given.
func (s *Sandbox) grantOf(h http.Header, latency time.Duration) *grant {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return nil
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return s.parseToken(token, latency)
}

// parseToken reads a token. It is strict, since ignoring a mistyped option would let a test pass for the
// wrong reason.
func (s *Sandbox) parseToken(token string, latency time.Duration) *grant {
	word, rest, more := strings.Cut(token, ";")
	if word != tokenWord {
		return nil
	}
	g := &grant{
		user:    s.state.Person(defaultUser),
		sites:   []*state.Site{s.state.Site(defaultSite)},
		scopes:  s.scopes,
		latency: latency,
	}
	seen := map[string]bool{}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ";")
		name, value, found := strings.Cut(option, "=")
		if !found || seen[name] || !s.apply(g, name, value) {
			return nil
		}
		seen[name] = true
	}
	return g
}

// apply sets one option of a token and reports whether it is one.
func (s *Sandbox) apply(g *grant, name, value string) bool {
	switch name {
	case "sites":
		g.sites = nil
		for name := range strings.SplitSeq(value, ",") {
			site := s.state.Site(name)
			if site == nil || slices.Contains(g.sites, site) {
				return false
			}
			g.sites = append(g.sites, site)
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
		g.user = s.state.Person(value)
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
