package confluence

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
)

var _ = v2.Serve(map[string]service.Handler{
	"POST /pages":           createPage,
	"PUT /pages/{id}":       updatePage,
	"PUT /pages/{id}/title": renamePage,
	"DELETE /pages/{id}":    deletePage,
})

const (
	maxPage  = 5 << 20 // bytes of a request that writes a page
	maxTitle = 255     // characters
)

const conflictTitle = "Version must be incremented when updating a page. Current Version: [%d]. Provided version: [%d]"

// pageInput is a page as requests send it.
type pageInput struct {
	ID       string         `json:"id"`
	SpaceID  string         `json:"spaceId"`
	Status   string         `json:"status"`
	Title    *string        `json:"title"`
	ParentID string         `json:"parentId"`
	OwnerID  string         `json:"ownerId"`
	Subtype  string         `json:"subtype"`
	Body     jsontext.Value `json:"body"`
	Version  struct {
		Number  int64  `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
}

// titleInput is a title as requests send it.
type titleInput struct {
	Status string  `json:"status"`
	Title  *string `json:"title"`
}

// decodePage reads a request that writes a page, or refuses it.
func decodePage(c *service.Call, in any) *service.Reply {
	if len(c.Body) > maxPage {
		re := c.Refuse(http.StatusRequestEntityTooLarge, "The request is too large. At most 5 MB are allowed.")
		return &re
	}
	return c.Decode(in)
}

// checkTitle records what is wrong with the title of a page in a space. Titles are unique there, whatever
// their case; drafts and what is in the trash take none.
func checkTitle(c *service.Call, p *service.Params, page *content, title string) {
	switch {
	case strings.TrimSpace(title) == "":
		p.Problem("A title must be provided for the page.")
	case utf8.RuneCountInString(title) > maxTitle:
		p.Problem("The title is longer than %d characters.", maxTitle)
	}
	taken := contents.Find(c.Site, func(other *content) bool {
		return other.Type == "page" && other.Space == page.Space && other.ID != page.ID && strings.EqualFold(other.Title, title) &&
			(other.Status == "current" || other.Status == "archived")
	})
	if taken != nil {
		p.Problem("A page with this title already exists: A page already exists with the same TITLE in this space")
	}
}

// mayEdit reports whether the user may change what is in a space.
func mayEdit(c *service.Call, s *space) bool {
	return len(s.Editors) == 0 || slices.Contains(s.Editors, c.User.Handle)
}

// wantedParent is the content that a request puts a page below, or the refusal of the request.
func wantedParent(c *service.Call, page *content, parentID string) (*content, service.Reply) {
	id, err := strconv.ParseInt(parentID, 10, 64)
	if err != nil {
		return nil, c.Refuse(http.StatusBadRequest, "The parentId is not a number.")
	}
	parent := contents.Get(c.Site, id)
	if parent == nil || !sees(c, parent) || parent.Status == "trashed" {
		return nil, c.Refuse(http.StatusNotFound, "Parent not found.")
	}
	if parent.Space != page.Space {
		return nil, c.Refuse(http.StatusBadRequest, "The parent is in another space.")
	}
	for above := parent; above != nil; above = contents.Get(c.Site, above.Parent) {
		if above == page {
			return nil, c.Refuse(http.StatusBadRequest, "A page cannot be below itself.")
		}
	}
	return parent, service.Reply{}
}

// moveBelow makes a page the last child of its parent.
func moveBelow(c *service.Call, page *content, parent int64) {
	page.Parent, page.Position = parent, 0
	for _, sibling := range contents.Select(c.Site, func(p *content) bool { return p.Space == page.Space && p.Parent == parent }) {
		page.Position = max(page.Position, sibling.Position+1)
	}
}

// createPage answers POST /pages. A page is below the home page of its space unless the request says
// otherwise.
func createPage(c *service.Call) service.Reply {
	var in pageInput
	if refused := decodePage(c, &in); refused != nil {
		return *refused
	}
	p := c.Params()
	private := p.Choice("private", "true", "false") == "true"
	root := p.Choice("root-level", "true", "false") == "true"
	spaceID, err := strconv.ParseInt(in.SpaceID, 10, 64)
	if err != nil {
		p.Problem("The spaceId is missing or no number.")
	}
	if !slices.Contains([]string{"", "current", "draft"}, in.Status) || in.ID != "" || in.OwnerID != "" || in.Version.Number != 0 {
		p.Problem("The request has a status, id, ownerId or version that a new page cannot have.")
	}
	if root && in.ParentID != "" {
		p.Problem("A parentId cannot be provided when root-level is true.")
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	s := spaces.Get(c.Site, spaceID)
	if s == nil || !mayEdit(c, s) {
		return c.Refuse(http.StatusNotFound, "Space not found, or you do not have the permission to create a page in it.")
	}
	v := &version{Number: 1, Author: c.User.Handle, Created: c.State.Now()}
	page := &content{Type: "page", Status: "current", Space: s.ID, Owner: c.User.Handle, Subtype: in.Subtype, Versions: []*version{v}}
	if in.Title != nil {
		v.Title, page.Title = *in.Title, *in.Title
	}
	if in.Status == "draft" {
		page.Status = "draft"
	} else {
		checkTitle(c, p, page, page.Title)
	}
	format := ""
	if in.Body != nil {
		if format, err = v.write(in.Body, page.Title); err != nil {
			p.Problem("%s", err)
		}
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	var parent int64
	switch {
	case in.ParentID != "":
		found, refusal := wantedParent(c, page, in.ParentID)
		if found == nil {
			return refusal
		}
		parent = found.ID
	case !root:
		parent = s.HomepageID
	}
	if private {
		page.Readers = []string{c.User.Handle}
	}
	moveBelow(c, page, parent)
	contents.Add(c.Site, page)
	return service.OK(viewPage(c, page, v, format, true))
}

// editablePage is the page of the path, or the refusal of a request that may not change it.
func editablePage(c *service.Call) (*content, service.Reply) {
	page, refusal := wanted(c, "page")
	if page != nil && !mayEdit(c, spaces.Get(c.Site, page.Space)) {
		return nil, c.Refuse(http.StatusForbidden, "You do not have the permission to edit this page.")
	}
	return page, refusal
}

// updatePage answers PUT /pages/{id}. The version has to be the one after the present one, and 1 for a
// draft (facts §13).
func updatePage(c *service.Call) service.Reply {
	var in pageInput
	if refused := decodePage(c, &in); refused != nil {
		return *refused
	}
	page, refusal := editablePage(c)
	if page == nil {
		return refusal
	}
	p := c.Params()
	if in.ID != service.Decimal(page.ID) {
		p.Problem("The id of the request body is not the one of the path.")
	}
	if in.Status != "current" && in.Status != "draft" {
		p.Problem("The status must be current or draft.")
	}
	if in.Title == nil || in.Body == nil || in.Version.Number == 0 {
		p.Problem("A title, a body and a version number must be provided.")
	}
	if in.SpaceID != "" && in.SpaceID != service.Decimal(page.Space) {
		p.Problem("A page cannot be moved to another space.")
	}
	owner := c.State.Account(in.OwnerID)
	if in.OwnerID != "" && owner == nil {
		p.Problem("The ownerId is no account.")
	}
	if page.Status == "archived" {
		p.Problem("The page is archived.")
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	if page.Status == "trashed" && in.Status == "current" {
		// This takes it out of the trash and changes nothing else.
		if checkTitle(c, p, page, page.Title); p.Failed() {
			return p.BadRequest(c)
		}
		page.Status = "current"
		return service.OK(viewPage(c, page, page.latest(), "", true))
	}
	published := page.Status == "current"
	next := int64(1)
	if published && in.Status == "current" {
		next = page.latest().Number + 1
	}
	if in.Version.Number != next {
		return c.Refuse(http.StatusConflict, fmt.Sprintf(conflictTitle, page.latest().Number, in.Version.Number))
	}
	v := &version{Number: next, Title: *in.Title, Author: c.User.Handle, Created: c.State.Now(), Message: in.Version.Message}
	if in.Status == "current" {
		checkTitle(c, p, page, v.Title)
	}
	format, err := v.write(in.Body, fmt.Sprint(page.ID, v.Number))
	if err != nil {
		p.Problem("%s", err)
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	if in.ParentID != "" && in.ParentID != service.Decimal(page.Parent) {
		parent, refusal := wantedParent(c, page, in.ParentID)
		if parent == nil {
			return refusal
		}
		moveBelow(c, page, parent.ID)
	}
	if owner != nil && owner.Handle != page.Owner {
		page.Owner, page.LastOwner = owner.Handle, page.Owner
	}
	return service.OK(viewPage(c, save(page, v, in.Status), v, format, true))
}

// save keeps a version and returns the page as it is shown: a draft beside what is published, a page whose
// draft is published, or one with one version more.
func save(page *content, v *version, status string) *content {
	switch {
	case page.Status == "current" && status == "draft":
		page.Draft = v
		draft := *page
		draft.Status = "draft"
		return &draft
	case page.Status == "draft":
		page.Status, page.Versions = status, []*version{v}
	default:
		// What was begun in the draft is merged into it, which the sandbox does not.
		page.Versions, page.Draft = append(page.Versions, v), nil
	}
	page.Title = v.Title
	return page
}

// renamePage answers PUT /pages/{id}/title: the body stays, and what is published has one version more.
func renamePage(c *service.Call) service.Reply {
	var in titleInput
	if refused := decodePage(c, &in); refused != nil {
		return *refused
	}
	page, refusal := editablePage(c)
	if page == nil {
		return refusal
	}
	p := c.Params()
	switch {
	case in.Status != "current" && in.Status != "draft" || in.Title == nil:
		p.Problem("A title and a status, current or draft, must be provided.")
	case page.Status == "trashed":
		return c.Refuse(http.StatusNotFound, "Not Found")
	case page.Status == "archived" || page.Status == "draft" && in.Status == "current":
		p.Problem("The page is not current.")
	case in.Status == "current":
		checkTitle(c, p, page, *in.Title)
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	v := *page.latest()
	if page.Status == "current" && in.Status == "draft" {
		v = *draftOf(page)
	}
	if in.Status == "current" {
		v.Number++
	}
	v.Title, v.Author, v.Created, v.Message, v.Minor = *in.Title, c.User.Handle, c.State.Now(), "", false
	return service.OK(viewPage(c, save(page, &v, in.Status), &v, "", true))
}

// deletePage answers DELETE /pages/{id}: a page goes to the trash and its children to its parent, a draft
// is gone, and so is what is purged from the trash.
func deletePage(c *service.Call) service.Reply {
	p := c.Params()
	purge := p.Choice("purge", "true", "false") == "true"
	draft := p.Choice("draft", "true", "false") == "true"
	if p.Failed() {
		return p.BadRequest(c)
	}
	page, refusal := editablePage(c)
	if page == nil {
		return refusal
	}
	switch {
	case draft && page.Draft != nil:
		page.Draft = nil
	case draft && page.Status == "draft":
		contents.Delete(c.Site, page)
	case draft:
		return c.Refuse(http.StatusNotFound, "Not Found")
	case page.Status == "draft":
		return c.Refuse(http.StatusBadRequest, "The page is a draft.")
	case purge && page.Status != "trashed":
		return c.Refuse(http.StatusBadRequest, "The page is not in the trash.")
	case purge && spaces.Get(c.Site, page.Space).Owner != c.User.Handle:
		return c.Refuse(http.StatusForbidden, "You do not have the permission to purge this page.")
	case purge:
		contents.Delete(c.Site, page)
	case page.Status == "trashed":
		return c.Refuse(http.StatusNotFound, "Not Found")
	default:
		page.Status = "trashed"
		for _, child := range contents.Select(c.Site, func(child *content) bool { return child.Parent == page.ID }) {
			moveBelow(c, child, page.Parent)
		}
	}
	return service.NoContent()
}
