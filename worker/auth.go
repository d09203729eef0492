package worker

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// The claims the Engine puts in its tokens (protocol §2).
const (
	audience     = "worker"
	tokenVersion = "1"
	leeway       = 60 * time.Second
)

// NewToken signs a token that a worker with the same secret accepts until it
// expires: what the Engine sends, for people with curl.
func NewToken(secret string, now time.Time, ttl time.Duration) (string, error) {
	if secret == "" {
		return "", errors.New("no worker secret")
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"aud": audience,
		"ver": tokenVersion,
		"iat": now.Unix(),
		"exp": now.Add(ttl).Unix(),
	}).SignedString([]byte(secret))
}

// maxToken bounds a bearer token in bytes. The Engine's are of a few hundred; what
// is longer is refused before anything of it is decoded.
const maxToken = 8 << 10

// authenticate lets a request with a valid token through and answers 401
// before its body is read.
func (s *Server) authenticate(next http.Handler) http.Handler {
	if s.options.NoAuth {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			trust(r)
			next.ServeHTTP(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		detail := "Not authenticated"
		if token, ok := bearer(r); ok {
			var expires bool
			var err error
			s.turns.do(func() { expires, err = s.tokens.verify(token) })
			if err == nil {
				if !expires {
					s.warnNoExpiry.Do(func() { s.options.Log.Warn().Msg("the Engine's tokens never expire (no exp claim)") })
				}
				trust(r)
				next.ServeHTTP(w, r)
				return
			}
			detail = "Invalid token. Error: " + clip(err.Error()) // which may quote what does not parse
		}
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, r, refusedToken, detail)
	})
}

// bearer reads the Authorization header; the scheme is case-insensitive. Several
// headers are none: what stands before the worker may have looked at another one.
func bearer(r *http.Request) (string, bool) {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// verifier checks the Engine's tokens.
type verifier struct {
	secrets   [][]byte // any of them will do
	parser    *jwt.Parser
	validator *jwt.Validator
}

func newVerifier(secrets ...[]byte) *verifier {
	return &verifier{
		secrets: secrets,
		parser:  jwt.NewParser(jwt.WithStrictDecoding()),
		validator: jwt.NewValidator(
			jwt.WithLeeway(leeway),
			jwt.WithIssuedAt(),
			jwt.WithAudience(audience),
		),
	}
}

// verify checks signature and claims (protocol §2). expires says whether the
// token ever does. The signature comes first, over the token as it stands:
// nothing that somebody without the secret wrote is parsed.
func (v *verifier) verify(token string) (expires bool, err error) {
	if len(token) > maxToken {
		return false, fmt.Errorf("%w: it is longer than %d bytes", jwt.ErrTokenMalformed, maxToken)
	}
	if err := v.verifySignature(token); err != nil {
		return false, err
	}
	var c claims
	t, _, err := v.parser.ParseUnverified(token, &c)
	if err != nil {
		return false, err
	}
	if err := checkHeader(t); err != nil {
		return false, fmt.Errorf("%w: %w", jwt.ErrTokenUnverifiable, err)
	}
	if err := v.validator.Validate(&c); err != nil {
		return false, fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, err)
	}
	_, expires = c["exp"]
	return expires, nil
}

// verifySignature checks that one of the secrets signed the token with HS256,
// whatever its header says; checkHeader holds the header to that.
func (v *verifier) verifySignature(token string) error {
	last := strings.LastIndexByte(token, '.')
	if strings.Count(token, ".") != 2 {
		return fmt.Errorf("%w: token contains an invalid number of segments", jwt.ErrTokenMalformed)
	}
	signature, err := v.parser.DecodeSegment(token[last+1:])
	if err != nil {
		return fmt.Errorf("%w: could not base64 decode signature", jwt.ErrTokenMalformed)
	}
	for _, secret := range v.secrets {
		if err = jwt.SigningMethodHS256.Verify(token[:last], signature, secret); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", jwt.ErrTokenSignatureInvalid, err)
}

// checkHeader refuses what the library lets pass: other methods than HS256,
// extensions that are critical but unknown (RFC 7515 §4.1.11), and bytes that are
// not UTF-8, which the library replaces.
func checkHeader(t *jwt.Token) error {
	if t.Method != jwt.SigningMethodHS256 {
		return fmt.Errorf("signing method %s is invalid", t.Method.Alg())
	}
	// b64 is the one extension that the reference understands, and means nothing
	// unless it is false (RFC 7797).
	b64, hasB64 := t.Header["b64"]
	if crit, ok := t.Header["crit"]; ok {
		list, _ := crit.([]any)
		if len(list) == 0 || !hasB64 || slices.ContainsFunc(list, func(c any) bool { return c != "b64" }) {
			return errors.New("unsupported critical extension")
		}
	}
	if b64 == false {
		return errors.New("unencoded payloads are not supported")
	}
	if kid, ok := t.Header["kid"]; ok {
		if _, isText := kid.(string); !isText {
			return errors.New("kid is not a string")
		}
	}
	for segment := range strings.SplitSeq(t.Raw[:strings.LastIndexByte(t.Raw, '.')], ".") {
		if raw, err := base64.RawURLEncoding.DecodeString(segment); err != nil || !utf8.Valid(raw) {
			return errors.New("not UTF-8")
		}
	}
	return nil
}

// claims are a token's claims. jwt.MapClaims would do, but that it takes an exp
// of zero for none and refuses times in strings, which the reference accepts.
type claims map[string]any

// GetExpirationTime is exp.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.date("exp") }

// GetIssuedAt is iat.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) { return c.date("iat") }

// GetNotBefore is nbf.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) { return c.date("nbf") }

// GetIssuer is iss, which may be anything.
func (c *claims) GetIssuer() (string, error) { return "", nil }

// GetSubject is sub.
func (c *claims) GetSubject() (string, error) { return jwt.MapClaims(*c).GetSubject() }

// GetAudience is aud.
func (c *claims) GetAudience() (jwt.ClaimStrings, error) { return jwt.MapClaims(*c).GetAudience() }

// Validate checks the claims that the library does not.
func (c *claims) Validate() error {
	for _, name := range []string{"sub", "jti"} {
		if value, ok := (*c)[name]; ok {
			if _, isText := value.(string); !isText {
				return errors.New(name + " is not a string")
			}
		}
	}
	if (*c)["ver"] != tokenVersion {
		return errors.New("unsupported token version")
	}
	return nil
}

// digits is a whole number as Python's int reads it.
var digits = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*$`)

// date reads a time claim as the reference does: a number or a string of
// digits, in whole seconds.
func (c *claims) date(name string) (*jwt.NumericDate, error) {
	value, ok := (*c)[name]
	if !ok {
		return nil, nil //nolint:nilnil // how the library wants an absent claim
	}
	seconds, isNumber := value.(float64)
	if text, isText := value.(string); isText {
		text = strings.TrimSpace(text)
		isNumber = digits.MatchString(text)
		seconds, _ = strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64) // out of range is infinite
	}
	if !isNumber {
		return nil, errors.New(name + " is not a number")
	}
	const farAway = 1 << 40 // seconds from now in any direction are never or always
	return &jwt.NumericDate{Time: time.Unix(int64(max(-farAway, min(seconds, farAway))), 0)}, nil
}
