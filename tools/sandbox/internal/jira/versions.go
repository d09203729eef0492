package jira

import (
	_ "embed" // for versions.json
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// version is a release of a project.
type version struct {
	ID          int64  `json:"id"`
	Project     int64  `json:"project"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Archived    bool   `json:"archived"`
	Released    bool   `json:"released"`
	ReleaseDate string `json:"releaseDate"` // 2006-01-02, or empty
}

//go:embed versions.json
var versionsJSON []byte

var versions = state.NewTable(&Service.Tables, state.Definition[version]{
	Name: "versions.json",
	Seed: versionsJSON,
	ID:   func(v *version) *int64 { return &v.ID },
	Check: func(_ *state.State, site *state.Site, v *version) error {
		if projects.Get(site, v.Project) == nil {
			return fmt.Errorf("there is no project %d", v.Project)
		}
		return nil
	},
})

type versionView struct {
	Self        string `json:"self"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
	Archived    bool   `json:"archived"`
	Released    bool   `json:"released"`
	ReleaseDate string `json:"releaseDate,omitzero"`
	ProjectID   int64  `json:"projectId,omitzero"`
}

// viewVersion shows a version as an issue mentions it: without its project.
func viewVersion(c *service.Call, v *version) versionView {
	return versionView{
		Self: c.Gateway + "/rest/api/3/version/" + service.Decimal(v.ID),
		ID:   service.Decimal(v.ID), Name: v.Name, Description: v.Description,
		Archived: v.Archived, Released: v.Released, ReleaseDate: v.ReleaseDate,
	}
}

// versionsOf are those of a project.
func versionsOf(c *service.Call, p *project) []versionView {
	views := []versionView{}
	for _, v := range versions.Select(c.Site, func(v *version) bool { return v.Project == p.ID }) {
		shown := viewVersion(c, v)
		shown.ProjectID = p.ID
		views = append(views, shown)
	}
	return views
}

// versionOptions are the versions that an issue of a project can be given.
func versionOptions(c *service.Call, p *project) []any {
	all := []any{}
	for _, v := range versionsOf(c, p) {
		if !v.Archived {
			all = append(all, v)
		}
	}
	return all
}

// projectVersion is the version of a project that a value names, or what is wrong with it.
func projectVersion(c *service.Call, project int64, value jsontext.Value) (*version, string) {
	var ref reference
	if json.Unmarshal(value, &ref) != nil {
		return nil, badData
	}
	v := versions.Find(c.Site, func(v *version) bool {
		return v.Project == project && (service.Decimal(v.ID) == ref.ID || ref.ID == "" && v.Name == ref.Name)
	})
	switch {
	case v != nil:
		return v, ""
	case ref.ID != "":
		return nil, "Version id '" + service.Clip(ref.ID) + "' is not valid"
	default:
		return nil, "Version name '" + service.Clip(ref.Name) + "' is not valid"
	}
}

var (
	_ = issueFields.add(versionField("versions", "Affects versions", "affectedversion", func(i *issue) *[]int64 { return &i.Versions }))
	_ = issueFields.add(versionField("fixVersions", "Fix versions", "fixversion", func(i *issue) *[]int64 { return &i.FixVersions }))
)

// versionField is a field that holds versions of the issue's project.
func versionField(name, title, alias string, of func(*issue) *[]int64) issueField {
	return issueField{
		name:    name,
		title:   title,
		schema:  fieldSchema{Type: "array", Items: "version"},
		allowed: func(c *service.Call, p *project, _ *issueType) []any { return versionOptions(c, p) },
		show: func(c *service.Call, i *issue) any {
			views := []versionView{}
			for _, id := range *of(i) {
				views = append(views, viewVersion(c, versions.Get(c.Site, id)))
			}
			return views
		},
		set: func(c *service.Call, i *issue, value jsontext.Value) string {
			var values []jsontext.Value
			if json.Unmarshal(value, &values) != nil {
				return badList
			}
			var ids []int64
			for _, one := range values {
				v, problem := projectVersion(c, i.Project, one)
				if problem != "" {
					return problem
				}
				ids = append(ids, v.ID)
			}
			*of(i) = slices.Compact(ids)
			return ""
		},
		clear:   func(_ *service.Call, i *issue) { *of(i) = nil },
		merge:   merging(of),
		aliases: []string{alias},
		search: func(c *service.Call) query.Field[*issue] {
			return query.Field[*issue]{
				Values: func(i *issue) []string {
					var ids []string
					for _, id := range *of(i) {
						ids = append(ids, service.Decimal(id))
					}
					return ids
				},
				Resolve: resolver(versions.Rows(c.Site), func(v *version) (int64, []string) { return v.ID, []string{v.Name} }),
			}
		},
	}
}
