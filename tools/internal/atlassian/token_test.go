package atlassian_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"", "https://api.atlassian.com", "https://api.atlassian.com/", "https://proxy.test/atlassian", "https://proxy.test:8443/a/b/", "HTTPS://API.ATLASSIAN.COM",
		"http://127.0.0.1:9100", "http://127.8.9.1", "http://localhost:1", "http://LOCALHOST:1", "http://[::1]:8000/x", "https://192.0.2.1",
	} {
		c, err := atlassian.NewClient(atlassian.Options{URL: good})
		if err != nil {
			t.Errorf("%q is refused: %v", good, err)
			continue
		}
		c.Close()
	}
	for _, bad := range []string{
		"api.atlassian.com", "//api.atlassian.com", "/", "/ex", "https://", "https:///x", "https://:443", "ftp://api.atlassian.com", "file:///etc/passwd", "https:api.atlassian.com", " https://api.atlassian.com",
		"https://api.atlassian.com\n", "https://user:pa55word@api.atlassian.com", "https://user@api.atlassian.com", "https://@api.atlassian.com", "https://api.atlassian.com/?x=pa55word", "https://api.atlassian.com?",
		"https://api.atlassian.com/x?", "https://api.atlassian.com#x", "https://api.atlassian.com/#", "https://%zz",
		"http://api.atlassian.com", "http://192.0.2.1", "http://0.0.0.0", "http://127.0.0.1.nip.io", "http://localhost.evil.test", "http://[::]", "http://10.0.0.1", "http://2130706433",
	} {
		c, err := atlassian.NewClient(atlassian.Options{URL: bad})
		if err == nil {
			t.Errorf("%q is accepted", bad)
			c.Close()
			continue
		}
		if strings.Contains(err.Error(), "pa55word") {
			t.Errorf("the error shows the URL: %v", err)
		}
	}
}

func TestBaseURLKeepsItsPath(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                               "https://api.atlassian.com/oauth/token/accessible-resources",
		"https://proxy.test/atlassian/":  "https://proxy.test/atlassian/oauth/token/accessible-resources",
		"https://proxy.test/atlassian//": "https://proxy.test/atlassian/oauth/token/accessible-resources",
	} {
		var got string
		c := newClient(t, atlassian.Options{URL: base, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return answer(200, "[]"), nil
		})})
		if _, err := c.User(newCall(secret), nil).ListSites(t.Context(), atlassian.Jira); err != nil || got != want {
			t.Errorf("%s: asked %s, %v", base, got, err)
		}
	}
}

func TestTokenIsSentToTheGateway(t *testing.T) {
	t.Parallel()
	var got []string
	g := &gateway{t: t, rows: []row{acme}, product: always(200, "{}")}
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.URL.Host+" "+strings.Join(r.Header.Values("Authorization"), "|"))
		return g.RoundTrip(r)
	})})
	for _, token := range []string{secret, "another"} {
		if err := read(t.Context(), siteOf(t, c, newCall(token))); err != nil {
			t.Fatal(err)
		}
	}
	const first, second = "gateway.test Bearer " + secret, "gateway.test Bearer another"
	if diff := cmp.Diff([]string{first, first, second, second}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsSentWithoutAToken(t *testing.T) {
	t.Parallel()
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, sites: func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s", r.URL)
		return answer(200, "[]"), nil
	}}})
	for _, inv := range []*tool.Invocation{newCall(""), {}} {
		_, err := c.User(inv, everything).Site(t.Context(), atlassian.Jira, "")
		if e := told(t, err); e.Kind != tool.KindUpstreamAuth || e.CanRetry || e.Status != http.StatusUnauthorized || inv.Upstream.Calls() != 0 {
			t.Errorf("%s, status %d, can_retry %v, %d calls", e.Kind, e.Status, e.CanRetry, inv.Upstream.Calls())
		}
	}
}

// A token that no header can carry must fail once, and not be shown.
func TestUnusableToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	c := newClient(t, atlassian.Options{URL: server.URL})
	for _, token := range []string{secret + "\n", secret + "\r\nX-Injected: 1", "\x00" + secret, secret + "\x7f", secret + strings.Repeat("r", 16<<10)} {
		inv := newCall(token)
		_, err := c.User(inv, everything).Site(t.Context(), atlassian.Jira, "")
		e := told(t, err)
		if e.Kind != tool.KindFatal || e.CanRetry || e.Status != 500 || inv.Upstream.Calls() != 0 {
			t.Errorf("%q: %s, status %d, can_retry %v, %d calls", token, e.Kind, e.Status, e.CanRetry, inv.Upstream.Calls())
		}
		if strings.Contains(shown(e)+everyText(err), secret) {
			t.Errorf("the token is shown: %s", everyText(err))
		}
	}
}

// hop is a request as the network saw it.
type hop struct{ Method, URL, Authorization, Body string }

// followed performs an operation whose first answer is res and returns every
// request made, without the one for the list of sites. first is where the first
// answer redirects to before res.
func followed(t *testing.T, base string, op *atlassian.Op[keyed, anything], res func() *http.Response, first ...string) (hops []hop, err error) {
	t.Helper()
	u, _ := url.Parse(base)
	g := &gateway{t: t, rows: []row{acme}}
	c := newClient(t, atlassian.Options{URL: base, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/accessible-resources") {
			return g.RoundTrip(r)
		}
		body := []byte{}
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
		}
		hops = append(hops, hop{r.Method, strings.Replace(r.URL.String(), u.Host, "GATEWAY", 1), r.Header.Get("Authorization"), string(body)})
		if len(r.Header) != 0 && len(hops) > 1 {
			t.Errorf("the second request carries %v", r.Header)
		}
		if len(hops) == 1 && len(first) > 0 {
			return answer(http.StatusSeeOther, "", "Location", first[0]), nil
		}
		if len(hops) == 1 || len(hops) > 9 {
			return res(), nil
		}
		if strings.Contains(r.URL.Path, "again") {
			return res(), nil
		}
		return answer(200, `{"file":true}`), nil
	})})
	s := siteOf(t, c, newCall(secret))
	_, err = op.Do(t.Context(), s, keyed{"9"})
	return hops, err
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	const gatewayURL = "https://gateway.test" + prefix
	first := hop{Method: "GET", URL: "https://GATEWAY" + site + "/rest/api/3/attachment/9", Authorization: "Bearer " + secret}
	tests := []struct {
		name, base, location string
		next                 string // the second request; empty is none
		ok                   bool
	}{
		{"to another host", gatewayURL, "https://media.test/file?sig=1", "https://media.test/file?sig=1", true},
		{"on the same host", gatewayURL, "https://gateway.test/file", "https://GATEWAY/file", true},
		{"to another port", gatewayURL, "https://gateway.test:8443/file", "", false},
		{"to a host that is not named", gatewayURL, "https://evil.test/file", "", false},
		{"to a host below a named one", gatewayURL, "https://a.media.test/file", "", false},
		{"with a user", gatewayURL, "https://ada@media.test/file", "", false},
		{"relative", gatewayURL, "/file?x=1", "https://GATEWAY/file?x=1", true},
		{"without a scheme", gatewayURL, "//media.test/file", "https://media.test/file", true},
		{"to a second redirect", gatewayURL, "https://media.test/again", "https://media.test/again", false},
		{"to http", gatewayURL, "http://media.test/file", "", false},
		{"to http on the same host", gatewayURL, "http://gateway.test/file", "", false},
		{"to http on this machine", gatewayURL, "http://127.0.0.1/file", "", false},
		{"to a file", gatewayURL, "file:///etc/passwd", "", false},
		{"to a script", gatewayURL, "javascript:alert(1)", "", false},
		{"nowhere", gatewayURL, "", "", false},
		{"to garbage", gatewayURL, "https://%zz/", "", false},
		{"to no host", gatewayURL, "https:///file", "", false},
		{"on this machine", "http://127.0.0.1:9" + prefix, "http://localhost:8/file", "http://localhost:8/file", true},
		{"from this machine to http", "http://127.0.0.1:9" + prefix, "http://media.test/file", "", false},
	}
	for _, tt := range tests {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprintf("%d %s", status, tt.name), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					res := func() *http.Response {
						res := answer(status, "<html>", "Location", tt.location)
						if tt.location == "" {
							res.Header.Del("Location")
						}
						return res
					}
					want := []hop{first}
					if strings.HasPrefix(tt.base, "http:") {
						want[0].URL = strings.Replace(want[0].URL, "https", "http", 1)
					}
					if tt.next != "" {
						want = append(want, hop{Method: "GET", URL: tt.next})
					}
					hops, err := followed(t, tt.base, fetchFile, res)
					if diff := cmp.Diff(want, hops); diff != "" {
						t.Errorf("requests (-want +got):\n%s", diff)
					}
					switch {
					case tt.ok && err != nil:
						t.Error(err)
					case !tt.ok:
						e := told(t, err)
						if e.CanRetry || strings.Contains(shown(e), "media.test") {
							t.Errorf("can_retry %v: %s", e.CanRetry, shown(e))
						}
						if want := map[bool]tool.Kind{true: tool.KindUpstreamUnmapped, false: tool.KindNetworkUnmapped}[tt.next != ""]; e.Kind != want {
							t.Errorf("kind %s, want %s", e.Kind, want)
						}
					}
				})
			})
		}
	}
}

func TestRedirectsAreNotFollowedUnlessDeclared(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308, 399} {
		for _, location := range []string{"https://id.atlassian.com/login", "https://gateway.test" + site + "/x", "/x"} {
			hops, err := followed(t, "https://gateway.test"+prefix, readIssue, func() *http.Response { return answer(status, "", "Location", location) })
			e := told(t, err)
			if e.Kind != tool.KindUpstreamUnmapped || e.Status != status || e.CanRetry || len(hops) != 1 {
				t.Errorf("%d to %s: %s, status %d, can_retry %v, %d requests", status, location, e.Kind, e.Status, e.CanRetry, len(hops))
			}
			if !strings.Contains(e.Message, "redirection") {
				t.Errorf("%d: %s", status, e.Message)
			}
		}
	}
}

// The same over sockets, where net/http does the sending.
func TestRedirectLeavesTheTokenBehind(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	media := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+r.Header.Get("Referer")+r.Header.Get("Cookie"))
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(media.Close)
	s := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		http.Redirect(w, r, media.URL+"/f?sig=1", http.StatusSeeOther)
	}))
	if _, err := fetchFile.Do(t.Context(), s, keyed{"9"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET /f?sig=1 "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFollowedRedirectIsCounted(t *testing.T) {
	t.Parallel()
	n := 0
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{
		t: t, rows: []row{acme}, product: func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer(303, "", "Location", site+"/file"), nil
			}
			return answer(200, "{}"), nil
		},
	}})
	inv := newCall(secret)
	s := siteOf(t, c, inv)
	if _, err := fetchFile.Do(t.Context(), s, keyed{"9"}); err != nil {
		t.Fatal(err)
	}
	if inv.Upstream.Calls() != 3 || inv.Upstream.Retries() != 0 {
		t.Errorf("%d calls, %d retries", inv.Upstream.Calls(), inv.Upstream.Retries())
	}
}

// No failure shows the token, not even one in which the other side repeats it.
func TestNoErrorShowsTheToken(t *testing.T) {
	t.Parallel()
	echo := func(status int) roundTrip {
		return func(r *http.Request) (*http.Response, error) {
			said := "you sent " + r.Header.Get("Authorization")
			return answer(status, mustJSON(anything{"message": said, "errorMessages": []string{said}, "errors": map[string]string{"a": said, said: "b"}}),
				"Atl-Traceid", said, "Location", site+"/x?t="+secret, "Retry-After", said), nil
		}
	}
	escaped := ""
	for _, c := range secret {
		escaped += fmt.Sprintf(`\\u%04x`, c)
	}
	hidden := func(mask string) roundTrip {
		body := strings.ReplaceAll(`{"message":"you sent X","errors":{"X":"X"},"errorMessages":["X"]}`, "X", mask)
		return always(400, body, "Atl-Traceid", "X")
	}
	tests := map[string]roundTrip{
		"escaped":                     hidden(escaped),
		"with soft breaks":            hidden(secret[:9] + "\u200b" + secret[9:]),
		"at the end of what is shown": hidden(strings.Repeat("x", 280) + secret),
		"after very much":             hidden(strings.Repeat("<b>", (4<<16)/3-12) + secret),
		"dial error":                  func(*http.Request) (*http.Response, error) { return nil, &url.Error{Op: "Get", URL: "x", Err: io.EOF} },
		"page":                        always(200, "<html>"),
		"cut":                         always(200, `{"a":`),
		"wrong type":                  always(200, `["`+base64.StdEncoding.EncodeToString([]byte("x"))+`"]`),
	}
	for _, status := range []int{301, 302, 400, 401, 403, 404, 409, 429, 500, 503} {
		tests[fmt.Sprint("echo ", status)] = echo(status)
	}
	for name, product := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := onSite(t, product)
				_, following := fetchFile.Do(t.Context(), s, keyed{"A-1"})
				for _, err := range []error{read(t.Context(), s), write(t.Context(), s), following} {
					if err == nil {
						continue
					}
					wrapped := fmt.Errorf("reading the issue: %w", errors.Join(err))
					if text := everyText(err) + everyText(wrapped) + shown(told(t, err)) + everyText(told(t, err)); strings.Contains(text, secret[:20]) {
						t.Errorf("the token is shown:\n%s", text)
					}
				}
			})
		})
	}
}

func TestCacheDoesNotHoldTheToken(t *testing.T) {
	t.Parallel()
	c := newClient(t, atlassian.Options{URL: "https://gateway.test" + prefix, Transport: &gateway{t: t, rows: []row{acme}}})
	siteOf(t, c, newCall(secret))
	kept := c.Kept()
	if len(kept[sha256.Sum256([]byte(secret))]) != 1 || len(kept) != 1 || strings.Contains(fmt.Sprintf("%s %v", kept, kept), secret) {
		t.Errorf("kept: %v", kept)
	}
}

// A signed address that its host refuses is not the user's permission.
func TestRefusalOfAnotherHost(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 410} {
		_, err := followed(t, "https://gateway.test"+prefix, fetchFile, func() *http.Response {
			return answer(status, `{"code":403,"message":"The app is not installed on this instance"}`)
		}, "https://media.test/again")
		e := told(t, err)
		if e.Kind != tool.KindUpstreamUnmapped || !e.CanRetry || e.Status != status || strings.Contains(e.Message, "permission") || strings.Contains(e.Message, "site") {
			t.Errorf("%d: %s, can_retry %v: %s", status, e.Kind, e.CanRetry, e.Message)
		}
	}
}
