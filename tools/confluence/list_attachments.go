package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// listAttachments lists files that are current or archived.
var listAttachments = atlassian.Get[attachmentQuery, attachmentList]("/wiki/api/v2/attachments", "read:attachment:confluence").
	Within(atlassian.AttachmentList())

type attachmentQuery struct {
	Sort   string `query:"sort,omitzero"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

// attachmentOrder is an order in which attachments are listed: those of pages
// that go by date.
type attachmentOrder pageOrder

// Enum lists the orders.
func (attachmentOrder) Enum() []string {
	return []string{
		"created-date-oldest-to-newest", "created-date-newest-to-oldest",
		"modified-date-oldest-to-newest", "modified-date-newest-to-oldest",
	}
}

type listAttachmentsIn struct {
	SortOrder attachmentOrder `json:"sort_order,omitzero" jsonschema:"default=created-date-newest-to-oldest" doc:"The order of the list."`
	Limit     int             `json:"limit,omitzero" jsonschema:"minimum=1,maximum=250,default=25" doc:"Attachments per page of the list."`
	Token     string          `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"pagination_token of the page before."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "ListAttachments",
	Doc:     "List the files attached to any Confluence page or blog post, a page at a time, without their contents.",
	Returns: "The attachments and the token of the next page.",
	Uses:    uses{listAttachments},
}, func(ctx context.Context, s *atlassian.Site, in listAttachmentsIn) (out attachmentsOut, err error) {
	list, err := listAttachments.Do(ctx, s, attachmentQuery{pageOrder(in.SortOrder).sort(), in.Limit, in.Token})
	if err != nil {
		return out, explainToken(in.Token, err)
	}
	return viewAttachments(s, list, in.Limit, in.Token)
})
