package jira

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"mime"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// getAttachmentContent asks for the file itself. Where Jira sends its address
// instead, that is followed to the host that keeps Atlassian's files, without
// the token (facts §12).
var getAttachmentContent = atlassian.Get[attachmentContentRef, atlassian.Content]("/rest/api/3/attachment/content/{id}", "read:jira-work").
	Redirects("api.media.atlassian.com").Limit(largestDownload).
	Within(atlassian.AttachmentIn("id"))

type attachmentContentRef struct {
	ID       string `path:"id,attachment_id,digits"`
	Redirect bool   `query:"redirect"`
}

const (
	// answerAround is what an answer holds beside a file, in bytes.
	answerAround = 64 << 10
	// largestDownload is the size of the largest file, in bytes.
	largestDownload = 10 << 20
	// largestAnswer holds it: base64 makes four bytes of three.
	largestAnswer = (largestDownload+2)/3*4 + answerAround
)

type downloadAttachmentOut struct {
	Attachment attachmentWithContent `json:"attachment" doc:"The attachment with its content."`
}

// attachmentWithContent has either a text or bytes.
type attachmentWithContent struct {
	fileView
	Content  *string `json:"content,omitzero" doc:"The content, if it is text." untrusted:"true"`
	Base64   string  `json:"content_base64,omitzero" doc:"The content in base64, if it is not text." untrusted:"true"`
	Encoding string  `json:"encoding,omitzero" doc:"base64, when there is content_base64."`
}

var _ = add(tool.Spec{
	Name:      "DownloadAttachment",
	Doc:       "Get the content of an attachment of a Jira issue, of at most 10 MiB: text as it is, anything else in base64.",
	Returns:   "The attachment with its content.",
	Uses:      uses{getAttachment, getAttachmentContent},
	MaxOutput: largestAnswer,
}, func(ctx context.Context, s *atlassian.Site, in getAttachmentMetadataIn) (out downloadAttachmentOut, err error) {
	a, err := getAttachment.Do(ctx, s, attachmentRef{in.AttachmentID})
	if err != nil {
		return out, err
	}
	out.Attachment.fileView = viewFile(s, a)
	if a.Size > largestDownload {
		return out, &tool.Error{
			Kind: tool.KindBadInput, Status: 413,
			Message: fmt.Sprintf("The file is too large: it has %d bytes, and an answer holds a file of at most %d.", a.Size, largestDownload),
			Prompt:  "It cannot be downloaded by this tool. A person can open it: " + cmp.Or(out.Attachment.URL, "see the attachments of the issue") + ".",
		}
	}
	file, err := getAttachmentContent.Do(ctx, s, attachmentContentRef{ID: in.AttachmentID})
	if err != nil {
		return out, err
	}
	if len(file.Data) != a.Size { // a page of somebody else, or a part
		e := tool.Undecodable(false)
		e.Message += fmt.Sprintf(" Jira says that the file has %d bytes, and %d came.", a.Size, len(file.Data))
		return out, e
	}
	if text, ok := shownText(file, a.MIMEType); ok {
		out.Attachment.Content = &text
	} else {
		out.Attachment.Base64, out.Attachment.Encoding = base64.StdEncoding.EncodeToString(file.Data), "base64"
	}
	return out, nil
})

// shownText is the text of a file, if it is one that an answer can hold.
func shownText(file atlassian.Content, mimeType string) (string, bool) {
	charset := ""
	for _, kind := range []string{file.ContentType, mimeType} {
		if _, params, err := mime.ParseMediaType(kind); err == nil {
			charset = cmp.Or(charset, params["charset"])
		}
	}
	text, ok := decodeText(file.Data, charset)
	if !ok {
		return "", false
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	return text, err == nil && len(quoted) <= largestAnswer-answerAround
}
