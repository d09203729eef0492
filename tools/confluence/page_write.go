package confluence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/prose"
	"arcade-atlassian/tools/internal/shape"
	"arcade-atlassian/tools/richtext"
)

// bodyFields is the text of a page as it is sent.
type bodyFields struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

// writtenPage is the answer of a tool that writes a page.
type writtenPage struct {
	Page pageView `json:"page" doc:"The page as it is stored, without its text."`
	shape.Verification
	Mentioned    []prose.Person  `json:"mentioned,omitzero" doc:"Who is mentioned in content."`
	NotMentioned []unknownPerson `json:"not_mentioned,omitzero" doc:"Mentions that were not found."`
	Losses       []string        `json:"losses,omitzero" doc:"What of content Confluence does not keep."`
	Notes        []string        `json:"notes,omitzero" doc:"What else to know about the answer."`
}

// describe tells what became of the content. Mentions of nobody are told once.
func (o *writtenPage) describe(c content) {
	losses := slices.DeleteFunc(slices.Clone(c.losses), func(l richtext.Loss) bool { return strings.HasPrefix(l.Kind, "mention of @") })
	o.Mentioned, o.NotMentioned, o.Losses = c.mentioned, c.notMentioned, prose.Losses(losses)
}

// pageToStore is a page as it was asked for. What is empty may be anything.
type pageToStore struct {
	title, status, spaceID, parentID string
	version                          int
	body                             bodyFields
}

// verify reads a written page back and shows it.
func (o *writtenPage) verify(ctx context.Context, s *atlassian.Site, written page, want pageToStore) (err error) {
	stored := written
	o.Verification = shape.Verify(ctx, func(ctx context.Context) (difference string, err error) {
		p, err := getPage.Do(ctx, s, pageRef{written.ID, want.body.Representation, want.status == draftPage})
		if err != nil {
			return "", err
		}
		stored = p
		return want.difference(p), nil
	})
	o.Page, err = viewPage(s, stored, noBody)
	return err
}

// difference is in what a page differs from what was asked for, or "".
func (w pageToStore) difference(p page) string {
	switch {
	case w.version != 0 && p.Version.Number > w.version:
		return fmt.Sprintf("Somebody has changed it since: it has version %d now, and this call wrote version %d.", p.Version.Number, w.version)
	case w.version != 0 && p.Version.Number != w.version:
		return fmt.Sprintf("It has version %d, and not %d.", p.Version.Number, w.version)
	case string(p.Title) != w.title:
		return "It is stored with another title."
	case p.Status != w.status:
		return "It is " + p.Status + ", and not " + w.status + "."
	case w.spaceID != "" && p.SpaceID != w.spaceID:
		return "It is stored in another space."
	case w.parentID != "" && p.ParentID != w.parentID:
		return "It is stored below another parent."
	case !isStored(w.body.Value, w.body.Representation, p.Body):
		return "It is stored with another text."
	}
	return ""
}
