package jira

import (
	_ "embed" // for statuses.json and workflows.json
	"fmt"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
	"arcade-atlassian/tools/sandbox/internal/workflow"
)

type status struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Category    string `json:"category"` // the key of a status category
}

//go:embed statuses.json
var statusesJSON []byte

var statuses = state.NewTable(&Service.Tables, state.Definition[status]{
	Name: "statuses.json",
	Seed: statusesJSON,
	ID:   func(s *status) *int64 { return &s.ID },
	Check: func(_ *state.State, _ *state.Site, s *status) error {
		if _, known := statusCategories[s.Category]; !known {
			return fmt.Errorf("there is no status category %q", s.Category)
		}
		return nil
	},
})

//go:embed workflows.json
var workflowsJSON []byte

// workflows are those of a site; the first is every project's.
var workflows = state.NewTable(&Service.Tables, state.Definition[workflow.Workflow]{
	Name: "workflows.json",
	Seed: workflowsJSON,
	ID:   func(w *workflow.Workflow) *int64 { return &w.ID },
	Check: func(_ *state.State, site *state.Site, w *workflow.Workflow) error {
		for _, t := range w.Transitions {
			for _, name := range t.Screen() {
				if f := fieldNamed(site, name); f == nil || f.set == nil {
					return fmt.Errorf("no screen can ask for %q", name)
				}
			}
		}
		return w.Check(func(id int64) bool { return statuses.Get(site, id) != nil })
	},
})

// projectWorkflow is the workflow of a project's issues.
func projectWorkflow(site *state.Site) *workflow.Workflow { return workflows.Rows(site)[0] }

type statusView struct {
	Self        string             `json:"self"`
	Description string             `json:"description"`
	IconURL     string             `json:"iconUrl"`
	Name        string             `json:"name"`
	ID          string             `json:"id"`
	Category    statusCategoryView `json:"statusCategory"`
}

type statusCategoryView struct {
	Self      string `json:"self"`
	ID        int64  `json:"id"`
	Key       string `json:"key"`
	ColorName string `json:"colorName"`
	Name      string `json:"name"`
}

// statusCategories are the same on every site.
var statusCategories = map[string]statusCategoryView{
	"new":           {ID: 2, Key: "new", ColorName: "blue-gray", Name: "To Do"},
	"indeterminate": {ID: 4, Key: "indeterminate", ColorName: "yellow", Name: "In Progress"},
	"done":          {ID: 3, Key: "done", ColorName: "green", Name: "Done"},
}

func viewStatus(c *service.Call, id int64) statusView {
	s := statuses.Get(c.Site, id)
	category := statusCategories[s.Category]
	category.Self = c.Gateway + "/rest/api/3/statuscategory/" + service.Decimal(category.ID)
	return statusView{
		Self:        c.Gateway + "/rest/api/3/status/" + service.Decimal(s.ID),
		Description: s.Description,
		IconURL:     c.Gateway + "/images/icons/statuses/generic.png",
		Name:        s.Name,
		ID:          service.Decimal(s.ID),
		Category:    category,
	}
}
