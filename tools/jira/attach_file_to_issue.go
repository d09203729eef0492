package jira

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

var addAttachment = atlassian.Post[newAttachment, attachmentList]("/rest/api/3/issue/{issueIdOrKey}/attachments", "write:jira-work").
	Header("X-Atlassian-Token", "no-check").
	Within(atlassian.IssueIn("issueIdOrKey"), atlassian.AttachmentsMade("issueIdOrKey"))

type newAttachment struct {
	Issue string         `path:"issueIdOrKey,issue,issue"`
	File  atlassian.File `body:"file"`
}

type attachmentList []attachment

// Check holds that a file was attached.
func (l attachmentList) Check() error {
	if len(l) == 0 {
		return errors.New("no attachment")
	}
	return l[0].Check()
}

// largestUpload is the size of the largest file that is sent, in bytes.
const largestUpload = 10 << 20

type attachFileIn struct {
	Issue    string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Filename string `json:"filename" jsonschema:"format=name,minLength=1,maxLength=250" doc:"The file's name, with its extension."`
	Text     string `json:"file_content_str,omitzero" jsonschema:"maxLength=15000000" doc:"The content of a text file. Give this or file_content_base64."`
	Base64   string `json:"file_content_base64,omitzero" jsonschema:"maxLength=15000000" doc:"The content of any other file, in base64; at most 10 MiB."`
	Encoding string `json:"file_encoding,omitzero" jsonschema:"format=name,maxLength=40,default=utf-8" doc:"How to store file_content_str, such as utf-8, latin-1 or utf-16."`
	Type     string `json:"file_type,omitzero" jsonschema:"format=name,maxLength=200" doc:"Media type, such as application/pdf. By default it follows from name and content."`
	onSite
}

// Check refuses what cannot be sent, before anything is.
func (in attachFileIn) Check() error {
	errs := []error{checkIssue("issue", in.Issue), checkFilename("filename", in.Filename)}
	if _, err := fileType(in.Type); err != nil {
		errs = append(errs, err)
	}
	if _, err := in.file(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkFilename refuses a path: nothing says which part of it is the name.
func checkFilename(param, name string) error {
	const longest = 250 // bytes
	switch {
	case strings.ContainsAny(name, `/\`), strings.Trim(name, ". ") == "":
		return tool.BadInput(param, "must be the name of a file, without folders", "Give a name such as report.pdf.")
	case strings.ContainsFunc(name, unicode.IsControl):
		return tool.BadInput(param, "must be one line", "Give a name such as report.pdf.")
	case len(name) > longest:
		return tool.BadInput(param, fmt.Sprintf("is longer than %d bytes", longest), "Give a shorter name.")
	}
	return nil
}

// fileType is a media type as it is sent; "" is unknown.
func fileType(given string) (string, error) {
	switch kind, _, err := mime.ParseMediaType(given); {
	case strings.TrimSpace(given) == "":
		return "", nil
	case strings.EqualFold(strings.TrimSpace(given), "text"):
		return "text/plain", nil
	case err != nil || !strings.Contains(kind, "/"):
		return "", tool.BadInput("file_type", "is not a media type", "Leave it out, or give one such as application/pdf.")
	}
	return strings.TrimSpace(given), nil
}

// sizedFile is the content of a file.
type sizedFile struct {
	io.ReadSeeker
	size int64
}

// file is the content that is sent, read from its start.
func (in attachFileIn) file() (f sizedFile, err error) {
	param := "file_content_str"
	switch {
	case (in.Text == "") == (in.Base64 == ""):
		return f, &tool.Error{
			Kind: tool.KindBadInput, Status: http.StatusBadRequest,
			Message:   "Invalid input: exactly one of file_content_str and file_content_base64 must be given, and not be empty.",
			Developer: "Input validation failed: <root>[value_error]",
			Prompt:    "Give a text in file_content_str, or any other file in file_content_base64.",
		}
	case in.Base64 != "":
		param = "file_content_base64"
		if f, err = fromBase64(param, in.Base64); err != nil {
			return f, err
		}
	case !isCharset(charsetName(in.Encoding)):
		return f, tool.BadInput("file_encoding", "is not an encoding that is known here", "Give one of "+charsetNames()+".")
	case charsetName(in.Encoding) == "utf-8": // as it is
		f = sizedFile{strings.NewReader(in.Text), int64(len(in.Text))}
	case len(in.Text) <= largestUpload:
		encoded, ok := encodeFile(in.Text, charsetName(in.Encoding))
		if !ok {
			return f, tool.BadInput(param, "holds characters that the encoding lacks", "Use utf-8 as file_encoding, or leave the characters out.")
		}
		f = sizedFile{bytes.NewReader(encoded), int64(len(encoded))}
	default:
		f.size = int64(len(in.Text))
	}
	if f.size > largestUpload {
		return f, tool.BadInput(param, fmt.Sprintf("is a file of %d bytes, and the largest that is sent has %d (10 MiB)", f.size, largestUpload), "Attach a smaller file, or parts of it.")
	}
	return f, nil
}

// fromBase64 reads a file from base64 with either alphabet, with or without
// padding. It is decoded while it is sent, so that it is in memory once.
func fromBase64(param, s string) (f sizedFile, err error) {
	alphabet := base64.StdEncoding
	if strings.ContainsAny(s, "-_") {
		alphabet = base64.URLEncoding
	}
	if !strings.Contains(s[max(0, len(s)-4):], "=") {
		alphabet = alphabet.WithPadding(base64.NoPadding)
	}
	r := &base64Reader{alphabet: alphabet, text: s}
	r.rewind()
	size, err := io.Copy(io.Discard, r)
	if err != nil {
		if hidden := atlassian.CheckVisible(param, s); hidden != nil {
			return f, hidden
		}
		return f, tool.BadInput(param, "is not base64", "Encode the whole file in base64, without a prefix such as data:, or give a text in file_content_str.")
	}
	r.size = size
	r.rewind()
	return sizedFile{r, size}, nil
}

// base64Reader is the file that a base64 text holds.
type base64Reader struct {
	io.Reader
	alphabet *base64.Encoding
	text     string
	size     int64
}

func (r *base64Reader) rewind() { r.Reader = base64.NewDecoder(r.alphabet, strings.NewReader(r.text)) }

// Seek goes to the start, or tells the size for the end, which is all that an
// upload asks for.
func (r *base64Reader) Seek(offset int64, whence int) (int64, error) {
	switch {
	case offset == 0 && whence == io.SeekStart:
		r.rewind()
		return 0, nil
	case offset == 0 && whence == io.SeekEnd:
		r.Reader = strings.NewReader("")
		return r.size, nil
	}
	return 0, errors.New("only start and end can be sought")
}

// typesByExtension are the media types of texts, which their content does not
// tell.
var typesByExtension = map[string]string{
	".csv": "text/csv", ".css": "text/css", ".htm": "text/html", ".html": "text/html", ".js": "text/javascript", ".json": "application/json",
	".log": "text/plain", ".md": "text/markdown", ".svg": "image/svg+xml", ".txt": "text/plain", ".xml": "application/xml",
	".yaml": "application/yaml", ".yml": "application/yaml",
	".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".ppt": "application/vnd.ms-powerpoint", ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// mediaType is what Jira is told about the file.
func (in attachFileIn) mediaType(f sizedFile) (string, error) {
	given, err := fileType(in.Type)
	if err != nil {
		return "", err
	}
	kind := cmp.Or(given, typesByExtension[strings.ToLower(path.Ext(in.Filename))])
	if kind == "" {
		beginning := make([]byte, 512) // all that is looked at
		n, _ := io.ReadFull(f, beginning)
		kind = http.DetectContentType(beginning[:n])
		if _, err = f.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
	}
	if charset := charsetName(in.Encoding); in.Text != "" && charset != "utf-8" && strings.HasPrefix(kind, "text/") && !strings.Contains(kind, ";") {
		kind += "; charset=" + charset
	}
	return kind, nil
}

type attachFileOut struct {
	Attachment fileView `json:"attachment" doc:"The new attachment, with the name that Jira gave it."`
	shape.Verification
}

var _ = add(tool.Spec{
	Name:    "AttachFileToIssue",
	Doc:     "Attach a file of at most 10 MiB to a Jira issue.",
	Returns: "The attachment.",
	Uses:    uses{addAttachment, getAttachment},
}, func(ctx context.Context, s *atlassian.Site, in attachFileIn) (out attachFileOut, err error) {
	f, err := in.file()
	if err != nil {
		return out, err
	}
	kind, err := in.mediaType(f)
	if err != nil {
		return out, err
	}
	made, err := addAttachment.Do(ctx, s, newAttachment{issueKey(in.Issue), atlassian.File{Name: in.Filename, ContentType: kind, Content: f}})
	if err != nil {
		return out, err
	}
	id := string(made[0].ID)
	s.Changed("attachment "+id+" was added to issue "+issueKey(in.Issue), tool.Object{Type: "attachment", ID: id})
	out.Attachment = viewFile(s, made[0])
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		stored, err := getAttachment.Do(ctx, s, attachmentRef{id})
		if err == nil && int64(stored.Size) != f.size {
			difference = fmt.Sprintf("It is stored with %d bytes, and %d were sent.", stored.Size, f.size)
		}
		return difference, err
	})
	return out, nil
})
