package tools_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools"
	"arcade-atlassian/worker"
)

// A call that uploads a file of 10 MiB allocates less than 60 MiB from its first
// byte to its answer, so that it never occupies more. The test is not parallel:
// what it measures is the whole process.
func TestUploadMemory(t *testing.T) {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector keeps the compiler from saving memory")
	}
	const size, most = 10 << 20, 60 << 20
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const stored = `"filename":"a","size":10485760`
		switch {
		case r.URL.Path == "/oauth/token/accessible-resources":
			_, _ = io.WriteString(w, `[{"id":"0","name":"Site","url":"https://site.atlassian.net","scopes":["write:jira-work","read:jira-work"]}]`)
		case r.Method == http.MethodPost:
			if n, err := io.Copy(io.Discard, r.Body); n < size || err != nil {
				t.Errorf("%d bytes arrived, %v", n, err)
			}
			_, _ = io.WriteString(w, `[{"id":"1",`+stored+`}]`)
		default:
			_, _ = io.WriteString(w, `{"id":1,`+stored+`}`)
		}
	}))
	defer upstream.Close()
	catalog, err := tools.New(tools.Config{AtlassianURL: upstream.URL})
	if err != nil {
		t.Fatal(err)
	}
	server, err := worker.New(catalog, worker.Options{NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	handler := server.Handler()
	text := strings.Repeat("0123456789abcde\n", size/16)
	for parameter, content := range map[string]string{
		"file_content_base64": base64.StdEncoding.EncodeToString([]byte(text)),
		"file_content_str":    text,
	} {
		inputs, err := json.Marshal(map[string]string{"issue": "A-1", "filename": "a.txt", parameter: content})
		if err != nil {
			t.Fatal(err)
		}
		call := strings.NewReader(`{"tool":{"toolkit":"Jira","name":"AttachFileToIssue"},"inputs":` + string(inputs) + `,"context":{"authorization":{"token":"t"}}}`)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, worker.PathInvoke, call)
		answer := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		handler.ServeHTTP(answer, request)
		runtime.ReadMemStats(&after)
		if !strings.Contains(answer.Body.String(), `"verified":true`) {
			t.Fatal(answer.Body)
		}
		allocated := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: 10 MiB are uploaded with %.1f MiB", parameter, float64(allocated)/(1<<20))
		if allocated > most {
			t.Errorf("%s: %d bytes are allocated, want at most %d", parameter, allocated, most)
		}
	}
}
