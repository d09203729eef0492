package confluence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getPagesByIDIn struct {
	IDs        []string   `json:"page_ids" jsonschema:"format=name,minItems=1,maxItems=250,minLength=1,maxLength=20" doc:"The pages' IDs, which are numbers."`
	BodyFormat bodyFormat `json:"body_format,omitzero" jsonschema:"default=markdown" doc:"How to show the texts, which are cut when they are long; storage is Confluence's XHTML."`
	onSite
}

// Check refuses what is no ID, which GetPage may find.
func (in getPagesByIDIn) Check() error {
	var errs []error
	for i, id := range in.IDs {
		if _, err := pageID(id); err != nil {
			errs = append(errs, tool.BadInput(fmt.Sprintf("page_ids[%d]", i), "must be a number", "Give page IDs, such as 98403. GetPage finds a page by its title or URL."))
		}
	}
	return errors.Join(errs...)
}

type pagesByIDOut struct {
	Pages    []pageView `json:"pages" doc:"The pages, in the order of the IDs."`
	NotFound []string   `json:"not_found,omitzero" doc:"The IDs of which there is no page that is current or archived, or that the user may not see."`
}

var _ = add(tool.Spec{
	Name:    "GetPagesById",
	Doc:     "Get up to 250 Confluence pages by their IDs, with their texts.",
	Returns: "The pages, and the IDs that were not found.",
	Uses:    uses{listPages},
}, func(ctx context.Context, s *atlassian.Site, in getPagesByIDIn) (out pagesByIDOut, err error) {
	var ids []string
	for _, id := range in.IDs {
		id, err := pageID(id)
		if err != nil {
			return out, err
		}
		ids = append(ids, id)
	}
	ids = unique(ids)
	list, err := listPages.Do(ctx, s, pageQuery{IDs: ids, BodyFormat: in.BodyFormat.representation(), Limit: mostPages})
	if err != nil {
		return out, err
	}
	var found []page
	rows := list.pages()
	for _, id := range ids {
		if i := slices.IndexFunc(rows, func(p page) bool { return p.ID == id }); i >= 0 {
			found = append(found, rows[i])
		} else {
			out.NotFound = append(out.NotFound, id)
		}
	}
	out.Pages, err = viewPages(s, found, in.BodyFormat)
	return out, err
})

// pageID is an ID as Confluence writes it: the number without zeros before it.
func pageID(given string) (string, error) {
	number, err := strconv.ParseUint(strings.TrimSpace(given), 10, 63)
	return strconv.FormatUint(number, 10), err
}

// mostPages is how many pages Confluence lists at once.
const mostPages = 250
