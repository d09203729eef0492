package confluence

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/cql"
	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = v1.Serve(map[string]service.Handler{
	"GET /wiki/rest/api/search": search,
})

type searchPage[T any] struct {
	Results        []T         `json:"results"`
	Start          int         `json:"start"`
	Limit          int         `json:"limit"`
	Size           int         `json:"size"`
	TotalSize      int         `json:"totalSize"`
	Query          string      `json:"cqlQuery"`
	SearchDuration int         `json:"searchDuration"` // milliseconds
	Links          searchLinks `json:"_links"`
}

// newSearchPage is a page of what a query finds, still without what it shows and the link to the next.
func newSearchPage[T any](c *service.Call, text string, start, limit, size, total int) searchPage[T] {
	return searchPage[T]{
		Start: start, Limit: limit, Size: size, TotalSize: total, Query: text,
		Links: searchLinks{Base: c.Site.URL + "/wiki", Context: "/wiki", Self: c.Site.URL + c.Path + "?" + c.Query.Encode()},
	}
}

// compileCQL makes a plan of a query, or says what is wrong with it as Confluence does.
func compileCQL[Item any](text string, env query.Environment[Item]) (*query.Plan[Item], error) {
	q, err := cql.Parse(text)
	if err != nil {
		return nil, err
	}
	return cql.Compile(q, env)
}

type searchLinks struct {
	Base    string `json:"base"`
	Context string `json:"context"`
	Self    string `json:"self"`
	Next    string `json:"next,omitzero"`
}

type searchResult struct {
	Space        foundSpace `json:"space"`
	Title        string     `json:"title"`
	Excerpt      string     `json:"excerpt"`
	URL          string     `json:"url"`
	Breadcrumbs  []struct{} `json:"breadcrumbs"`
	EntityType   string     `json:"entityType"`
	IconCSSClass string     `json:"iconCssClass"`
	LastModified string     `json:"lastModified"`
	Score        float64    `json:"score"` // every result is as good as any other
}

type foundSpace struct {
	ID         int64             `json:"id"`
	Key        string            `json:"key"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Status     string            `json:"status"`
	Expandable map[string]string `json:"_expandable"`
	Links      spaceLinks        `json:"_links"`
}

// viewFoundSpace shows a space as version 1 of the API does.
func viewFoundSpace(s *space) foundSpace {
	return foundSpace{
		ID: s.ID, Key: s.Key, Name: s.Name, Type: s.Type, Status: s.Status,
		Expandable: map[string]string{"homepage": "/rest/api/content/" + service.Decimal(s.HomepageID)},
		Links:      spaceLinks{WebUI: "/spaces/" + s.Key},
	}
}

// search answers GET /wiki/rest/api/search. What there is to be found is spaces; archived ones only on
// demand.
func search(c *service.Call) service.Reply {
	p := c.Params()
	limit := int(p.Integer("limit", 25, 0, math.MaxInt32))
	start := int(p.Integer("start", 0, 0, math.MaxInt32))
	archived := p.Choice("includeArchivedSpaces", "true", "false") == "true"
	excerpt := p.Choice("excerpt", "highlight", "indexed", "none", "highlight_unescaped", "indexed_unescaped")
	bound := []string{"cql", "includeArchivedSpaces"}
	if cursor := c.Query.Get("cursor"); cursor != "" {
		last, ours := openCursor(c, cursor, bound)
		from, err := strconv.Atoi(last)
		if !ours || err != nil || from < 0 {
			p.Problem("The cursor is not valid for this request.")
		}
		start = from
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	text := c.Query.Get("cql")
	plan, err := compileCQL(text, spaceEnvironment(c))
	if err != nil {
		return c.Refuse(http.StatusBadRequest, err.Error())
	}
	found := spaces.Select(c.Site, func(s *space) bool { return (archived || s.Status == "current") && plan.Match(s) })
	slices.SortStableFunc(found, plan.Compare)

	from := min(start, len(found))
	to := from + min(limit, len(found)-from)
	shown := newSearchPage[searchResult](c, text, start, limit, to-from, len(found))
	for _, s := range found[from:to] {
		r := searchResult{
			Space:        viewFoundSpace(s),
			Title:        s.Name,
			URL:          "/spaces/" + s.Key,
			EntityType:   "space",
			IconCSSClass: "aui-icon content-type-space",
			LastModified: s.CreatedAt.UTC().Format(timeFormat),
		}
		if excerpt != "none" {
			r.Excerpt = s.Description
		}
		shown.Results = append(shown.Results, r)
	}
	if to < len(found) && limit > 0 {
		shown.Links.Next = strings.TrimPrefix(c.Path, "/wiki") + "?" + url.Values{
			"cql": {text}, "limit": {strconv.Itoa(limit)}, "cursor": {newCursor(c, strconv.Itoa(to), bound)},
		}.Encode()
	}
	return service.OK(shown)
}

// spaceEnvironment is what CQL knows of spaces.
func spaceEnvironment(c *service.Call) query.Environment[*space] {
	one := func(of func(*space) string) func(*space) []string {
		return func(s *space) []string { return []string{of(s)} }
	}
	name := func(s *space) string { return s.Name }
	key := func(s *space) string { return s.Key }
	fields := map[string]query.Field[*space]{
		"type":        {Values: one(func(*space) string { return "space" })},
		"space":       {Values: one(key)},
		"space.key":   {Values: one(key)},
		"space.type":  {Values: one(func(s *space) string { return s.Type })},
		"space.title": {Values: one(name), Texts: one(name)},
		"title": {Values: one(name), Texts: one(name), Compare: func(a, b *space) int {
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}},
		"text":  {Texts: func(s *space) []string { return []string{s.Name, s.Description} }},
		"label": {Values: func(s *space) []string { return s.Labels }},
		"created": {
			Time:    func(s *space) time.Time { return s.CreatedAt },
			Compare: func(a, b *space) int { return a.CreatedAt.Compare(b.CreatedAt) },
		},
	}
	return cql.Environment(fields, query.Clock{Now: c.State.Now()})
}
