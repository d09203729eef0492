package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/worker/console"
)

// guarded lets in who says so.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ask(t *testing.T, method, path, bearer string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	console.Handler(guarded).ServeHTTP(w, r)
	return w
}

// The page loads its own files alone, and none of them holds what a strict policy
// forbids.
func TestPage(t *testing.T) {
	t.Parallel()
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/console/index.html": "text/html; charset=utf-8", "/console/console.css": "text/css; charset=utf-8",
		"/console/console.js": "text/javascript; charset=utf-8", "/console/adf.js": "text/javascript; charset=utf-8", "/console/lit-html.js": "text/javascript; charset=utf-8",
	} {
		w := ask(t, http.MethodGet, path, "", http.NoBody)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != kind || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: %d %v", path, w.Code, h)
		}
		if body := w.Body.String(); path != "/console/lit-html.js" && (strings.Contains(body, "https://") || strings.Contains(body, "style=\"") || strings.Contains(body, "innerHTML")) {
			t.Errorf("%s loads from elsewhere, or has what the policy forbids", path)
		}
	}
	for _, path := range []string{"/console/", "/console/none.js", "/console/../console.go", "/console/%2e%2e%2fconsole.go", "/console/static/console.js"} {
		if w := ask(t, http.MethodGet, path, "", http.NoBody); w.Code == http.StatusOK {
			t.Errorf("%s answers 200", path)
		}
	}
}

func TestADF(t *testing.T) {
	t.Parallel()
	w := ask(t, http.MethodPost, console.PathADF, "token", strings.NewReader("**bold** \xff"))
	want := `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"bold","marks":[{"type":"strong"}]},{"type":"text","text":" ` + "\uFFFD" + `"}]}]}`
	if diff := cmp.Diff(want, w.Body.String()); w.Code != http.StatusOK || diff != "" {
		t.Errorf("%d %s", w.Code, diff)
	}
	for name, tt := range map[string]struct {
		bearer string
		body   string
		status int
	}{
		"a stranger":    {"", "a", http.StatusUnauthorized},
		"a large text":  {"token", strings.Repeat("a", 1<<20+1), http.StatusRequestEntityTooLarge},
		"a deep text":   {"token", strings.Repeat(">", 1000), http.StatusBadRequest},
		"an empty text": {"token", "", http.StatusOK},
	} {
		if w := ask(t, http.MethodPost, console.PathADF, tt.bearer, strings.NewReader(tt.body)); w.Code != tt.status {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
