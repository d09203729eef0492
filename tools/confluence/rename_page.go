package confluence

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/tool"
)

// renamePage changes the title alone: body and version are not sent (facts §13).
var renamePage = atlassian.Put[titleUpdate, page]("/wiki/api/v2/pages/{id}/title", "write:page:confluence").
	Within(atlassian.PageIn("id"))

type titleUpdate struct {
	ID   string   `path:"id,page_identifier,digits"`
	Body newTitle `body:"json"`
}

type newTitle struct {
	Status string `json:"status"`
	Title  string `json:"title"`
}

type renamePageIn struct {
	Page  string `json:"page_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The page's ID, exact title, URL or tiny link."`
	Title string `json:"title" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The new title, which no other page of the space has."`
	onSite
}

type renamedOut struct {
	Page      pageView `json:"page" doc:"The page as it is now, without its text."`
	Unchanged bool     `json:"unchanged,omitzero" doc:"Set when the page had this title already: nothing was written."`
	Notes     []string `json:"notes,omitzero" doc:"What else to know about the answer."`
	shape.Verification
}

var _ = add(tool.Spec{
	Name:        "RenamePage",
	Doc:         "Give a Confluence page another title. Its text stays as it is.",
	Returns:     "The renamed page.",
	Uses:        slices.Concat(pageLookup, uses{renamePage}),
	Destructive: true,
}, func(ctx context.Context, s *atlassian.Site, in renamePageIn) (out renamedOut, err error) {
	title := strings.TrimSpace(in.Title)
	p, err := findPage(ctx, s, "page_identifier", in.Page, "")
	switch {
	case err != nil:
		return out, err
	case p.Status != currentPage && p.Status != draftPage:
		return out, tool.BadInput("page_identifier", "is a page that is "+p.Status+" and cannot be renamed", "Ask the user to restore the page first.")
	case string(p.Title) == title:
		out.Page, err = viewPage(s, p, noBody)
		out.Unchanged, out.Verified = true, true
		return out, err
	}
	renamed, err := renamePage.Do(ctx, s, titleUpdate{p.ID, newTitle{p.Status, title}})
	if err != nil {
		return out, explainTitle(ctx, s, p, title, err)
	}
	s.Changed("page " + p.ID + " was renamed")
	if p.Status == draftPage {
		out.Notes = append(out.Notes, "Only the draft was renamed: readers see the new title when it is published.")
	}
	out.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		stored, err := getPage.Do(ctx, s, pageRef{ID: p.ID, Draft: p.Status == draftPage})
		if err != nil {
			return "", err
		}
		renamed = stored
		if string(stored.Title) != title {
			difference = "It is stored with another title."
		}
		return difference, nil
	})
	out.Page, err = viewPage(s, renamed, noBody)
	return out, err
})

// explainTitle says which page has the title already when that is why Confluence
// refused it for a page.
func explainTitle(ctx context.Context, s *atlassian.Site, p page, title string, refusal error) error {
	if e, ok := errors.AsType[*atlassian.Error](refusal); !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusConflict {
		return refusal
	}
	return titleTaken(ctx, s, p.SpaceID, title, p.ID, refusal)
}
