package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// child is something that lies directly below something else as Confluence
// sends it: with no link and not what it is below (facts §13).
type child struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   string `json:"status"`
	SpaceID  string `json:"spaceId"`
	Position *int   `json:"childPosition"`
}

// childList is a page of a list of children.
type childList struct {
	Results []child `json:"results"`
	Links   links   `json:"_links"`
}

// Check holds that there is a list, of children.
func (l childList) Check() error {
	if l.Results == nil {
		return errors.New("a page without results")
	}
	for _, c := range l.Results {
		if c.ID == "" || c.Type == "" {
			return errors.New("a child without id or type")
		}
	}
	return nil
}

// childView is a child as tools show it, with Confluence's own names.
type childView struct {
	ID       string `json:"id" doc:"The child's ID."`
	Type     string `json:"type" doc:"page, folder, database, whiteboard or embed."`
	Title    string `json:"title" doc:"The child's title." untrusted:"true"`
	Status   string `json:"status,omitzero" doc:"current or archived."`
	SpaceID  string `json:"spaceId,omitzero" doc:"The ID of its space."`
	Position *int   `json:"childPosition,omitzero" doc:"Its place among the children, if somebody has put it there."`
	URL      string `json:"url,omitzero" doc:"Its address for people."`
}

// parentType is a kind of thing that can have others below it.
type parentType string

const (
	spaceParent      parentType = "space"
	pageParent       parentType = "page"
	folderParent     parentType = "folder"
	databaseParent   parentType = "database"
	whiteboardParent parentType = "whiteboard"
	embedParent      parentType = "embed"
)

// Enum lists the kinds.
func (parentType) Enum() []string {
	return []string{string(spaceParent), string(pageParent), string(folderParent), string(databaseParent), string(whiteboardParent), string(embedParent)}
}

// directChildren list what lies directly below each kind of parent but a space.
var directChildren = map[parentType]*atlassian.Op[childQuery, childList]{
	pageParent:       childrenBelow("pages"),
	folderParent:     childrenBelow("folders"),
	databaseParent:   childrenBelow("databases"),
	whiteboardParent: childrenBelow("whiteboards"),
	embedParent:      childrenBelow("embeds"),
}

func childrenBelow(parents string) *atlassian.Op[childQuery, childList] {
	return atlassian.Get[childQuery, childList]("/wiki/api/v2/"+parents+"/{id}/direct-children", "read:hierarchical-content:confluence").
		Within(atlassian.ChildrenOf("id"))
}

type childQuery struct {
	ID     string `path:"id,parent_id,digits"`
	Sort   string `query:"sort,omitzero"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

// listSpacePages lists the pages of a space: those at its root, if that is the
// depth.
var listSpacePages = atlassian.Get[spacePageQuery, pageList]("/wiki/api/v2/spaces/{id}/pages", "read:page:confluence").
	Within(atlassian.SpaceIn("id"), atlassian.ContentList())

type spacePageQuery struct {
	ID     string `path:"id,parent_id,digits"`
	Depth  string `query:"depth,omitzero"`
	Sort   string `query:"sort,omitzero"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

// rootDepth is the depth of what lies below nothing else.
const rootDepth = "root"

// knownSpace gets a space whose key is needed beside its ID.
var knownSpace = atlassian.Get[spaceRef, space]("/wiki/api/v2/spaces/{id}", "read:space:confluence").Remember(5 * time.Minute).
	Within(atlassian.SpaceAnswer("id"))

// spaceAddress is the address of the space with an ID, or "" when that space is
// not known: addresses hold its key, of which children know nothing.
func spaceAddress(ctx context.Context, s *atlassian.Site, id string) (string, error) {
	found, err := knownSpace.Do(ctx, s, spaceRef{ID: id})
	if atlassian.IsNotFound(err) {
		return "", nil
	}
	return addressOfSpace(s, found), err
}

func addressOfSpace(s *atlassian.Site, found space) string {
	return s.Link("/wiki/spaces/" + url.PathEscape(found.Key))
}

// childURL is the address of a child in the space with an address, or "" for a
// kind whose addresses are not known (facts §13).
func childURL(space, kind, id string) string {
	switch kind {
	case string(pageParent):
		kind = "pages"
	case string(folderParent), string(databaseParent), string(whiteboardParent), string(embedParent):
	default:
		return ""
	}
	if space == "" {
		return ""
	}
	return atlassian.SafeURL(space + "/" + kind + "/" + url.PathEscape(id))
}

// listParent is what children are listed of.
type listParent struct {
	id   string
	kind parentType
}

// listParentLookup are the operations of findListParent.
var listParentLookup = slices.Concat(spaceLookup, pageLookup)

// findListParent finds what a value of parent_id names: anything by ID or URL, a
// space also by key or name, and a page by title or tiny link. Without a kind it
// is what its URL says, and a page otherwise.
func findListParent(ctx context.Context, s *atlassian.Site, value string, kind parentType) (listParent, error) {
	const param = "parent_id"
	value = strings.TrimSpace(value)
	if kind == "" {
		kind = kindOfAddress(s, param, value)
	}
	if atlassian.Fits("digits", value) {
		return listParent{value, kind}, nil
	}
	if kind == spaceParent {
		found, err := findSpace(ctx, s, param, value)
		return listParent{found.ID, kind}, err
	}
	if kind == pageParent {
		found, err := findPage(ctx, s, param, value, "")
		return listParent{found.ID, kind}, err
	}
	a, isAddress, err := readAddress(s, param, value)
	if err != nil {
		return listParent{}, err
	}
	if isAddress && len(a.path) >= 4 && a.path[0] == "spaces" && a.path[2] == string(kind) && atlassian.Fits("digits", a.path[3]) {
		return listParent{a.path[3], kind}, nil
	}
	return listParent{}, tool.BadInput(param, fmt.Sprintf("names no %s", kind), fmt.Sprintf("Give its ID or URL (…/wiki/spaces/KEY/%s/ID): only pages and spaces are found by name.", kind))
}

// kindOfAddress is what a URL leads to, and a page for every other value.
func kindOfAddress(s *atlassian.Site, param, value string) parentType {
	a, isAddress, err := readAddress(s, param, value)
	switch {
	case err != nil || !isAddress || len(a.path) < 2 || a.path[0] != "spaces":
		return pageParent
	case len(a.path) == 2 || a.path[2] == "overview":
		return spaceParent
	}
	if kind := parentType(a.path[2]); directChildren[kind] != nil {
		return kind
	}
	return pageParent
}
