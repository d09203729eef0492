package jira

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
)

// listCreatableTypes lists the issue types that the user may create in a
// project: none for those who may not create issues there.
var listCreatableTypes = atlassian.Get[creatableTypesQuery, creatableTypes](
	"/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes", "read:jira-work")

type creatableTypesQuery struct {
	Project    string `path:"projectIdOrKey,project,project"`
	MaxResults int    `query:"maxResults"`
}

type creatableTypes struct {
	IssueTypes []issueType `json:"issueTypes"`
}

// Check holds that there is a list, of issue types.
func (l creatableTypes) Check() error {
	if l.IssueTypes == nil {
		return errors.New("no issue types")
	}
	for _, t := range l.IssueTypes {
		if err := t.Check(); err != nil {
			return err
		}
	}
	return nil
}

// listCreateFields lists the fields that the user can set while creating an
// issue.
var listCreateFields = atlassian.Get[createFieldsQuery, createFields](
	"/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", "read:jira-work")

type createFieldsQuery struct {
	Project    string `path:"projectIdOrKey,project,project"`
	IssueType  string `path:"issueTypeId,issue_type,digits"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

type createFields struct {
	Fields  []createField `json:"fields"`
	StartAt int           `json:"startAt"`
	Total   int           `json:"total"`
}

// createField is a field of the screen on which issues are created.
type createField struct {
	ID string `json:"fieldId"`
	screenField
}

// Check holds that there is a list, of fields.
func (l createFields) Check() error {
	if l.Fields == nil {
		return errors.New("no fields")
	}
	for _, f := range l.Fields {
		if f.ID == "" {
			return errors.New("a field without id")
		}
	}
	return nil
}

// mostOnPage is the longest page of both lists (facts §3).
const mostOnPage = 200

// findCreateField finds a field by its ID on the screen on which issues of a
// project and a type are created. It is nil when the screen is without it.
func findCreateField(ctx context.Context, s *atlassian.Site, project, issueType, id string) (*screenField, error) {
	is := func(f createField) bool { return f.ID == id }
	list, err := lookup.Walk(ctx, lookup.Bounds{}, func(ctx context.Context, next string) (page lookup.Page[createField], err error) {
		start := 0
		if next != "" {
			if start, err = strconv.Atoi(next); err != nil {
				return page, err
			}
		}
		fields, err := listCreateFields.Do(ctx, s, createFieldsQuery{project, issueType, start, mostOnPage})
		if err != nil {
			return page, err
		}
		page.Items = fields.Fields
		if end := start + len(fields.Fields); len(fields.Fields) > 0 && end < fields.Total {
			page.Next = strconv.Itoa(end)
		}
		return page, nil
	}, func(fields []createField) bool { return slices.ContainsFunc(fields, is) })
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list.Items, is); i >= 0 {
		return &list.Items[i].screenField, nil
	}
	return nil, nil
}
