package confluence

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// listDescendants lists everything below a page, down to a depth.
var listDescendants = atlassian.Get[descendantQuery, descendantList]("/wiki/api/v2/pages/{id}/descendants", "read:hierarchical-content:confluence").
	Within(atlassian.PageIn("id"))

type descendantQuery struct {
	ID     string `path:"id,space_identifier,digits"`
	Depth  int    `query:"depth"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

// descendant is something below a page as Confluence sends it.
type descendant struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   string `json:"status"`
	ParentID string `json:"parentId"`
	Depth    int    `json:"depth"`
}

type descendantList struct {
	Results []descendant `json:"results"`
	Links   links        `json:"_links"`
}

// Check holds that there is a list, of descendants.
func (l descendantList) Check() error {
	if l.Results == nil {
		return errors.New("a page without results")
	}
	for _, d := range l.Results {
		if d.ID == "" || d.Type == "" {
			return errors.New("a descendant without id or type")
		}
	}
	return nil
}

// What of a space is read: no answer has more, whatever the space.
const (
	deepest         = 10  // of what Confluence tells of
	mostAtRoot      = 25  // pages whose descendants are read
	mostDescendants = 500 // of one page
)

type getSpaceHierarchyIn struct {
	Space string `json:"space_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The space's ID, key, exact name or URL."`
	onSite
}

type spaceHierarchyOut struct {
	ID       string           `json:"id" doc:"The space's ID."`
	Key      string           `json:"key" doc:"The space's key."`
	Type     parentType       `json:"type" doc:"Always space."`
	URL      string           `json:"url,omitzero" doc:"The space's page."`
	Children []jsontext.Value `json:"children" doc:"The pages at its root: id, type, title, status, parent_id, parent_type, url and children, which are the same." untrusted:"true"`
	Complete bool             `json:"complete" doc:"Whether everything below these pages is there. A large or deep space is cut."`
}

// treeNode is content with what is below it.
type treeNode struct {
	ID         string      `json:"id"`
	Type       string      `json:"type"`
	Title      string      `json:"title"`
	Status     string      `json:"status,omitzero"`
	ParentID   string      `json:"parent_id,omitzero"`
	ParentType string      `json:"parent_type,omitzero"`
	URL        string      `json:"url,omitzero"`
	Children   []*treeNode `json:"children"`
}

var _ = add(tool.Spec{
	Name:       "GetSpaceHierarchy",
	Doc:        "Deprecated: use ListDirectChildren. Get the pages of a Confluence space as a tree, with folders and the like below them.",
	Returns:    "The tree, and whether it is complete.",
	Deprecated: "Use Confluence.ListDirectChildren, which lists what is below anything, a page at a time.",
	Uses:       append(uses{listSpacePages, listDescendants}, spaceLookup...),
}, func(ctx context.Context, s *atlassian.Site, in getSpaceHierarchyIn) (out spaceHierarchyOut, err error) {
	found, err := findSpace(ctx, s, "space_identifier", in.Space)
	if err != nil {
		return out, err
	}
	out = spaceHierarchyOut{ID: found.ID, Key: found.Key, Type: spaceParent, URL: found.Links.page(found.Links.Base, s)}
	root, err := listSpacePages.Do(ctx, s, spacePageQuery{ID: found.ID, Depth: rootDepth, Limit: mostAtRoot})
	if err != nil {
		return out, err
	}
	next, err := root.Links.cursor("")
	if err != nil {
		return out, err
	}
	out.Complete = next == ""
	trees, err := lookup.Map(ctx, 4, root.pages(), func(ctx context.Context, p page) (pageTree, error) {
		return readTree(ctx, s, addressOfSpace(s, found), p)
	})
	if err != nil {
		return out, err
	}
	out.Children = make([]jsontext.Value, len(trees))
	for i, t := range trees {
		out.Complete = out.Complete && t.complete
		if out.Children[i], err = json.Marshal(t.node); err != nil {
			return out, fmt.Errorf("write a tree: %w", err)
		}
	}
	return out, nil
})

// pageTree is a page with what is below it, and whether that is all.
type pageTree struct {
	node     *treeNode
	complete bool
}

// readTree reads what is below a page of the space with an address. What is
// below something that the user may not see hangs from the page itself.
func readTree(ctx context.Context, s *atlassian.Site, space string, p page) (pageTree, error) {
	top := &treeNode{ID: p.ID, Type: string(pageParent), Title: p.title(), Status: p.Status, URL: p.Links.page(p.Links.Base, s), Children: []*treeNode{}}
	list, err := lookup.Walk(ctx, lookup.Bounds{Items: mostDescendants}, func(ctx context.Context, cursor string) (lookup.Page[descendant], error) {
		l, err := listDescendants.Do(ctx, s, descendantQuery{ID: p.ID, Depth: deepest, Limit: mostPages, Cursor: cursor})
		if err != nil {
			return lookup.Page[descendant]{}, err
		}
		next, err := l.Links.cursor(cursor)
		return lookup.Page[descendant]{Items: l.Results, Next: next}, err
	}, nil)
	tree := pageTree{top, list.Complete}
	nodes := map[string]*treeNode{p.ID: top}
	for _, d := range list.Items {
		nodes[d.ID] = &treeNode{ID: d.ID, Type: d.Type, Title: d.Title, Status: d.Status, ParentID: d.ParentID, URL: childURL(space, d.Type, d.ID), Children: []*treeNode{}}
	}
	for _, d := range list.Items {
		parent := nodes[d.ParentID]
		if parent == nil || parent == nodes[d.ID] {
			parent = top
		} else {
			nodes[d.ID].ParentType = parent.Type
		}
		parent.Children = append(parent.Children, nodes[d.ID])
		tree.complete = tree.complete && d.Depth < deepest
	}
	return tree, err
}
