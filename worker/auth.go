package worker

import (
	"encoding/base64"
	"errors"
	"math"
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

// authenticate lets a request with a valid token through and answers 401
// before its body is read.
func (s *Server) authenticate(next http.Handler) http.Handler {
	if s.options.NoAuth {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		detail := "Not authenticated"
		if token, ok := bearer(r); ok {
			mortal, err := s.tokens.verify(token, time.Now())
			if err == nil {
				if !mortal {
					s.immortal.Do(func() { s.options.Log.Warn().Msg("the Engine's tokens never expire (no exp claim)") })
				}
				next.ServeHTTP(w, r)
				return
			}
			detail = "Invalid token. Error: " + err.Error()
		}
		s.options.Log.Warn().Int("status", http.StatusUnauthorized).Str("path", r.URL.Path).Str("reason", detail).Msg("refused")
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, detail)
	})
}

// bearer reads the Authorization header; the scheme is case-insensitive.
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// verifier checks the Engine's tokens.
type verifier struct {
	secret []byte
	parser *jwt.Parser
}

func newVerifier(secret []byte) *verifier {
	return &verifier{secret, jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithoutClaimsValidation(), // checkClaims follows the protocol, which differs in details
	)}
}

// verify checks signature and claims. The error's text is shown to the caller,
// in the reference's words where it has any; it never quotes the token. mortal
// says whether the token has an expiry.
func (v *verifier) verify(token string, now time.Time) (mortal bool, err error) {
	if strings.Count(token, ".") < 2 {
		return false, errors.New("Not enough segments") //nolint:staticcheck // the reference's text
	}
	claims := jwt.MapClaims{}
	parsed, err := v.parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return v.secret, nil })
	if err != nil {
		return false, parseFailure(parsed, err)
	}
	if err := checkHeader(parsed.Header); err != nil {
		return false, err
	}
	if !isUTF8(token) {
		return false, errors.New("Token is not UTF-8") //nolint:staticcheck // as the texts of the reference
	}
	_, mortal = claims["exp"]
	return mortal, checkClaims(claims, now)
}

// isUTF8 looks into the header and the payload of a token that was decoded
// before: the library replaces what is not UTF-8.
func isUTF8(token string) bool {
	for segment := range strings.SplitSeq(token[:strings.LastIndexByte(token, '.')], ".") {
		if raw, err := base64.RawURLEncoding.DecodeString(segment); err != nil || !utf8.Valid(raw) {
			return false
		}
	}
	return true
}

//nolint:staticcheck // the texts are the reference's, shown to people as they are
func parseFailure(parsed *jwt.Token, err error) error {
	switch {
	case parsed != nil && parsed.Header != nil && parsed.Header["alg"] == nil:
		return errors.New("Algorithm not specified")
	case errors.Is(err, jwt.ErrTokenMalformed):
		return errors.New("Token is malformed")
	case parsed != nil && parsed.Header["alg"] != jwt.SigningMethodHS256.Alg():
		return errors.New("The specified alg value is not allowed")
	}
	return errors.New("Signature verification failed")
}

//nolint:staticcheck // the texts are the reference's, shown to people as they are
func checkHeader(header map[string]any) error {
	// b64 is the one extension that the reference understands, and means nothing
	// unless it is false (RFC 7797).
	b64, hasB64 := header["b64"]
	if crit, ok := header["crit"]; ok {
		list, _ := crit.([]any)
		if len(list) == 0 || !hasB64 || slices.ContainsFunc(list, func(c any) bool { return c != "b64" }) {
			return errors.New("Unsupported critical extension")
		}
	}
	if b64 == false {
		return errors.New("Unencoded payloads are not supported")
	}
	if kid, ok := header["kid"]; ok {
		if _, isText := kid.(string); !isText {
			return errors.New("Key ID header parameter must be a string")
		}
	}
	return nil
}

// checkClaims applies protocol §1.5 and §2, in the reference's order.
//
//nolint:staticcheck // the texts are the reference's, shown to people as they are
func checkClaims(claims jwt.MapClaims, now time.Time) error {
	seconds := float64(now.UnixNano()) / 1e9
	tolerance := leeway.Seconds()
	for _, c := range []struct {
		name    string
		invalid func(at float64) bool
		text    string
	}{
		{"iat", func(at float64) bool { return at > seconds+tolerance }, "The token is not yet valid (iat)"},
		{"nbf", func(at float64) bool { return at > seconds+tolerance }, "The token is not yet valid (nbf)"},
		{"exp", func(at float64) bool { return at <= seconds-tolerance }, "Signature has expired"},
	} {
		value, ok := claims[c.name]
		if !ok {
			continue
		}
		at, ok := numericDate(value)
		if !ok {
			return errors.New("The " + c.name + " claim must be a number")
		}
		if c.invalid(at) {
			return errors.New(c.text)
		}
	}
	if err := checkAudience(claims["aud"]); err != nil {
		return err
	}
	for _, name := range []string{"sub", "jti"} {
		if value, ok := claims[name]; ok {
			if _, isText := value.(string); !isText {
				return errors.New("The " + name + " claim must be a string")
			}
		}
	}
	switch ver := claims["ver"].(type) {
	case nil:
		return errors.New("Unsupported token version: None")
	case string:
		if ver == tokenVersion {
			return nil
		}
	}
	return errors.New("Unsupported token version")
}

//nolint:staticcheck // the texts are the reference's, shown to people as they are
func checkAudience(aud any) error {
	missing := errors.New(`Token is missing the "aud" claim`)
	switch aud := aud.(type) {
	case nil:
		return missing
	case string:
		if aud == "" {
			return missing
		}
		if aud == audience {
			return nil
		}
	case []any:
		if len(aud) == 0 {
			return missing
		}
		if slices.ContainsFunc(aud, func(a any) bool { _, isText := a.(string); return !isText }) {
			return errors.New("Invalid claim format in token")
		}
		if slices.Contains(aud, any(audience)) {
			return nil
		}
	default:
		return errors.New("Invalid claim format in token")
	}
	return errors.New("Audience doesn't match")
}

// digits is a whole number as Python's int reads it.
var digits = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*$`)

// numericDate reads a time claim as the reference does: a number or a string
// of digits, in whole seconds.
func numericDate(claim any) (float64, bool) {
	switch c := claim.(type) {
	case float64:
		return math.Trunc(c), true
	case string:
		c = strings.TrimSpace(c)
		if !digits.MatchString(c) {
			return 0, false
		}
		f, _ := strconv.ParseFloat(strings.ReplaceAll(c, "_", ""), 64) // out of range is infinite: never, or always
		return f, true
	}
	return 0, false
}
