package confluence

import (
	"cmp"
	_ "embed" // for spaces.json
	"errors"
	"html"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = v2.Serve(map[string]service.Handler{
	"GET /spaces":      listSpaces,
	"GET /spaces/{id}": getSpace,
})

type space struct {
	ID          int64     `json:"id"`
	Key         string    `json:"key"`
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Status      string    `json:"status"`
	Owner       string    `json:"owner"`
	HomepageID  int64     `json:"homepageId"`
	CreatedAt   time.Time `json:"createdAt"`
	Description string    `json:"description"`
	Labels      []string  `json:"labels"`
	FavoritedBy []string  `json:"favoritedBy"`
	// Editors are the only ones who may change what is in it; everybody may when there are none.
	Editors []string `json:"editors"`
}

//go:embed spaces.json
var spacesJSON []byte

var spaces = state.NewTable(&Service.Tables, state.Definition[space]{
	Name: "spaces.json",
	Seed: spacesJSON,
	ID:   func(s *space) *int64 { return &s.ID },
	Check: func(s *state.State, _ *state.Site, sp *space) error {
		problems := []error{s.CheckPerson(sp.Owner)}
		for _, handle := range sp.Editors {
			problems = append(problems, s.CheckPerson(handle))
		}
		return errors.Join(problems...)
	},
})

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

// viewSpace shows a space, its description only in the format asked for.
func viewSpace(c *service.Call, s *space, format string, icon bool) spaceView {
	owner := c.State.Person(s.Owner).AccountID
	v := spaceView{
		ID:          service.Decimal(s.ID),
		Key:         s.Key,
		Name:        s.Name,
		Type:        s.Type,
		Status:      s.Status,
		AuthorID:    owner,
		OwnerID:     owner,
		ActiveAlias: s.Key,
		CreatedAt:   s.CreatedAt.UTC().Format(timeFormat),
		HomepageID:  service.Decimal(s.HomepageID),
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
func listSpaces(c *service.Call) service.Reply {
	p := c.Params()
	ids := p.IDs("ids", 250)
	keys := p.List("keys", 250)
	kind := p.Choice("type", "global", "collaboration", "knowledge_base", "personal", "system", "onboarding", "xflow_sample_space")
	status := p.Choice("status", "current", "archived", "trashed")
	labels := p.List("labels", math.MaxInt)
	favoritedBy, notFavoritedBy := c.Query.Get("favorited-by"), c.Query.Get("not-favorited-by")
	order := p.Choice("sort", "id", "-id", "key", "-key", "name", "-name")
	format := p.Choice("description-format", "plain", "view")
	icon := p.Choice("include-icon", "true", "false") == "true"

	found := spaces.Select(c.Site, func(s *space) bool {
		return (len(ids) == 0 || slices.Contains(ids, s.ID)) &&
			(len(keys) == 0 || slices.Contains(keys, s.Key)) &&
			(kind == "" || kind == s.Type) &&
			(status == "" || status == s.Status) &&
			(len(labels) == 0 || slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(s.Labels, l) })) &&
			(favoritedBy == "" || favors(c, favoritedBy, s)) &&
			(notFavoritedBy == "" || !favors(c, notFavoritedBy, s))
	})
	sortSpaces(found, order)
	bound := []string{"ids", "keys", "type", "status", "labels", "favorited-by", "not-favorited-by", "sort"}
	return cursorPage(c, p, bound, found,
		func(s *space) int64 { return s.ID },
		func(s *space) spaceView { return viewSpace(c, s, format, icon) })
}

// wantedSpace is the space that the path names, or the refusal of the request.
func wantedSpace(c *service.Call) (*space, service.Reply) {
	id, refusal := pathID(c)
	if refusal.Status != 0 {
		return nil, refusal
	}
	s := spaces.Get(c.Site, id)
	if s == nil {
		return nil, c.Refuse(http.StatusNotFound, "Not Found")
	}
	return s, service.Reply{}
}

// spaceSingle is a space that was asked for alone.
type spaceSingle struct {
	spaceView
	Labels *labelList `json:"labels,omitzero"`
	Links  struct {
		spaceLinks
		Base string `json:"base"`
	} `json:"_links"`
}

// getSpace answers GET /spaces/{id}.
func getSpace(c *service.Call) service.Reply {
	p := c.Params()
	format := p.Choice("description-format", "plain", "view")
	icon := p.Choice("include-icon", "true", "false") == "true"
	labels := p.Choice("include-labels", "true", "false") == "true"
	if p.Failed() {
		return p.BadRequest(c)
	}
	s, refusal := wantedSpace(c)
	if s == nil {
		return refusal
	}
	shown := spaceSingle{spaceView: viewSpace(c, s, format, icon)}
	shown.Links.spaceLinks, shown.Links.Base = shown.spaceView.Links, c.Site.URL+"/wiki"
	if labels {
		shown.Labels = viewLabels(c.Path, s.Labels)
	}
	return service.OK(shown)
}

// favors reports whether the account with an id has marked a space as a favorite.
func favors(c *service.Call, accountID string, s *space) bool {
	p := c.State.Account(accountID)
	return p != nil && slices.Contains(s.FavoritedBy, p.Handle)
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
