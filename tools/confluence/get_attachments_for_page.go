package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// listPageAttachments lists the files of a page that are current or archived.
var listPageAttachments = atlassian.Get[pageAttachmentQuery, attachmentList](
	"/wiki/api/v2/pages/{id}/attachments", "read:attachment:confluence").
	Within(atlassian.PageIn("id"))

type pageAttachmentQuery struct {
	ID     string `path:"id,page_identifier,digits"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

type getAttachmentsForPageIn struct {
	Page  string `json:"page_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The page's ID, exact title, URL or tiny link."`
	Limit int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=250,default=25" doc:"Attachments per page of the list."`
	Token string `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"pagination_token of the page before."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "GetAttachmentsForPage",
	Doc:     "List the files attached to a Confluence page, a page at a time, without their contents.",
	Returns: "The attachments and the token of the next page.",
	Uses:    uses{listPages, listPageAttachments},
}, func(ctx context.Context, s *atlassian.Site, in getAttachmentsForPageIn) (out attachmentsOut, err error) {
	name, err := readPageName(s, "page_identifier", in.Page)
	if err != nil {
		return out, err
	}
	id := name.id
	if id == "" {
		p, err := findTitle(ctx, s, "page_identifier", name.title, "")
		if err != nil {
			return out, err
		}
		id = p.ID
	}
	list, err := listPageAttachments.Do(ctx, s, pageAttachmentQuery{id, in.Limit, in.Token})
	if err != nil {
		return out, explainPage("page_identifier", explainToken(in.Token, err))
	}
	return viewAttachments(s, list, in.Limit, in.Token)
})
