package confluence

import (
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// attachment is a file as Confluence describes it. It belongs to a page, blog
// post or custom content.
type attachment struct {
	ID              string      `json:"id"`
	Status          string      `json:"status"`
	Title           string      `json:"title"`
	CreatedAt       string      `json:"createdAt"`
	PageID          string      `json:"pageId"`
	BlogPostID      string      `json:"blogPostId"`
	CustomContentID string      `json:"customContentId"`
	MediaType       string      `json:"mediaType"`
	TypeDescription string      `json:"mediaTypeDescription"`
	Comment         string      `json:"comment"`
	FileID          string      `json:"fileId"`
	FileSize        int64       `json:"fileSize"`
	Version         pageVersion `json:"version"`
	Links           links       `json:"_links"`
}

// attachmentList is a page of a list of files.
type attachmentList struct {
	Results []attachment `json:"results"`
	Links   links        `json:"_links"`
}

// Check holds that there is a list, of files.
func (l attachmentList) Check() error {
	if l.Results == nil {
		return errors.New("a page without results")
	}
	for _, a := range l.Results {
		if a.ID == "" || a.Title == "" {
			return errors.New("an attachment without id or title")
		}
	}
	return nil
}

// attachmentView is a file as tools show it, with Confluence's own names.
type attachmentView struct {
	ID              string                `json:"id" doc:"The attachment's ID."`
	Status          string                `json:"status" doc:"current or archived."`
	Title           string                `json:"title" doc:"The file's name." untrusted:"true"`
	CreatedAt       string                `json:"createdAt,omitzero" doc:"When it was attached first."`
	PageID          string                `json:"pageId,omitzero" doc:"The ID of its page."`
	BlogPostID      string                `json:"blogPostId,omitzero" doc:"The ID of its blog post."`
	CustomContentID string                `json:"customContentId,omitzero" doc:"The ID of the custom content that it belongs to."`
	MediaType       string                `json:"mediaType,omitzero" doc:"The media type."`
	TypeDescription string                `json:"mediaTypeDescription,omitzero" doc:"The media type in words."`
	Comment         string                `json:"comment,omitzero" doc:"What was said about it." untrusted:"true"`
	FileID          string                `json:"fileId,omitzero" doc:"The ID by which pages in ADF show it."`
	FileSize        int64                 `json:"fileSize" doc:"The size in bytes."`
	Version         attachmentVersionView `json:"version,omitzero" doc:"The last upload."`
	URL             string                `json:"url,omitzero" doc:"Where a person sees the file."`
	Download        string                `json:"download_link,omitzero" doc:"Where a person who is signed in gets the file."`
}

type attachmentVersionView struct {
	Number    int    `json:"number" doc:"How often it was uploaded."`
	AuthorID  string `json:"authorId,omitzero" doc:"The account ID of who did it."`
	CreatedAt string `json:"createdAt,omitzero" doc:"When."`
}

func viewAttachment(s *atlassian.Site, base string, a attachment) attachmentView {
	return attachmentView{
		ID: a.ID, Status: a.Status, Title: a.Title, CreatedAt: a.CreatedAt,
		PageID: a.PageID, BlogPostID: a.BlogPostID, CustomContentID: a.CustomContentID,
		MediaType: a.MediaType, TypeDescription: a.TypeDescription, Comment: a.Comment, FileID: a.FileID, FileSize: a.FileSize,
		Version: attachmentVersionView{a.Version.Number, a.Version.AuthorID, a.Version.CreatedAt},
		URL:     a.Links.page(base, s), Download: a.Links.file(base, s),
	}
}

type attachmentsOut struct {
	Attachments []attachmentView `json:"attachments" doc:"The files, without their contents."`
	Pagination  shape.Pagination `json:"pagination" doc:"Which page of the list this is."`
	Token       string           `json:"pagination_token,omitzero" doc:"The token of the next page, if there is one."`
}

// viewAttachments shows a page of files that was asked for with limit and the
// token given.
func viewAttachments(s *atlassian.Site, l attachmentList, limit int, given string) (out attachmentsOut, err error) {
	if len(l.Results) > limit {
		return out, tool.Undecodable(false)
	}
	if out.Token, err = l.Links.cursor(given); err != nil {
		return out, err
	}
	out.Attachments = make([]attachmentView, len(l.Results))
	for i, a := range l.Results {
		out.Attachments[i] = viewAttachment(s, l.Links.Base, a)
	}
	out.Pagination = shape.ByToken(limit, len(l.Results), out.Token)
	return out, nil
}
