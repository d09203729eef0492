package confluence

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// space is a space as Confluence sends it, with its description when that was
// asked for.
type space struct {
	ID          string           `json:"id"`
	Key         string           `json:"key"`
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Status      string           `json:"status"`
	AuthorID    string           `json:"authorId"`
	OwnerID     string           `json:"spaceOwnerId"`
	CreatedAt   string           `json:"createdAt"`
	Homepage    string           `json:"homepageId"`
	Alias       string           `json:"currentActiveAlias"`
	Description spaceDescription `json:"description"`
	Links       links            `json:"_links"`
}

type spaceDescription struct {
	Plain struct {
		Value string `json:"value"`
	} `json:"plain"`
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
	ID          string `json:"id" doc:"The space's ID."`
	Key         string `json:"key" doc:"The space's key."`
	Name        string `json:"name" doc:"The space's name."`
	Type        string `json:"type" doc:"global, personal, collaboration or another kind."`
	Status      string `json:"status" doc:"current, archived or trashed."`
	AuthorID    string `json:"authorId,omitzero" doc:"The account ID of its creator."`
	OwnerID     string `json:"spaceOwnerId,omitzero" doc:"The account ID of its owner."`
	CreatedAt   string `json:"createdAt,omitzero" doc:"When it was created."`
	Homepage    string `json:"homepageId,omitzero" doc:"The page ID of its home page."`
	Alias       string `json:"currentActiveAlias,omitzero" doc:"The alias used in its address."`
	Description string `json:"description,omitzero" doc:"What it is for." untrusted:"true"`
	URL         string `json:"url,omitzero" doc:"The space's page."`
}

func viewSpace(s *atlassian.Site, p space) spaceView {
	return spaceView{
		Description: p.Description.Plain.Value,
		ID:          p.ID, Key: p.Key, Name: p.Name, Type: p.Type, Status: p.Status,
		AuthorID: p.AuthorID, OwnerID: p.OwnerID, CreatedAt: p.CreatedAt,
		Homepage: p.Homepage, Alias: p.Alias, URL: p.Links.page(p.Links.Base, s),
	}
}

// getSpaces lists spaces of every status.
var getSpaces = atlassian.Get[spaceQuery, spacePage]("/wiki/api/v2/spaces", "read:space:confluence").
	Within(atlassian.SpaceList())

type spaceQuery struct {
	IDs         []string `query:"ids"`
	Keys        []string `query:"keys"`
	Sort        string   `query:"sort,omitzero"`
	Description string   `query:"description-format,omitzero"`
	Limit       int      `query:"limit"`
	Cursor      string   `query:"cursor,omitzero"`
}

type spacePage struct {
	Results []space `json:"results"`
	Links   links   `json:"_links"`
}

// Check holds that there is a list, of spaces.
func (p spacePage) Check() error {
	if p.Results == nil {
		return errors.New("a page without results")
	}
	for _, s := range p.Results {
		if err := s.Check(); err != nil {
			return err
		}
	}
	return nil
}

// spaces are the rows, each with the site's address, which stands beside them
// (facts §13).
func (p spacePage) spaces() []space {
	for i := range p.Results {
		p.Results[i].Links.Base = p.Links.Base
	}
	return p.Results
}

// getSpace gets one space.
var getSpace = atlassian.Get[spaceRef, space]("/wiki/api/v2/spaces/{id}", "read:space:confluence").
	Within(atlassian.SpaceAnswer("id"))

type spaceRef struct {
	ID          string `path:"id,space_identifier,digits"`
	Description string `query:"description-format,omitzero"`
}

// plainText is the format of descriptions that tools show.
const plainText = "plain"

// spaceLookup are the operations of findSpace.
var spaceLookup = uses{getSpace, getSpaces}

// findSpace finds the space that the parameter names by ID, key, URL or exact
// name. An ID or key costs one request; a name those of a list of all spaces,
// because Confluence cannot be asked for one.
func findSpace(ctx context.Context, s *atlassian.Site, param, value string) (space, error) {
	if id := strings.TrimSpace(value); atlassian.Fits("digits", id) {
		found, err := getSpace.Do(ctx, s, spaceRef{id, plainText})
		if atlassian.IsNotFound(err) {
			told := *tool.Explain(err)
			told.Prompt = fmt.Sprintf("Correct %s. A number is taken for an ID; a space whose key or name is a number is found by its URL.", param)
			told.Err = err
			return found, &told
		}
		return found, err
	}
	found, err := findSpaces(ctx, s, []spaceName{{param, value}})
	if err != nil {
		return space{}, err
	}
	return found[0], nil
}

// spaceName is a key, URL or name of a space that a parameter has for value.
type spaceName struct{ param, value string }

// spaceKey is what a key looks like: letters and digits, after a tilde anything
// that is no blank, and at most longestKey bytes of it.
var spaceKey = regexp.MustCompile(`^(?:[A-Za-z0-9_.-]+|~[^\s/]+)$`)

const longestKey = 255

// findSpaces finds spaces by key, URL or exact name, in the order of the names.
// The error tells about every name that is not one space.
func findSpaces(ctx context.Context, s *atlassian.Site, names []spaceName) ([]space, error) {
	byKey, err := keysOf(s, names)
	if err != nil {
		return nil, err
	}
	found := make([]space, len(names))
	if keys := slices.Concat(byKey...); len(keys) > 0 {
		page, err := getSpaces.Do(ctx, s, spaceQuery{Keys: keys, Description: plainText, Limit: mostSpaces})
		if err != nil {
			return nil, err
		}
		for i, keys := range byKey {
			found[i] = spaceWithKey(page.spaces(), keys)
		}
	}
	if !slices.ContainsFunc(found, func(s space) bool { return s.ID == "" }) { // none is left to be found by name
		return found, nil
	}
	all, err := allSpaces(ctx, s)
	if err != nil {
		return nil, err
	}
	var errs []error
	for i, name := range names {
		if found[i].ID == "" {
			found[i], err = chooseSpace(name, all)
			errs = append(errs, err)
		}
	}
	return found, errors.Join(errs...)
}

// mostSpaces is how many spaces Confluence lists at once.
const mostSpaces = 250

// keysOf are the keys that each name may be. Confluence compares them as they
// are written, and most are in upper case.
func keysOf(s *atlassian.Site, names []spaceName) ([][]string, error) {
	keys := make([][]string, len(names))
	var errs []error
	for i, name := range names {
		value := strings.TrimSpace(name.value)
		key, isAddress, err := spaceOfAddress(s, name.param, value)
		errs = append(errs, err)
		switch {
		case isAddress:
			keys[i] = []string{key}
		case len(value) <= longestKey && spaceKey.MatchString(value):
			keys[i] = slices.Compact([]string{value, strings.ToUpper(value)})
		}
	}
	return keys, errors.Join(errs...)
}

// spaceWithKey is the space with the first of the keys that one has.
func spaceWithKey(spaces []space, keys []string) space {
	for _, key := range keys {
		if i := slices.IndexFunc(spaces, func(s space) bool { return s.Key == key }); i >= 0 {
			return spaces[i]
		}
	}
	return space{}
}

// allSpaces are the spaces that the user can see, as far as they are looked at.
func allSpaces(ctx context.Context, s *atlassian.Site) (lookup.List[space], error) {
	return lookup.Walk(ctx, lookup.Bounds{}, func(ctx context.Context, cursor string) (lookup.Page[space], error) {
		page, err := getSpaces.Do(ctx, s, spaceQuery{Sort: "name", Description: plainText, Limit: mostSpaces, Cursor: cursor})
		if err != nil {
			return lookup.Page[space]{}, err
		}
		next, err := page.Links.cursor(cursor)
		return lookup.Page[space]{Items: page.spaces(), Next: next}, err
	}, nil)
}

func chooseSpace(name spaceName, all lookup.List[space]) (space, error) {
	return lookup.Choose(lookup.Query{
		Parameter: name.param, Value: name.value, Noun: "space", Plural: "spaces", Incomplete: !all.Complete,
	}, all.Items, func(p space) lookup.Candidate {
		c := lookup.Candidate{ID: p.ID, Key: p.Key, Name: p.Name}
		if p.Status != "current" {
			c.Detail = p.Status
		}
		return c
	})
}
