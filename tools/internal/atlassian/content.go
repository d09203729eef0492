package atlassian

import (
	"mime"
	"net/http"

	"arcade-atlassian/tools/internal/text"
)

// Content is an answer that is not decoded, such as a file.
type Content struct {
	Data        []byte
	ContentType string // as the answer says it
	FileName    string // without folders; empty when the answer tells none
}

// answer is a successful answer as it came.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func content(a answer) Content {
	c := Content{Data: a.body, ContentType: text.Line(a.header.Get("Content-Type"), 200)}
	if _, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		c.FileName = fileName(params["filename"])
	}
	return c
}
