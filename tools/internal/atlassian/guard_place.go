package atlassian

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Place is a project or space as Atlassian answers it.
type Place struct{ ID, Key, Name string }

// The lookups of boundaries. What they read is kept for so short a time that a
// project which is moved or renamed is soon known by its present place; before
// a write nothing is taken from memory.
var (
	listBoundProjects = Get[boundProjectsQuery, jsonAnswer]("/rest/api/3/project/search", "read:jira-work").Remember(placesKept)
	listBoundSpaces   = Get[boundSpacesQuery, jsonAnswer]("/wiki/api/v2/spaces", "read:space:confluence").Remember(placesKept)

	placeOfIssue   = Get[issuePlaceQuery, issuePlace]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work").Remember(placesKept)
	placesOfIssues = Post[issuePlacesQuery, issuePlaces]("/rest/api/3/issue/bulkfetch", "read:jira-work").Reads()
	placeOfProject = Get[projectPlaceQuery, projectPlace]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work").Remember(placesKept)
	placeOfBoard   = Get[boardPlaceQuery, jsonAnswer]("/rest/agile/1.0/board/{boardId}", "read:board-scope:jira-software", "read:issue-details:jira").Remember(placesKept)
	placeOfSprint  = Get[sprintPlaceQuery, sprintPlace]("/rest/agile/1.0/sprint/{sprintId}", "read:sprint:jira-software").Remember(placesKept)

	placeOfPage   = Get[pagePlaceQuery, contentPlace]("/wiki/api/v2/pages/{id}", "read:page:confluence").Remember(placesKept)
	placeOfFolder = Get[folderPlaceQuery, contentPlace]("/wiki/api/v2/folders/{id}", "read:folder:confluence").Remember(placesKept)
	placesOfPages = Get[pagePlacesQuery, contentPlaces]("/wiki/api/v2/pages", "read:page:confluence")
)

type (
	jsonAnswer map[string]jsontext.Value

	boundProjectsQuery struct {
		IDs        []string `query:"id"`
		Keys       []string `query:"keys"`
		MaxResults int      `query:"maxResults"`
	}
	boundSpacesQuery struct {
		IDs   []string `query:"ids"`
		Keys  []string `query:"keys"`
		Limit int      `query:"limit"`
	}
	issuePlaceQuery struct {
		Issue  string   `path:"issueIdOrKey,issue,issue"`
		Fields []string `query:"fields,comma"`
	}
	issuePlace struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Project projectPlace `json:"project"`
		} `json:"fields"`
	}
	issuePlacesQuery struct {
		Body struct {
			Issues []string `json:"issueIdsOrKeys"`
			Fields []string `json:"fields"`
		} `body:"json"`
	}
	issuePlaces struct {
		Issues []issuePlace `json:"issues"`
	}
	projectPlaceQuery struct {
		Project string `path:"projectIdOrKey,project,project"`
	}
	projectPlace struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	boardPlaceQuery struct {
		Board string `path:"boardId,board_id,digits"`
	}
	sprintPlaceQuery struct {
		Sprint string `path:"sprintId,sprint_id,digits"`
	}
	sprintPlace struct {
		Board int `json:"originBoardId"`
	}
	pagePlaceQuery struct {
		ID    string `path:"id,page_identifier,digits"`
		Draft bool   `query:"get-draft,omitzero"`
	}
	folderPlaceQuery struct {
		ID string `path:"id,parent_id,digits"`
	}
	contentPlace struct {
		ID      string `json:"id"`
		SpaceID string `json:"spaceId"`
	}
	pagePlacesQuery struct {
		IDs   []string `query:"id"`
		Limit int      `query:"limit"`
	}
	contentPlaces struct {
		Results []contentPlace `json:"results"`
	}
)

// locate performs a lookup. Before a write it asks anew.
func locate[Req, Resp any](ctx context.Context, g *guard, o *Op[Req, Resp], req Req) (Resp, error) {
	if g.o.writes() {
		anew := *o
		anew.remember = 0
		o = &anew
	}
	return o.perform(ctx, g.s, req)
}

// learn finds out which of the boundaries' projects or spaces the user can
// see: their IDs, keys and names as they are now.
func (g *guard) learn(ctx context.Context, k kind) error {
	if g.known[k] != nil {
		return nil
	}
	l := g.s.client.boundaries.of(k)
	var ids, keys []string
	for _, list := range l.lists(g.o.writes()) {
		for _, a := range list {
			switch {
			case a.site != "" && !g.s.isSite(a.site):
			case isNumber(a.name):
				ids = append(ids, a.name)
			default:
				keys = append(keys, a.name)
			}
		}
	}
	found := []Place{}
	ask := func(names []string, list func([]string) (jsonAnswer, error)) error {
		slices.Sort(names)
		for part := range slices.Chunk(slices.Compact(names), 50) {
			answer, err := list(part)
			if err != nil {
				return err
			}
			member := "values"
			if k == spaces {
				member = "results"
			}
			for _, item := range items(answer[member]) {
				p := placeIn(item)
				if l.admits(g.s, g.o.writes(), p.ID, p.Key) && !slices.Contains(found, p) {
					found = append(found, p)
				}
			}
		}
		return nil
	}
	if k == spaces {
		if err := ask(ids, func(part []string) (jsonAnswer, error) {
			return locate(ctx, g, listBoundSpaces, boundSpacesQuery{IDs: part, Limit: 250})
		}); err != nil {
			return err
		}
		err := ask(keys, func(part []string) (jsonAnswer, error) {
			return locate(ctx, g, listBoundSpaces, boundSpacesQuery{Keys: part, Limit: 250})
		})
		g.known[k] = found
		return err
	}
	if err := ask(ids, func(part []string) (jsonAnswer, error) {
		return locate(ctx, g, listBoundProjects, boundProjectsQuery{IDs: part, MaxResults: 50})
	}); err != nil {
		return err
	}
	err := ask(keys, func(part []string) (jsonAnswer, error) {
		return locate(ctx, g, listBoundProjects, boundProjectsQuery{Keys: part, MaxResults: 50})
	})
	g.known[k] = found
	return err
}
