package jira

import (
	_ "embed" // for comments.json
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/issue/{issueIdOrKey}/comment":         listComments,
	"POST /rest/api/3/issue/{issueIdOrKey}/comment":        addComment,
	"GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}":    getComment,
	"DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}": deleteComment,
})

type comment struct {
	ID           int64          `json:"id"`
	Issue        int64          `json:"issue"`
	Author       string         `json:"author"`
	UpdateAuthor string         `json:"updateAuthor"` // empty when it is the author
	Body         jsontext.Value `json:"body"`         // a document of Atlassian's format
	Group        string         `json:"group"`        // the group that alone may see it; empty when everybody may
	Created      time.Time      `json:"created"`
	Updated      time.Time      `json:"updated"`
}

//go:embed comments.json
var commentsJSON []byte

var comments = state.NewTable(&Service.Tables, state.Definition[comment]{
	Name:  "comments.json",
	Seed:  commentsJSON,
	Older: manyComments,
	ID:    func(c *comment) *int64 { return &c.ID },
	Check: checkComment,
})

func checkComment(s *state.State, site *state.Site, com *comment) error {
	problems := []error{s.CheckPerson(com.Author)}
	if com.UpdateAuthor != "" {
		problems = append(problems, s.CheckPerson(com.UpdateAuthor))
	}
	if issues.Get(site, com.Issue) == nil {
		problems = append(problems, fmt.Errorf("there is no issue %d", com.Issue))
	}
	if _, ok := readDocument(com.Body); !ok {
		problems = append(problems, errors.New("its body is no document"))
	}
	if com.Group != "" && s.Group(com.Group) == nil {
		problems = append(problems, fmt.Errorf("there is no group %q", com.Group))
	}
	return errors.Join(problems...)
}

// manyComments are a hundred and twenty on one issue of acme, more than a page holds.
func manyComments(site string) []*comment {
	if site != "acme" {
		return nil
	}
	var many []*comment
	authors := []string{"bob", "kim", "alex", "ada"}
	at := time.Date(2026, 1, 21, 8, 0, 0, 0, time.UTC)
	for n := int64(1); n <= 120; n++ {
		text := fmt.Sprintf("Key %d of 120 is rotated.", n)
		many = append(many, &comment{
			ID:      5000 + n,
			Issue:   10002,
			Author:  authors[n%4],
			Body:    jsontext.Value(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}]}`),
			Created: at,
			Updated: at,
		})
		at = at.Add(time.Hour)
	}
	return many
}

type commentView struct {
	Self         string          `json:"self"`
	ID           string          `json:"id"`
	Author       userView        `json:"author"`
	Body         jsontext.Value  `json:"body"`
	RenderedBody string          `json:"renderedBody,omitzero"`
	UpdateAuthor userView        `json:"updateAuthor"`
	Created      string          `json:"created"`
	Updated      string          `json:"updated"`
	Visibility   *visibilityView `json:"visibility,omitzero"`
	JSDPublic    bool            `json:"jsdPublic"`
}

// visibilityView is who may see a thing.
type visibilityView struct {
	Type       string `json:"type"`
	Value      string `json:"value,omitzero"`
	Identifier string `json:"identifier,omitzero"`
}

// viewComment shows a comment; rendered adds its body in HTML.
func viewComment(c *service.Call, com *comment, rendered bool) commentView {
	v := commentView{
		Self:         c.Gateway + "/rest/api/3/issue/" + service.Decimal(com.Issue) + "/comment/" + service.Decimal(com.ID),
		ID:           service.Decimal(com.ID),
		Author:       viewAuthor(c, com.Author),
		Body:         com.Body,
		UpdateAuthor: viewAuthor(c, com.Author),
		Created:      com.Created.Format(timeFormat),
		Updated:      com.Updated.Format(timeFormat),
		JSDPublic:    com.Group == "",
	}
	if rendered {
		v.RenderedBody = renderDocument(com.Body)
	}
	if com.UpdateAuthor != "" {
		v.UpdateAuthor = viewAuthor(c, com.UpdateAuthor)
	}
	if com.Group != "" {
		v.Visibility = &visibilityView{Type: "group", Value: com.Group, Identifier: c.State.Group(com.Group).ID}
	}
	return v
}

// viewAuthor is who wrote something: with an e-mail address only when their profile shows it.
func viewAuthor(c *service.Call, handle string) userView {
	p := c.State.Person(handle)
	u := viewUser(c, p)
	u.TimeZone = p.TimeZone
	if !p.EmailHidden {
		u.EmailAddress = p.EmailAddress
	}
	return u
}

// commentsOf are those of an issue that the user may see, oldest first.
func commentsOf(c *service.Call, i *issue) []*comment {
	found := comments.Select(c.Site, func(com *comment) bool {
		return com.Issue == i.ID && (com.Group == "" || c.State.InGroup(c.User, com.Group))
	})
	slices.SortStableFunc(found, func(a, b *comment) int { return a.Created.Compare(b.Created) })
	return found
}

// commentPage is a page that does not say whether it is the last (facts §3).
type commentPage struct {
	StartAt    int64         `json:"startAt"`
	MaxResults int64         `json:"maxResults"`
	Total      int64         `json:"total"`
	Comments   []commentView `json:"comments"`
}

// listComments answers GET /rest/api/3/issue/{issueIdOrKey}/comment.
func listComments(c *service.Call) service.Reply {
	params := c.Params()
	start := params.Integer("startAt", 0, 0, math.MaxInt64)
	limit := min(params.Integer("maxResults", 100, 0, math.MaxInt32), 5000)
	order := params.Choice("orderBy", "created", "+created", "-created")
	rendered := slices.Contains(params.List("expand", math.MaxInt), "renderedBody")
	if params.Failed() {
		return params.BadRequest(c)
	}
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	found := commentsOf(c, i)
	if order == "-created" {
		slices.Reverse(found)
	}
	page := commentPage{StartAt: start, MaxResults: limit, Total: int64(len(found)), Comments: []commentView{}}
	for _, com := range cut(found, start, limit) {
		page.Comments = append(page.Comments, viewComment(c, com, rendered))
	}
	return service.OK(page)
}

// wantedComment is the comment of the path, or the refusal of the request.
func wantedComment(c *service.Call) (*comment, service.Reply) {
	i, refusal := wantedIssue(c)
	if i == nil {
		return nil, refusal
	}
	id := c.ID("id")
	at := slices.IndexFunc(commentsOf(c, i), func(com *comment) bool { return com.ID == id })
	if at < 0 {
		return nil, c.Refuse(http.StatusNotFound, "Can not find a comment for the id: "+service.Clip(c.Vars["id"])+".")
	}
	return commentsOf(c, i)[at], service.Reply{}
}

// getComment answers GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}.
func getComment(c *service.Call) service.Reply {
	com, refusal := wantedComment(c)
	if com == nil {
		return refusal
	}
	return service.OK(viewComment(c, com, slices.Contains(c.Params().List("expand", math.MaxInt), "renderedBody")))
}

// deleteComment answers DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}: who wrote a comment may take
// it away, and who may configure the project.
func deleteComment(c *service.Call) service.Reply {
	com, refusal := wantedComment(c)
	if com == nil {
		return refusal
	}
	if com.Author != c.User.Handle && !administers(c, projects.Get(c.Site, issues.Get(c.Site, com.Issue).Project)) {
		return c.Refuse(http.StatusBadRequest, "You do not have the permission to delete this comment.")
	}
	comments.Delete(c.Site, com)
	return service.NoContent()
}

// addComment answers POST /rest/api/3/issue/{issueIdOrKey}/comment. Members of the body that it does not
// know are ignored, as expand is: that is a parameter of the query (facts §7).
func addComment(c *service.Call) service.Reply {
	var in map[string]jsontext.Value
	if refusal := c.Decode(&in); refusal != nil {
		return *refusal
	}
	i, refusal := wantedIssue(c)
	if i == nil {
		return refusal
	}
	com, wrong := newComment(c, i, in)
	if !changesIssue(c, i) {
		wrong["comment"] = c.User.DisplayName + ", you do not have the permission to comment on this issue."
	}
	if len(wrong) > 0 {
		return fieldFault(wrong)
	}
	comments.Add(c.Site, com)
	i.Updated = com.Updated
	return service.Created(viewComment(c, com, slices.Contains(c.Params().List("expand", math.MaxInt), "renderedBody")))
}

// newComment makes the comment that a request describes, and tells what is wrong with it.
func newComment(c *service.Call, i *issue, in map[string]jsontext.Value) (*comment, map[string]string) {
	now := c.State.Now()
	com := &comment{Issue: i.ID, Author: c.User.Handle, Body: in["body"].Clone(), Created: now, Updated: now}
	wrong := map[string]string{}
	switch _, valid := readDocument(com.Body); {
	case in["body"] == nil || in["body"].Kind() == 'n':
		wrong["comment"] = "Comment body can not be empty!"
	case !valid:
		wrong["comment"] = "Comment body is not valid!"
	case tooLong(com.Body):
		wrong["comment"] = textTooLong
	}
	if value, given := in["visibility"]; given && value.Kind() != 'n' {
		com.Group = visibleTo(c, value)
		if com.Group == "" {
			wrong["commentLevel"] = "Group or role does not exist, or you are not in it."
		}
	}
	return com, wrong
}

// visibleTo is the group that a restriction names and that the user is in; empty when there is none.
func visibleTo(c *service.Call, value jsontext.Value) string {
	var restriction visibilityView
	if json.Unmarshal(value, &restriction) != nil || restriction.Type != "group" {
		return ""
	}
	for _, g := range c.State.Groups {
		if (g.ID == restriction.Identifier || g.Name == restriction.Value) && c.State.InGroup(c.User, g.Name) {
			return g.Name
		}
	}
	return ""
}

// The comments of an issue are one of its fields too.
var _ = issueFields.add(issueField{
	name:   "comment",
	title:  "Comment",
	schema: fieldSchema{Type: "comments-page"},
	show: func(c *service.Call, i *issue) any {
		found := commentsOf(c, i)
		shown := struct {
			Self string `json:"self"`
			commentPage
		}{
			Self:        c.Gateway + "/rest/api/3/issue/" + service.Decimal(i.ID) + "/comment",
			commentPage: commentPage{MaxResults: int64(len(found)), Total: int64(len(found)), Comments: []commentView{}},
		}
		for _, com := range found {
			shown.Comments = append(shown.Comments, viewComment(c, com, false))
		}
		return shown
	},
})
