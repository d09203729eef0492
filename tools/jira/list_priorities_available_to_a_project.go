package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type listPrioritiesAvailableToAProjectIn struct {
	Project string `json:"project" jsonschema:"format=name,minLength=1,maxLength=255" doc:"Project key, name or ID."`
	onSite
}

type projectPrioritiesOut struct {
	Project projectRefView `json:"project" doc:"The project."`
	availablePriorities
}

// mostScreens is how many issue types are looked at for one that can be given a
// priority.
const mostScreens = 10

// askForAnIssue is what is left to those who may not create issues.
const askForAnIssue = "ListPrioritiesAvailableToAnIssue tells the priorities of an issue to whoever may edit it."

var _ = add(tool.Spec{
	Name:    "ListPrioritiesAvailableToAProject",
	Doc:     "List the priorities that issues of a Jira project can be given.",
	Returns: "The priorities.",
	Uses:    slices.Concat(projectLookup, uses{listCreatableTypes, listCreateFields}),
}, func(ctx context.Context, s *atlassian.Site, in listPrioritiesAvailableToAProjectIn) (out projectPrioritiesOut, err error) {
	p, err := findProject(ctx, s, in.Project)
	if err != nil {
		return out, err
	}
	types, err := listCreatableTypes.Do(ctx, s, creatableTypesQuery{Project: p.ID, MaxResults: mostOnPage})
	if refused, ok := errors.AsType[*atlassian.Error](err); ok && refused.Status == http.StatusBadRequest {
		told := refused.ToolError()
		told.Prompt = askForAnIssue
		return out, told
	}
	if err != nil {
		return out, err
	}
	if len(types.IssueTypes) == 0 {
		return out, errHiddenPriorities("Jira tells the priorities of a project only to those who may create issues in it, and this user may not.", askForAnIssue)
	}
	// A project has one list of priorities, so the first screen that offers it
	// has all of them (facts §10).
	var offered *screenField
	for _, t := range firstOf(types.IssueTypes, mostScreens) {
		if offered, err = findCreateField(ctx, s, p.ID, t.ID, "priority"); err != nil {
			return out, err
		}
		if offered != nil {
			break
		}
	}
	if out.availablePriorities, err = viewAvailable(offered); err != nil {
		return out, err
	}
	if offered == nil && len(types.IssueTypes) > mostScreens {
		out.Notes = []string{fmt.Sprintf("The first %d issue types cannot be given a priority; the others were not looked at.", mostScreens)}
	}
	out.Project = viewProjectRef(p)
	return out, nil
})
