package jira

import (
	_ "embed" // for issue_types.json
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// issueType is used by the projects of the types it names.
type issueType struct {
	ID             int64    `json:"id"`
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	HierarchyLevel int      `json:"hierarchyLevel"`
	Subtask        bool     `json:"subtask"`
	AvatarID       int64    `json:"avatarId"`
	ProjectTypes   []string `json:"projectTypes"`
}

//go:embed issue_types.json
var issueTypesJSON []byte

var issueTypes = state.NewTable(&Service.Tables, state.Definition[issueType]{
	Name: "issue_types.json",
	Seed: issueTypesJSON,
	ID:   func(t *issueType) *int64 { return &t.ID },
})

type issueTypeView struct {
	Self           string `json:"self"`
	ID             string `json:"id"`
	Description    string `json:"description"`
	IconURL        string `json:"iconUrl"`
	Name           string `json:"name"`
	Subtask        bool   `json:"subtask"`
	AvatarID       int64  `json:"avatarId"`
	HierarchyLevel int    `json:"hierarchyLevel"`
}

// viewIssueTypes are those of the project's type.
func viewIssueTypes(c *service.Call, p *project) []issueTypeView {
	types := []issueTypeView{}
	for _, t := range issueTypes.Rows(c.Site) {
		if !slices.Contains(t.ProjectTypes, p.Type) {
			continue
		}
		types = append(types, issueTypeView{
			Self:           c.Site.URL + "/rest/api/3/issuetype/" + service.Decimal(t.ID),
			ID:             service.Decimal(t.ID),
			Description:    t.Description,
			IconURL:        c.Site.URL + "/rest/api/3/universal_avatar/view/type/issuetype/avatar/" + service.Decimal(t.AvatarID) + "?size=medium",
			Name:           t.Name,
			Subtask:        t.Subtask,
			AvatarID:       t.AvatarID,
			HierarchyLevel: t.HierarchyLevel,
		})
	}
	return types
}
