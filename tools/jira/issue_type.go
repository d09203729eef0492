package jira

import "errors"

// issueType is an issue type as Jira sends it.
type issueType struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Description    string `json:"description"`
	Subtask        bool   `json:"subtask"`
	HierarchyLevel *int   `json:"hierarchyLevel"`
}

// Check holds that there is an issue type.
func (t issueType) Check() error {
	if t.ID == "" || t.Name == "" {
		return errors.New("an issue type without id or name")
	}
	return nil
}

// issueTypeView is an issue type as tools show it.
type issueTypeView struct {
	ID             string `json:"id,omitzero" doc:"The issue type's ID."`
	Name           string `json:"name" doc:"The issue type's name."`
	Description    string `json:"description,omitzero" doc:"What it is for." untrusted:"true"`
	Subtask        bool   `json:"subtask,omitzero" doc:"Set for types of subtasks."`
	HierarchyLevel *int   `json:"hierarchy_level,omitzero" doc:"-1 subtask, 0 standard, 1 epic."`
}

func viewIssueType(t issueType) issueTypeView {
	return issueTypeView(t)
}

// viewIssueTypeOf is the type of an issue: in lists the name alone.
func viewIssueTypeOf(t *issueType, f issueFormat) *issueTypeView {
	switch {
	case t == nil:
		return nil
	case f.inList:
		return &issueTypeView{Name: t.Name}
	}
	return &issueTypeView{ID: t.ID, Name: t.Name, Subtask: t.Subtask}
}
