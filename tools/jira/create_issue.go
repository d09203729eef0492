package jira

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

var createIssue = atlassian.Post[newIssue, createdIssue]("/rest/api/3/issue", "write:jira-work").Fields(ownParameters).
	Within(atlassian.IssueFields())

type newIssue struct {
	Body issueBody `body:"json"`
}

type createdIssue struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// Check holds that there is an issue.
func (i createdIssue) Check() error {
	if i.ID == "" || i.Key == "" {
		return errors.New("an issue without id or key")
	}
	return nil
}

type createIssueIn struct {
	Title        string                    `json:"title" jsonschema:"minLength=1,maxLength=255" doc:"The summary, one line."`
	IssueType    string                    `json:"issue_type" jsonschema:"format=name,minLength=1,maxLength=255" doc:"Issue type name or ID."`
	Project      string                    `json:"project,omitzero" jsonschema:"format=name,maxLength=255" doc:"Project key, name or ID. Default: that of parent_issue, or the only project."`
	DueDate      string                    `json:"due_date,omitzero" jsonschema:"format=name,maxLength=20" doc:"YYYY-MM-DD."`
	Description  string                    `json:"description,omitzero" jsonschema:"maxLength=32767" doc:"Markdown; @[Name] mentions a person."`
	Environment  string                    `json:"environment,omitzero" jsonschema:"maxLength=32767" doc:"Markdown."`
	Labels       []string                  `json:"labels,omitzero" jsonschema:"format=name,maxItems=100,minLength=1,maxLength=255" doc:"Labels, of one word each."`
	ParentIssue  string                    `json:"parent_issue,omitzero" jsonschema:"format=name,maxLength=255" doc:"Key or ID of the issue it is a part of, such as its epic."`
	Priority     string                    `json:"priority,omitzero" jsonschema:"format=name,maxLength=255" doc:"Priority name or ID."`
	Assignee     string                    `json:"assignee,omitzero" jsonschema:"format=name,maxLength=255" doc:"Name, e-mail address or account ID; me for the current user."`
	Reporter     string                    `json:"reporter,omitzero" jsonschema:"format=name,maxLength=255" doc:"As assignee. Default: the current user."`
	CustomFields map[string]jsontext.Value `json:"custom_fields,omitzero" jsonschema:"maxLength=100000" doc:"Values of further fields by field name or ID, as people write them: {\"Story Points\": 5, \"Severity\": \"High\", \"Fix versions\": [\"1.0\"]}."`
	onSite
}

// Check refuses what no project could take, before anything is asked.
func (in createIssueIn) Check() error {
	errs := []error{checkTitle(in.Title), checkLabels("labels", in.Labels), checkCustomFields(in.CustomFields)}
	if strings.TrimSpace(in.ParentIssue) != "" {
		errs = append(errs, checkIssue("parent_issue", in.ParentIssue))
	}
	_, err := checkDay("due_date", in.DueDate)
	return errors.Join(append(errs, err)...)
}

var _ = add(tool.Spec{
	Name:    "CreateIssue",
	Doc:     "Create a Jira issue. Names need no look-up before; nothing is created unless every value is known and allowed.",
	Returns: "The issue as it is stored, and whether it is as asked.",
	Uses:    slices.Concat(uses{getIssue, listCreatableTypes, listCreateFields, listFields, createIssue}, projectLookup, personLookup),
}, func(ctx context.Context, s *atlassian.Site, in createIssueIn) (out writtenIssue, err error) {
	w := issueCreation{site: s, in: in}
	if err := w.findPlace(ctx); err != nil {
		return out, errors.Join(err, w.checkPeople(ctx, err))
	}
	if err := w.findValues(ctx); err != nil {
		return out, err
	}
	made, err := createIssue.Do(ctx, s, newIssue{body(w.inputs)})
	if err != nil {
		return out, nameFields(err, w.inputs)
	}
	s.Changed("issue "+made.Key+" was created", tool.Object{Type: "issue", ID: made.ID, Key: made.Key})
	out.Issue = issueView{ID: made.ID, Key: made.Key, URL: issueURL(s, made.Key)}
	out.verify(ctx, s, made.ID, w.inputs, "title", "issue_type", "status", "priority", "project", "assignee", "reporter")
	return out, nil
})

// issueCreation gathers what an issue is created with.
type issueCreation struct {
	site    *atlassian.Site
	in      createIssueIn
	project project
	inputs  []fieldInput
}

// findPlace finds the project, and the parent if one is given.
func (w *issueCreation) findPlace(ctx context.Context) error {
	var parent *project
	var tasks []func(context.Context) error
	if strings.TrimSpace(w.in.Project) != "" {
		tasks = append(tasks, func(ctx context.Context) (err error) {
			w.project, err = findProjectRef(ctx, w.site, w.in.Project)
			return err
		})
	}
	if strings.TrimSpace(w.in.ParentIssue) != "" {
		tasks = append(tasks, func(ctx context.Context) error {
			i, err := findParent(ctx, w.site, w.in.ParentIssue)
			parent = i.Fields.Project
			w.inputs = append(w.inputs, byID(parentField, "parent_issue", w.in.ParentIssue, i.ID))
			return err
		})
	}
	err := lookup.Parallel(ctx, mostAtOnce, tasks...)
	switch {
	case err != nil || w.project.ID != "":
		return err
	case parent != nil:
		w.project = *parent
		return nil
	}
	w.project, err = onlyProject(ctx, w.site)
	return err
}

// checkPeople looks for the people although there is no project for them, so
// that one answer tells of both. After a failure that no other input mends, there
// is nothing to tell.
func (w *issueCreation) checkPeople(ctx context.Context, failure error) error {
	if !lookup.Mendable(failure) {
		return nil
	}
	find := func(param, value string) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			if strings.TrimSpace(value) != "" {
				_, err = findPerson(ctx, w.site, param, value, workplace{})
			}
			return err
		}
	}
	return lookup.Parallel(ctx, mostAtOnce, find("assignee", w.in.Assignee), find("reporter", w.in.Reporter))
}

// findValues makes every value ready to be sent.
func (w *issueCreation) findValues(ctx context.Context) error {
	e := fieldEncoder{w.site, workplace{project: w.project.Key}}
	var inType []fieldInput
	found, err := e.encodeParameters(ctx, w.in.parameters(), func(ctx context.Context) (err error) {
		inType, err = w.findInType(ctx, e)
		return err
	})
	if err != nil {
		return err
	}
	w.inputs = slices.Concat([]fieldInput{byID(projectField, "project", w.in.Project, w.project.ID)}, inType, found, w.inputs)
	if len(w.in.Labels) > 0 {
		w.inputs = append(w.inputs, fieldInput{field: labelsField, param: "labels", given: marshal(w.in.Labels), value: marshal(w.in.Labels)})
	}
	return nil
}

// parameters are the values that do not depend on the issue type.
func (in createIssueIn) parameters() []parameter {
	all := []parameter{
		{summaryField, "title", in.Title},
		{descriptionField, "description", in.Description},
		{environmentField, "environment", in.Environment},
		{dueDateField, "due_date", in.DueDate},
		{assigneeField, "assignee", in.Assignee},
		{reporterField, "reporter", in.Reporter},
	}
	return slices.DeleteFunc(all, func(p parameter) bool { return strings.TrimSpace(p.value) == "" })
}

// findInType makes the values ready that depend on the issue type: the type
// itself, the priority and the custom fields. It refuses to leave out what
// issues of the type have to have.
func (w *issueCreation) findInType(ctx context.Context, e fieldEncoder) ([]fieldInput, error) {
	types, err := creatableTypesOf(ctx, w.site, w.project.ID)
	if err != nil {
		return nil, err
	}
	chosen, err := chooseIssueType(w.in.IssueType, types)
	if err != nil {
		return nil, err
	}
	fields, err := createFieldsOf(ctx, w.site, w.project.ID, chosen.ID, nil)
	if err != nil {
		return nil, err
	}
	on := screen{fields, true, ownParameters, notOnScreen(w.site, "is a field that issues of this type and project are not created with",
		"Create the issue without it. UpdateIssue may set it then.")}
	inputs, err := e.encodeCustom(ctx, on, w.in.CustomFields)
	errs := []error{err}
	if strings.TrimSpace(w.in.Priority) != "" {
		priority, err := encodePriority(on, w.in.Priority)
		errs = append(errs, err)
		inputs = append(inputs, priority)
	}
	// Without a reporter it is the current user.
	given := []string{projectField.FieldID, issueTypeField.FieldID, summaryField.FieldID, reporterField.FieldID}
	given = append(given, idsOf(inputs)...)
	for _, p := range w.in.parameters() {
		given = append(given, p.field.id())
	}
	if len(w.in.Labels) > 0 {
		given = append(given, labelsField.FieldID)
	}
	switch {
	case strings.TrimSpace(w.in.ParentIssue) != "":
		given = append(given, parentField.FieldID)
	case chosen.Subtask:
		given = append(given, parentField.FieldID)
		errs = append(errs, tool.BadInput("parent_issue", "is required for a subtask", "Give the key of the issue that it is a part of."))
	}
	errs = append(errs, on.refuse(on.missing(given)))
	return append(inputs, byID(issueTypeField, "issue_type", w.in.IssueType, chosen.ID)), errors.Join(errs...)
}
