package confluence

import (
	"slices"

	"arcade-atlassian/tools/sandbox/internal/service"
)

// What stands in the tree of a space has one path for each type.
var _ = v2.Serve(map[string]service.Handler{
	"GET /folders/{id}":     single("folder"),
	"GET /databases/{id}":   single("database"),
	"GET /whiteboards/{id}": single("whiteboard"),
	"GET /embeds/{id}":      single("embed"),

	"GET /pages/{id}/direct-children":       children("page"),
	"GET /folders/{id}/direct-children":     children("folder"),
	"GET /databases/{id}/direct-children":   children("database"),
	"GET /whiteboards/{id}/direct-children": children("whiteboard"),
	"GET /embeds/{id}/direct-children":      children("embed"),

	"GET /pages/{id}/descendants": listDescendants,
})

// contentView is content that has no body.
type contentView struct {
	ID         string       `json:"id"`
	Type       string       `json:"type"`
	Status     string       `json:"status"`
	Title      string       `json:"title"`
	ParentID   *string      `json:"parentId"`
	ParentType *string      `json:"parentType"`
	Position   *int64       `json:"position"`
	AuthorID   string       `json:"authorId"`
	OwnerID    string       `json:"ownerId"`
	CreatedAt  string       `json:"createdAt"`
	SpaceID    string       `json:"spaceId"`
	EmbedURL   string       `json:"embedUrl,omitzero"`
	Version    *versionView `json:"version"`
	Links      contentLinks `json:"_links"`
}

// single answers GET of content of a type without a body by its identifier.
func single(kind string) service.Handler {
	return func(c *service.Call) service.Reply {
		p, refusal := wanted(c, kind)
		if p == nil {
			return refusal
		}
		page := viewPage(c, p, p.latest(), "", true)
		return service.OK(contentView{
			ID: page.ID, Type: p.Type, Status: page.Status, Title: page.Title, ParentID: page.ParentID, ParentType: page.ParentType, Position: page.Position,
			AuthorID: page.AuthorID, OwnerID: page.OwnerID, CreatedAt: page.CreatedAt, SpaceID: page.SpaceID, EmbedURL: p.EmbedURL,
			Version: page.Version, Links: page.Links,
		})
	}
}

// childView is content as lists of what is below something show it: with no link and not what it is below.
type childView struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Title    string `json:"title"`
	Type     string `json:"type"`
	SpaceID  string `json:"spaceId"`
	Position *int64 `json:"childPosition"`
}

// position is where content stands among its siblings, or nil when nobody has put it in its place.
func (p *content) position() *int64 {
	if p.Position == 0 {
		return nil
	}
	return &p.Position
}

// childrenOf are what is directly below content, as far as the user may see it.
func childrenOf(c *service.Call, p *content) []*content {
	return contents.Select(c.Site, func(child *content) bool {
		return child.Parent == p.ID && (child.Status == "current" || child.Status == "archived") && sees(c, child)
	})
}

// children answers GET of what is directly below content of a type.
func children(kind string) service.Handler {
	return func(c *service.Call) service.Reply {
		params := c.Params()
		order := params.Choice("sort", "created-date", "-created-date", "id", "-id", "modified-date", "-modified-date", "child-position", "-child-position", "title", "-title")
		if order == "" {
			order = "child-position"
		}
		p, refusal := wanted(c, kind)
		if p == nil {
			return refusal
		}
		found := childrenOf(c, p)
		sortContent(found, order)
		return cursorPage(c, params, []string{"sort"}, found,
			func(child *content) int64 { return child.ID },
			func(child *content) childView {
				return childView{
					ID: service.Decimal(child.ID), Status: child.Status, Title: child.Title, Type: child.Type,
					SpaceID: service.Decimal(child.Space), Position: child.position(),
				}
			})
	}
}

// descendant is content with how far it is below what was asked for.
type descendant struct {
	*content
	depth int64
}

type descendantView struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Title    string `json:"title"`
	Type     string `json:"type"`
	ParentID string `json:"parentId"`
	Depth    int64  `json:"depth"`
	Position *int64 `json:"childPosition"`
}

// listDescendants answers GET /pages/{id}/descendants: each child before what is below it.
func listDescendants(c *service.Call) service.Reply {
	params := c.Params()
	depth := params.Integer("depth", 2, 1, 10)
	p, refusal := wanted(c, "page")
	if p == nil {
		return refusal
	}
	return cursorPage(c, params, []string{"depth"}, descendants(c, p, 1, depth),
		func(d descendant) int64 { return d.ID },
		func(d descendant) descendantView {
			return descendantView{
				ID: service.Decimal(d.ID), Status: d.Status, Title: d.Title, Type: d.Type,
				ParentID: service.Decimal(d.Parent), Depth: d.depth, Position: d.position(),
			}
		})
}

func descendants(c *service.Call, p *content, depth, deepest int64) []descendant {
	if depth > deepest {
		return nil
	}
	below := childrenOf(c, p)
	sortContent(below, "child-position")
	var all []descendant
	for _, child := range below {
		all = slices.Concat(all, []descendant{{child, depth}}, descendants(c, child, depth+1, deepest))
	}
	return all
}
