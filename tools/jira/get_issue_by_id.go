package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getIssueByIDIn struct {
	Issue  string   `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Fields []string `json:"fields,omitzero" jsonschema:"format=name,minLength=1,maxItems=50,maxLength=255" doc:"Show only these fields, by name or ID; *all shows every one. Default: all but comments, work logs and the like."`
	onSite
}

// Check refuses what cannot name an issue.
func (in getIssueByIDIn) Check() error {
	return checkIssue("issue", in.Issue)
}

type issueOut struct {
	Issue  issueView `json:"issue" doc:"The issue."`
	Fields []string  `json:"fields" doc:"The fields that were asked for: one of them that the issue lacks is empty."`
	Notes  []string  `json:"notes,omitzero" doc:"What else to know about the answer."`
}

var _ = add(tool.Spec{
	Name:    "GetIssueById",
	Doc:     "Get one Jira issue by its ID or key.",
	Returns: "The issue; rich text is Markdown.",
	Uses:    uses{getIssue, listFields},
}, func(ctx context.Context, s *atlassian.Site, in getIssueByIDIn) (out issueOut, err error) {
	selected, err := selectFields(ctx, s, in.Fields, wholeIssue())
	if err != nil {
		return out, err
	}
	format := issueFormat{fields: selected}
	i, err := getIssue.Do(ctx, s, issueRef{issueKey(in.Issue), selected.upstream(), format.expand()})
	if err != nil {
		return out, err
	}
	out.Issue = viewIssue(s, i, i.fieldInfo, format)
	out.Fields, out.Notes = selected.names, selected.absent(i.fieldInfo)
	return out, nil
})
