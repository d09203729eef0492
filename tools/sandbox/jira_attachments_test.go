package sandbox_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const attachmentPath = acmeJira + "/rest/api/3/attachment"

var upload = http.Header{"X-Atlassian-Token": {"no-check"}, "Content-Type": {"multipart/form-data; boundary=frontier"}}

var _ = examples(map[string]example{
	"GET /rest/api/3/attachment/meta":         {target: "/rest/api/3/attachment/meta"},
	"GET /rest/api/3/attachment/{id}":         {target: "/rest/api/3/attachment/10000"},
	"DELETE /rest/api/3/attachment/{id}":      {target: "/rest/api/3/attachment/10000"},
	"GET /rest/api/3/attachment/content/{id}": {target: "/rest/api/3/attachment/content/10000?redirect=false"},
	"POST /rest/api/3/issue/{issueIdOrKey}/attachments": {
		target: "/rest/api/3/issue/PLAT-1/attachments", header: upload,
		body: "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nA\r\n--frontier--\r\n",
	},
})

// file is a part of a request.
type file struct{ part, name, kind, content string }

// attach uploads files to PLAT-1.
func (g gateway) attach(token string, header http.Header, files ...file) answer {
	g.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range files {
		about := textproto.MIMEHeader{}
		about.Set("Content-Disposition", multipart.FileContentDisposition(f.part, f.name))
		if f.kind != "" {
			about.Set("Content-Type", f.kind)
		}
		part, err := w.CreatePart(about)
		if err != nil {
			g.t.Fatal(err)
		}
		_, _ = io.WriteString(part, f.content)
	}
	_ = w.Close()
	sent := header.Clone()
	sent.Set("Content-Type", w.FormDataContentType())
	return g.sendAs(http.MethodPost, token, issuePath+"/PLAT-1/attachments", body.String(), sent)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	g := clocked(t)
	one := g.found(attachmentPath + "/10001").object()
	got := []any{one["id"], one["filename"], one["mimeType"], one["size"], one["created"], inner(one["author"], "displayName"), inner(one["author"], "emailAddress"), one["content"]}
	if diff := cmp.Diff([]any{10001.0, `Übersicht "Größen".csv`, "text/csv", 40.0, "2026-06-04T12:05:00.000+0000", "Alex Kim", nil, g.url + acmeJira + "/rest/api/3/attachment/content/10001"}, got); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	if anonymous := g.found(attachmentPath + "/10004").object(); anonymous["author"] != nil {
		t.Errorf("the author of what nobody brought is %v", anonymous["author"])
	}
	if meta := g.found(attachmentPath + "/meta").object(); meta["enabled"] != true || meta["uploadLimit"] != 10485760.0 {
		t.Errorf("settings are %v", meta)
	}

	added := g.attach("sandbox;user=bob", upload, file{"file", "ça.bin", "", "\x00\xff\x01"}, file{"comment", "no", "", "x"}, file{"file", "../../b.txt", "text/plain", "b"})
	rows, _ := added.body.([]any)
	if added.status != http.StatusOK || len(rows) != 2 {
		t.Fatalf("added = %d %v", added.status, added.body)
	}
	got = []any{inner(rows[0], "id"), inner(rows[0], "filename"), inner(rows[0], "mimeType"), inner(rows[0], "size"), inner(rows[1], "filename"), inner(rows[1], "mimeType"), inner(inner(rows[1], "author"), "displayName")}
	if diff := cmp.Diff([]any{"10005", "ça.bin", "application/octet-stream", 3.0, "b.txt", "text/plain", "Bob Tanaka"}, got); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if content := g.found(attachmentPath + "/content/10005?redirect=false"); content.body != "\x00\xff\x01" || content.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("its bytes are %q, of type %s", content.body, content.header.Get("Content-Type"))
	}
	f := fields(g.found(issuePath + "/PLAT-1"))
	if list, _ := f["attachment"].([]any); len(list) != 5 || inner(list[3], "id") != "10005" || f["updated"] != "2026-07-15T11:30:00.000+0000" {
		t.Errorf("the issue has %v, updated %v", f["attachment"], f["updated"])
	}

	if a := g.do(http.MethodDelete, "sandbox;user=alex", attachmentPath+"/10005"); a.status != http.StatusForbidden {
		t.Errorf("deleted by somebody = %d %v", a.status, a.body)
	}
	for _, user := range []string{"bob", "ada"} { // who brought one, and who may configure the project
		id := map[string]string{"bob": "10005", "ada": "10006"}[user]
		if a := g.do(http.MethodDelete, "sandbox;user="+user, attachmentPath+"/"+id); a.status != http.StatusNoContent {
			t.Errorf("deleted by %s = %d %v", user, a.status, a.body)
		}
		if a := g.get(attachmentPath + "/" + id); a.status != http.StatusNotFound {
			t.Errorf("after that = %d", a.status)
		}
	}
}

// Content is a 303 to another host, where its address alone opens it. A token sent there is a mistake.
func TestAttachmentContent(t *testing.T) {
	t.Parallel()
	g := open(t)
	const log = "10:14:02 POST /upload 1048577 bytes\n10:14:02 413 Payload Too Large\n"
	a := g.get(attachmentPath + "/content/10000")
	location, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || a.body != "" {
		t.Fatalf("content = %d %v %q", a.status, err, a.body)
	}
	gateway, err := url.Parse(g.url)
	if err != nil || location.Hostname() != "localhost" || location.Hostname() == gateway.Hostname() || location.Port() != gateway.Port() {
		t.Errorf("the file is at %s, the gateway at %s", location, gateway)
	}
	if strings.Contains(location.Path, "10000") {
		t.Errorf("the file is called by the attachment's id: %s", location)
	}
	fetch := func(address, authorization string) (int, string, http.Header) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body), resp.Header
	}
	if status, body, header := fetch(location.String(), ""); status != http.StatusOK || body != log || header.Get("Content-Type") != "text/plain" {
		t.Errorf("the file = %d %q %v", status, body, header)
	}
	for name, tt := range map[string]struct {
		address, authorization string
		status                 int
	}{
		"with a token of the gateway": {location.String(), "Bearer sandbox", http.StatusBadRequest},
		"with the token of nothing":   {strings.Replace(location.String(), "token=", "token=0", 1), "", http.StatusForbidden},
		"without its token":           {g.url + location.Path, "", http.StatusForbidden},
		"another file":                {strings.Replace(location.String(), "/file/", "/file/0", 1), "", http.StatusNotFound},
	} {
		if status, body, _ := fetch(tt.address, tt.authorization); status != tt.status || strings.Contains(body, log) {
			t.Errorf("%s = %d %q, want %d", name, status, body, tt.status)
		}
	}

	direct := attachmentPath + "/content/10000?redirect="
	for _, no := range []string{"false", "False"} {
		if a := g.found(direct + no); a.body != log || a.header.Get("Content-Disposition") != "attachment; filename=gateway.log" {
			t.Errorf("without a redirect = %q %v", a.body, a.header)
		}
	}
	for wanted, want := range map[string]struct {
		status int
		body   string
	}{
		"bytes=0-7":     {http.StatusPartialContent, log[:8]},
		"bytes=9-":      {http.StatusPartialContent, log[9:]},
		"bytes=60-9999": {http.StatusPartialContent, log[60:]},
		"bytes=9999-":   {http.StatusRequestedRangeNotSatisfiable, ""},
		"bytes=7-0":     {http.StatusBadRequest, ""},
		"lines=1-2":     {http.StatusBadRequest, ""},
	} {
		a := g.sendAs(http.MethodGet, "sandbox", direct+"false", "", http.Header{"Range": {wanted}})
		if body, _ := a.body.(string); a.status != want.status || body != want.body {
			t.Errorf("%s = %d %v", wanted, a.status, a.body)
		}
	}
	if image := g.found(attachmentPath + "/content/10003?redirect=false"); !strings.HasPrefix(image.body.(string), "\x89PNG\r\n") {
		t.Errorf("an image is %.20q", image.body)
	}
}

func TestAttachmentRefusals(t *testing.T) {
	t.Parallel()
	g := open(t)
	said := func(message string) any {
		return map[string]any{"errorMessages": []any{message}, "errors": map[string]any{}}
	}
	many := make([]file, 61)
	for i := range many {
		many[i] = file{"file", "a", "", "a"}
	}
	for name, tt := range map[string]struct {
		header http.Header
		files  []file
		status int
		want   any
	}{
		"without the header":  {http.Header{}, []file{{"file", "a", "", "a"}}, http.StatusForbidden, "XSRF check failed"},
		"under another name":  {upload, []file{{"attachment", "a", "", "a"}}, http.StatusBadRequest, said("The request has no part called 'file'.")},
		"without a file name": {upload, []file{{"file", "", "", "a"}}, http.StatusBadRequest, said("A file has no name.")},
		"sixty-one":           {upload, many, http.StatusRequestEntityTooLarge, said("At most 60 files can be attached at once.")},
		"too large":           {upload, []file{{"file", "a", "", "a"}, {"file", "big.bin", "", strings.Repeat("a", 10<<20+1)}}, http.StatusRequestEntityTooLarge, said("The file big.bin exceeds its maximum permitted size of 10,485,760 bytes.")},
	} {
		a := g.attach("sandbox", tt.header, tt.files...)
		if diff := cmp.Diff(tt.want, a.body); a.status != tt.status || diff != "" {
			t.Errorf("%s = %d (-want +got):\n%s", name, a.status, diff)
		}
	}
	if a := g.sendAs(http.MethodPost, "sandbox", issuePath+"/PLAT-1/attachments", `{"file":"a"}`, http.Header{"X-Atlassian-Token": {"no-check"}, "Content-Type": {"application/json"}}); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("JSON = %d %v", a.status, a.body)
	}
	if list, _ := fields(g.found(issuePath + "/PLAT-1"))["attachment"].([]any); len(list) != 3 {
		t.Errorf("a refused file was attached: %v", list)
	}
	for target, want := range map[string]string{
		"/99":                           "The attachment with id '99' does not exist",
		"/content/99":                   "The attachment with id '99' does not exist",
		"/content/10000?redirect=maybe": "The value 'maybe' of the parameter 'redirect' is not one of true, false, True, False.",
	} {
		if a := g.get(attachmentPath + target); a.status < 400 || cmp.Diff(said(want), a.body) != "" {
			t.Errorf("%s = %d %v", target, a.status, a.body)
		}
	}
}
