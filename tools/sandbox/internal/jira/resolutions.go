package jira

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

// resolution is how an issue was settled.
type resolution struct {
	Self        string `json:"self"`
	ID          string `json:"id"`
	Description string `json:"description"`
	Name        string `json:"name"`
}

// resolutions are the same on every site. The first is what an issue gets that is finished without a word about it.
var resolutions = []resolution{
	{ID: "10000", Name: "Done", Description: "Work has been completed."},
	{ID: "10001", Name: "Won't Do", Description: "Nobody will act on it."},
	{ID: "10002", Name: "Duplicate", Description: "Another issue is about the same."},
	{ID: "10003", Name: "Cannot Reproduce", Description: "It does not happen to those who tried."},
}

// resolutionNamed is the resolution with an identifier or, without one, a name; nil when there is none.
func resolutionNamed(id, name string) *resolution {
	i := slices.IndexFunc(resolutions, func(r resolution) bool { return r.ID == id || id == "" && r.Name == name })
	if i < 0 {
		return nil
	}
	return &resolutions[i]
}

func viewResolution(c *service.Call, r resolution) resolution {
	r.Self = c.Gateway + "/rest/api/3/resolution/" + r.ID
	return r
}

var _ = issueFields.add(issueField{
	name:   "resolution",
	title:  "Resolution",
	schema: fieldSchema{Type: "resolution"},
	allowed: func(c *service.Call, _ *project, _ *issueType) []any {
		all := []any{}
		for _, r := range resolutions {
			all = append(all, viewResolution(c, r))
		}
		return all
	},
	show: func(c *service.Call, i *issue) any {
		if i.Resolution == 0 {
			return nil
		}
		return viewResolution(c, *resolutionNamed(service.Decimal(i.Resolution), ""))
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var ref reference
		if json.Unmarshal(value, &ref) != nil {
			return badData
		}
		r := resolutionNamed(ref.ID, ref.Name)
		if r == nil {
			return "Could not find resolution with name '" + service.Clip(ref.Name+ref.ID) + "'"
		}
		i.resolve(parseID(r.ID), c.State.Now())
		return ""
	},
	clear:         func(_ *service.Call, i *issue) { i.resolve(0, time.Time{}) },
	onTransitions: true,
	search: func(c *service.Call) query.Field[*issue] {
		return query.Field[*issue]{
			Values: func(i *issue) []string {
				if i.Resolution == 0 {
					return nil
				}
				return []string{service.Decimal(i.Resolution)}
			},
			Resolve: func(v query.Value) []string {
				for _, r := range resolutions {
					if v.Number && v.Text == r.ID || strings.EqualFold(v.Text, r.Name) {
						return []string{r.ID}
					}
				}
				return nil
			},
		}
	},
})

var _ = issueFields.add(issueField{
	name:   "resolutiondate",
	title:  "Resolved",
	schema: fieldSchema{Type: "datetime"},
	show: func(_ *service.Call, i *issue) any {
		if i.Resolved.IsZero() {
			return nil
		}
		return i.Resolved.Format(timeFormat)
	},
	aliases: []string{"resolved"},
	search: func(*service.Call) query.Field[*issue] {
		return timeField(func(i *issue) time.Time { return i.Resolved })
	},
})

// resolve settles an issue, or unsettles it with 0.
func (i *issue) resolve(id int64, at time.Time) { i.Resolution, i.Resolved = id, at }
