package tooltest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/sandbox"
	"arcade-atlassian/tools/tool"
)

// fault is one way in which the service behind the tools fails.
type fault struct {
	name   string
	answer func(*http.Request) (*http.Response, error)
	kind   tool.Kind
	retry  bool // for a tool that only reads
}

func answer(status int, contentType, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		res := &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {contentType}},
			Body:   io.NopCloser(strings.NewReader(body)),
		}
		for i := 0; i < len(headers); i += 2 {
			res.Header.Set(headers[i], headers[i+1])
		}
		return res, nil
	}
}

// broken answers 200 with size bytes of white space and then err.
func broken(size int64, err error) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		res, _ := answer(http.StatusOK, "application/json", "")(r)
		res.Body = io.NopCloser(io.MultiReader(io.LimitReader(blanks{}, size), failingReader{err}))
		return res, nil
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

const page = "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"

var everyFault = []fault{
	{"401", answer(401, "application/json", `{"code":401,"message":"Unauthorized"}`), tool.KindUpstreamAuth, false},
	{"403", answer(403, "application/json", `{"errorMessages":["You lack a permission."],"errors":{}}`), tool.KindUpstreamAuth, false},
	{"403 not installed", answer(403, "application/json", `{"code":403,"message":"The app is not installed on this instance"}`), tool.KindUpstreamAuth, false},
	{"404", answer(404, "application/json", `{"errorMessages":["It is not there."],"errors":{}}`), tool.KindUpstreamNotFound, false},
	{"400", answer(400, "application/json", `{"errorMessages":[],"errors":{"field":"It is wrong."}}`), tool.KindUpstreamBadRequest, false},
	{"410", answer(410, "application/json", `{"errorMessages":["The requested API has been removed."]}`), tool.KindUpstreamBadRequest, false},
	{"429 quota", answer(429, "application/json", `{"errorMessages":["Slow down."]}`, "Retry-After", "1800", "RateLimit-Reason", "jira-quota-tenant-based"), tool.KindUpstreamRateLimit, true},
	{"429 burst", answer(429, "text/html", page, "Retry-After", "2"), tool.KindUpstreamRateLimit, true},
	{"500", answer(500, "application/json", `{"message":"It broke."}`), tool.KindUpstreamServer, true},
	{"503 page", answer(503, "text/html", page), tool.KindUpstreamServer, true},
	{"302 to a login page", answer(302, "text/html", page, "Location", "https://id.atlassian.com/login"), tool.KindUpstreamUnmapped, false},
	{"200 page", answer(200, "text/html", page), tool.KindNetworkUnmapped, true},
	{"200 wrong shape", answer(200, "application/json", `[[]]`), tool.KindNetworkUnmapped, true},
	{"cut", broken(100, io.ErrUnexpectedEOF), tool.KindNetworkUnreachable, true},
	{"50 MB", broken(50<<20, io.EOF), tool.KindNetworkUnmapped, false},
	{"reset", func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}, tool.KindNetworkUnreachable, true},
	{"refused", func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}, tool.KindNetworkUnreachable, true},
	{"never", func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}, tool.KindNetworkTimeout, true},
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// faultyTransport reaches a sandbox in this process, except for the product's
// operations, which fail.
type faultyTransport struct {
	box    http.Handler
	fault  fault
	failed []string
	header http.Header // of the last failed request
}

func (f *faultyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/ex/") {
		f.failed = append(f.failed, r.Method+" "+r.URL.Path)
		f.header = r.Header.Clone()
		return f.fault.answer(r)
	}
	rec := httptest.NewRecorder()
	f.box.ServeHTTP(rec, r)
	res := rec.Result()
	res.Request = r
	return res, nil
}

// faults makes every operation fail in every way. Time is simulated, so the
// pauses between attempts cost none.
func faults(t *testing.T, kit *atlassian.Kit, s *scenario) {
	if len(s.tool.Uses) == 0 {
		return
	}
	const token = "sandbox;user=bob" // distinct enough to be searched for
	for _, f := range everyFault {
		t.Run("fault "+f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &faultyTransport{box: sandbox.New(sandbox.Options{}), fault: f}
				c := catalog(t, kit, atlassian.Options{URL: "http://127.0.0.1:1", Transport: transport})
				declared := find(c, s.tool.Name)
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				value, failure := run(ctx, declared, token, s.cases[0].input())
				if failure == nil {
					t.Fatalf("succeeded: %.200s", value)
				}
				if failure.Kind != f.kind {
					t.Errorf("kind %s, want %s (%s)", failure.Kind, f.kind, failure.Message)
				}
				if declared.ReadOnly() && failure.CanRetry != f.retry {
					t.Errorf("can_retry %v, want %v", failure.CanRetry, f.retry)
				}
				if !declared.ReadOnly() {
					checkNotRepeated(t, f, transport.failed)
				}
				if got := transport.header.Get("Authorization"); got != "Bearer "+token {
					t.Errorf("Authorization %q", got)
				}
				for _, text := range []string{failure.Message, failure.Developer, failure.Prompt, failure.Stack, strings.Join(values(failure.Extra), " ")} {
					if strings.Contains(text, token) || strings.Contains(text, "?") && strings.Contains(text, "127.0.0.1") {
						t.Errorf("shows the token or the address: %s", text)
					}
				}
			})
		})
	}
}

// checkNotRepeated allows a write to be repeated only when the failure proves
// that nothing happened.
func checkNotRepeated(t *testing.T, f fault, failed []string) {
	t.Helper()
	if harmless := strings.HasPrefix(f.name, "429") || f.name == "refused"; harmless {
		return
	}
	writes := 0
	for _, request := range failed {
		if !strings.HasPrefix(request, http.MethodGet) {
			writes++
		}
	}
	if writes > 1 {
		t.Errorf("the write was sent %d times: %v", writes, failed)
	}
}

func values(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}
