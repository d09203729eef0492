package jira

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for attachments.json
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/attachment/meta":                   getAttachmentSettings,
	"GET /rest/api/3/attachment/{id}":                   getAttachment,
	"DELETE /rest/api/3/attachment/{id}":                deleteAttachment,
	"GET /rest/api/3/attachment/content/{id}":           getAttachmentContent,
	"POST /rest/api/3/issue/{issueIdOrKey}/attachments": addAttachments,
})

// attachment is a file of an issue.
type attachment struct {
	ID       int64     `json:"id"`
	Issue    int64     `json:"issue"`
	Author   string    `json:"author"` // empty when it came from nobody who had signed in
	Filename string    `json:"filename"`
	MimeType string    `json:"mimeType"`
	Created  time.Time `json:"created"`
	Text     string    `json:"text"`    // the content of a seed's file that is text
	Content  []byte    `json:"content"` // the content of any other file
}

//go:embed attachments.json
var attachmentsJSON []byte

var attachments = state.NewTable(&Service.Tables, state.Definition[attachment]{
	Name: "attachments.json",
	Seed: attachmentsJSON,
	ID:   func(a *attachment) *int64 { return &a.ID },
	Check: func(s *state.State, site *state.Site, a *attachment) error {
		if issues.Get(site, a.Issue) == nil {
			return fmt.Errorf("there is no issue %d", a.Issue)
		}
		if a.Author != "" {
			return s.CheckPerson(a.Author)
		}
		return nil
	},
})

const (
	// maxAttachment is the size of a file that an administrator of Jira allows, in bytes.
	maxAttachment = 10 << 20
	// maxAttachments is how many files one request brings (facts §12).
	maxAttachments = 60
)

func (a *attachment) bytes() []byte {
	if a.Text != "" {
		return []byte(a.Text)
	}
	return a.Content
}

// media is the file's name on the host that keeps it, which is not the attachment's id, and the token
// that is enough to read it there.
func (a *attachment) media(site *state.Site) (file, token string) {
	sum := sha256.Sum256([]byte(site.CloudID + " " + service.Decimal(a.ID)))
	h := hex.EncodeToString(sum[:])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32], h[32:]
}

// attachmentView is an attachment. Its id is a text where an issue has it, and a number where it is
// asked for alone (facts §7).
type attachmentView struct {
	Self      string    `json:"self"`
	ID        any       `json:"id"`
	Filename  string    `json:"filename"`
	Author    *userView `json:"author,omitzero"`
	Created   string    `json:"created"`
	Size      int       `json:"size"`
	MimeType  string    `json:"mimeType"`
	Content   string    `json:"content"`
	Thumbnail string    `json:"thumbnail,omitzero"`
}

func viewAttachment(c *service.Call, a *attachment) attachmentView {
	id := service.Decimal(a.ID)
	v := attachmentView{
		Self:     c.Gateway + "/rest/api/3/attachment/" + id,
		ID:       id,
		Filename: a.Filename,
		Created:  a.Created.Format(timeFormat),
		Size:     len(a.bytes()),
		MimeType: a.MimeType,
		Content:  c.Gateway + "/rest/api/3/attachment/content/" + id,
	}
	if strings.HasPrefix(a.MimeType, "image/") {
		v.Thumbnail = c.Gateway + "/rest/api/3/attachment/thumbnail/" + id
	}
	if a.Author != "" {
		author := viewAuthor(c, a.Author)
		v.Author = &author
	}
	return v
}

// The attachments of an issue are one of its fields.
var _ = issueFields.add(issueField{
	name:   "attachment",
	title:  "Attachment",
	schema: fieldSchema{Type: "array", Items: "attachment"},
	show: func(c *service.Call, i *issue) any {
		views := []attachmentView{}
		for _, a := range attachments.Select(c.Site, func(a *attachment) bool { return a.Issue == i.ID }) {
			views = append(views, viewAttachment(c, a))
		}
		return views
	},
})

// getAttachmentSettings answers GET /rest/api/3/attachment/meta.
func getAttachmentSettings(*service.Call) service.Reply {
	return service.OK(struct {
		Enabled     bool  `json:"enabled"`
		UploadLimit int64 `json:"uploadLimit"`
	}{true, maxAttachment})
}

// wantedAttachment is the attachment that the path names, or the answer that there is none.
func wantedAttachment(c *service.Call) (*attachment, service.Reply) {
	a := attachments.Get(c.Site, c.ID("id"))
	if a != nil {
		if i := issues.Get(c.Site, a.Issue); i != nil && !seesIssue(c, i) {
			a = nil
		}
	}
	return a, c.Refuse(http.StatusNotFound, "The attachment with id '"+service.Clip(c.Vars["id"])+"' does not exist")
}

// getAttachment answers GET /rest/api/3/attachment/{id}.
func getAttachment(c *service.Call) service.Reply {
	a, refusal := wantedAttachment(c)
	if a == nil {
		return refusal
	}
	v := viewAttachment(c, a)
	v.ID = a.ID
	return service.OK(v)
}

// deleteAttachment answers DELETE /rest/api/3/attachment/{id}: who brought a file may take it away, and
// who may configure the project.
func deleteAttachment(c *service.Call) service.Reply {
	a, refusal := wantedAttachment(c)
	if a == nil {
		return refusal
	}
	i := issues.Get(c.Site, a.Issue)
	if a.Author != c.User.Handle && (i == nil || !administers(c, projects.Get(c.Site, i.Project))) {
		return c.Refuse(http.StatusForbidden, "You do not have permission to delete attachment with id: "+service.Decimal(a.ID))
	}
	attachments.Delete(c.Site, a)
	return service.NoContent()
}

// getAttachmentContent answers GET /rest/api/3/attachment/content/{id}: the address of the file on the
// host that keeps files, or with redirect=false the file itself (facts §12).
func getAttachmentContent(c *service.Call) service.Reply {
	params := c.Params()
	direct := params.Choice("redirect", "true", "false", "True", "False") // some clients write them in capitals
	if params.Failed() {
		return params.BadRequest(c)
	}
	a, refusal := wantedAttachment(c)
	if a == nil {
		return refusal
	}
	if strings.EqualFold(direct, "false") {
		return fileReply(c, a)
	}
	file, token := a.media(c.Site)
	return service.Reply{
		Status: http.StatusSeeOther,
		Header: http.Header{"Location": {c.Media + "/file/" + file + "/binary?token=" + token}},
	}
}

// fileReply sends a file, or the part of it that is asked for.
func fileReply(c *service.Call, a *attachment) service.Reply {
	content := a.bytes()
	re := service.Reply{Status: http.StatusOK, Header: http.Header{
		"Content-Type":        {a.MimeType},
		"Content-Disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": a.Filename})},
		"Accept-Ranges":       {"bytes"},
	}}
	if wanted := c.Header.Get("Range"); wanted != "" {
		from, to, err := byteRange(wanted, len(content))
		if err != nil {
			return c.Refuse(http.StatusBadRequest, "The Range header is malformed.")
		}
		if from >= len(content) {
			return c.Refuse(http.StatusRequestedRangeNotSatisfiable, "The range of bytes is not satisfiable.")
		}
		re.Status = http.StatusPartialContent
		re.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)))
		content = content[from:to]
	}
	re.Body = service.Raw(content)
	return re
}

// byteRange reads a range of bytes: from the first up to before the second.
func byteRange(wanted string, size int) (from, to int, err error) {
	unit, bounds, found := strings.Cut(wanted, "=")
	first, last, dash := strings.Cut(bounds, "-")
	if !found || !dash || unit != "bytes" {
		return 0, 0, errors.New("no range of bytes")
	}
	if from, err = strconv.Atoi(first); err != nil {
		return 0, 0, err
	}
	to = size
	if last != "" {
		n, err := strconv.Atoi(last)
		if err != nil || n < from {
			return 0, 0, errors.New("no range of bytes")
		}
		to = min(n+1, size)
	}
	return from, to, nil
}

// addAttachments answers POST /rest/api/3/issue/{issueIdOrKey}/attachments, with an array.
func addAttachments(c *service.Call) service.Reply {
	if token := c.Header.Get("X-Atlassian-Token"); token != "no-check" && token != "nocheck" {
		return service.Reply{Status: http.StatusForbidden, Header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}}, Body: service.Raw("XSRF check failed")}
	}
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	if !changesIssue(c, i) {
		return c.Refuse(http.StatusForbidden, "You do not have permission to create attachments for this issue.")
	}
	added, problem := readFiles(c)
	if problem != nil {
		return *problem
	}
	now := c.State.Now()
	views := []attachmentView{}
	for _, a := range added {
		a.Issue, a.Author, a.Created = i.ID, c.User.Handle, now
		attachments.Add(c.Site, a)
		views = append(views, viewAttachment(c, a))
	}
	i.Updated = now
	return service.OK(views)
}

// readFiles reads the files in a request, or refuses it: it brings all of them or none.
func readFiles(c *service.Call) ([]*attachment, *service.Reply) {
	refuse := func(status int, message string) ([]*attachment, *service.Reply) {
		re := c.Refuse(status, message)
		return nil, &re
	}
	media, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		return refuse(http.StatusUnsupportedMediaType, http.StatusText(http.StatusUnsupportedMediaType))
	}
	var files []*attachment
	for parts := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		switch {
		case err != nil:
			return refuse(http.StatusBadRequest, "The multipart request could not be read.")
		case part.FormName() != "file":
			continue
		case part.FileName() == "":
			return refuse(http.StatusBadRequest, "A file has no name.")
		case len(content) > maxAttachment:
			return refuse(http.StatusRequestEntityTooLarge, "The file "+service.Clip(part.FileName())+" exceeds its maximum permitted size of 10,485,760 bytes.")
		}
		kind := part.Header.Get("Content-Type")
		if kind == "" {
			kind = "application/octet-stream"
		}
		files = append(files, &attachment{Filename: part.FileName(), MimeType: kind, Content: content})
	}
	switch {
	case len(files) == 0:
		return refuse(http.StatusBadRequest, "The request has no part called 'file'.")
	case len(files) > maxAttachments:
		return refuse(http.StatusRequestEntityTooLarge, "At most 60 files can be attached at once.")
	}
	return files, nil
}

// MediaFile is what the host that keeps files answers: the file that a path names, for everybody who has
// its token (facts §12). Nobody else is there to be told, so that no body says what is wrong.
func MediaFile(s *state.State, path, token string) service.Reply {
	name, found := strings.CutPrefix(path, "/file/")
	name, binary := strings.CutSuffix(name, "/binary")
	for _, site := range s.Sites {
		for _, a := range attachments.Rows(site) {
			file, want := a.media(site)
			if !found || !binary || file != name {
				continue
			}
			if token != want {
				return service.Reply{Status: http.StatusForbidden}
			}
			return fileReply(&service.Call{API: platform, Header: http.Header{}}, a)
		}
	}
	return service.Reply{Status: http.StatusNotFound}
}

// MediaURL is where the files of the gateway at an address are kept: on this machine under its other
// name, so that it is another host to every client.
func MediaURL(gateway string) string {
	host, port, err := net.SplitHostPort(gateway)
	switch {
	case err != nil:
		return "http://" + gateway
	case host == "localhost":
		return "http://127.0.0.1:" + port
	case net.ParseIP(host).IsLoopback():
		return "http://localhost:" + port
	default:
		return "http://" + gateway
	}
}
