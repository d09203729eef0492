package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type listIssueAttachmentsIn struct {
	Issue string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	onSite
}

// Check refuses values that cannot name anything.
func (in listIssueAttachmentsIn) Check() error { return checkIssue("issue", in.Issue) }

type issueAttachmentsOut struct {
	Issue   issueWithAttachments `json:"issue" doc:"The issue."`
	LeftOut int                  `json:"attachments_left_out,omitzero" doc:"How many more there are, when they are too many to list."`
	Notes   []string             `json:"notes,omitzero" doc:"What else to know about the answer."`
}

type issueWithAttachments struct {
	ID          string     `json:"id" doc:"The issue's ID."`
	Key         string     `json:"key" doc:"The issue's key."`
	URL         string     `json:"url,omitzero" doc:"The issue's page."`
	Attachments []fileView `json:"attachments" doc:"The files, without their contents."`
}

// mostAttachments is how many files an answer lists.
const mostAttachments = 500

var _ = add(tool.Spec{
	Name:    "ListIssueAttachmentsMetadata",
	Doc:     "List the files that are attached to a Jira issue, without their contents.",
	Returns: "The issue with name, type, size and author of each file.",
	Uses:    uses{getIssue},
}, func(ctx context.Context, s *atlassian.Site, in listIssueAttachmentsIn) (out issueAttachmentsOut, err error) {
	i, err := getIssue.Do(ctx, s, issueRef{IDOrKey: issueKey(in.Issue), Fields: []string{"attachment"}})
	if err != nil {
		return out, err
	}
	files := i.Fields.Attachments
	out.Issue = issueWithAttachments{ID: i.ID, Key: i.Key, URL: issueURL(s, i.Key), Attachments: []fileView{}}
	for _, a := range firstOf(files, mostAttachments) {
		out.Issue.Attachments = append(out.Issue.Attachments, viewFile(s, a))
	}
	out.LeftOut = max(0, len(files)-mostAttachments)
	if files == nil {
		out.Notes = []string{"Jira does not say which files the issue has: attachments may be switched off, or hidden in this project."}
	}
	return out, nil
})
