package confluence

import (
	"cmp"
	"net/url"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// links are the _links of a v2 answer. Base is only on envelopes and single
// objects, WebUI only on objects (facts §13).
type links struct {
	Base  string `json:"base"`
	WebUI string `json:"webui"`
	Next  string `json:"next"`
}

// cursor takes the page token out of the link to the next page, which is
// relative to the site and cannot be followed with a user's token (facts §3).
// given is the token that this page was asked with: one that comes back would
// never end.
func (l links) cursor(given string) (string, error) {
	if l.Next == "" {
		return "", nil
	}
	next, err := url.Parse(l.Next)
	if err == nil {
		if token := next.Query().Get("cursor"); token != "" && token != given {
			return token, nil
		}
	}
	return "", &tool.Error{
		Kind:    tool.KindUpstreamUnmapped,
		Message: "Confluence says that more results follow but not how to get them.",
		Prompt:  "What was returned so far may be incomplete. Try a higher limit.",
	}
}

// page is the address of an object's page.
func (l links) page(base string, s *atlassian.Site) string {
	return cmp.Or(strings.TrimSuffix(base, "/"), s.URL+"/wiki") + l.WebUI
}

// space is a space as Confluence sends it.
type space struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Status    string `json:"status"`
	AuthorID  string `json:"authorId"`
	OwnerID   string `json:"spaceOwnerId"`
	CreatedAt string `json:"createdAt"`
	Homepage  string `json:"homepageId"`
	Alias     string `json:"currentActiveAlias"`
	Links     links  `json:"_links"`
}

// spaceView is a space as tools show it, with Confluence's own names.
type spaceView struct {
	ID        string `json:"id" doc:"The space's ID."`
	Key       string `json:"key" doc:"The space's key."`
	Name      string `json:"name" doc:"The space's name."`
	Type      string `json:"type" doc:"global, personal, collaboration or another kind."`
	Status    string `json:"status" doc:"current, archived or trashed."`
	AuthorID  string `json:"authorId,omitzero" doc:"The account ID of its creator."`
	OwnerID   string `json:"spaceOwnerId,omitzero" doc:"The account ID of its owner."`
	CreatedAt string `json:"createdAt,omitzero" doc:"When it was created."`
	Homepage  string `json:"homepageId,omitzero" doc:"The page ID of its home page."`
	Alias     string `json:"currentActiveAlias,omitzero" doc:"The alias used in its address."`
	URL       string `json:"url" doc:"The space's page."`
}

func viewSpace(s *atlassian.Site, base string, p space) spaceView {
	return spaceView{
		ID: p.ID, Key: p.Key, Name: p.Name, Type: p.Type, Status: p.Status,
		AuthorID: p.AuthorID, OwnerID: p.OwnerID, CreatedAt: p.CreatedAt,
		Homepage: p.Homepage, Alias: p.Alias, URL: p.Links.page(base, s),
	}
}
