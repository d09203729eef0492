package atlassian_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type upload struct {
	Issue string         `path:"issueIdOrKey,issue,issue"`
	File  atlassian.File `body:"file"`
}

var attach = atlassian.Post[upload, struct{}]("/rest/api/3/issue/{issueIdOrKey}/attachments", "write:jira-work").
	Header("X-Atlassian-Token", "no-check")

// on resolves a site of a real server for the operation.
func on(t *testing.T, op tool.Operation, product http.Handler) *atlassian.Site {
	t.Helper()
	g := &gateway{t: t, rows: []row{acme}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, site) {
			product.ServeHTTP(w, r)
			return
		}
		g.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c := newClient(t, atlassian.Options{URL: server.URL + prefix})
	s, err := c.User(newCall(secret), []tool.Operation{op}).Site(t.Context(), atlassian.Jira, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// received is an upload as it arrived.
type received struct {
	Token, Disposition, Type, Content string
	Length                            bool
}

func receive(t *testing.T, r *http.Request) received {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Error(err)
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	part, err := form.NextRawPart()
	if err != nil {
		t.Error(err)
		return received{}
	}
	content, err := io.ReadAll(part)
	if err != nil {
		t.Error(err)
	}
	if _, err := form.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("a second part: %v", err)
	}
	return received{r.Header.Get("X-Atlassian-Token"), part.Header.Get("Content-Disposition"), part.Header.Get("Content-Type"), string(content), r.ContentLength > 0}
}

// onlyReader cannot be rewound.
type onlyReader struct{ io.Reader }

func TestUpload(t *testing.T) {
	t.Parallel()
	const named = `form-data; name="file"; filename=`
	for _, tt := range []struct {
		name string
		file atlassian.File
		want received
	}{
		{"a file", atlassian.File{Name: "a.txt", ContentType: "text/plain", Content: strings.NewReader("hello")}, received{"no-check", named + `"a.txt"`, "text/plain", "hello", true}},
		{"a stream", atlassian.File{Name: "a.txt", Content: onlyReader{strings.NewReader("hello")}}, received{"no-check", named + `"a.txt"`, "application/octet-stream", "hello", false}},
		{"nothing in it", atlassian.File{Name: "größe 日本.pdf", Content: strings.NewReader("")}, received{"no-check", named + `"größe 日本.pdf"`, "application/octet-stream", "", true}},
		{"folders", atlassian.File{Name: `..\x/../../etc/passwd`, Content: strings.NewReader("x")}, received{"no-check", named + `"passwd"`, "application/octet-stream", "x", true}},
		{"a header in the name", atlassian.File{Name: "a\"; x=\"b\r\nHost: evil.test\r\n\r\n", ContentType: "text/plain\r\nX: y", Content: strings.NewReader("x")}, received{"no-check", named + `"a'; x='b Host: evil.test"`, "application/octet-stream", "x", true}},
		{"no name", atlassian.File{Name: "\u202e/..", Content: strings.NewReader("x")}, received{"no-check", named + `"file"`, "application/octet-stream", "x", true}},
	} {
		var got received
		s := on(t, attach, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = receive(t, r)
			_, _ = io.WriteString(w, `[{"id":"1"}]`)
		}))
		_, err := attach.Do(t.Context(), s, upload{"A-1", tt.file})
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
		if diff := cmp.Diff([]string{attach.Name()}, s.Invocation().Changes()); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", tt.name, diff)
		}
	}
}

// An upload is repeated when Atlassian did not take it, and only when it can be
// read from its start again.
func TestUploadIsRepeatedWhole(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 50_000)
	for name, tt := range map[string]struct {
		file io.Reader
		want int
	}{"seekable": {strings.NewReader(content), 2}, "stream": {onlyReader{strings.NewReader(content)}, 1}} {
		attempts := 0
		s := on(t, attach, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := receive(t, r); got.Content != content {
				t.Errorf("%s: %d bytes arrived", name, len(got.Content))
			}
			if attempts++; attempts == 1 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			_, _ = io.WriteString(w, `[{"id":"1"}]`)
		}))
		_, err := attach.Do(t.Context(), s, upload{"A-1", atlassian.File{Name: "a", Content: tt.file}})
		if attempts != tt.want || (err == nil) != (tt.want == 2) {
			t.Errorf("%s: %d attempts, %v", name, attempts, err)
		}
	}
}

// failingSeeker cannot be measured.
type failingSeeker struct{ io.Reader }

func (failingSeeker) Seek(int64, int) (int64, error) { return 0, errors.New("gone") }

func TestUnreadableUpload(t *testing.T) {
	t.Parallel()
	s := on(t, attach, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	for name, content := range map[string]io.Reader{"none": nil, "gone": failingSeeker{strings.NewReader("x")}, "breaks": io.MultiReader(strings.NewReader("x"), failingReader{errors.New("odd")})} {
		_, err := attach.Do(hasty(t), s, upload{"A-1", atlassian.File{Name: "a", Content: content}})
		if e := told(t, err); e.CanRetry || len(s.Invocation().Changes()) > 0 {
			t.Errorf("%s: %s, can_retry %v, changes %v", name, e.Kind, e.CanRetry, s.Invocation().Changes())
		}
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	op := atlassian.Get[keyed, atlassian.Content]("/rest/api/3/attachment/content/{issueIdOrKey}").Redirects("media.test").Limit(1000)
	var body []byte
	disposition := ""
	s := on(t, op, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/file") {
			if r.Header.Get("Accept") != "*/*" {
				t.Errorf("Accept %q", r.Header.Get("Accept"))
			}
			http.Redirect(w, r, site+"/file?token=1", http.StatusSeeOther)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Disposition", disposition)
		_, _ = w.Write(body)
	}))
	for given, want := range map[string]string{
		`attachment; filename="a b.png"`:                            "a b.png",
		`attachment; filename="../../a.png"`:                        "a.png",
		`attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%E2%80%AE.png`: "größe.png",
		`attachment; filename=`:                                     "",
		``:                                                          "",
	} {
		disposition, body = given, []byte("\x89PNG\x00\xff {}")
		got, err := op.Do(t.Context(), s, keyed{"9"})
		if diff := cmp.Diff(atlassian.Content{Data: body, ContentType: "image/png", FileName: want}, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", given, err, diff)
		}
	}
	for size, ok := range map[int]bool{1000: true, 1001: false} {
		body = bytes.Repeat([]byte("x"), size)
		if got, err := op.Do(t.Context(), s, keyed{"9"}); (err == nil) != ok || ok && len(got.Data) != size || !ok && got.Data != nil {
			t.Errorf("%d bytes: %d, %v", size, len(got.Data), err)
		}
	}
}
