package jira

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// listCreatableTypes lists the issue types that the user may create in a
// project: none for those who may not create issues there. It is remembered,
// because the issue types of a project seldom change.
var listCreatableTypes = atlassian.Get[creatableTypesQuery, creatableTypes](
	"/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes", "read:jira-work").Remember(5 * time.Minute).
	Within(atlassian.ProjectIn("projectIdOrKey"))

type creatableTypesQuery struct {
	Project    string `path:"projectIdOrKey,project,project"`
	StartAt    int    `query:"startAt,omitzero"`
	MaxResults int    `query:"maxResults"`
}

type creatableTypes struct {
	IssueTypes []creatableType `json:"issueTypes"`
	Total      int             `json:"total"`
}

// creatableType is an issue type with the name that it had before somebody
// translated it.
type creatableType struct {
	issueType
	UntranslatedName string `json:"untranslatedName"`
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
// issue. It is not remembered: a new version or component is wanted at once.
var listCreateFields = atlassian.Get[createFieldsQuery, createFields](
	"/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", "read:jira-work").
	Within(atlassian.ProjectIn("projectIdOrKey"))

type createFieldsQuery struct {
	Project    string `path:"projectIdOrKey,project,project"`
	IssueType  string `path:"issueTypeId,issue_type,digits"`
	StartAt    int    `query:"startAt"`
	MaxResults int    `query:"maxResults"`
}

type createFields struct {
	Fields []screenField `json:"fields"`
	Total  int           `json:"total"`
}

// Check holds that there is a list, of fields.
func (l createFields) Check() error {
	if l.Fields == nil {
		return errors.New("no fields")
	}
	for _, f := range l.Fields {
		if f.id() == "" {
			return errors.New("a field without id")
		}
	}
	return nil
}

// id is the field's ID, which lists of Jira have under either name.
func (f screenField) id() string { return cmp.Or(f.FieldID, f.Key) }

// screenFields lists the fields of a screen that Jira sends by ID.
func screenFields(byID map[string]screenField) []screenField {
	var fields []screenField
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		f := byID[id]
		f.FieldID = id
		fields = append(fields, f)
	}
	return fields
}

// mostOnPage is the longest page of both lists (facts §3).
const mostOnPage = 200

// creatableTypesOf lists the issue types of which the user can create issues in
// a project.
func creatableTypesOf(ctx context.Context, s *atlassian.Site, project string) (lookup.List[creatableType], error) {
	return walkScreens(ctx, func(ctx context.Context, start int) ([]creatableType, int, error) {
		page, err := listCreatableTypes.Do(ctx, s, creatableTypesQuery{project, start, mostOnPage})
		return page.IssueTypes, page.Total, err
	}, nil)
}

// createFieldsOf lists the fields with which issues of a project and a type are
// created, until enough (which may be nil) says so.
func createFieldsOf(ctx context.Context, s *atlassian.Site, project, issueType string, enough func([]screenField) bool) (lookup.List[screenField], error) {
	return walkScreens(ctx, func(ctx context.Context, start int) ([]screenField, int, error) {
		page, err := listCreateFields.Do(ctx, s, createFieldsQuery{project, issueType, start, mostOnPage})
		return page.Fields, page.Total, err
	}, enough)
}

// walkScreens reads one of both lists: they are paged by offset and tell how
// many items there are in all, not which page is the last.
func walkScreens[T any](ctx context.Context, fetch func(ctx context.Context, start int) (items []T, total int, err error), enough func([]T) bool) (lookup.List[T], error) {
	return lookup.Walk(ctx, lookup.Bounds{}, func(ctx context.Context, next string) (page lookup.Page[T], err error) {
		start := 0
		if next != "" {
			if start, err = strconv.Atoi(next); err != nil {
				return page, err
			}
		}
		items, total, err := fetch(ctx, start)
		if end := start + len(items); len(items) > 0 && end < total {
			page.Next = strconv.Itoa(end)
		}
		page.Items = items
		return page, err
	}, enough)
}

// findCreateField finds a field by its ID on the screen on which issues of a
// project and a type are created. It is nil when the screen is without it.
func findCreateField(ctx context.Context, s *atlassian.Site, project, issueType, id string) (*screenField, error) {
	is := func(f screenField) bool { return f.id() == id }
	list, err := createFieldsOf(ctx, s, project, issueType, func(fields []screenField) bool { return slices.ContainsFunc(fields, is) })
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list.Items, is); i >= 0 {
		return &list.Items[i], nil
	}
	return nil, nil
}

// chooseIssueType finds the issue type that the parameter issue_type names by
// ID, name or untranslated name.
func chooseIssueType(value string, types lookup.List[creatableType]) (creatableType, error) {
	if len(types.Items) == 0 && types.Complete {
		return creatableType{}, tool.BadInput("project", "is one in which the user can create no issues",
			"Choose another project, or ask its administrator for the permission to create issues.")
	}
	return lookup.Choose(lookup.Query{
		Parameter: "issue_type", Value: value, Noun: "issue type of the project", Plural: "issue types of the project",
		Incomplete: !types.Complete,
	}, types.Items, func(t creatableType) lookup.Candidate {
		return lookup.Candidate{ID: t.ID, Name: t.Name, OtherNames: []string{t.UntranslatedName}}
	})
}
