package confluence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// pageOrder is an order in which pages are listed.
type pageOrder string

// pageOrders are the orders with Confluence's words for them.
var pageOrders = []struct {
	order pageOrder
	sort  string
}{
	{"id-ascending", "id"},
	{"id-descending", "-id"},
	{"title-ascending", "title"},
	{"title-descending", "-title"},
	{"created-date-oldest-to-newest", "created-date"},
	{"created-date-newest-to-oldest", "-created-date"},
	{"modified-date-oldest-to-newest", "modified-date"},
	{"modified-date-newest-to-oldest", "-modified-date"},
}

// Enum lists the orders.
func (pageOrder) Enum() (orders []string) {
	for _, o := range pageOrders {
		orders = append(orders, string(o.order))
	}
	return orders
}

// sort is Confluence's word for the order.
func (o pageOrder) sort() string {
	for _, known := range pageOrders {
		if known.order == o {
			return known.sort
		}
	}
	return ""
}

type listPagesIn struct {
	Spaces     []string   `json:"space_ids,omitzero" jsonschema:"format=name,maxItems=100,minLength=1,maxLength=255" doc:"Only pages of these spaces, by ID, key, exact name or URL."`
	SortBy     pageOrder  `json:"sort_by,omitzero" jsonschema:"default=created-date-newest-to-oldest" doc:"The order of the list."`
	Limit      int        `json:"limit,omitzero" jsonschema:"minimum=1,maximum=250,default=25" doc:"Pages per page of the list."`
	BodyFormat bodyFormat `json:"body_format,omitzero" jsonschema:"default=none" doc:"Show the texts too, cut when they are long."`
	Token      string     `json:"pagination_token,omitzero" jsonschema:"format=name,maxLength=4000" doc:"pagination_token of the page before."`
	onSite
}

type pagesOut struct {
	Pages      []pageView       `json:"pages" doc:"The pages, current and archived."`
	Pagination shape.Pagination `json:"pagination" doc:"Which page of the list this is."`
	Token      string           `json:"pagination_token,omitzero" doc:"The token of the next page, if there is one."`
}

var _ = add(tool.Spec{
	Name:    "ListPages",
	Doc:     "List Confluence pages, of all spaces or of some, a page at a time.",
	Returns: "The pages and the token of the next page.",
	Uses:    uses{getSpaces, listPages},
}, func(ctx context.Context, s *atlassian.Site, in listPagesIn) (out pagesOut, err error) {
	spaces, err := idsOfSpaces(ctx, s, "space_ids", in.Spaces)
	if err != nil {
		return out, err
	}
	list, err := listPages.Do(ctx, s, pageQuery{
		SpaceIDs: spaces, Sort: in.SortBy.sort(), BodyFormat: in.BodyFormat.representation(), Limit: in.Limit, Cursor: in.Token,
	})
	if err != nil {
		return out, explainToken(in.Token, err)
	}
	if len(list.Results) > in.Limit {
		return out, tool.Undecodable(false)
	}
	if out.Token, err = list.Links.cursor(in.Token); err != nil {
		return out, err
	}
	if out.Token == "" && in.Token == "" {
		if err := checkEmptySpaces(ctx, s, "space_ids", in.Spaces, list.Results); err != nil {
			return out, err
		}
	}
	out.Pages, err = viewPages(s, list.pages(), in.BodyFormat)
	out.Pagination = shape.ByToken(in.Limit, len(list.Results), out.Token)
	return out, err
})

// idsOfSpaces are the IDs of the spaces that a list in the parameter names. IDs
// are taken as they are.
func idsOfSpaces(ctx context.Context, s *atlassian.Site, param string, values []string) ([]string, error) {
	ids := make([]string, len(values))
	var names []spaceName
	for i, value := range values {
		if id := strings.TrimSpace(value); atlassian.Fits("digits", id) {
			ids[i] = id
		} else {
			names = append(names, spaceName{fmt.Sprintf("%s[%d]", param, i), value})
		}
	}
	found, err := findSpaces(ctx, s, names)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		if ids[i] == "" {
			ids[i], found = found[0].ID, found[1:]
		}
	}
	return unique(ids), nil
}

// checkEmptySpaces refuses IDs that stand in a list of spaces and of which there
// is none that the user can see: Confluence lists no pages for them, as if there
// were none. all are all pages of the spaces, so that only a space without any is
// asked for.
func checkEmptySpaces(ctx context.Context, s *atlassian.Site, param string, values []string, all []page) error {
	var ids []string
	for _, value := range values {
		id := strings.TrimSpace(value)
		if atlassian.Fits("digits", id) && !slices.ContainsFunc(all, func(p page) bool { return p.SpaceID == id }) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	page, err := getSpaces.Do(ctx, s, spaceQuery{IDs: ids, Limit: mostSpaces})
	if err != nil {
		return err
	}
	var errs []error
	for i, value := range values {
		id := strings.TrimSpace(value)
		if slices.Contains(ids, id) && !slices.ContainsFunc(page.Results, func(s space) bool { return s.ID == id }) {
			errs = append(errs, tool.Retry(
				fmt.Sprintf("%s[%d]: there is no space with this ID, or the user may not see it.", param, i),
				fmt.Sprintf("Correct or leave out %s[%d]. ListSpaces lists the spaces.", param, i)))
		}
	}
	return errors.Join(errs...)
}

// unique are the items of a short list, each once.
func unique(items []string) (once []string) {
	for _, item := range items {
		if !slices.Contains(once, item) {
			once = append(once, item)
		}
	}
	return once
}
