package jira

// attachment is a file as Jira describes it.
type attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	MIMEType string `json:"mimeType"`
	Size     int    `json:"size"`
	Created  string `json:"created"`
	Author   *user  `json:"author"`
}

// attachmentView is a file as tools show it.
type attachmentView struct {
	ID       string          `json:"id" doc:"The attachment's ID."`
	Filename string          `json:"filename" doc:"The file's name."`
	MIMEType string          `json:"mime_type,omitzero" doc:"The media type."`
	Size     *attachmentSize `json:"size,omitzero" doc:"How big it is."`
	Created  string          `json:"created,omitzero" doc:"When it was attached."`
	Author   *personView     `json:"author,omitzero" doc:"Who attached it."`
}

type attachmentSize struct {
	Bytes int `json:"bytes" doc:"The size in bytes."`
}

func viewAttachment(a attachment) attachmentView {
	return attachmentView{
		ID: a.ID, Filename: a.Filename, MIMEType: a.MIMEType, Size: &attachmentSize{a.Size},
		Created: a.Created, Author: viewPerson(a.Author, issueFormat{}),
	}
}
