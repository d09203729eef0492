package jira

// status is a status as Jira sends it.
type status struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Category    struct {
		Name string `json:"name"`
	} `json:"statusCategory"`
}

// statusView is a status as tools show it.
type statusView struct {
	ID          string `json:"id,omitzero" doc:"The status's ID."`
	Name        string `json:"name" doc:"The status's name."`
	Description string `json:"description,omitzero" doc:"What it means." untrusted:"true"`
	Category    string `json:"category,omitzero" doc:"To Do, In Progress or Done."`
}

// viewStatusOf is the status of an issue: in lists without its ID.
func viewStatusOf(s *status, f issueFormat) *statusView {
	if s == nil {
		return nil
	}
	v := &statusView{ID: s.ID, Name: s.Name, Category: s.Category.Name}
	if f.inList {
		v.ID = ""
	}
	return v
}
