package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

type listIssueTypesByProjectIn struct {
	Project string `json:"project" jsonschema:"format=name,minLength=1,maxLength=255" doc:"Project key, name or ID."`
	Limit   int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=200,default=200" doc:"Issue types per page."`
	Offset  int    `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Issue types to skip: next_offset of the page before."`
	onSite
}

type issueTypesOut struct {
	Project    projectRefView   `json:"project" doc:"The project."`
	IssueTypes []issueTypeView  `json:"issue_types" doc:"The issue types of its issues."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page this is."`
}

var _ = add(tool.Spec{
	Name:    "ListIssueTypesByProject",
	Doc:     "List the issue types of a Jira project.",
	Returns: "The issue types and where the next page starts.",
	Uses:    projectLookup,
}, func(ctx context.Context, s *atlassian.Site, in listIssueTypesByProjectIn) (out issueTypesOut, err error) {
	p, err := findProject(ctx, s, in.Project)
	if err != nil {
		return out, err
	}
	// They come with the project, all of them.
	total := len(p.IssueTypes)
	types := p.IssueTypes[min(in.Offset, total):]
	types = firstOf(types, in.Limit)
	out.Project = viewProjectRef(p)
	out.IssueTypes = make([]issueTypeView, len(types))
	for i, t := range types {
		out.IssueTypes[i] = viewIssueType(t)
	}
	out.Pagination = shape.ByOffset(in.Limit, in.Offset, len(types), nil, &total)
	return out, nil
})
