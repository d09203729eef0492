package worker_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"arcade-atlassian/worker"
)

// repeated is a list of so many bytes, of one item again and again.
func repeated(item string, bytes int) string {
	return strings.TrimSuffix(strings.Repeat(item+",", bytes/(len(item)+1)), ",")
}

// numbered are the members of an object of about so many bytes, each with a name
// of its own.
func numbered(bytes int) string {
	var b strings.Builder
	for n := range bytes / 8 {
		b.WriteString(`"` + string([]byte{'A' + byte(n%26), 'a' + byte(n/26%26), 'a' + byte(n/676%26), 'a' + byte(n/17576%26)}) + `":1,`)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// What a call takes follows from its size, whatever is in it.
func TestMemoryOfAnEnvelope(t *testing.T) { // not parallel: it counts what everything allocates
	const size = 4 << 20
	h := newServer(t, worker.Options{NoAuth: true}, echo).Handler()
	for _, tt := range []struct {
		name, envelope string
		most           float64 // times the body
	}{
		{"user_info with many members", `"context":{"authorization":{"token":"t","user_info":{` + numbered(size) + `}}}`, 1.1},
		{"user_info with a long list", `"context":{"authorization":{"user_info":{"a":[` + repeated("1", size) + `]}}}`, 1.1},
		{"an unknown member of the context", `"context":{"new":{` + numbered(size) + `}}`, 1.1},
		{"an unknown member", `"new":{` + numbered(size) + `}`, 1.1},
		{"many unknown members", numbered(size), 3},
		{"a long run_id", `"run_id":"` + strings.Repeat("a", size) + `"`, 1.1},
		{"a long token", `"context":{"authorization":{"token":"` + strings.Repeat("a", size) + `"}}`, 3.1},
		{"many secrets", `"context":{"secrets":[` + repeated(`{"key":"a","value":"b"}`, size) + `]}`, 3.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := `{"tool":{"name":"Ping","toolkit":"Lab"},` + tt.envelope + `}`
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, strings.NewReader(body))
			w := httptest.NewRecorder()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h.ServeHTTP(w, r)
			runtime.ReadMemStats(&after)
			if w.Code != http.StatusOK {
				t.Fatalf("got %d %.200s", w.Code, w.Body)
			}
			took := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(body))
			t.Logf("allocated %.2f times the body", took)
			if took > tt.most {
				t.Errorf("allocated %.1f times the body, want at most %.1f", took, tt.most)
			}
		})
	}
}
