package jira

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// issueCriteria are what issues can be searched for without JQL. The tool
// GetIssuesWithoutId and its other name take them.
type issueCriteria struct {
	Keywords    string   `json:"keywords,omitzero" jsonschema:"format=name,maxLength=500" doc:"Words that the texts of the issue hold, all of them; double quotes make a phrase."`
	DueFrom     string   `json:"due_from,omitzero" jsonschema:"format=name,maxLength=20" doc:"Due on this day or later, YYYY-MM-DD."`
	DueUntil    string   `json:"due_until,omitzero" jsonschema:"format=name,maxLength=20" doc:"Due on this day or earlier, YYYY-MM-DD."`
	Status      string   `json:"status,omitzero" jsonschema:"format=name,maxLength=255" doc:"Status name or ID."`
	Priority    string   `json:"priority,omitzero" jsonschema:"format=name,maxLength=255" doc:"Priority name or ID."`
	Assignee    string   `json:"assignee,omitzero" jsonschema:"format=name,maxLength=255" doc:"Name, e-mail address or account ID; me for the current user."`
	Project     string   `json:"project,omitzero" jsonschema:"format=name,maxLength=255" doc:"Project key, name or ID."`
	IssueType   string   `json:"issue_type,omitzero" jsonschema:"format=name,maxLength=255" doc:"Issue type name or ID."`
	Labels      []string `json:"labels,omitzero" jsonschema:"format=name,minLength=1,maxItems=50,maxLength=255" doc:"Labels of which it has at least one."`
	ParentIssue string   `json:"parent_issue,omitzero" jsonschema:"format=name,maxLength=255" doc:"Key or ID of the issue it is a part of."`
	issuesPage
}

// criterionParameters are the parameters by the fields of JQL.
var criterionParameters = map[string]string{
	"text": "keywords", "duedate": "due_from", "due": "due_from", "status": "status", "priority": "priority", "assignee": "assignee",
	"project": "project", "issuetype": "issue_type", "type": "issue_type", "labels": "labels", "parent": "parent_issue",
}

// Check refuses criteria that cannot find anything, before anything is asked.
func (c issueCriteria) Check() error {
	var errs []error
	texts := []string{c.Keywords, c.DueFrom, c.DueUntil, c.Status, c.Priority, c.Assignee, c.Project, c.IssueType, c.ParentIssue}
	if len(c.Labels) == 0 && strings.TrimSpace(strings.Join(texts, "")) == "" {
		errs = append(errs, &tool.Error{
			Kind: tool.KindBadInput, Status: 400,
			Message:   "Invalid input: no criterion is given, so that every issue would be found.",
			Developer: "Input validation failed: <root>[value_error]",
			Prompt:    "Give at least one of the criteria, or use ListIssues.",
		})
	}
	if strings.TrimSpace(c.ParentIssue) != "" {
		errs = append(errs, checkIssue("parent_issue", c.ParentIssue))
	}
	if strings.TrimSpace(c.Keywords) != "" && len(keywordsJQL(c.Keywords)) == 0 {
		errs = append(errs, tool.BadInput("keywords", "holds no word", "Give words of letters or digits."))
	}
	from, fromErr := checkDay("due_from", c.DueFrom)
	until, untilErr := checkDay("due_until", c.DueUntil)
	errs = append(errs, fromErr, untilErr)
	if !from.IsZero() && !until.IsZero() && until.Before(from) {
		errs = append(errs, tool.BadInput("due_until", "is before due_from", "Give a later day."))
	}
	return errors.Join(errs...)
}

// checkDay reads a day; an empty one is zero.
func checkDay(param, value string) (time.Time, error) {
	if strings.TrimSpace(value) == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(value))
	if err != nil {
		return day, tool.BadInput(param, "is no day of the calendar in the format YYYY-MM-DD", "Give a day such as 2026-01-31.")
	}
	return day, nil
}

// issueCriteriaUses are the operations of findByCriteria.
var issueCriteriaUses = slices.Concat(issueSearchUses, uses{searchUsers, searchProjects})

// conditions are what an issue has to meet, in JQL, except for the assignee.
func (c issueCriteria) conditions() []string {
	conditions := keywordsJQL(c.Keywords)
	add := func(field, operator, value string) {
		if value = strings.TrimSpace(value); value != "" {
			conditions = append(conditions, field+" "+operator+" "+valueJQL(value))
		}
	}
	add("project", "=", c.Project)
	add("issuetype", "=", c.IssueType)
	add("status", "=", c.Status)
	add("priority", "=", c.Priority)
	add("parent", "=", issueKey(c.ParentIssue))
	add("duedate", ">=", c.DueFrom)
	add("duedate", "<=", c.DueUntil)
	if len(c.Labels) > 0 {
		quoted := make([]string, len(c.Labels))
		for i, label := range c.Labels {
			quoted[i] = atlassian.QuoteText(strings.TrimSpace(label))
		}
		conditions = append(conditions, "labels in ("+strings.Join(quoted, ", ")+")")
	}
	return conditions
}

// findByCriteria searches for the issues that meet all criteria. Jira itself
// resolves the names of everything but people: those may be several.
func findByCriteria(ctx context.Context, s *atlassian.Site, c issueCriteria) (issuesOut, error) {
	conditions := c.conditions()
	switch assignee := strings.TrimSpace(c.Assignee); {
	case assignee == "":
	case isMe(assignee):
		conditions = append(conditions, "assignee = currentUser()")
	case atlassian.Fits("account", assignee):
		conditions = append(conditions, "assignee = "+atlassian.QuoteText(assignee))
	default:
		found, err := findUser(ctx, s, "assignee", assignee)
		if err != nil {
			return issuesOut{}, err
		}
		conditions = append(conditions, "assignee = "+atlassian.QuoteText(found.AccountID))
	}
	return findIssues(ctx, s, issueSearch{
		jql: strings.Join(conditions, " AND "), parameters: criterionParameters, suggest: suggestProject(s, c.Project),
	}, c.issuesPage)
}

// suggestProject says which projects there are when Jira does not know the one
// that was given.
func suggestProject(s *atlassian.Site, given string) func(context.Context, string) error {
	return func(ctx context.Context, field string) error {
		if field != "project" {
			return nil
		}
		page, err := projectsLike(ctx, s, "")
		if err != nil {
			return err
		}
		_, err = chooseProject(given, page)
		return err
	}
}
