package confluence

import (
	"errors"

	"arcade-atlassian/tools/internal/atlassian"
)

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

// Check holds that there is a space.
func (s space) Check() error {
	if s.ID == "" || s.Key == "" {
		return errors.New("a space without id or key")
	}
	return nil
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
	URL       string `json:"url,omitzero" doc:"The space's page."`
}

func viewSpace(s *atlassian.Site, base string, p space) spaceView {
	return spaceView{
		ID: p.ID, Key: p.Key, Name: p.Name, Type: p.Type, Status: p.Status,
		AuthorID: p.AuthorID, OwnerID: p.OwnerID, CreatedAt: p.CreatedAt,
		Homepage: p.Homepage, Alias: p.Alias, URL: p.Links.page(base, s),
	}
}
