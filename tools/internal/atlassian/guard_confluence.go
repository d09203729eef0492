package atlassian

import (
	"context"
)

func (g *guard) holdsSpaceID(id string) bool { return g.admits(spaces, id, "") }

// locatePage finds a page, or a draft that was never published.
func (g *guard) locatePage(ctx context.Context, id string) (contentPlace, error) {
	found, err := locate(ctx, g, placeOfPage, pagePlaceQuery{ID: id})
	if IsNotFound(err) {
		return locate(ctx, g, placeOfPage, pagePlaceQuery{ID: id, Draft: true})
	}
	return found, err
}

func (g *guard) checkPage(ctx context.Context, param, id string) error {
	found, err := g.locatePage(ctx, id)
	if err != nil {
		return gone(spaces, param, err)
	}
	return g.checkSpaceID(ctx, param, found.SpaceID)
}

// checkSpaceID tells also of a space that may be read and not be written.
func (g *guard) checkSpaceID(ctx context.Context, param, id string) error {
	if g.holdsSpaceID(id) {
		return nil
	}
	if g.o.writes() && id != "" {
		if answer, err := listBoundSpaces.perform(ctx, g.s, boundSpacesQuery{IDs: []string{id}, Limit: 250}); err == nil {
			for _, item := range items(answer["results"]) {
				if p := placeIn(item); p.ID == id && g.reads(spaces, p.ID, p.Key) {
					return spaces.refuseWrite(param)
				}
			}
		}
	}
	return spaces.refuse(param)
}

// checkPageFields checks the space and the parent that a page is given.
func checkPageFields(ctx context.Context, g *guard) error {
	if id, ok := g.body["spaceId"]; ok {
		if err := g.checkSpaceID(ctx, "space_identifier", scalar(id)); err != nil {
			return err
		}
	}
	parent := scalar(g.body["parentId"])
	if parent == "" {
		return nil
	}
	found, err := g.locatePage(ctx, parent)
	if IsNotFound(err) {
		found, err = locate(ctx, g, placeOfFolder, folderPlaceQuery{parent})
	}
	if err != nil {
		return gone(spaces, "parent_id", err)
	}
	return g.checkSpaceID(ctx, "parent_id", found.SpaceID)
}

// askForSpaces narrows a list of spaces that asks for none by name.
func askForSpaces(_ context.Context, g *guard) error {
	if g.query.Has("ids") || g.query.Has("keys") {
		return nil
	}
	return g.narrowList("ids")
}

// askForPagesOf narrows a list of pages that asks for those of all spaces. Of
// pages by ID the answer says that there are limits, whether any was left out or
// not.
func askForPagesOf(_ context.Context, g *guard) error {
	g.narrow = g.narrow || g.query.Has("id")
	if g.o.path != "/wiki/api/v2/pages" || g.query.Has("id") || g.query.Has("space-id") {
		return nil
	}
	return g.narrowList("space-id")
}

func (g *guard) narrowList(name string) error {
	const most = 100 // that one request can name; more are filtered from the answer
	g.narrow = true
	known := g.known[spaces]
	if len(known) == 0 {
		return spaces.refuse("")
	}
	if len(known) <= most {
		for _, p := range known {
			g.query.Add(name, p.ID)
		}
	}
	return nil
}
