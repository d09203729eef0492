package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// getEditableIssue gets an issue together with the fields that the user can
// edit, of which there are none for those who may not edit it.
var getEditableIssue = atlassian.Get[issueRef, editableIssue]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work").
	Within(atlassian.IssueAnswer("issueIdOrKey"))

type editableIssue struct {
	issue
	EditMeta struct {
		Fields map[string]screenField `json:"fields"`
	} `json:"editmeta"`
}

type listPrioritiesAvailableToAnIssueIn struct {
	Issue string `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	onSite
}

// Check refuses what cannot name an issue.
func (in listPrioritiesAvailableToAnIssueIn) Check() error { return checkIssue("issue", in.Issue) }

type issuePrioritiesOut struct {
	Issue   issueTitleView  `json:"issue" doc:"The issue."`
	Project *projectRefView `json:"project,omitzero" doc:"Its project."`
	availablePriorities
}

// issueTitleView is an issue as answers about something else name it.
type issueTitleView struct {
	ID    string `json:"id" doc:"The issue's ID."`
	Key   string `json:"key" doc:"The issue's key."`
	Title string `json:"title,omitzero" doc:"The summary." untrusted:"true"`
	URL   string `json:"url,omitzero" doc:"The issue's page."`
}

var _ = add(tool.Spec{
	Name:    "ListPrioritiesAvailableToAnIssue",
	Doc:     "List the priorities that a Jira issue can be given.",
	Returns: "The priorities.",
	Uses:    uses{getEditableIssue},
}, func(ctx context.Context, s *atlassian.Site, in listPrioritiesAvailableToAnIssueIn) (out issuePrioritiesOut, err error) {
	i, err := getEditableIssue.Do(ctx, s, issueRef{issueKey(in.Issue), []string{"summary", "project"}, []string{"editmeta"}})
	if err != nil {
		return out, err
	}
	if len(i.EditMeta.Fields) == 0 {
		return out, errHiddenPriorities(
			"Jira tells the priorities of an issue only to those who may edit it, and this user may not.",
			"ListPrioritiesAvailableToAProject tells those of its project to whoever may create issues there.")
	}
	var offered *screenField
	if f, ok := i.EditMeta.Fields["priority"]; ok {
		offered = &f
	}
	if out.availablePriorities, err = viewAvailable(offered); err != nil {
		return out, err
	}
	out.Issue = issueTitleView{ID: i.ID, Key: i.Key, Title: i.Fields.Summary, URL: issueURL(s, i.Key)}
	if p := i.Fields.Project; p != nil {
		ref := viewProjectRef(*p)
		out.Project = &ref
	}
	return out, nil
})
