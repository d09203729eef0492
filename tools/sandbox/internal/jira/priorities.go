package jira

import (
	_ "embed" // for priorities.json
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/priority":        listPriorities,
	"GET /rest/api/3/priority/search": searchPriorities,
	"GET /rest/api/3/priority/{id}":   getPriority,
})

// priority is how much an issue matters. The first row of a site matters most.
type priority struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Color       string `json:"color"`
}

//go:embed priorities.json
var prioritiesJSON []byte

var priorities = state.NewTable(&Service.Tables, state.Definition[priority]{
	Name: "priorities.json",
	Seed: prioritiesJSON,
	ID:   func(p *priority) *int64 { return &p.ID },
})

type priorityView struct {
	Self        string `json:"self"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	IconURL     string `json:"iconUrl"`
	StatusColor string `json:"statusColor"`
	IsDefault   bool   `json:"isDefault"`

	Schemes *page[schemeReference] `json:"schemes,omitzero"`
}

func viewPriority(c *service.Call, p *priority) priorityView {
	return priorityView{
		Self:        c.Gateway + "/rest/api/3/priority/" + service.Decimal(p.ID),
		ID:          service.Decimal(p.ID),
		Name:        p.Name,
		Description: p.Description,
		IconURL:     c.Gateway + "/images/icons/priorities/" + strings.ToLower(p.Name) + "_new.svg",
		StatusColor: p.Color,
		IsDefault:   p.ID == defaultScheme(c.Site).DefaultPriority,
	}
}

// getPriority answers GET /rest/api/3/priority/{id}.
func getPriority(c *service.Call) service.Reply {
	p := priorities.Get(c.Site, c.ID("id"))
	if p == nil {
		return c.Refuse(http.StatusNotFound, "The issue priority with ID '"+service.Clip(c.Vars["id"])+"' does not exist.")
	}
	return service.OK(viewPriority(c, p))
}

// listPriorities answers GET /rest/api/3/priority, which is deprecated.
func listPriorities(c *service.Call) service.Reply {
	views := []priorityView{}
	for _, p := range priorities.Rows(c.Site) {
		views = append(views, viewPriority(c, p))
	}
	return service.OK(views)
}

// searchPriorities answers GET /rest/api/3/priority/search.
func searchPriorities(c *service.Call) service.Reply {
	params := c.Params()
	start := params.Integer("startAt", 0, 0, math.MaxInt64)
	limit := min(params.Integer("maxResults", 50, 1, math.MaxInt32), 100)
	ids := params.IDs("id", math.MaxInt)
	of := params.IDs("projectId", math.MaxInt)
	expand := params.Choices("expand", "schemes")
	onlyDefault := params.Choice("onlyDefault", "true", "false") == "true"
	if params.Failed() {
		return params.BadRequest(c)
	}
	name := strings.ToLower(c.Query.Get("priorityName"))
	found := priorities.Select(c.Site, func(p *priority) bool {
		return (len(ids) == 0 || slices.Contains(ids, p.ID)) &&
			(len(of) == 0 || slices.ContainsFunc(of, func(id int64) bool {
				return projects.Get(c.Site, id) != nil && slices.Contains(schemeOf(c.Site, id).Priorities, p.ID)
			})) &&
			(!onlyDefault || p.ID == defaultScheme(c.Site).DefaultPriority) &&
			strings.Contains(strings.ToLower(p.Name), name)
	})
	return offsetPage(c, found, start, limit, func(p *priority) priorityView {
		v := viewPriority(c, p)
		if len(expand) > 0 {
			v.Schemes = viewSchemesWith(c, p)
		}
		return v
	})
}

var _ = issueFields.add(issueField{
	name:   "priority",
	title:  "Priority",
	schema: fieldSchema{Type: "priority"},
	allowed: func(c *service.Call, p *project, _ *issueType) []any {
		var all []any
		for _, id := range schemeOf(c.Site, p.ID).Priorities {
			all = append(all, viewPriority(c, priorities.Get(c.Site, id)))
		}
		return all
	},
	show: func(c *service.Call, i *issue) any {
		p := priorities.Get(c.Site, i.Priority)
		if p == nil {
			return nil
		}
		return viewPriority(c, p)
	},
	set: func(c *service.Call, i *issue, value jsontext.Value) string {
		var ref reference
		if json.Unmarshal(value, &ref) != nil {
			return badData
		}
		p := priorities.Find(c.Site, func(p *priority) bool {
			return service.Decimal(p.ID) == ref.ID || ref.ID == "" && strings.EqualFold(p.Name, ref.Name)
		})
		switch {
		case p != nil && projects.Get(c.Site, i.Project) != nil && slices.Contains(schemeOf(c.Site, i.Project).Priorities, p.ID):
			i.Priority = p.ID
			return ""
		case ref.ID != "":
			return "The priority selected is invalid."
		default:
			return "Priority name '" + service.Clip(ref.Name) + "' is not valid"
		}
	},
	clear: func(_ *service.Call, i *issue) { i.Priority = 0 },
	search: func(c *service.Call) query.Field[*issue] {
		rank := func(id string) int {
			return -slices.IndexFunc(priorities.Rows(c.Site), func(p *priority) bool { return service.Decimal(p.ID) == id })
		}
		return query.Field[*issue]{
			Values: func(i *issue) []string {
				if i.Priority == 0 {
					return nil
				}
				return []string{service.Decimal(i.Priority)}
			},
			Resolve: resolver(priorities.Rows(c.Site), func(p *priority) (int64, []string) { return p.ID, []string{p.Name} }),
			Rank:    rank,
			Compare: func(a, b *issue) int { return rank(service.Decimal(a.Priority)) - rank(service.Decimal(b.Priority)) },
		}
	},
})
