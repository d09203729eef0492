package state

import (
	_ "embed" // for sites.json

	"github.com/go-json-experiment/json"
)

//go:embed sites.json
var sitesJSON []byte

// Site is one customer's installation of the products.
type Site struct {
	Name      string `json:"name"`
	CloudID   string `json:"cloudId"`
	URL       string `json:"url"`
	AvatarURL string `json:"avatarUrl"`

	state *State
	rows  map[any]any // *Table[Row] → *rows[Row]
}

func (s *State) loadSites() error {
	if err := json.Unmarshal(sitesJSON, &s.Sites, json.RejectUnknownMembers(true)); err != nil {
		return seedError("sites.json", err)
	}
	for _, site := range s.Sites {
		site.state, site.rows = s, map[any]any{}
	}
	return nil
}

// Site returns the site with a name, or nil.
func (s *State) Site(name string) *Site {
	return first(s.Sites, func(site *Site) bool { return site.Name == name })
}

// SiteWithID returns the site with a cloud id, or nil.
func (s *State) SiteWithID(cloudID string) *Site {
	return first(s.Sites, func(site *Site) bool { return site.CloudID == cloudID })
}
