package worker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"arcade-atlassian/worker"
)

// BenchmarkInvoke is a call that asks nothing of any service.
func BenchmarkInvoke(b *testing.B) {
	h := newServer(b, worker.Options{NoAuth: true}, echo).Handler()
	body := call("GetThing", `{"text":"a","count":"7","tags":["x","y"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if w := invoke(b, h, body); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkToken is the cost of a refusal, nearly all of it checking a token
// that is good but for its audience.
func BenchmarkToken(b *testing.B) {
	h := newServer(b, worker.Options{Secret: secret}, echo).Handler()
	token := claims(`{"aud":"another","ver":"1","iat":0,"exp":9999999999}`)
	b.ReportAllocs()
	for b.Loop() {
		if w := present(b, h, token, http.NoBody); w.Code != http.StatusUnauthorized {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkTools is the catalog, encoded once when the server was made.
func BenchmarkTools(b *testing.B) {
	h := newServer(b, worker.Options{NoAuth: true}, echo).Handler()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, worker.PathTools, strings.NewReader(""))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
