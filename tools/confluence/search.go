package confluence

import (
	"errors"
	"html"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/text"
)

// search finds content, spaces and files with CQL (facts §14). Version 2 of the
// API has no search.
var search = atlassian.Get[searchQuery, searchPage]("/wiki/rest/api/search", "read:content-details:confluence").
	Within(atlassian.CQLIn("cql"))

type searchQuery struct {
	CQL    string `query:"cql"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor,omitzero"`
}

type searchPage struct {
	Results   []searchRow `json:"results"`
	TotalSize *int        `json:"totalSize"`
	Links     links       `json:"_links"`
}

// searchRow is a row of a search. One of content, a space and a user is there, for
// all that is known.
type searchRow struct {
	Content *struct {
		ID     string `json:"id"`
		Type   string `json:"type"`
		Status string `json:"status"`
		Title  string `json:"title"`
	} `json:"content"`
	Space *struct {
		ID     jsontext.Value `json:"id"` // a number
		Key    string         `json:"key"`
		Name   string         `json:"name"`
		Status string         `json:"status"`
	} `json:"space"`
	User         *user  `json:"user"`
	Title        string `json:"title"`
	Excerpt      string `json:"excerpt"`
	URL          string `json:"url"`
	EntityType   string `json:"entityType"`
	LastModified string `json:"lastModified"`
	Container    *struct {
		Title      string `json:"title"`
		DisplayURL string `json:"displayUrl"`
	} `json:"resultGlobalContainer"`
}

// Check holds that there is a list, of things that were found.
func (p searchPage) Check() error {
	if p.Results == nil {
		return errors.New("a page without results")
	}
	for _, f := range p.Results {
		if f.Title == "" && f.URL == "" && f.Content == nil {
			return errors.New("a result without title or url")
		}
	}
	return nil
}

// foundView is something that was found, as SearchContent shows it.
type foundView struct {
	ID           string      `json:"id,omitzero" doc:"The ID of the content, space or user."`
	Title        string      `json:"title" doc:"Its title." untrusted:"true"`
	Type         string      `json:"type,omitzero" doc:"page, blogpost, attachment, comment, folder, space or another one."`
	Status       string      `json:"status,omitzero" doc:"current, as a rule."`
	Excerpt      string      `json:"excerpt,omitzero" doc:"A part of its text." untrusted:"true"`
	LastModified string      `json:"lastModified,omitzero" doc:"When it was changed last."`
	Space        *foundPlace `json:"space,omitzero" doc:"The space that it is in."`
	URL          string      `json:"url,omitzero" doc:"Its address for people."`
}

type foundPlace struct {
	Key  string `json:"key,omitzero" doc:"The space's key."`
	Name string `json:"name" doc:"The space's name."`
	URL  string `json:"url,omitzero" doc:"The space's page."`
}

// viewFound shows a row of a search. base is the site's address as Confluence
// says it.
func viewFound(s *atlassian.Site, base string, f searchRow) foundView {
	const longest = 500 // bytes of an excerpt
	v := foundView{
		Title: unmarked.Replace(f.Title), Type: f.EntityType, LastModified: f.LastModified,
		Excerpt: text.Clip(oneLine(unmarked.Replace(f.Excerpt)), longest),
		URL:     siteAddress(base, f.URL, s),
	}
	if f.Container != nil && f.Space == nil {
		key, _, _ := strings.Cut(strings.TrimPrefix(f.Container.DisplayURL, spacePath), "/")
		if !strings.HasPrefix(f.Container.DisplayURL, spacePath) {
			key = ""
		}
		v.Space = &foundPlace{Key: key, Name: unmarked.Replace(f.Container.Title), URL: siteAddress(base, f.Container.DisplayURL, s)}
	}
	switch {
	case f.Content != nil:
		v.ID, v.Type, v.Status = f.Content.ID, f.Content.Type, f.Content.Status
		if f.Content.Title != "" {
			v.Title = f.Content.Title
		}
		if v.Type == "page" {
			v.URL = page{ID: v.ID, Links: links{Base: base, WebUI: f.URL}}.url(s)
		}
	case f.Space != nil:
		v.ID, v.Type, v.Status, v.Title = strings.Trim(string(f.Space.ID), `"`), "space", f.Space.Status, f.Space.Name
		if f.Space.Key != "" {
			v.Space = &foundPlace{Key: f.Space.Key, Name: f.Space.Name, URL: v.URL}
		}
	case f.User != nil:
		v.ID, v.Type = f.User.AccountID, "user"
	}
	return v
}

const spacePath = "/spaces/"

// unmarked takes away the marks around the words that were looked for.
var unmarked = strings.NewReplacer("@@@hl@@@", "", "@@@endhl@@@", "")

// oneLine is an excerpt as people read it. What hides behind entities of HTML is
// cleaned as the rest of an answer is.
func oneLine(excerpt string) string {
	return strings.Join(strings.Fields(text.Clean(html.UnescapeString(excerpt))), " ")
}
