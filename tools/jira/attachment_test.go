package jira_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

// file is an attachment as tools show it.
type file struct {
	Attachment struct {
		ID       string  `json:"id"`
		Filename string  `json:"filename"`
		MIMEType string  `json:"mime_type"`
		Content  *string `json:"content"`
		Base64   string  `json:"content_base64"`
		Encoding string  `json:"encoding"`
	} `json:"attachment"`
	Verified bool `json:"verified"`
}

// attach uploads a file to PLAT-1 and downloads it again.
func (b *box) attach(input map[string]string) (f file, failure *tool.Error) {
	b.t.Helper()
	input["issue"] = "PLAT-1"
	raw, err := json.Marshal(input)
	if err != nil {
		b.t.Fatal(err)
	}
	if failure = b.run("AttachFileToIssue", string(raw), &f); failure != nil {
		return f, failure
	}
	if !f.Verified {
		b.t.Errorf("%s is not verified", f.Attachment.Filename)
	}
	b.must("DownloadAttachment", fmt.Sprintf(`{"attachment_id":%q}`, f.Attachment.ID), &f)
	return f, nil
}

// Bug class B22: no name of a file is a path, and what keeps files outside
// Atlassian is never asked; the host that keeps Atlassian's is, without the
// token.
func TestB22FilesAndTheirHosts(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for _, name := range []string{"../../etc/passwd", "/etc/passwd", `..\..\x`, "a/b.txt", ".", "..", " .. ", "a\r\nHost: evil.example", "\u202etxt.exe"} {
		if f, failure := b.attach(map[string]string{"filename": name, "file_content_str": "x"}); failure == nil || failure.Kind != tool.KindBadInput || len(b.writes) > 0 {
			t.Errorf("%q is stored as %q: %v, %v", name, f.Attachment.Filename, failure, b.writes)
		}
	}
	var fetched atomic.Int64
	media := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		if r.Header.Get("Authorization") != "" || len(r.Header["Cookie"]) > 0 || r.URL.RawQuery != "token=signed" {
			t.Errorf("the host of the file is shown %v, %s", r.Header, r.URL)
		}
		_, _ = io.WriteString(w, "content")
	}))
	t.Cleanup(media.Close)
	for location, followed := range map[string]bool{
		media.URL + "/file/1/binary?token=signed":                    true,
		"https://evil.example/file/1/binary?token=signed":            false,
		"https://api.media.atlassian.com.evil.example/?token=signed": false,
		"https://api.media.atlassian.com@evil.example/?token=signed": false,
		"http://api.media.atlassian.com/file/1/binary?token=signed":  false,
		"file:///etc/passwd": false,
		"https://api.media.atlassian.com:8443/file/1/?token=signed":    false,
		"https://media.api.media.atlassian.com/file/1/?token=signed":   false,
		strings.Replace(media.URL, "http:", "ftp:", 1) + "/file?token": false,
	} {
		fetched.Store(0)
		value, failure, _ := asked(t, "DownloadAttachment", `{"attachment_id":"1"}`, 1, func(w http.ResponseWriter, r *http.Request, _ string) {
			if strings.Contains(r.URL.Path, "/content/") {
				w.Header().Set("Location", location)
				w.WriteHeader(http.StatusSeeOther)
				return
			}
			_, _ = io.WriteString(w, `{"id":1,"filename":"a.txt","size":7}`)
		})
		switch {
		case followed && (failure != nil || !strings.Contains(string(value), `"content":"content"`) || fetched.Load() != 1):
			t.Errorf("%s is not followed: %v, %s", location, failure, value)
		case !followed && (failure == nil || fetched.Load() > 0):
			t.Errorf("%s is followed: %s", location, value)
		case failure != nil && (failure.CanRetry || strings.Contains(failure.Message+failure.Prompt+failure.Developer, "signed")):
			t.Errorf("%s: %+v", location, failure)
		}
	}
}

// A text comes back as it was given, in whatever encoding it is stored; any
// other file in base64.
func TestFilesComeBack(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for encoding, text := range map[string]string{
		"": "größe\r\n\t\"日本\" 🎉\\n", "utf-8": "a", "ASCII": "plain\n", "latin-1": "größe", "iso8859": "", "cp1252": "größe €", "windows-1251": "привет",
		"UTF_16": "größe 🎉", "utf-16-be": "größe", "utf-16le": "plain",
	} {
		input := map[string]string{"filename": "a.txt", "file_content_str": text}
		if encoding != "" {
			input["file_encoding"] = encoding
		}
		f, failure := b.attach(input)
		switch {
		case text == "":
			if failure == nil {
				t.Errorf("%s: an empty file of an unknown encoding is stored", encoding)
			}
		case failure != nil:
			t.Errorf("%s: %s", encoding, failure.Message)
		case f.Attachment.Content == nil || *f.Attachment.Content != text || f.Attachment.Base64 != "":
			t.Errorf("%s: %q comes back as %+v", encoding, text, f.Attachment)
		}
	}
	binary := "\x00\x01\xfb\xff\xfe data \x80"
	for name, given := range map[string]string{
		"usual": base64.StdEncoding.EncodeToString([]byte(binary)), "for URLs": base64.URLEncoding.EncodeToString([]byte(binary)),
		"without padding": base64.RawStdEncoding.EncodeToString([]byte(binary)), "in lines": "AAH7//4gZ\nGF0YSCA\r\n",
	} {
		f, failure := b.attach(map[string]string{"filename": "a.bin", "file_content_base64": given})
		if failure != nil {
			t.Errorf("%s: %s", name, failure.Message)
			continue
		}
		if got, err := base64.StdEncoding.DecodeString(f.Attachment.Base64); err != nil || string(got) != binary || f.Attachment.Content != nil || f.Attachment.Encoding != "base64" {
			t.Errorf("%s: comes back as %+v", name, f.Attachment)
		}
	}
}

// Bug class B11: a file that is too large is refused with the reason, before it
// is sent or fetched; the largest that are not arrive.
func TestB11LargeFilesAreRefused(t *testing.T) {
	t.Parallel()
	const most = 10 << 20
	b := newBox(t)
	bytes := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, input := range map[string]map[string]string{
		"base64": {"file_content_base64": bytes(most + 1)},
		"text":   {"file_content_str": strings.Repeat("a", most+1)},
		"wide":   {"file_content_str": strings.Repeat("a", most/2), "file_encoding": "utf-16"},
		"long":   {"file_content_str": strings.Repeat("a", most+1), "file_encoding": "ascii"},
	} {
		input["filename"] = "a"
		if _, failure := b.attach(input); failure == nil || failure.Kind != tool.KindBadInput || !strings.Contains(failure.Message, "10 MiB") || len(b.writes) > 0 {
			t.Errorf("%s: %v", name, failure)
		}
	}
	for name, content := range map[string]string{"binary": strings.Repeat("\x00", most), "escapes": strings.Repeat("\x1b", most), "text": strings.Repeat("a", most)} {
		f, failure := b.attach(map[string]string{"filename": "a.bin", "file_content_base64": base64.StdEncoding.EncodeToString([]byte(content))})
		if failure != nil {
			t.Errorf("%s: %s", name, failure.Message)
			continue
		}
		if isText := f.Attachment.Content != nil; isText != (name == "text") || len(f.Attachment.Base64) == 0 && len(*f.Attachment.Content) != most {
			t.Errorf("%s: comes back as text %v", name, isText)
		}
	}
}

// The ID of an attachment may be a text or a number. One without an ID is none,
// and spoils no list.
func TestAttachmentIDs(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{`"1"`: "1", `1`: "1", `9007199254740993`: "9007199254740993", `null`: "", `{"id":[1]}`: "", `true`: ""} {
		about := `{"id":` + given + `,"filename":"a","size":1}`
		value, failure, _ := asked(t, "GetAttachmentMetadata", `{"attachment_id":"1"}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, about) })
		if (failure != nil) != (want == "") || failure == nil && !strings.Contains(string(value), `"id":"`+want+`"`) {
			t.Errorf("%s alone is told as %s, %v", given, value, failure)
		}
		value, failure, _ = asked(t, "ListIssueAttachmentsMetadata", `{"issue":"A-1"}`, 1, func(w http.ResponseWriter, _ *http.Request, _ string) {
			_, _ = io.WriteString(w, `{"id":"1","key":"A-1","fields":{"attachment":[`+about+`,{"id":"2","filename":"b"}]}}`)
		})
		if failure != nil || !strings.Contains(string(value), `"id":"`+want+`","filename":"a"`) || !strings.Contains(string(value), `"filename":"b"`) {
			t.Errorf("%s in a list is told as %s, %v", given, value, failure)
		}
	}
}
