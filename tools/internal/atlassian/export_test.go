package atlassian

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"

	"arcade-atlassian/tools/tool"
)

// NewTransport makes the transport that clients share.
func NewTransport() *http.Transport { return newTransport(silence, pingWait, 0) }

// NewPingingTransport makes one that asks after another time of silence.
func NewPingingTransport(silence, pingWait time.Duration) *http.Transport {
	return newTransport(silence, pingWait, 0)
}

// TokensKept is how many tokens' sites are kept.
const TokensKept = tokensKept

// Invocation is the call that a site was resolved for.
func (s *Site) Invocation() *tool.Invocation { return s.s.inv }

// For is the same site for another call.
func (s *Site) For(inv *tool.Invocation) *Site {
	other := *s
	session := s.s.client.session(inv, s.s.uses)
	other.s.inv, other.s.token = inv, session.token
	return &other
}

// Fill makes the client know n tokens.
func (c *Client) Fill(n int) {
	for i := range n {
		c.sites.Set(sha256.Sum256([]byte(strconv.Itoa(i))), &knownSites{})
	}
}

// Kept is the ids of the sites that are remembered between calls.
func (c *Client) Kept() map[[32]byte][]string {
	c.sites.CleanUp()
	kept := map[[32]byte][]string{}
	for key, known := range c.sites.All() {
		kept[key] = []string{}
		for _, k := range known.all() {
			kept[key] = append(kept[key], k.id)
		}
	}
	return kept
}

// What fuzz targets ask directly.
var RetryAfter = retryAfter

// Owns reports whether a scope is one of the product's.
func (p Product) Owns(scope string) bool { return p.owns(scope) }
