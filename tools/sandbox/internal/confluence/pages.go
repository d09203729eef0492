package confluence

import (
	"math"
	"net/http"
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = v2.Serve(map[string]service.Handler{
	"GET /pages":             listPages,
	"GET /pages/{id}":        getPage,
	"GET /spaces/{id}/pages": listSpacePages,
})

type pageView struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	Title       string          `json:"title"`
	SpaceID     string          `json:"spaceId"`
	ParentID    *string         `json:"parentId"`
	ParentType  *string         `json:"parentType"`
	Position    *int64          `json:"position"`
	AuthorID    string          `json:"authorId"`
	OwnerID     string          `json:"ownerId"`
	LastOwnerID *string         `json:"lastOwnerId"`
	Subtype     string          `json:"subtype,omitzero"`
	CreatedAt   string          `json:"createdAt"`
	Version     *versionView    `json:"version,omitzero"`
	Body        map[string]text `json:"body"`
	Labels      *labelList      `json:"labels,omitzero"`
	Links       contentLinks    `json:"_links"`
}

type labelList struct {
	Results []label           `json:"results"`
	Meta    map[string]bool   `json:"meta"`
	Links   map[string]string `json:"_links"`
}

type label struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Prefix string `json:"prefix"`
}

// viewLabels are labels as what carries them shows them; path is its own.
func viewLabels(path string, names []string) *labelList {
	list := &labelList{Meta: map[string]bool{"hasMore": false}, Links: map[string]string{"self": path + "/labels"}}
	for i, name := range names {
		list.Results = append(list.Results, label{ID: service.Decimal(int64(i + 1)), Name: name, Prefix: "global"})
	}
	return list
}

// viewPage shows a page as a version of it says, with its body in a format when one is asked for.
func viewPage(c *service.Call, p *content, v *version, format string, single bool) pageView {
	shown := pageView{
		ID:        service.Decimal(p.ID),
		Status:    p.Status,
		Title:     v.Title,
		SpaceID:   service.Decimal(p.Space),
		AuthorID:  c.State.Person(p.created().Author).AccountID,
		OwnerID:   c.State.Person(p.Owner).AccountID,
		Subtype:   p.Subtype,
		CreatedAt: p.created().Created.UTC().Format(timeFormat),
		Position:  p.position(),
		Version:   viewVersion(c, v),
		Body:      map[string]text{},
		Links:     linksOf(c, p, single),
	}
	if parent := contents.Get(c.Site, p.Parent); parent != nil {
		id := service.Decimal(parent.ID)
		shown.ParentID, shown.ParentType = &id, &parent.Type
	}
	if p.LastOwner != "" {
		shown.LastOwnerID = &c.State.Person(p.LastOwner).AccountID
	}
	if format != "" {
		body, err := v.body(format)
		if err == nil { // what cannot be converted is not there, as "if available" in the document says
			shown.Body[format] = body
		}
	}
	return shown
}

// listPages answers GET /pages: current and archived ones unless others are asked for, never drafts.
func listPages(c *service.Call) service.Reply {
	p := c.Params()
	ids := p.IDs("id", 250)
	inSpaces := p.IDs("space-id", 100)
	subtype := p.Choice("subtype", "live", "page")
	return pageList(c, p, []string{"id", "space-id", "subtype"}, func(page *content) bool {
		return (len(ids) == 0 || slices.Contains(ids, page.ID)) &&
			(len(inSpaces) == 0 || slices.Contains(inSpaces, page.Space)) &&
			(subtype == "" || subtype == page.Subtype || subtype == "page" && page.Subtype == "")
	})
}

// listSpacePages answers GET /spaces/{id}/pages.
func listSpacePages(c *service.Call) service.Reply {
	s, refusal := wantedSpace(c)
	if s == nil {
		return refusal
	}
	p := c.Params()
	root := p.Choice("depth", "all", "root") == "root"
	return pageList(c, p, []string{"depth"}, func(page *content) bool {
		return page.Space == s.ID && (!root || page.Parent == 0)
	})
}

// pageList is a page of the pages that fit; bound are the parameters that decide it besides those that all
// lists of pages have.
func pageList(c *service.Call, p *service.Params, bound []string, fits func(*content) bool) service.Reply {
	statuses := p.Choices("status", "current", "archived", "deleted", "trashed")
	if len(statuses) == 0 {
		statuses = []string{"current", "archived"}
	}
	title := c.Query.Get("title")
	format := p.Choice("body-format", "storage", "atlas_doc_format")
	order := p.Choice("sort", "id", "-id", "created-date", "-created-date", "modified-date", "-modified-date", "title", "-title")
	found := contents.Select(c.Site, func(page *content) bool {
		return page.Type == "page" && slices.Contains(statuses, page.Status) && (title == "" || title == page.Title) && fits(page) && sees(c, page)
	})
	sortContent(found, order)
	return cursorPage(c, p, slices.Concat(bound, []string{"sort", "status", "title"}), found,
		func(page *content) int64 { return page.ID },
		func(page *content) pageView { return viewPage(c, page, page.latest(), format, false) })
}

// getPage answers GET /pages/{id}: a draft only when it is asked for, and an older version by its number.
func getPage(c *service.Call) service.Reply {
	p := c.Params()
	format := p.Choice("body-format", "storage", "atlas_doc_format", "view", "export_view", "anonymous_export_view", "styled_view", "editor")
	draft := p.Choice("get-draft", "true", "false") == "true"
	statuses := p.Choices("status", "current", "archived", "trashed", "deleted", "historical", "draft")
	number := p.Integer("version", 0, 1, math.MaxInt32)
	labels := p.Choice("include-labels", "true", "false") == "true"
	versioned := p.Choice("include-version", "true", "false") != "false"
	if p.Failed() {
		return p.BadRequest(c)
	}
	page, refusal := wanted(c, "page")
	if page == nil {
		return refusal
	}
	draft = draft || slices.Contains(statuses, "draft")
	shown, v := *page, page.latest()
	switch {
	case draft && page.Status == "current":
		// A published page has a draft too, which differs only when somebody has begun to edit it.
		shown.Status, v = "draft", draftOf(page)
	case number != 0:
		if number > int64(len(page.Versions)) {
			return c.Refuse(http.StatusNotFound, "Not Found")
		}
		if number < int64(len(page.Versions)) {
			shown.Status, v = "historical", page.Versions[number-1]
		}
	}
	if len(statuses) > 0 && !slices.Contains(statuses, shown.Status) || shown.Status == "draft" && !draft {
		return c.Refuse(http.StatusNotFound, "Not Found")
	}
	view := viewPage(c, &shown, v, format, true)
	if labels {
		view.Labels = viewLabels(c.Path, page.Labels)
	}
	if !versioned {
		view.Version = nil
	}
	return service.OK(view)
}

// draftOf is what the draft of a published page says.
func draftOf(page *content) *version {
	if page.Draft != nil {
		return page.Draft
	}
	same := *page.latest()
	same.Number = 1
	return &same
}
