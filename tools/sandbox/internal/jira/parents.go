package jira

import (
	"cmp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// relatedIssue is an issue as another one mentions it.
type relatedIssue struct {
	ID     string         `json:"id"`
	Key    string         `json:"key"`
	Self   string         `json:"self"`
	Fields map[string]any `json:"fields"`
}

func viewRelated(c *service.Call, i *issue) relatedIssue {
	v := viewIssue(c, i, []string{"summary", "status", "priority", "issuetype"}, nil)
	return relatedIssue{ID: v.ID, Key: v.Key, Self: v.Self, Fields: v.Fields}
}

var _ = issueFields.add(issueField{
	name:   "parent",
	title:  "Parent",
	schema: fieldSchema{Type: "issuelink"},
	show: func(c *service.Call, i *issue) any {
		if i.Parent == 0 {
			return nil
		}
		return viewRelated(c, issues.Get(c.Site, i.Parent))
	},
	// Besides the id or the key of an issue it takes {"none": true}.
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var ref struct {
			ID   string `json:"id"`
			Key  string `json:"key"`
			None bool   `json:"none"`
		}
		if json.Unmarshal(value, &ref) != nil {
			return badData
		}
		if ref.None {
			i.Parent = 0
			return ""
		}
		parent := issueNamed(c, cmp.Or(ref.ID, ref.Key))
		if parent == nil {
			return "Could not find issue by id or key."
		}
		i.Parent = parent.ID
		return ""
	},
	clear: func(_ *service.Call, i *issue) { i.Parent = 0 },
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values: func(i *issue) []string {
				if i.Parent == 0 {
					return nil
				}
				return []string{service.Decimal(i.Parent)}
			},
			Resolve: func(v query.Value) []string {
				if i := issueNamed(c, v.Text); i != nil {
					return []string{service.Decimal(i.ID)}
				}
				return nil
			},
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "subtasks",
	title:  "Sub-tasks",
	schema: fieldSchema{Type: "array", Items: "issuelinks"},
	show: func(c *service.Call, i *issue) any {
		views := []relatedIssue{}
		for _, part := range seenIssues(c, func(part *issue) bool {
			return part.Parent == i.ID && issueTypes.Get(c.Site, part.Type).Subtask
		}) {
			views = append(views, viewRelated(c, part))
		}
		return views
	},
})

// Before every issue could have a parent, one had the key of its epic in a custom field, which still follows the parent.
var _ = issueFields.add(issueField{
	name:   "customfield_10014",
	title:  "Epic Link",
	schema: fieldSchema{Type: "any", Custom: "com.pyxis.greenhopper.jira:gh-epic-link", CustomID: 10014},
	show: func(c *service.Call, i *issue) any {
		if parent := issues.Get(c.Site, i.Parent); parent != nil && isEpic(c.Site, parent) {
			return issueKey(c.Site, parent)
		}
		return nil
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var key string
		if json.Unmarshal(value, &key) != nil {
			return badText
		}
		epic := issueNamed(c, key)
		if epic == nil || !isEpic(c.Site, epic) {
			return "Issue '" + service.Clip(key) + "' is not an epic."
		}
		i.Parent = epic.ID
		return ""
	},
	clear: func(_ *service.Call, i *issue) { i.Parent = 0 },
})

func isEpic(site *state.Site, i *issue) bool { return issueTypes.Get(site, i.Type).HierarchyLevel == 1 }

// wrongParent is what is wrong with the place of an issue below or above others, and the name under which Jira tells it.
func wrongParent(site *state.Site, i *issue) (name, problem string) {
	t, parent := issueTypes.Get(site, i.Type), issues.Get(site, i.Parent)
	switch {
	case t == nil:
		return "", ""
	case parent == nil && t.Subtask:
		return "issuetype", "Issue type is a sub-task but parent issue key or id not specified."
	case parent == nil:
		return "", ""
	case issueTypes.Get(site, parent.Type).HierarchyLevel != t.HierarchyLevel+1, t.Subtask && parent.Project != i.Project:
		return "parentId", "Given parent work item does not belong to appropriate hierarchy."
	}
	return "", ""
}
