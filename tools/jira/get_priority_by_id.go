package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

var getPriority = atlassian.Get[priorityRef, priority]("/rest/api/3/priority/{id}", "read:jira-work").
	Within(atlassian.Everywhere())

type priorityRef struct {
	ID string `path:"id,priority_id,digits"`
}

type getPriorityByIDIn struct {
	PriorityID string `json:"priority_id" jsonschema:"format=name,minLength=1,maxLength=20" doc:"The priority's ID."`
	onSite
}

// Check refuses what is no ID.
func (in getPriorityByIDIn) Check() error { return checkNumber("priority_id", in.PriorityID) }

type priorityOut struct {
	Priority priorityView `json:"priority" doc:"The priority."`
}

var _ = add(tool.Spec{
	Name:    "GetPriorityById",
	Doc:     "Get one Jira priority by its ID.",
	Returns: "The priority.",
	Uses:    uses{getPriority},
}, func(ctx context.Context, s *atlassian.Site, in getPriorityByIDIn) (out priorityOut, err error) {
	p, err := getPriority.Do(ctx, s, priorityRef{in.PriorityID})
	if err != nil {
		return out, err
	}
	out.Priority = viewPriority(p)
	return out, nil
})
