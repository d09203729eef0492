package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getSpaceIn struct {
	Space string `json:"space_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The space's ID, key, exact name or URL."`
	onSite
}

type spaceOut struct {
	Space spaceView `json:"space" doc:"The space."`
}

var _ = add(tool.Spec{
	Name:    "GetSpace",
	Doc:     "Get one Confluence space, with its description and the ID of its home page.",
	Returns: "The space.",
	Uses:    spaceLookup,
}, func(ctx context.Context, s *atlassian.Site, in getSpaceIn) (out spaceOut, err error) {
	found, err := findSpace(ctx, s, "space_identifier", in.Space)
	if err != nil {
		return out, err
	}
	out.Space = viewSpace(s, found)
	return out, nil
})
