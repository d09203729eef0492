package jira

import (
	"errors"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
)

// attachment is a file as Jira describes it.
type attachment struct {
	ID       attachmentID `json:"id"`
	Filename string       `json:"filename"`
	MIMEType string       `json:"mimeType"`
	Size     int          `json:"size"`
	Created  string       `json:"created"`
	Author   *user        `json:"author"` // nil when nobody had signed in
}

// Check holds that there is a file.
func (a attachment) Check() error {
	if a.ID == "" || a.Filename == "" {
		return errors.New("an attachment without id or filename")
	}
	return nil
}

// attachmentID is a text within an issue, and a number where an attachment is
// asked for alone (facts §7).
type attachmentID string

// UnmarshalJSONFrom reads both. Anything else is no ID, which does not spoil the
// rest of an issue.
func (id *attachmentID) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"', '0':
		token, err := dec.ReadToken()
		*id = attachmentID(token.String())
		return err
	default:
		*id = ""
		return dec.SkipValue()
	}
}

var getAttachment = atlassian.Get[attachmentRef, attachment]("/rest/api/3/attachment/{id}", "read:jira-work").
	Within(atlassian.AttachmentIn("id"))

type attachmentRef struct {
	ID string `path:"id,attachment_id,digits"`
}

// attachmentView is a file as tools show it.
type attachmentView struct {
	ID       string          `json:"id" doc:"The attachment's ID."`
	Filename string          `json:"filename" doc:"The file's name." untrusted:"true"`
	MIMEType string          `json:"mime_type,omitzero" doc:"The media type."`
	Size     *attachmentSize `json:"size,omitzero" doc:"How big it is."`
	Created  string          `json:"created,omitzero" doc:"When it was attached."`
	Author   *personView     `json:"author,omitzero" doc:"Who attached it."`
}

type attachmentSize struct {
	Bytes int `json:"bytes" doc:"The size in bytes."`
}

// fileView is a file as tools show it alone. In an issue it is found on the
// issue's page.
type fileView struct {
	attachmentView
	URL string `json:"url,omitzero" doc:"Where a person who is signed in gets the file."`
}

func viewAttachment(a attachment) attachmentView {
	return attachmentView{
		ID: string(a.ID), Filename: a.Filename, MIMEType: a.MIMEType, Size: &attachmentSize{a.Size},
		Created: a.Created, Author: viewPerson(a.Author, issueFormat{}),
	}
}

// viewFile shows a file with its address, which is not the one that Jira
// sends for programs (facts §12).
func viewFile(s *atlassian.Site, a attachment) fileView {
	return fileView{viewAttachment(a), s.Link("/secure/attachment/" + url.PathEscape(string(a.ID)) + "/" + url.PathEscape(a.Filename))}
}

type attachmentOut struct {
	Attachment fileView `json:"attachment" doc:"The attachment."`
}
