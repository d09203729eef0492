package jira

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/richtext"
)

// writeRichText makes the document that Jira stores of the Markdown in a
// parameter, and says what it does not keep. What is a document already stays as
// it is. Its operations are mentionUses.
func writeRichText(ctx context.Context, s *atlassian.Site, param, markdown string, at workplace) (jsontext.Value, []string, error) {
	if doc, err := richtext.ParseADF([]byte(markdown), richtext.Limits{}); err == nil {
		return storedText(param, doc)
	}
	written, err := writeComment(ctx, s, param, markdown, nil, at)
	if err != nil {
		return nil, nil, err
	}
	return storedText(param, written.document)
}
