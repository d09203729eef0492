package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getAttachmentMetadataIn struct {
	AttachmentID string `json:"attachment_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The attachment's ID."`
	onSite
}

// Check refuses values that cannot name anything.
func (in getAttachmentMetadataIn) Check() error { return checkNumber("attachment_id", in.AttachmentID) }

var _ = add(tool.Spec{
	Name:    "GetAttachmentMetadata",
	Doc:     "Get name, type, size and author of an attachment of a Jira issue, without its content.",
	Returns: "The attachment.",
	Uses:    uses{getAttachment},
}, func(ctx context.Context, s *atlassian.Site, in getAttachmentMetadataIn) (out attachmentOut, err error) {
	a, err := getAttachment.Do(ctx, s, attachmentRef{in.AttachmentID})
	out.Attachment = viewFile(s, a)
	return out, err
})
