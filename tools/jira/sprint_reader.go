package jira

import (
	"context"
	"fmt"
	"slices"
	"strconv"

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
func (r sprintReader) page(ctx context.Context, start, most int) (offsetPage[sprint], error) {
	page, err := listSprints.Do(ctx, r.site, sprintQuery{r.board, r.states, start, most})
	return page.first(most), err
}

// oldest reads the first page and how many sprints there are. Where Jira does
// not say, it reads all of them.
func (r sprintReader) oldest(ctx context.Context) (found []sprint, count int, err error) {
	page, err := r.page(ctx, 0, mostBoards)
	switch {
	case err != nil:
		return nil, 0, err
	case page.isLast():
		return page.Values, len(page.Values), nil
	case page.Total != nil:
		return page.Values, max(*page.Total, len(page.Values)), nil
	}
	rest, err := lookup.Walk(ctx, lookup.Bounds{}, func(ctx context.Context, next string) (list lookup.Page[sprint], err error) {
		start := len(page.Values)
		if next != "" {
			if start, err = strconv.Atoi(next); err != nil {
				return list, err
			}
		}
		page, err := r.page(ctx, start, mostBoards)
		list.Items = page.Values
		if !page.isLast() {
			list.Next = strconv.Itoa(start + len(page.Values))
		}
		return list, err
	}, nil)
	if err == nil && !rest.Complete {
		err = &tool.Error{
			Kind:    tool.KindUpstreamUnmapped,
			Message: "The board has too many sprints to find the newest, and Jira does not say how many.",
			Prompt:  "Ask for sprints in one state, such as active, of which there are few.",
		}
	}
	found = append(page.Values, rest.Items...)
	return found, len(found), err
}

// newest reads the newest sprints after those that are skipped, and says
// whether no older one follows and how many there are. It costs a request, and
// another one on boards with more than a page of sprints.
func (r sprintReader) newest(ctx context.Context, skipped, most int) (found []sprint, last bool, total *int, err error) {
	oldest, count, err := r.oldest(ctx)
	if err != nil {
		return nil, false, nil, err
	}
	end := max(0, count-skipped)
	start := max(0, end-most)
	if end <= len(oldest) {
		found = slices.Clone(oldest[start:end])
	} else {
		page, err := r.page(ctx, start, end-start)
		if err != nil {
			return nil, false, nil, err
		}
		found = page.Values
	}
	slices.SortFunc(found, newestSprintFirst)
	return found, start == 0, &count, nil
}

// mostRead is how many sprints of a board are looked at for their dates.
const mostRead = 1000

// all reads every sprint, or the newest where there are too many, which the
// notes then say.
func (r sprintReader) all(ctx context.Context) (found []sprint, notes []string, err error) {
	found, count, err := r.oldest(ctx)
	if err != nil {
		return nil, nil, err
	}
	from := len(found)
	if count > mostRead && from < count {
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
	return append(found, slices.Concat(pages...)...), notes, nil
}
