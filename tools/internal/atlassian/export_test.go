package atlassian

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"
)

// NewTransport makes the transport that clients share.
func NewTransport() *http.Transport { return newTransport(silence, pingWait) }

// NewPingingTransport makes one that asks after another time of silence.
func NewPingingTransport(silence, pingWait time.Duration) *http.Transport {
	return newTransport(silence, pingWait)
}

// TokensKept is how many tokens' sites are kept.
const TokensKept = tokensKept

// Fill makes the client know n tokens.
func (c *Client) Fill(n int) {
	for i := range n {
		c.sites.Set(sha256.Sum256([]byte(strconv.Itoa(i))), nil)
	}
}

// Kept is what is remembered between calls.
func (c *Client) Kept() map[[32]byte][]Resource {
	c.sites.CleanUp()
	kept := map[[32]byte][]Resource{}
	for key, sites := range c.sites.All() {
		kept[key] = sites
	}
	return kept
}
