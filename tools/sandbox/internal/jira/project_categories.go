package jira

import (
	_ "embed" // for project_categories.json

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

type category struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

//go:embed project_categories.json
var categoriesJSON []byte

var categories = state.NewTable(&Service.Tables, state.Definition[category]{
	Name: "project_categories.json",
	Seed: categoriesJSON,
	ID:   func(c *category) *int64 { return &c.ID },
})

type categoryView struct {
	Self        string `json:"self"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func viewCategory(c *service.Call, cat *category) *categoryView {
	return &categoryView{
		Self:        c.Gateway + "/rest/api/3/projectCategory/" + service.Decimal(cat.ID),
		ID:          service.Decimal(cat.ID),
		Name:        cat.Name,
		Description: cat.Description,
	}
}

// categoryName is empty for a project without a category.
func categoryName(c *service.Call, p *project) string {
	if cat := categories.Get(c.Site, p.Category); cat != nil {
		return cat.Name
	}
	return ""
}
