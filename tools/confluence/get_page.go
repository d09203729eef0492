package confluence

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getPageIn struct {
	Page       string     `json:"page_identifier" jsonschema:"format=name,minLength=1,maxLength=2000" doc:"The page's ID, exact title, URL or tiny link."`
	BodyFormat bodyFormat `json:"body_format,omitzero" jsonschema:"default=markdown" doc:"How to show the text; storage is Confluence's XHTML."`
	BodyOffset int        `json:"body_offset,omitzero" jsonschema:"minimum=0" doc:"Where to go on in a long text: its next_offset."`
	onSite
}

type pageOut struct {
	Page pageView `json:"page" doc:"The page."`
}

var _ = add(tool.Spec{
	Name:    "GetPage",
	Doc:     "Get one Confluence page with its text.",
	Returns: "The page.",
	Uses:    pageLookup,
}, func(ctx context.Context, s *atlassian.Site, in getPageIn) (out pageOut, err error) {
	p, err := findPage(ctx, s, "page_identifier", in.Page, in.BodyFormat.representation())
	if err != nil {
		return out, err
	}
	out.Page, err = viewPart(s, p, bodyPart{format: in.BodyFormat, offset: in.BodyOffset, longest: longestBody})
	return out, err
})
