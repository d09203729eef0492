package jira

import (
	"context"
	"fmt"
	"slices"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// sprintReader reads the sprints of one board that are in some states. Jira
// lists the oldest first, so the newest are on its last pages, which their
// total leads to.
type sprintReader struct {
	site   *atlassian.Site
	board  string
	states []string
}

// page reads some of the sprints in Jira's order.
func (r sprintReader) page(ctx context.Context, start, most int) (sprintPage, error) {
	page, err := listSprints.Do(ctx, r.site, sprintQuery{r.board, r.states, start, most})
	page.Values = firstOf(page.Values, most)
	return page, err
}

// first reads the first page and how many sprints there are.
func (r sprintReader) first(ctx context.Context) (page sprintPage, total int, err error) {
	if page, err = r.page(ctx, 0, mostBoards); err != nil {
		return page, 0, err
	}
	switch {
	case page.IsLast:
		return page, len(page.Values), nil
	case page.Total != nil:
		return page, max(*page.Total, len(page.Values)), nil
	}
	return page, 0, &tool.Error{
		Kind:    tool.KindUpstreamUnmapped,
		Message: "Jira does not say how many sprints the board has, so that the newest cannot be found.",
		Prompt:  "Ask for sprints in one state, such as active, of which there are few.",
	}
}

// newest reads the newest sprints after those that are skipped, and says
// whether no older one follows and how many there are. It costs a request, and
// another one on boards with more than a page of sprints.
func (r sprintReader) newest(ctx context.Context, skipped, most int) (found []sprint, last bool, total *int, err error) {
	page, count, err := r.first(ctx)
	if err != nil {
		return nil, false, nil, err
	}
	end := max(0, count-skipped)
	start := max(0, end-most)
	found = page.Values
	if end <= len(found) {
		found = found[start:end]
	} else {
		if page, err = r.page(ctx, start, end-start); err != nil {
			return nil, false, nil, err
		}
		found = page.Values
	}
	found = slices.Clone(found)
	slices.SortFunc(found, newestSprintFirst)
	return found, start == 0, &count, nil
}

// mostRead is how many sprints of a board are looked at for their dates.
const mostRead = 1000

// all reads every sprint, or the newest where there are too many, which the
// notes then say.
func (r sprintReader) all(ctx context.Context) (found []sprint, notes []string, err error) {
	page, count, err := r.first(ctx)
	if err != nil {
		return nil, nil, err
	}
	found = page.Values
	from := len(found)
	if count > mostRead {
		found, from = nil, count-mostRead
		notes = []string{fmt.Sprintf("Only the newest %d of the board's %d sprints were looked at.", mostRead, count)}
	}
	var starts []int
	for start := from; start < count; start += mostBoards {
		starts = append(starts, start)
	}
	pages, err := lookup.Map(ctx, mostAtOnce, starts, func(ctx context.Context, start int) ([]sprint, error) {
		page, err := r.page(ctx, start, mostBoards)
		return page.Values, err
	})
	if err != nil {
		return nil, nil, err
	}
	return append(slices.Clone(found), slices.Concat(pages...)...), notes, nil
}
