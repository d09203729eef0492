package confluence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// childOrder is an order in which children are listed.
type childOrder string

// byPosition is how the site itself shows children.
const byPosition childOrder = "child-position-ascending"

// Enum lists the orders.
func (childOrder) Enum() (orders []string) {
	for _, key := range []string{"child-position", "created-date", "id", "modified-date", "title"} {
		orders = append(orders, key+"-ascending", key+"-descending")
	}
	return orders
}

// sort is Confluence's word for the order.
func (o childOrder) sort() string {
	if key, descending := strings.CutSuffix(string(o), "-descending"); descending {
		return "-" + key
	}
	return strings.TrimSuffix(string(o), "-ascending")
}

// inSpace is the order at the root of a space, which cannot be sorted by
// position (facts §13).
func (o childOrder) inSpace() childOrder {
	return childOrder(strings.Replace(string(o), "child-position", "id", 1))
}

type listDirectChildrenIn struct {
	ParentID   string     `json:"parent_id,omitzero" jsonschema:"format=name,maxLength=2000" doc:"ID or URL of the parent; also a page's title, or a space's key or name. Needed without a pagination_token."`
	ParentType parentType `json:"parent_type,omitzero" doc:"What the parent is. Without it: what its URL says, else a page. Of a space, the pages at its root are listed."`
	Limit      int        `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=10" doc:"Children per page."`
	SortBy     childOrder `json:"sort_by,omitzero" doc:"child-position-ascending if left out. A space's root is sorted by ID instead of position."`
	Token      string     `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"pagination_token of the page before. It stands for everything but limit."`
	onSite
}

// childrenToken is what a pagination_token holds: the question that it goes on
// with.
type childrenToken struct {
	Site   string     `json:"s"` // a fingerprint of its ID
	ID     string     `json:"i"`
	Kind   parentType `json:"k"`
	Order  childOrder `json:"o"`
	Cursor string     `json:"c"`
	// Name is a fingerprint of parent_id, when that was no ID.
	Name string `json:"n,omitzero"`
}

func (t childrenToken) String() (string, error) {
	raw, err := json.Marshal(t)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func readChildrenToken(text string) (t childrenToken, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	ok = err == nil && json.Unmarshal(raw, &t, json.RejectUnknownMembers(true)) == nil &&
		atlassian.Fits("digits", t.ID) && slices.Contains(t.Kind.Enum(), string(t.Kind)) && slices.Contains(t.Order.Enum(), string(t.Order)) && t.Cursor != ""
	return t, ok
}

// fingerprint tells one text from another in little space.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(text)))
	return hex.EncodeToString(sum[:8])
}

// Check holds that there is a parent, and that a token goes on with the same
// question.
func (in listDirectChildrenIn) Check() error {
	if in.Token == "" {
		if in.ParentID == "" {
			return tool.BadInput("parent_id", "is missing", "Give the parent, or the pagination_token of the page before.")
		}
		return nil
	}
	t, ok := readChildrenToken(in.Token)
	if !ok {
		return tool.BadInput("pagination_token", "is not one of this tool", "Give pagination_token as it was returned, or leave it out to begin anew.")
	}
	var errs []error
	differs := func(param string, does bool) {
		if does {
			errs = append(errs, tool.BadInput(param, "is not what the pagination_token goes on with", "Leave it out, or leave pagination_token out to begin anew."))
		}
	}
	differs("parent_id", in.ParentID != "" && strings.TrimSpace(in.ParentID) != t.ID && fingerprint(in.ParentID) != t.Name)
	differs("parent_type", in.ParentType != "" && in.ParentType != t.Kind)
	differs("sort_by", in.SortBy != "" && in.SortBy != t.Order && (t.Kind != spaceParent || in.SortBy.inSpace() != t.Order))
	return errors.Join(errs...)
}

type directChildrenOut struct {
	Children   []childView      `json:"children" doc:"The children, current and archived."`
	ParentID   string           `json:"parent_id" doc:"The ID of the parent."`
	ParentType parentType       `json:"parent_type" doc:"What the parent is."`
	SortedBy   childOrder       `json:"sorted_by" doc:"The order of the list."`
	NotListed  string           `json:"not_listed,omitzero" doc:"What may be there that Confluence does not list."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page of the list this is."`
	Token      string           `json:"pagination_token,omitzero" doc:"The token of the next page, if there is one."`
}

var _ = add(tool.Spec{
	Name:    "ListDirectChildren",
	Doc:     "List what lies directly below a Confluence page, folder, database, whiteboard or embed, or the pages at the root of a space, a page at a time.",
	Returns: "The children and the token of the next page.",
	Uses: slices.Concat(listParentLookup, uses{
		knownSpace, listSpacePages,
		directChildren[pageParent], directChildren[folderParent], directChildren[databaseParent], directChildren[whiteboardParent], directChildren[embedParent],
	}),
}, func(ctx context.Context, s *atlassian.Site, in listDirectChildrenIn) (out directChildrenOut, err error) {
	t, err := in.question(ctx, s)
	if err != nil {
		return out, err
	}
	list := listChildren
	if t.Kind == spaceParent {
		list = listRoot
		out.NotListed = "Folders, databases, whiteboards and embeds at the root of the space."
	}
	var next links
	out.Children, next, err = list(ctx, s, t, in.Limit)
	if atlassian.IsNotFound(err) {
		told := *tool.Explain(err)
		told.Prompt = fmt.Sprintf("Correct parent_id or parent_type: there is no %s with the ID %s, or the user may not see it.", t.Kind, t.ID)
		told.Err = err
		return out, &told
	}
	if err != nil {
		return out, err
	}
	cursor, err := next.cursor(t.Cursor)
	if err != nil {
		return out, err
	}
	out.ParentID, out.ParentType, out.SortedBy = t.ID, t.Kind, t.Order
	if cursor != "" {
		t.Cursor = cursor
		if out.Token, err = t.String(); err != nil {
			return out, err
		}
	}
	out.Pagination = shape.ByToken(in.Limit, len(out.Children), out.Token)
	return out, nil
})

// question is what is asked: what the token says, or a new one.
func (in listDirectChildrenIn) question(ctx context.Context, s *atlassian.Site) (childrenToken, error) {
	if in.Token != "" {
		t, _ := readChildrenToken(in.Token) // Check has seen that it is one
		if t.Site != fingerprint(s.ID) {
			return t, tool.BadInput("pagination_token", "is of another site", "Name the site in atlassian_cloud_id, or leave pagination_token out.")
		}
		return t, nil
	}
	found, err := findListParent(ctx, s, in.ParentID, in.ParentType)
	if err != nil {
		return childrenToken{}, err
	}
	t := childrenToken{Site: fingerprint(s.ID), ID: found.id, Kind: found.kind, Order: cmp.Or(in.SortBy, byPosition)}
	if t.Kind == spaceParent {
		t.Order = t.Order.inSpace()
	}
	if strings.TrimSpace(in.ParentID) != t.ID {
		t.Name = fingerprint(in.ParentID)
	}
	return t, nil
}

// listChildren lists what lies below anything but a space. All of it is in the
// same space as its parent.
func listChildren(ctx context.Context, s *atlassian.Site, t childrenToken, limit int) ([]childView, links, error) {
	page, err := directChildren[t.Kind].Do(ctx, s, childQuery{ID: t.ID, Sort: t.Order.sort(), Limit: limit, Cursor: t.Cursor})
	if err != nil {
		return nil, links{}, err
	}
	if len(page.Results) > limit {
		return nil, links{}, tool.Undecodable(false)
	}
	views := make([]childView, len(page.Results))
	address := ""
	if len(views) > 0 && page.Results[0].SpaceID != "" {
		if address, err = spaceAddress(ctx, s, page.Results[0].SpaceID); err != nil {
			return nil, links{}, err
		}
	}
	for i, c := range page.Results {
		views[i] = childView{ID: c.ID, Type: c.Type, Title: c.Title, Status: c.Status, SpaceID: c.SpaceID, Position: c.Position}
		if c.SpaceID == page.Results[0].SpaceID {
			views[i].URL = childURL(address, c.Type, c.ID)
		}
	}
	return views, page.Links, nil
}

// listRoot lists the pages at the root of a space.
func listRoot(ctx context.Context, s *atlassian.Site, t childrenToken, limit int) ([]childView, links, error) {
	page, err := listSpacePages.Do(ctx, s, spacePageQuery{ID: t.ID, Depth: rootDepth, Sort: t.Order.sort(), Limit: limit, Cursor: t.Cursor})
	if err != nil {
		return nil, links{}, err
	}
	if len(page.Results) > limit {
		return nil, links{}, tool.Undecodable(false)
	}
	views := make([]childView, len(page.Results))
	for i, p := range page.pages() {
		views[i] = childView{
			ID: p.ID, Type: string(pageParent), Title: p.title(), Status: p.Status, SpaceID: p.SpaceID, Position: p.Position, URL: p.url(s),
		}
	}
	return views, page.Links, nil
}
