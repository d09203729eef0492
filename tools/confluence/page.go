package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// page is a page as Confluence sends it, alone and in lists. What it has of a
// body depends on what was asked for.
type page struct {
	ID          string             `json:"id"`
	Status      string             `json:"status"`
	Title       atlassian.Verbatim `json:"title"` // see title
	SpaceID     string             `json:"spaceId"`
	ParentID    string             `json:"parentId"`
	ParentType  string             `json:"parentType"`
	Position    *int               `json:"position"`
	AuthorID    string             `json:"authorId"`
	OwnerID     string             `json:"ownerId"`
	LastOwnerID string             `json:"lastOwnerId"`
	CreatedAt   string             `json:"createdAt"`
	Subtype     string             `json:"subtype"`
	Version     pageVersion        `json:"version"`
	Body        pageBody           `json:"body"`
	Links       links              `json:"_links"`
}

type pageVersion struct {
	Number    int    `json:"number"`
	Message   string `json:"message"`
	MinorEdit bool   `json:"minorEdit"`
	AuthorID  string `json:"authorId"`
	CreatedAt string `json:"createdAt"`
}

// The statuses of pages that tools tell apart.
const (
	currentPage = "current"
	draftPage   = "draft"
)

// Check holds that there is a page.
func (p page) Check() error {
	if p.ID == "" || p.Status == "" {
		return errors.New("a page without id or status")
	}
	return nil
}

// title is the title without what could deceive a reader. Updates send it back as
// it came.
func (p page) title() string { return text.Clean(string(p.Title)) }

// pageList is a page of a list of pages.
type pageList struct {
	Results []page `json:"results"`
	Links   links  `json:"_links"`
}

// Check holds that there is a list, of pages.
func (l pageList) Check() error {
	if l.Results == nil {
		return errors.New("a page without results")
	}
	for _, p := range l.Results {
		if err := p.Check(); err != nil {
			return err
		}
	}
	return nil
}

// pages are the rows, each with the site's address, which stands beside them
// (facts §13).
func (l pageList) pages() []page {
	for i := range l.Results {
		l.Results[i].Links.Base = l.Links.Base
	}
	return l.Results
}

// pageView is a page as tools show it, with Confluence's own names.
type pageView struct {
	ID          string          `json:"id" doc:"The page's ID."`
	Status      string          `json:"status" doc:"current, draft, archived, trashed or another one."`
	Title       string          `json:"title" doc:"The page's title." untrusted:"true"`
	SpaceID     string          `json:"spaceId,omitzero" doc:"The ID of its space."`
	ParentID    string          `json:"parentId,omitzero" doc:"The ID of what it lies below, if anything."`
	ParentType  string          `json:"parentType,omitzero" doc:"page, folder, whiteboard, database or embed."`
	Position    *int            `json:"position,omitzero" doc:"Its place among the children of its parent."`
	AuthorID    string          `json:"authorId,omitzero" doc:"The account ID of its creator."`
	OwnerID     string          `json:"ownerId,omitzero" doc:"The account ID of its owner."`
	LastOwnerID string          `json:"lastOwnerId,omitzero" doc:"The account ID of its owner before."`
	CreatedAt   string          `json:"createdAt,omitzero" doc:"When it was created."`
	Subtype     string          `json:"subtype,omitzero" doc:"live for a live doc."`
	Version     pageVersionView `json:"version,omitzero" doc:"Its present version."`
	Body        *bodyView       `json:"body,omitzero" doc:"Its text, in the format that was asked for." untrusted:"true"`
	URL         string          `json:"url,omitzero" doc:"The page's address for people."`
}

type pageVersionView struct {
	Number    int    `json:"number" doc:"The version's number."`
	Message   string `json:"message,omitzero" doc:"What its author says was changed." untrusted:"true"`
	MinorEdit bool   `json:"minorEdit" doc:"Whether its author did not want watchers to be told."`
	AuthorID  string `json:"authorId,omitzero" doc:"The account ID of its author."`
	CreatedAt string `json:"createdAt,omitzero" doc:"When it was made."`
}

// viewPage shows a page, with its body in the format. The body must have been
// asked for as representation says.
func viewPage(s *atlassian.Site, p page, format bodyFormat) (pageView, error) {
	return viewPart(s, p, bodyPart{format: format, longest: longestBody})
}

// viewPages shows pages of a list. Together their bodies are not much longer
// than a few pages alone.
func viewPages(s *atlassian.Site, pages []page, format bodyFormat) (views []pageView, err error) {
	const longestTogether = 256 << 10 // bytes
	part := bodyPart{format: format, longest: min(longestBody, longestTogether/max(1, len(pages))), inList: true}
	views = make([]pageView, len(pages))
	for i, p := range pages {
		if views[i], err = viewPart(s, p, part); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// viewPart shows a page with a part of its body.
func viewPart(s *atlassian.Site, p page, part bodyPart) (pageView, error) {
	body, err := viewBody(p.Body, part)
	return pageView{
		ID: p.ID, Status: p.Status, Title: p.title(), SpaceID: p.SpaceID, ParentID: p.ParentID, ParentType: p.ParentType,
		Position: p.Position, AuthorID: p.AuthorID, OwnerID: p.OwnerID, LastOwnerID: p.LastOwnerID, CreatedAt: p.CreatedAt,
		Subtype: p.Subtype, Version: pageVersionView(p.Version), Body: body, URL: p.url(s),
	}, err
}

// url is the page's address for people. That of a home page is the same as its
// space's, unless it names the page.
func (p page) url(s *atlassian.Site) string {
	address := p.Links.page(p.Links.Base, s)
	if strings.HasSuffix(address, "/overview") {
		address += "?homepageId=" + url.QueryEscape(p.ID)
	}
	return address
}

// getPage gets one page, without its body unless a format is given.
var getPage = atlassian.Get[pageRef, page]("/wiki/api/v2/pages/{id}", "read:page:confluence").
	Within(atlassian.PageAnswer("id"))

type pageRef struct {
	ID         string `path:"id,page_identifier,digits"`
	BodyFormat string `query:"body-format,omitzero"` // see representation
	Draft      bool   `query:"get-draft,omitzero"`
}

// listPages lists pages that are current or archived.
var listPages = atlassian.Get[pageQuery, pageList]("/wiki/api/v2/pages", "read:page:confluence").
	Within(atlassian.ContentList())

type pageQuery struct {
	IDs        []string `query:"id"`
	SpaceIDs   []string `query:"space-id"`
	Title      string   `query:"title,omitzero"`
	Sort       string   `query:"sort,omitzero"`
	BodyFormat string   `query:"body-format,omitzero"` // see representation
	Limit      int      `query:"limit"`
	Cursor     string   `query:"cursor,omitzero"`
}

// pageLookup are the operations of findPage.
var pageLookup = uses{getPage, listPages}

// findPage finds the page that the parameter names by ID, title, URL or tiny
// link, with its body in a representation of Confluence, or without one if that
// is empty. It costs one request. Titles are unique within a space only: several
// pages of one title are a choice for the user.
func findPage(ctx context.Context, s *atlassian.Site, param, value, bodyFormat string) (page, error) {
	name, err := readPageName(s, param, value)
	if err != nil {
		return page{}, err
	}
	if name.title != "" {
		return findTitle(ctx, s, param, name.title, bodyFormat)
	}
	p, err := getPage.Do(ctx, s, pageRef{name.id, bodyFormat, name.draft})
	return p, explainPage(param, err)
}

// explainPage says how to mend a parameter whose page Confluence does not find
// by its ID.
func explainPage(param string, err error) error {
	if !atlassian.IsNotFound(err) {
		return err
	}
	told := *tool.Explain(err)
	told.Prompt = fmt.Sprintf("Correct %s. A number is an ID, never a title; a draft is found by the URL of its editor alone; "+
		"folders, whiteboards, databases and embeds are no pages.", param)
	told.Err = err
	return &told
}

// findTitle finds the only page with the title.
func findTitle(ctx context.Context, s *atlassian.Site, param, title, bodyFormat string) (page, error) {
	const mostShown = 10
	list, err := lookup.Walk(ctx, lookup.Bounds{Pages: 5}, func(ctx context.Context, cursor string) (lookup.Page[page], error) {
		l, err := listPages.Do(ctx, s, pageQuery{Title: title, BodyFormat: bodyFormat, Limit: mostShown, Cursor: cursor})
		if err != nil {
			return lookup.Page[page]{}, err
		}
		next, err := l.Links.cursor(cursor)
		return lookup.Page[page]{Items: l.pages(), Next: next}, err
	}, func(pages []page) bool { return len(pages) > 0 })
	switch {
	case err != nil:
		return page{}, err
	case len(list.Items) == 0 && list.Complete:
		return page{}, tool.Retry(
			param+": there is no page with exactly this title, or the user may not see it.",
			fmt.Sprintf("Search for it with SearchContent, then call again with its ID or URL in %s.", param))
	}
	return lookup.Choose(lookup.Query{
		Parameter: param, Value: title, Noun: "page", Plural: "pages", Incomplete: !list.Complete,
	}, list.Items, func(p page) lookup.Candidate {
		return lookup.Candidate{ID: p.ID, Name: p.title(), Detail: p.place(), URL: p.url(s)}
	})
}

// place tells a page from others of the same title.
func (p page) place() string {
	facts := []string{"space " + p.SpaceID}
	if p.Status != currentPage {
		facts = append(facts, p.Status)
	}
	return strings.Join(facts, ", ")
}

// titleTaken says which page of the space has a title, other than the one with
// the ID. When that cannot be told, the error is Confluence's refusal of the title.
func titleTaken(ctx context.Context, s *atlassian.Site, spaceID, title, id string, refusal error) error {
	list, err := listPages.Do(ctx, s, pageQuery{SpaceIDs: []string{spaceID}, Title: title, Limit: 2})
	if err != nil {
		return refusal
	}
	for _, other := range list.pages() {
		if other.ID != id {
			return tool.BadInput("title", fmt.Sprintf("page %s of the space has this title (%s, %s)", other.ID, other.Status, other.url(s)),
				"Give another title, or change that page instead.")
		}
	}
	return refusal
}
