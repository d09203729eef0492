package jira

import (
	"context"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

type getBoardsIn struct {
	Identifiers []string `json:"board_identifiers_list,omitzero" jsonschema:"format=name,minLength=1,maxItems=50,maxLength=255" doc:"Names or IDs of boards. Without any: all boards, a page at a time."`
	Limit       int      `json:"limit,omitzero" jsonschema:"minimum=1,maximum=50,default=50" doc:"Boards per page of all."`
	Offset      int      `json:"offset,omitzero" jsonschema:"minimum=0" doc:"Boards of all to skip: next_offset of the page before."`
	onSite
}

type boardsOut struct {
	Boards        []boardView  `json:"boards" doc:"The boards."`
	Errors        []boardError `json:"errors,omitzero" doc:"Identifiers that name no board, or several."`
	Total         *int         `json:"total,omitzero" doc:"How many boards there are in all."`
	IsLast        *bool        `json:"is_last,omitzero" doc:"Whether no further page follows."`
	CurrentOffset *int         `json:"current_offset,omitzero" doc:"The offset of this page, when another one follows."`
	MaxResults    int          `json:"max_results,omitzero" doc:"How many were asked for, when another page follows."`
	NextOffset    int          `json:"next_offset,omitzero" doc:"The offset of the next page."`
}

var _ = add(tool.Spec{
	Name:    "GetBoards",
	Doc:     "Get Jira boards by name or ID, or list all that the user can see. An exact name goes before a part of one.",
	Returns: "The boards, and what is wrong with identifiers that name none.",
	Uses:    boardLookup,
}, func(ctx context.Context, s *atlassian.Site, in getBoardsIn) (out boardsOut, err error) {
	if len(in.Identifiers) > 0 {
		found, failed, err := findBoards(ctx, s, in.Identifiers)
		if err != nil {
			return out, err
		}
		out.Boards, out.Errors = make([]boardView, len(found)), failed
		for i, b := range found {
			out.Boards[i] = viewBoard(s, b.board)
			out.Boards[i].FoundBy = b.by
		}
		return out, nil
	}
	page, err := listBoards.Do(ctx, s, boardQuery{StartAt: in.Offset, MaxResults: in.Limit})
	if err != nil {
		return out, err
	}
	page = page.first(in.Limit)
	out.Boards = each(page.Values, func(b board) boardView { return viewBoard(s, b) })
	out.Total, out.IsLast = page.Total, new(page.isLast())
	if !page.isLast() {
		out.CurrentOffset, out.MaxResults, out.NextOffset = &in.Offset, in.Limit, in.Offset+len(page.Values)
	}
	return out, nil
})
