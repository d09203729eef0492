package tool

// Token is a user's OAuth access token. It prints as "[token]" everywhere, so
// that it cannot reach a log or an error by accident; only Reveal shows it.
type Token struct{ hidden }

// NewToken wraps an access token.
func NewToken(value string) Token { return Token{hidden{&value}} }

// String hides the token.
func (Token) String() string { return "[token]" }

// GoString hides the token.
func (Token) GoString() string { return "[token]" }

// MarshalText hides the token.
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }

// Secret is the value of a secret that the Engine keeps for a tool, such as
// the key of a service without OAuth. It prints as "[secret]" everywhere; only
// Reveal shows it.
type Secret struct{ hidden }

// NewSecret wraps the value of a secret.
func NewSecret(value string) Secret { return Secret{hidden{&value}} }

// String hides the secret.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// hidden is a text that does not print.
//
// It is behind a pointer because fmt calls no methods on the unexported fields
// of other types, nor for verbs such as %d: it prints the address.
type hidden struct{ text *string }

// Reveal returns the text itself, for the header that carries it and for
// hashing into cache keys. The zero value has none.
func (h hidden) Reveal() string {
	if h.text == nil {
		return ""
	}
	return *h.text
}
