package tool

import (
	"sync/atomic"
)

// Token is a user's OAuth access token. It prints as "[token]" everywhere, so
// that it cannot reach a log or an error by accident; only Reveal shows it.
//
// The text is behind a pointer because fmt calls no methods on the unexported
// fields of other types, nor for verbs such as %d: it prints the address.
type Token struct{ value *string }

// NewToken wraps an access token.
func NewToken(value string) Token { return Token{&value} }

// Reveal returns the token itself, for the Authorization header and for
// hashing into cache keys.
func (t Token) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// String hides the token.
func (Token) String() string { return "[token]" }

// GoString hides the token.
func (Token) GoString() string { return "[token]" }

// MarshalText hides the token.
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }

// Upstream counts what a call cost the service behind the tool. Safe for
// concurrent use.
type Upstream struct{ calls, retries atomic.Int64 }

// Called counts one request sent; retry says that it repeats an earlier one.
func (u *Upstream) Called(retry bool) {
	u.calls.Add(1)
	if retry {
		u.retries.Add(1)
	}
}

// Calls is the number of requests sent, retries included.
func (u *Upstream) Calls() int { return int(u.calls.Load()) }

// Retries is the number of requests that repeated an earlier one.
func (u *Upstream) Retries() int { return int(u.retries.Load()) }
