package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/richtext"
	"arcade-atlassian/tools/tool"
)

var updateIssue = atlassian.Put[issueUpdate, struct{}]("/rest/api/3/issue/{issueIdOrKey}", "write:jira-work").Fields(ownParameters).
	Within(atlassian.IssueIn("issueIdOrKey"), atlassian.IssueFields())

type issueUpdate struct {
	IDOrKey string `path:"issueIdOrKey,issue,issue"`
	// NotifyUsers is true for who may not decide it (facts §7).
	NotifyUsers bool      `query:"notifyUsers"`
	Body        issueBody `body:"json"`
}

// maybeNotified is what there is to say when watchers shall not be notified
// (facts §7).
const maybeNotified = "Watchers get an e-mail all the same unless the user administers the project or the site."

// In updateIssueIn nil is left out, and what is empty takes a value away.
type updateIssueIn struct {
	Issue          string                    `json:"issue" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The issue's ID or key."`
	Title          *string                   `json:"title,omitzero" jsonschema:"maxLength=255" doc:"The summary, one line."`
	Description    *string                   `json:"description,omitzero" jsonschema:"maxLength=32767" doc:"Markdown, in place of the whole text; @[Name] mentions a person."`
	Environment    *string                   `json:"environment,omitzero" jsonschema:"maxLength=32767" doc:"Markdown."`
	DueDate        *string                   `json:"due_date,omitzero" jsonschema:"format=name,maxLength=20" doc:"YYYY-MM-DD."`
	IssueType      *string                   `json:"issue_type,omitzero" jsonschema:"format=name,maxLength=255" doc:"Issue type name or ID."`
	Priority       *string                   `json:"priority,omitzero" jsonschema:"format=name,maxLength=255" doc:"Priority name or ID."`
	ParentIssue    *string                   `json:"parent_issue,omitzero" jsonschema:"format=name,maxLength=255" doc:"Key or ID of the issue it is a part of."`
	Assignee       *string                   `json:"assignee,omitzero" jsonschema:"format=name,maxLength=255" doc:"Name, e-mail address or account ID; me for the current user."`
	Reporter       *string                   `json:"reporter,omitzero" jsonschema:"format=name,maxLength=255" doc:"As assignee."`
	Labels         []string                  `json:"labels,omitzero" jsonschema:"format=name,maxItems=100,minLength=1,maxLength=255" doc:"All labels that it is to have; AddLabelsToIssue keeps the others."`
	CustomFields   map[string]jsontext.Value `json:"custom_fields,omitzero" jsonschema:"maxLength=100000" doc:"Values of further fields by field name or ID, as people write them: {\"Story Points\": 5, \"Severity\": null}."`
	NotifyWatchers bool                      `json:"notify_watchers,omitzero" jsonschema:"default=true" doc:"Whether watchers get an e-mail. Only administrators of the project can prevent it."`
	onSite
}

// Check refuses what no issue could take, before anything is asked.
func (in updateIssueIn) Check() error {
	errs := []error{checkIssue("issue", in.Issue), checkLabels("labels", in.Labels), checkCustomFields(in.CustomFields)}
	if in.Title != nil {
		if strings.TrimSpace(*in.Title) == "" {
			errs = append(errs, tool.BadInput("title", "cannot be taken away", "Give a new title, or leave it out."))
		}
		errs = append(errs, checkTitle(*in.Title))
	}
	if in.IssueType != nil && strings.TrimSpace(*in.IssueType) == "" {
		errs = append(errs, tool.BadInput("issue_type", "cannot be taken away", "Give another issue type, or leave it out."))
	}
	if in.DueDate != nil {
		_, err := checkDay("due_date", *in.DueDate)
		errs = append(errs, err)
	}
	if in.ParentIssue != nil && strings.TrimSpace(*in.ParentIssue) != "" {
		errs = append(errs, checkIssue("parent_issue", *in.ParentIssue))
	}
	if len(in.parameters()) == 0 && in.IssueType == nil && in.Priority == nil && in.ParentIssue == nil && in.Labels == nil && len(in.CustomFields) == 0 {
		errs = append(errs, &tool.Error{
			Kind: tool.KindBadInput, Status: 400,
			Message:   "Invalid input: nothing is given that is to be changed.",
			Developer: "Input validation failed: <root>[value_error]",
			Prompt:    "Give at least one field with its new value. An empty value takes the present one away.",
		})
	}
	return errors.Join(errs...)
}

// parameters are the values that do not depend on what the issue's screen
// allows.
func (in updateIssueIn) parameters() (given []parameter) {
	for _, p := range []struct {
		field screenField
		name  string
		value *string
	}{
		{summaryField, "title", in.Title},
		{descriptionField, "description", in.Description},
		{environmentField, "environment", in.Environment},
		{dueDateField, "due_date", in.DueDate},
		{assigneeField, "assignee", in.Assignee},
		{reporterField, "reporter", in.Reporter},
	} {
		if p.value != nil {
			given = append(given, parameter{p.field, p.name, *p.value})
		}
	}
	return given
}

var _ = add(tool.Spec{
	Name: "UpdateIssue",
	Doc: "Change fields of a Jira issue. What is left out stays as it is, \"\" or [] takes a value away. " +
		"Names need no look-up before; nothing is changed unless every value is known and allowed.",
	Returns:     "The changed fields as they are stored, and whether they are as asked.",
	Uses:        slices.Concat(uses{getIssue, getEditableIssue, listCreatableTypes, listFields, updateIssue}, mentionUses),
	Destructive: true,
}, func(ctx context.Context, s *atlassian.Site, in updateIssueIn) (out writtenIssue, err error) {
	key := issueKey(in.Issue)
	inputs, err := in.findValues(ctx, s, key)
	if err != nil {
		return out, err
	}
	if err := checkReplaced(ctx, s, key, inputs); err != nil {
		return out, err
	}
	if _, err := updateIssue.Do(ctx, s, issueUpdate{key, in.NotifyWatchers, body(inputs)}); err != nil {
		return out, nameFields(err, inputs)
	}
	s.Changed("issue " + key + " was changed")
	out.Issue.ID, out.Issue.Key = idAndKey(key)
	if !in.NotifyWatchers {
		out.Notes = append(out.Notes, maybeNotified)
	}
	out.verify(ctx, s, key, inputs, "title", "status", "updated")
	return out, nil
})

// findValues makes every value ready to be sent.
func (in updateIssueIn) findValues(ctx context.Context, s *atlassian.Site, key string) ([]fieldInput, error) {
	e := fieldEncoder{s, workplace{issue: key}}
	var onScreen []fieldInput
	var parent []fieldInput
	tasks := []func(context.Context) error{}
	if in.IssueType != nil || in.Priority != nil || len(in.CustomFields) > 0 {
		tasks = append(tasks, func(ctx context.Context) (err error) {
			onScreen, err = in.findOnScreen(ctx, s, e, key)
			return err
		})
	}
	if in.ParentIssue != nil {
		tasks = append(tasks, func(ctx context.Context) error {
			if strings.TrimSpace(*in.ParentIssue) == "" {
				parent = []fieldInput{{field: parentField, param: "parent_issue", given: jsontext.Value(`""`), value: jsontext.Value("null")}}
				return nil
			}
			i, err := findParent(ctx, s, *in.ParentIssue)
			parent = []fieldInput{byID(parentField, "parent_issue", *in.ParentIssue, i.ID)}
			return err
		})
	}
	inputs, err := e.encodeParameters(ctx, in.parameters(), tasks...)
	if err != nil {
		return nil, err
	}
	inputs = slices.Concat(inputs, onScreen, parent)
	if in.Labels != nil {
		inputs = append(inputs, fieldInput{field: labelsField, param: "labels", given: marshal(in.Labels), value: marshal(in.Labels)})
	}
	return inputs, nil
}

// findOnScreen makes the values ready for which the screen of the issue says what
// they can be. A field that the screen is without may be written all the same
// (facts §7), so Jira decides about it.
func (in updateIssueIn) findOnScreen(ctx context.Context, s *atlassian.Site, e fieldEncoder, key string) ([]fieldInput, error) {
	i, err := getEditableIssue.Do(ctx, s, issueRef{key, []string{"project"}, []string{"editmeta"}})
	if err != nil {
		return nil, err
	}
	fields := lookup.List[screenField]{Items: screenFields(i.EditMeta.Fields), Complete: true}
	on := screen{fields, false, ownParameters, func(ctx context.Context, param, name string) (screenField, error) {
		return knownField(ctx, s, param, name)
	}}
	inputs, err := e.encodeCustom(ctx, on, in.CustomFields)
	errs := []error{err}
	switch {
	case in.Priority == nil:
	case strings.TrimSpace(*in.Priority) == "":
		inputs = append(inputs, fieldInput{field: priorityField, param: "priority", given: jsontext.Value(`""`), value: jsontext.Value("null")})
	default:
		priority, err := encodePriority(on, *in.Priority)
		errs, inputs = append(errs, err), append(inputs, priority)
	}
	if in.IssueType != nil {
		id, err := otherType(ctx, s, on, i.issue, *in.IssueType)
		errs, inputs = append(errs, err), append(inputs, byID(issueTypeField, "issue_type", *in.IssueType, id))
	}
	return inputs, errors.Join(errs...)
}

// otherType is the ID of the issue type that the parameter issue_type names:
// one that the screen offers, or else one of the project.
func otherType(ctx context.Context, s *atlassian.Site, on screen, i issue, value string) (string, error) {
	if at := slices.IndexFunc(on.fields.Items, func(f screenField) bool { return f.id() == issueTypeField.FieldID }); at >= 0 {
		found, err := chooseAllowed("issue_type", value, allowedOf(on.fields.Items[at]))
		if err == nil || tool.Explain(err).Kind != tool.KindRetry {
			return scalarText(found.ID), err
		}
	}
	if i.Fields.Project == nil {
		return "", tool.Undecodable(false)
	}
	types, err := creatableTypesOf(ctx, s, i.Fields.Project.ID)
	if err != nil {
		return "", err
	}
	found, err := chooseIssueType(value, types)
	return found.ID, err
}

// checkReplaced refuses to replace a text that holds what Markdown cannot write,
// such as pictures and macros: whoever read it as Markdown and writes it back
// would destroy that without seeing it.
func checkReplaced(ctx context.Context, s *atlassian.Site, key string, inputs []fieldInput) error {
	var ids []string
	for _, in := range inputs {
		// What is sent with such parts was no Markdown.
		if isDocument(in.value) && len(unwritable(in.value)) == 0 {
			ids = append(ids, in.field.id())
		}
	}
	if len(ids) == 0 {
		return nil
	}
	i, err := getIssue.Do(ctx, s, issueRef{key, ids, nil})
	if err != nil {
		return err
	}
	stored, err := fieldValues(i)
	if err != nil {
		return err
	}
	var errs []error
	for _, in := range inputs {
		lost := unwritable(stored[in.field.id()])
		if slices.Contains(ids, in.field.id()) && len(lost) > 0 {
			errs = append(errs, tool.NeedContext(
				in.param+": the present text holds what Markdown cannot write, and would lose it: "+strings.Join(lost, "; ")+".",
				"Ask the user whether that may be lost. If so, take the text away first with an empty "+in.param+" and then write the new one. If not, say what is new in a comment."))
		}
	}
	return errors.Join(errs...)
}

// isDocument reports whether a value is a rich text.
func isDocument(value jsontext.Value) bool {
	_, err := richtext.ParseADF(value, richtext.Limits{})
	return err == nil
}

// unwritable is what a rich text holds that Markdown has only a placeholder for.
func unwritable(value jsontext.Value) (kinds []string) {
	doc, err := richtext.ParseADF(value, richtext.Limits{})
	if err != nil {
		return nil
	}
	_, losses := doc.Markdown()
	for _, l := range losses {
		if l.Fate == richtext.Shown {
			kinds = append(kinds, text.Line(fmt.Sprintf("%d × %s", l.Count, l.Kind), longestName))
		}
	}
	return firstOf(kinds, mostCandidates)
}
