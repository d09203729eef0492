package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Served lists what the table of handlers serves: document by document, "METHOD path".
func Served() map[string][]string {
	served := map[string][]string{}
	for _, doc := range documents() {
		served[doc.name] = slices.Sorted(maps.Keys(doc.serves))
	}
	return served
}

// Prefixes is what the gateway's path has before each document's own.
func Prefixes() map[string]string {
	prefixes := map[string]string{}
	for _, doc := range documents() {
		prefixes[doc.name] = "/ex/" + string(doc.product) + "/{cloudId}" + doc.prefix
	}
	return prefixes
}

// Grant is what a token stands for, spelled out.
type Grant struct {
	User    string
	Sites   []string
	Scopes  []string
	Latency time.Duration
}

// Grant reads the value of an Authorization header.
func (s *Sandbox) Grant(authorization string) (Grant, bool) {
	g := s.world.grantOf(http.Header{"Authorization": {authorization}}, s.opts.Latency)
	if g == nil {
		return Grant{}, false
	}
	spelled := Grant{User: g.user.Handle, Scopes: g.scopes, Latency: g.latency}
	for _, on := range g.sites {
		spelled.Sites = append(spelled.Sites, on.Name)
	}
	return spelled, true
}
