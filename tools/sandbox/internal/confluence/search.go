package confluence

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// compileCQL makes a plan of a query, or says what is wrong with it as Confluence does. The query is what
// it was made of.
func compileCQL[Item any](text string, env query.Environment[Item]) (*query.Query, *query.Plan[Item], error) {
	q, err := cql.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	plan, err := cql.Compile(q, env)
	return q, plan, err
}

type searchLinks struct {
	Base    string `json:"base"`
	Context string `json:"context"`
	Self    string `json:"self"`
	Next    string `json:"next,omitzero"`
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

// foundContent is content as version 1 of the API shows it in the rows of a search.
type foundContent struct {
	ID         string            `json:"id"`
	Type       string            `json:"type"`
	Status     string            `json:"status"`
	Title      string            `json:"title"`
	Expandable map[string]string `json:"_expandable"`
	Links      map[string]string `json:"_links"`
}

type searchResult struct {
	Content      *foundContent `json:"content,omitzero"`
	Space        *foundSpace   `json:"space,omitzero"`
	Title        string        `json:"title"`
	Excerpt      string        `json:"excerpt"`
	URL          string        `json:"url"`
	Parent       *container    `json:"resultParentContainer,omitzero"`
	Global       *container    `json:"resultGlobalContainer,omitzero"`
	Breadcrumbs  []struct{}    `json:"breadcrumbs"`
	EntityType   string        `json:"entityType"`
	IconCSSClass string        `json:"iconCssClass"`
	LastModified string        `json:"lastModified"`
	Score        float64       `json:"score"` // every result is as good as any other
}

// container is where something stands.
type container struct {
	Title      string `json:"title"`
	DisplayURL string `json:"displayUrl"`
}

// mostFound is how many rows a page has at most, whatever limit was asked for and is told (facts §14).
const mostFound = 50

// search answers GET /wiki/rest/api/search: what the user may see and is neither a draft nor archived nor
// in the trash; of archived spaces only on demand.
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
	q, plan, err := compileCQL(text, hitEnvironment(c))
	if err != nil {
		return c.Refuse(http.StatusBadRequest, err.Error())
	}
	var found []*hit
	for _, h := range allHits(c) {
		if (archived || h.space.Status == "current") && plan.Match(h) {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, plan.Compare)

	from := min(start, len(found))
	to := from + min(limit, mostFound, len(found)-from)
	shown := newSearchPage[searchResult](c, text, start, limit, to-from, len(found))
	marks := newMarks(excerpt, q.Wanted())
	for _, h := range found[from:to] {
		shown.Results = append(shown.Results, h.view(c, marks))
	}
	if to < len(found) && limit > 0 {
		shown.Links.Next = strings.TrimPrefix(c.Path, "/wiki") + "?" + url.Values{
			"cql": {text}, "limit": {strconv.Itoa(limit)}, "cursor": {newCursor(c, strconv.Itoa(to), bound)},
		}.Encode()
	}
	return service.OK(shown)
}
