package sandbox

import (
	"cmp"
	"html"
	"math"
	"slices"
	"strings"
)

type spaceView struct {
	ID          string          `json:"id"`
	Key         string          `json:"key"`
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Status      string          `json:"status"`
	AuthorID    string          `json:"authorId"`
	OwnerID     string          `json:"spaceOwnerId"`
	ActiveAlias string          `json:"currentActiveAlias"`
	CreatedAt   string          `json:"createdAt"`
	HomepageID  string          `json:"homepageId"`
	Description map[string]text `json:"description,omitzero"`
	Icon        *spaceIcon      `json:"icon,omitzero"`
	Links       spaceLinks      `json:"_links"`
}

type text struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

type spaceIcon struct {
	Path            string `json:"path"`
	APIDownloadLink string `json:"apiDownloadLink,omitzero"`
}

type spaceLinks struct {
	WebUI string `json:"webui"`
}

// space shows a space, its description only in the format asked for.
func (c *call) space(s *space, format string, icon bool) spaceView {
	owner := c.world.person(s.Owner).AccountID
	v := spaceView{
		ID:          decimal(s.ID),
		Key:         s.Key,
		Name:        s.Name,
		Type:        s.Type,
		Status:      s.Status,
		AuthorID:    owner,
		OwnerID:     owner,
		ActiveAlias: s.Key,
		CreatedAt:   s.CreatedAt.UTC().Format(confluenceTime),
		HomepageID:  decimal(s.HomepageID),
		Links:       spaceLinks{WebUI: "/spaces/" + s.Key},
	}
	switch format {
	case "plain":
		v.Description = map[string]text{format: {Representation: format, Value: s.Description}}
	case "view":
		v.Description = map[string]text{format: {Representation: format, Value: html.EscapeString(s.Description)}}
	}
	if icon {
		v.Icon = &spaceIcon{Path: "/wiki/aa-avatar/" + s.Key}
		if s.Type != "personal" {
			v.Icon.APIDownloadLink = "/wiki/rest/api/space/" + s.Key + "/icon"
		}
	}
	return v
}

// listSpaces answers GET /spaces. Without a status it lists spaces of every status, by id.
func listSpaces(c *call) reply {
	p := params{values: c.query}
	ids := p.ids("ids", 250)
	keys := p.list("keys", 250)
	kind := p.choice("type", "global", "collaboration", "knowledge_base", "personal", "system", "onboarding", "xflow_sample_space")
	status := p.choice("status", "current", "archived", "trashed")
	labels := p.list("labels", math.MaxInt)
	fan, stranger := c.query.Get("favorited-by"), c.query.Get("not-favorited-by")
	order := p.choice("sort", "id", "-id", "key", "-key", "name", "-name")
	format := p.choice("description-format", "plain", "view")
	icon := p.choice("include-icon", "true", "false") == "true"

	var found []*space
	for _, s := range c.site.Spaces {
		if (len(ids) == 0 || slices.Contains(ids, s.ID)) &&
			(len(keys) == 0 || slices.Contains(keys, s.Key)) &&
			(kind == "" || kind == s.Type) &&
			(status == "" || status == s.Status) &&
			(len(labels) == 0 || slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(s.Labels, l) })) &&
			(fan == "" || c.favors(fan, s)) &&
			(stranger == "" || !c.favors(stranger, s)) {
			found = append(found, s)
		}
	}
	sortSpaces(found, order)
	bound := []string{"ids", "keys", "type", "status", "labels", "favorited-by", "not-favorited-by", "sort"}
	return cursorPage(c, &p, bound, found,
		func(s *space) int64 { return s.ID },
		func(s *space) spaceView { return c.space(s, format, icon) })
}

// favors reports whether the account with an id has marked a space as a favorite.
func (c *call) favors(accountID string, s *space) bool {
	p := c.world.account(accountID)
	return p != nil && slices.Contains(s.FavouritedBy, p.Handle)
}

// sortSpaces puts spaces in order; the id decides between equals and when nothing was asked for.
func sortSpaces(spaces []*space, order string) {
	field, descending := strings.CutPrefix(order, "-")
	slices.SortFunc(spaces, func(a, b *space) int {
		by := 0
		switch field {
		case "key":
			by = strings.Compare(a.Key, b.Key)
		case "name":
			by = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case "id":
			by = cmp.Compare(a.ID, b.ID)
		}
		if descending {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.ID, b.ID))
	})
}
