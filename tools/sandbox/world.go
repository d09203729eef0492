package sandbox

import (
	_ "embed" // for seed.json
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed seed.json
var seedJSON []byte

// world is all there is. Its sites, people and scopes stay as they are in the seed; what a site holds
// may change and is guarded by the sandbox's lock.
type world struct {
	Scopes           []string  `json:"scopes"` // those an app for these products would register
	People           []*person `json:"people"`
	Groups           []group   `json:"groups"`
	ApplicationRoles []role    `json:"applicationRoles"`
	Sites            []*site   `json:"sites"`

	allScopes []string // Scopes and those of every operation served, sorted: what a plain token holds
}

// person is an account. People are known to tokens and to the seed by their handle, and to everybody
// else by their account id, which is the same on every site.
type person struct {
	Handle       string `json:"handle"`
	AccountID    string `json:"accountId"`
	AccountType  string `json:"accountType"`
	DisplayName  string `json:"displayName"`
	EmailAddress string `json:"emailAddress"`
	EmailHidden  bool   `json:"emailHidden"`
	Active       bool   `json:"active"`
	TimeZone     string `json:"timeZone"`
	Locale       string `json:"locale"`
}

type group struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

type role struct {
	Key     string   `json:"key"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

type site struct {
	Name       string      `json:"name"`
	CloudID    string      `json:"cloudId"`
	URL        string      `json:"url"`
	AvatarURL  string      `json:"avatarUrl"`
	IssueTypes []issueType `json:"issueTypes"`
	Categories []category  `json:"categories"`
	Projects   []*project  `json:"projects"`
	Spaces     []*space    `json:"spaces"`
}

// issueType is used by the projects of the types it names.
type issueType struct {
	ID             int64    `json:"id"`
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	HierarchyLevel int      `json:"hierarchyLevel"`
	Subtask        bool     `json:"subtask"`
	AvatarID       int64    `json:"avatarId"`
	ProjectTypes   []string `json:"projectTypes"`
}

type category struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

type project struct {
	ID          int64      `json:"id"`
	Key         string     `json:"key"`
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Style       string     `json:"style"`
	UUID        string     `json:"uuid"`     // only projects managed by their team have one
	Category    int64      `json:"category"` // 0 when it has none
	Lead        string     `json:"lead"`
	Description string     `json:"description"`
	URL         string     `json:"url"`
	Archived    *departure `json:"archived"`
	Deleted     *departure `json:"deleted"`
}

// departure is who put a project away, and when.
type departure struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

type space struct {
	ID           int64     `json:"id"`
	Key          string    `json:"key"`
	Name         string    `json:"name"`
	Type         string    `json:"type"`
	Status       string    `json:"status"`
	Owner        string    `json:"owner"`
	HomepageID   int64     `json:"homepageId"`
	CreatedAt    time.Time `json:"createdAt"`
	Description  string    `json:"description"`
	Labels       []string  `json:"labels"`
	FavouritedBy []string  `json:"favouritedBy"`
}

// loadWorld reads the seed and makes sure that whatever it refers to is there, so that no handler has
// to ask again.
func loadWorld() (*world, error) {
	w := new(world)
	if err := json.Unmarshal(seedJSON, w, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("read seed.json: %w", err)
	}
	var problems []error
	person := func(where, handle string) {
		if w.person(handle) == nil {
			problems = append(problems, fmt.Errorf("seed.json: %s: nobody is called %q", where, handle))
		}
	}
	person("tokens", defaultUser)
	if w.siteNamed(defaultSite) == nil {
		problems = append(problems, fmt.Errorf("seed.json: tokens: no site is called %q", defaultSite))
	}
	for _, s := range w.Sites {
		for _, p := range s.Projects {
			where := s.Name + " project " + p.Key
			person(where, p.Lead)
			for _, gone := range []*departure{p.Archived, p.Deleted} {
				if gone != nil {
					person(where, gone.By)
				}
			}
			if p.Category != 0 && s.category(p.Category) == nil {
				problems = append(problems, fmt.Errorf("seed.json: %s: there is no category %d", where, p.Category))
			}
		}
		for _, sp := range s.Spaces {
			person(s.Name+" space "+sp.Key, sp.Owner)
		}
	}
	return w, errors.Join(problems...)
}

// person returns the account with a handle, or nil.
func (w *world) person(handle string) *person {
	return find(w.People, func(p *person) bool { return p.Handle == handle })
}

// account returns the account with an account id, or nil.
func (w *world) account(id string) *person {
	return find(w.People, func(p *person) bool { return p.AccountID == id })
}

func (w *world) siteNamed(name string) *site {
	return find(w.Sites, func(s *site) bool { return s.Name == name })
}

func (w *world) siteWithID(cloudID string) *site {
	return find(w.Sites, func(s *site) bool { return s.CloudID == cloudID })
}

func (s *site) category(id int64) *category {
	i := slices.IndexFunc(s.Categories, func(c category) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Categories[i]
}

// decimal spells an id: they are numbers here and text on the wire.
func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// find returns the first item that fits, or nil.
func find[T any](items []*T, fits func(*T) bool) *T {
	i := slices.IndexFunc(items, fits)
	if i < 0 {
		return nil
	}
	return items[i]
}
