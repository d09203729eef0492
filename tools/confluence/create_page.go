package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// createPage creates a page below its parent, or below the home page of the
// space when there is none.
var createPage = atlassian.Post[newPage, page]("/wiki/api/v2/pages", "write:page:confluence").Expect(http.StatusOK).
	Within(atlassian.PageFields())

type newPage struct {
	Private bool          `query:"private,omitzero"`
	Body    newPageFields `body:"json"`
}

type newPageFields struct {
	SpaceID  string     `json:"spaceId"`
	Status   string     `json:"status"`
	Title    string     `json:"title"`
	ParentID string     `json:"parentId,omitzero"`
	Body     bodyFields `json:"body"`
}

type createPageIn struct {
	Space   string        `json:"space_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The space's ID, key or exact name."`
	Title   string        `json:"title" jsonschema:"format=name,minLength=1,maxLength=255" doc:"The title, new in the space."`
	Content string        `json:"content" jsonschema:"minLength=1,maxLength=1000000" doc:"The text. @[Name] mentions a person."`
	Format  contentFormat `json:"content_format,omitzero" jsonschema:"default=markdown" doc:"Format of content; storage is Confluence's XHTML."`
	Parent  string        `json:"parent_id,omitzero" jsonschema:"format=name,maxLength=2000" doc:"ID, exact title or URL of the page to put it below, or ID of a folder. Default: the space's home page."`
	Private bool          `json:"is_private,omitzero" jsonschema:"default=false" doc:"Let nobody else see or edit it."`
	Draft   bool          `json:"is_draft,omitzero" jsonschema:"default=false" doc:"Do not publish it."`
	onSite
}

var _ = add(tool.Spec{
	Name:    "CreatePage",
	Doc:     "Create a Confluence page.",
	Returns: "The page, and whether it is stored as asked.",
	Uses:    slices.Concat(uses{createPage, getPage, listPages}, spaceLookup, mentionUses),
}, func(ctx context.Context, s *atlassian.Site, in createPageIn) (out writtenPage, err error) {
	w, err := in.gather(ctx, s)
	if err != nil {
		return out, err
	}
	made, err := createPage.Do(ctx, s, newPage{in.Private, w.fields})
	if err != nil {
		return out, w.explain(ctx, s, err)
	}
	s.Changed("page "+made.ID+" was created", tool.Object{Type: "page", ID: made.ID})
	if in.Private {
		out.Notes = append(out.Notes, "Confluence was asked to keep the page private; whether it does was not read back.")
	}
	out.describe(w.content)
	return out, out.verify(ctx, s, made, pageToStore{
		title: w.fields.Title, status: w.fields.Status, spaceID: w.space.ID, parentID: w.fields.ParentID, body: w.fields.Body,
	})
})

// pageCreation gathers what a page is created with.
type pageCreation struct {
	space   space
	content content
	fields  newPageFields
}

// gather reads and finds everything that the page needs.
func (in createPageIn) gather(ctx context.Context, s *atlassian.Site) (w pageCreation, err error) {
	const atOnce = 2
	parentID := ""
	err = lookup.Parallel(ctx, atOnce, func(ctx context.Context) (err error) {
		w.content, err = readContent(ctx, s, "content", in.Content, in.Format)
		return errors.Join(err, checkSize("content", w.content.stored))
	}, func(ctx context.Context) (err error) {
		if w.space, err = findSpace(ctx, s, "space_identifier", in.Space); err != nil {
			return err
		}
		parentID, err = findParent(ctx, s, w.space, "parent_id", in.Parent)
		return err
	})
	w.fields = newPageFields{
		SpaceID: w.space.ID, Status: currentPage, Title: strings.TrimSpace(in.Title), ParentID: parentID,
		Body: bodyFields{w.content.representation, w.content.stored},
	}
	if in.Draft {
		w.fields.Status = draftPage
	}
	return w, err
}

// findParent is the ID of what a page is to be put below: a page by ID, URL, or
// title in the space, anything else by ID or URL. "" is nothing. IDs are left to
// Confluence to look up.
func findParent(ctx context.Context, s *atlassian.Site, in space, param, value string) (id string, err error) {
	if strings.TrimSpace(value) == "" {
		return "", nil
	}
	if a, isAddress, err := readAddress(s, param, strings.TrimSpace(value)); err == nil && isAddress {
		kinds := []string{"folder", "database", "whiteboard", "embed"}
		if len(a.path) >= 4 && a.path[0] == "spaces" && slices.Contains(kinds, a.path[2]) && atlassian.Fits("digits", a.path[3]) {
			return a.path[3], nil
		}
	}
	name, err := readPageName(s, param, value)
	if err != nil || name.id != "" {
		return name.id, err
	}
	list, err := listPages.Do(ctx, s, pageQuery{Title: name.title, SpaceIDs: []string{in.ID}, Limit: 1})
	switch {
	case err != nil:
		return "", err
	case len(list.Results) == 0:
		return "", tool.Retry(
			fmt.Sprintf("%s: there is no page with exactly this title in space %s, or the user may not see it.", param, in.Key),
			fmt.Sprintf("Call again with its ID or URL in %s, or without it.", param))
	}
	return list.Results[0].ID, nil
}

// explain tells what a refusal means for the inputs.
func (w pageCreation) explain(ctx context.Context, s *atlassian.Site, refusal error) error {
	if atlassian.IsNotFound(refusal) {
		told := *tool.Explain(refusal)
		told.Message += " The user may not create pages in space " + w.space.Key
		if w.fields.ParentID != "" {
			told.Message += ", or there is no parent " + w.fields.ParentID + " in it"
		}
		told.Message += "."
		told.Prompt = "Use another space or parent, or ask for the permission."
		told.Err = refusal
		return &told
	}
	refused := refusedPage(refusal)
	if refusedParameter(refusal) == "title" {
		return titleTaken(ctx, s, w.space.ID, w.fields.Title, "", refused)
	}
	return refused
}
