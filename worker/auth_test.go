package worker_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/rs/zerolog"

	"arcade-atlassian/worker"
)

const hs256 = `{"alg":"HS256","typ":"JWT"}`

var base64url = base64.RawURLEncoding

// goodClaims are all that a token needs.
const goodClaims = `{"aud":"worker","ver":"1"}`

// sign makes a token of any header and payload, well-formed or not.
func sign(h func() hash.Hash, key, header, payload string) string {
	return signSegments(h, key, segment(header)+"."+segment(payload))
}

func segment(text string) string { return base64url.EncodeToString([]byte(text)) }

// signSegments makes a token of anything.
func signSegments(h func() hash.Hash, key, signed string) string {
	mac := hmac.New(h, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + base64url.EncodeToString(mac.Sum(nil))
}

// claims makes an HS256 token with the right secret.
func claims(payload string) string { return sign(sha256.New, secret, hs256, payload) }

// header makes an HS256 token with the right secret and good claims.
func header(h string) string { return sign(sha256.New, secret, h, `{"aud":"worker","ver":"1"}`) }

// ofLength makes a good token of so many bytes.
func ofLength(n int) string {
	const fixed = len(hs256)/3*4 + len("..") + 43
	for room := 0; ; room++ {
		payload := `{"aud":"worker","ver":"1","x":"` + strings.Repeat("y", room) + `"}`
		if got := fixed + base64url.EncodedLen(len(payload)); got >= n {
			return claims(payload)
		}
	}
}

// epoch is when the clock of a synctest bubble starts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// at makes a token with a time claim some seconds from now.
func at(claim string, seconds int64) string {
	return claims(fmt.Sprintf(`{"aud":"worker","ver":"1",%q:%d}`, claim, epoch.Unix()+seconds))
}

// with makes a token with one more claim.
func with(claim string) string { return claims(`{"aud":"worker","ver":"1",` + claim + `}`) }

// accepted stands for no refusal in the tables.
const accepted = ""

// Refusals that the tables name often, by a part of their text.
const (
	segments  = "invalid number of segments"
	malformed = "token is malformed"
	algorithm = "signing method"
	signature = "token signature is invalid"
	audience  = "token has invalid audience"
	noAud     = "token is missing required claim: aud claim is required"
	aud       = "aud is invalid"
	version   = "unsupported token version"
	expired   = "token is expired"
	notYetNBF = "token is not valid yet"
	notYetIAT = "token used before issued"
	tooLong   = "it is longer than 8192 bytes"
)

// vectors are the protocol's own test tokens (protocol §2).
var vectors = []struct{ name, token, refusal string }{
	{"vector: valid", validToken, accepted},
	{"vector: audience list", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsieCIsIndvcmtlciJdLCJ2ZXIiOiIxIn0.pFfyMl7eXb8E-1_G87TB6PoM1hEU0QGNl2Plh4pfogU", accepted},
	{"vector: bad aud", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJub3Qtd29ya2VyIiwidmVyIjoiMSJ9.1zy1ki_OHPZ5nPHYLcDdoc90DFjOXyt1KNQp9TumvB0", audience},
	{"vector: no aud", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ2ZXIiOiIxIn0.JpZIB_2sjdWJsVwAgt8pLdR7vj2j_wbHnsiyJnYBJkw", noAud},
	{"vector: bad ver", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJ3b3JrZXIiLCJ2ZXIiOjF9.3SJAdW0qUaI6Qlb4Zw1ZobCQH2wZV4RYxBNEgzDKF7o", version},
	{"vector: expired", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJ3b3JrZXIiLCJ2ZXIiOiIxIiwiZXhwIjoxfQ.j-VsWNEWc4Xah_eLx30Q614nSApV6b9P0Ar_5tGfNyU", expired},
	{"vector: alg none", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJ3b3JrZXIiLCJ2ZXIiOiIxIn0.", signature},
	{"vector: crit", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImNyaXQiOlsiZXhwIl19.eyJhdWQiOiJ3b3JrZXIiLCJ2ZXIiOiIxIn0.v1kVbZQi9J-8TYR0WTDGTGtGOtCQOD07YrobDt3Ny6s", "unsupported critical extension"},
}

var tokens = append(vectors, []struct{ name, token, refusal string }{
	// Form.
	{"one segment", "garbage", segments},
	{"two segments", "a.b", segments},
	{"valid but for its signature segment", validToken[:strings.LastIndex(validToken, ".")], segments},
	{"dots only", "..", signature},
	{"four segments", validToken + ".x", malformed},
	{"encrypted form of five segments", "a.b.c.d.e", malformed},
	{"no signature", validToken[:strings.LastIndex(validToken, ".")+1], signature},
	{"half a signature", validToken[:len(validToken)-23], signature},
	{"signature of another token", validToken[:strings.LastIndex(validToken, ".")] + with(`"x":1`)[strings.LastIndex(with(`"x":1`), "."):], signature},
	{"padding", validToken + "=", malformed},
	{"padded payload", strings.Replace(validToken, ".4cf9", "=.4cf9", 1), signature},
	{"standard base64 alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(validToken), malformed},
	{"stray character in the header", "!" + validToken, signature},
	{"stray character in the payload", strings.Replace(validToken, ".eyJ", ".ey*J", 1), signature},
	{"stray character in the signature", validToken + "~", malformed},
	{"white space inside", strings.Replace(validToken, ".", ". ", 1), signature},
	{"unused bits set", validToken[:len(validToken)-1] + "d", malformed},
	{"another last bit of the header", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ8" + validToken[36:], signature},
	{"not ASCII", "é.é.é", malformed},
	{"one megabyte", validToken + strings.Repeat("A", 1<<20), tooLong},
	{"one megabyte of dots", strings.Repeat(".", 1<<20), tooLong},
	{"as long as allowed", ofLength(8 << 10), accepted},
	{"longer than allowed", ofLength(8<<10 + 1), tooLong},
	{"nothing signed", signSegments(sha256.New, secret, "."), malformed},
	{"padded and signed so", signSegments(sha256.New, secret, segment(hs256)+"."+segment(goodClaims)+"="), malformed},
	{"stray character in the header, signed", signSegments(sha256.New, secret, "!"+segment(hs256)+"."+segment(goodClaims)), malformed},
	{"white space inside, signed", signSegments(sha256.New, secret, segment(hs256)+". "+segment(goodClaims)), malformed},
	{"another last bit of the header, signed", signSegments(sha256.New, secret, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ8."+segment(goodClaims)), malformed},

	// Nothing of a token is looked at that was not signed with the secret.
	{"forged, and its header is not JSON", sign(sha256.New, "another", "{", goodClaims), signature},
	{"forged, and its payload is not JSON", sign(sha256.New, "another", hs256, "{"), signature},
	{"forged, and its alg is none", sign(sha256.New, "another", `{"alg":"none"}`, goodClaims), signature},
	{"forged, and it is expired", sign(sha256.New, "another", hs256, `{"aud":"worker","ver":"1","exp":1}`), signature},

	// Header.
	{"header is not JSON", header(`hello`), malformed},
	{"header is a list", header(`["HS256"]`), malformed},
	{"header is null", header(`null`), algorithm},
	{"empty header", header(`{}`), "signing method (alg) is unspecified"},
	{"alg is null", header(`{"alg":null}`), "signing method (alg) is unspecified"},
	{"alg is a number", header(`{"alg":256}`), algorithm},
	{"alg is a list", header(`{"alg":["HS256"]}`), algorithm},
	{"alg in lower case", header(`{"alg":"hs256"}`), algorithm},
	{"alg is empty", header(`{"alg":""}`), algorithm},
	{"alg none with a signature", header(`{"alg":"none"}`), algorithm},
	{"alg nOnE", header(`{"alg":"nOnE"}`), algorithm},
	{"HS384", sign(sha512.New384, secret, `{"alg":"HS384"}`, goodClaims), signature},
	{"HS256 called HS384", header(`{"alg":"HS384"}`), algorithm},
	{"HS512", sign(sha512.New, secret, `{"alg":"HS512"}`, goodClaims), signature},
	{"HS512 called HS256", sign(sha512.New, secret, hs256, `{"aud":"worker","ver":"1"}`), signature},
	{"RS256", header(`{"alg":"RS256"}`), algorithm},
	{"ES256", header(`{"alg":"ES256"}`), algorithm},
	{"EdDSA", header(`{"alg":"EdDSA"}`), algorithm},
	{"alg only", header(`{"alg":"HS256"}`), accepted},
	{"other typ", header(`{"alg":"HS256","typ":"at+jwt"}`), accepted},
	{"crit is empty", header(`{"alg":"HS256","crit":[]}`), "unsupported critical extension"},
	{"crit is empty beside b64", header(`{"alg":"HS256","b64":true,"crit":[]}`), "unsupported critical extension"},
	{"crit names b64", header(`{"alg":"HS256","b64":true,"crit":["b64"]}`), accepted},
	{"crit names a missing b64", header(`{"alg":"HS256","crit":["b64"]}`), "unsupported critical extension"},
	{"crit names more than b64", header(`{"alg":"HS256","b64":true,"crit":["b64","exp"]}`), "unsupported critical extension"},
	{"b64 is false", header(`{"alg":"HS256","b64":false,"crit":["b64"]}`), "unencoded payloads are not supported"},
	{"b64 is false without crit", header(`{"alg":"HS256","b64":false}`), "unencoded payloads are not supported"},
	{"header is not UTF-8", header("{\"alg\":\"HS256\",\"x\":\"\xff\"}"), "not UTF-8"},
	{"payload is not UTF-8", sign(sha256.New, secret, hs256, "{\"aud\":\"worker\",\"ver\":\"1\",\"x\":\"\xff\"}"), "not UTF-8"},
	{"exp with underscores", sign(sha256.New, secret, hs256, `{"aud":"worker","ver":"1","exp":"99_999_999_999"}`), accepted},
	{"exp beyond 64 bits", sign(sha256.New, secret, hs256, `{"aud":"worker","ver":"1","exp":"99999999999999999999999"}`), accepted},
	{"iat beyond 64 bits", sign(sha256.New, secret, hs256, `{"aud":"worker","ver":"1","iat":"99999999999999999999999"}`), notYetIAT},
	{"crit is null", header(`{"alg":"HS256","crit":null}`), "unsupported critical extension"},
	{"kid", header(`{"alg":"HS256","kid":"k1"}`), accepted},
	{"kid is a number", header(`{"alg":"HS256","kid":1}`), "kid is not a string"},
	{"kid is null", header(`{"alg":"HS256","kid":null}`), "kid is not a string"},

	// Key.
	{"wrong secret", sign(sha256.New, "another-secret-of-at-least-32-bytes", hs256, `{"aud":"worker","ver":"1"}`), signature},
	{"empty secret", sign(sha256.New, "", hs256, `{"aud":"worker","ver":"1"}`), signature},
	{"secret with a newline", sign(sha256.New, secret+"\n", hs256, `{"aud":"worker","ver":"1"}`), signature},
	{"secret cut short", sign(sha256.New, secret[:32], hs256, `{"aud":"worker","ver":"1"}`), signature},

	// Payload.
	{"payload is not JSON", claims(`hello`), malformed},
	{"payload is empty", claims(``), malformed},
	{"payload is a list", claims(`["worker"]`), malformed},
	{"payload is a string", claims(`"worker"`), malformed},
	{"payload is null", claims(`null`), noAud},
	{"payload goes on", claims(`{"aud":"worker","ver":"1"} {}`), malformed},
	{"no claims", claims(`{}`), noAud},

	// Audience.
	{"aud is null", claims(`{"aud":null,"ver":"1"}`), noAud},
	{"aud is empty", claims(`{"aud":"","ver":"1"}`), noAud},
	{"aud is an empty list", claims(`{"aud":[],"ver":"1"}`), noAud},
	{"aud is a number", claims(`{"aud":1,"ver":"1"}`), noAud},
	{"aud is an object", claims(`{"aud":{"worker":true},"ver":"1"}`), noAud},
	{"aud list with a number", claims(`{"aud":["worker",1],"ver":"1"}`), aud},
	{"aud list of lists", claims(`{"aud":[["worker"]],"ver":"1"}`), aud},
	{"aud list of others", claims(`{"aud":["a","b"],"ver":"1"}`), audience},
	{"aud list of one", claims(`{"aud":["worker"],"ver":"1"}`), accepted},
	{"aud in upper case", claims(`{"aud":"WORKER","ver":"1"}`), audience},
	{"aud with a blank", claims(`{"aud":"worker ","ver":"1"}`), audience},
	{"aud contains the word", claims(`{"aud":"workers","ver":"1"}`), audience},

	// Version.
	{"no ver", claims(`{"aud":"worker"}`), version},
	{"ver is null", claims(`{"aud":"worker","ver":null}`), version},
	{"ver is empty", claims(`{"aud":"worker","ver":""}`), version},
	{"ver 2", claims(`{"aud":"worker","ver":"2"}`), version},
	{"ver 1.0", claims(`{"aud":"worker","ver":"1.0"}`), version},
	{"ver is true", claims(`{"aud":"worker","ver":true}`), version},
	{"ver is a list", claims(`{"aud":"worker","ver":["1"]}`), version},

	// Times: 60 seconds of leeway.
	{"exp in the future", at("exp", 3600), accepted},
	{"exp now", at("exp", 0), accepted},
	{"exp inside the leeway", at("exp", -59), accepted},
	{"exp at its end", at("exp", -60), expired},
	{"exp outside", at("exp", -61), expired},
	{"nbf in the past", at("nbf", -3600), accepted},
	{"nbf inside the leeway", at("nbf", 60), accepted},
	{"nbf outside", at("nbf", 61), notYetNBF},
	{"iat in the past", at("iat", -3600), accepted},
	{"iat inside the leeway", at("iat", 60), accepted},
	{"iat outside", at("iat", 61), notYetIAT},
	{"fractions are cut", with(`"iat":946684860.999,"exp":946684741.5`), accepted},
	{"numeric strings", with(`"exp":"946688400","nbf":" 1 ","iat":"0"`), accepted},
	{"expired string", with(`"exp":"1"`), expired},
	{"text", with(`"exp":"soon"`), "exp is not a number"},
	{"empty text", with(`"exp":""`), "exp is not a number"},
	{"string with a fraction", with(`"exp":"946688400.5"`), "exp is not a number"},
	{"date", with(`"iat":"2000-01-01T00:00:00Z"`), "iat is not a number"},
	{"exp is null", with(`"exp":null`), "exp is not a number"},
	{"nbf is a list", with(`"nbf":[1]`), "nbf is not a number"},
	{"iat is an object", with(`"iat":{}`), "iat is not a number"},
	{"exp is true", with(`"exp":true`), "exp is not a number"},
	{"huge exp", with(`"exp":1e300`), accepted},
	{"huge exp in a string", with(`"exp":"99999999999999999999"`), accepted},
	{"exp beyond floating point", with(`"exp":1e999`), malformed},
	{"a number of 5000 digits", with(`"x":` + strings.Repeat("9", 5000)), malformed},
	{"huge nbf", with(`"nbf":1e300`), notYetNBF},
	{"negative exp", with(`"exp":-1e300`), expired},
	{"exp is zero", with(`"exp":0`), expired},

	// Other claims.
	{"all claims of text", with(`"sub":"s","jti":"j","iss":1,"other":[]`), accepted},
	{"sub is a number", with(`"sub":1`), "sub is not a string"},
	{"sub is null", with(`"sub":null`), "sub is not a string"},
	{"jti is a list", with(`"jti":["a"]`), "jti is not a string"},
}...)

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range tokens {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // its clock starts at epoch
				var log logged
				h := newServer(t, worker.Options{Secret: secret, Log: zerolog.New(&log)}, echo).Handler()
				w := present(t, h, tt.token, http.NoBody)
				if tt.refusal == accepted {
					if w.Code != http.StatusOK {
						t.Errorf("got %d %s", w.Code, w.Body)
					}
				} else {
					refused(t, w, tt.refusal)
				}
				for _, hidden := range append(strings.Split(tt.token, "."), secret, tt.token) {
					if len(hidden) < 8 {
						continue
					}
					if strings.Contains(w.Body.String(), hidden) || strings.Contains(log.String(), hidden) {
						t.Errorf("%.40q is repeated in %s or %s", hidden, w.Body, log.String())
					}
				}
			})
		})
	}
}

// present calls the invoke route with a token.
func present(t testing.TB, h http.Handler, token string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	path, method := worker.PathTools, http.MethodGet
	if body != http.NoBody {
		path, method = worker.PathInvoke, http.MethodPost
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// refused checks an answer of status 401, whose detail holds a reason.
func refused(t testing.TB, w *httptest.ResponseRecorder, reason string) {
	t.Helper()
	var body struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body, json.RejectUnknownMembers(true)); err != nil {
		t.Errorf("%v in %s", err, w.Body)
	}
	if w.Code != http.StatusUnauthorized || !strings.HasPrefix(body.Detail, "Invalid token. Error: ") || !strings.Contains(body.Detail, reason) {
		t.Errorf("got %d %q, want 401 %q", w.Code, body.Detail, reason)
	}
	if len(body.Detail) > 200 {
		t.Errorf("the detail is %d bytes", len(body.Detail))
	}
	if got := w.Header().Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
}

// untouched is a body that must not be read.
type untouched struct{ t testing.TB }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestBodyOfARefusedRequestIsNotRead(t *testing.T) {
	t.Parallel()
	h := newServer(t, worker.Options{Secret: secret}, echo).Handler()
	refused(t, present(t, h, "not-a-jwt", untouched{t}), segments)
}

func TestExactlyOneAuthorizationHeader(t *testing.T) {
	t.Parallel()
	h := newServer(t, worker.Options{Secret: secret}, echo).Handler()
	for _, values := range [][]string{
		nil,
		{"Bearer " + validToken, "Bearer " + validToken},
		{"Bearer " + validToken, ""},
		{"", "Bearer " + validToken},
		{"Basic dTpw", "Bearer " + validToken},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, untouched{t})
		for _, value := range values {
			r.Header.Add("Authorization", value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || w.Body.String() != `{"detail":"Not authenticated"}` {
			t.Errorf("%d headers: got %d %s", len(values), w.Code, w.Body)
		}
	}
}

func TestNewTokenIsAcceptedUntilItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newServer(t, worker.Options{Secret: secret}, echo).Handler()
		token, err := worker.NewToken(secret, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if w := present(t, h, token, http.NoBody); w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		<-time.After(time.Hour + time.Minute)
		refused(t, present(t, h, token, http.NoBody), expired)
	})
}

func TestNewTokenNeedsASecret(t *testing.T) {
	t.Parallel()
	if token, err := worker.NewToken("", time.Now(), time.Hour); err == nil {
		t.Errorf("got %q", token)
	}
}

func TestTokensWithoutExpiryAreReportedOnce(t *testing.T) {
	t.Parallel()
	var log logged
	h := newServer(t, worker.Options{Secret: secret, Log: zerolog.New(&log)}, echo).Handler()
	for _, token := range []string{at("exp", 1e10), validToken, validToken} {
		present(t, h, token, http.NoBody)
	}
	if got := log.lines(t, "the Engine's tokens never expire (no exp claim)"); len(got) != 1 {
		t.Errorf("%d warnings in:\n%s", len(got), log.String())
	}
}

func TestNoAuthIgnoresTheHeader(t *testing.T) {
	t.Parallel()
	var log logged
	o := open(&log)
	o.Secret = secret
	h := newServer(t, o, echo).Handler()
	for _, token := range []string{"", "not-a-jwt", validToken} {
		if w := present(t, h, token, http.NoBody); w.Code != http.StatusOK {
			t.Errorf("%q: got %d %s", token, w.Code, w.Body)
		}
	}
	if !bytes.Contains([]byte(log.String()), []byte("AUTHENTICATION IS OFF")) {
		t.Errorf("no warning in %s", log.String())
	}
}

// FuzzToken holds every accepted token to a second, simpler reading of the
// rules: three strict base64url segments, HMAC-SHA-256, version and audience.
func FuzzToken(f *testing.F) {
	for _, tt := range tokens {
		f.Add(tt.token)
	}
	h := newServer(f, worker.Options{Secret: secret}, echo).Handler()
	f.Fuzz(func(t *testing.T, token string) {
		token = strings.TrimSpace(token)
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < ' ' }) {
			t.Skip("no token, or no header value")
		}
		w := present(t, h, token, http.NoBody)
		if w.Code != http.StatusOK {
			var body struct {
				Detail string `json:"detail"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("%v in %s", err, w.Body)
			}
			refused(t, w, body.Detail)
			return
		}
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			t.Fatalf("accepted %d segments", len(parts))
		}
		payload, err := base64url.Strict().DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		head, err := base64url.Strict().DecodeString(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		if sign(sha256.New, secret, string(head), string(payload)) != token {
			t.Error("accepted a wrong signature")
		}
	})
}
