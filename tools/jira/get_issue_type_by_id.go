package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var getIssueType = atlassian.Get[issueTypeRef, issueType]("/rest/api/3/issuetype/{id}", "read:jira-work").
	Within(atlassian.Configuration("id"))

type issueTypeRef struct {
	ID string `path:"id,issue_type_id,digits"`
}

type getIssueTypeByIDIn struct {
	IssueTypeID string `json:"issue_type_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The issue type's ID."`
	onSite
}

// Check refuses what is no ID.
func (in getIssueTypeByIDIn) Check() error { return checkNumber("issue_type_id", in.IssueTypeID) }

type issueTypeOut struct {
	IssueType issueTypeView `json:"issue_type" doc:"The issue type."`
}

var _ = add(tool.Spec{
	Name:    "GetIssueTypeById",
	Doc:     "Get one Jira issue type by its ID.",
	Returns: "The issue type.",
	Uses:    uses{getIssueType},
}, func(ctx context.Context, s *atlassian.Site, in getIssueTypeByIDIn) (out issueTypeOut, err error) {
	t, err := getIssueType.Do(ctx, s, issueTypeRef{in.IssueTypeID})
	if err != nil {
		return out, err
	}
	out.IssueType = viewIssueType(t)
	return out, nil
})
