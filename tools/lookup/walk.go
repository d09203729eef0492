package lookup

import (
	"context"
	"errors"

	"arcade-atlassian/tools/tool"
)

// Page is one page of a list. Next asks for the page after it; it is empty on
// the last one. A list paged by offset writes its offset into Next.
type Page[T any] struct {
	Items []T
	Next  string
}

// Bounds end a walk that does not end by itself. Zero means the default.
type Bounds struct {
	Pages int // 20 when zero
	Items int // 5,000 when zero
}

const (
	defaultPages = 20
	defaultItems = 5_000
)

// List is what a walk has seen. Complete says whether it saw the end: a name
// that is missing from an incomplete list may exist all the same.
type List[T any] struct {
	Items    []T
	Complete bool
}

// Walk reads a list page by page, beginning with the page that "" asks for,
// until it ends, until enough (which may be nil) says so of a page's items, or
// until it meets a bound. Pages without items that name a next one are normal
// (facts §3).
//
// The error is that of fetch, or that of the service when a page names one that
// was read before: such a list never ends.
func Walk[T any](ctx context.Context, b Bounds, fetch func(ctx context.Context, next string) (Page[T], error), enough func([]T) bool) (List[T], error) {
	if b.Pages == 0 {
		b.Pages = defaultPages
	}
	if b.Items == 0 {
		b.Items = defaultItems
	}
	var list List[T]
	seen := map[string]bool{"": true}
	next := ""
	for range b.Pages {
		page, err := fetch(ctx, next)
		if err != nil {
			return list, err
		}
		room := b.Items - len(list.Items)
		list.Items = append(list.Items, page.Items[:min(room, len(page.Items))]...)
		if next = page.Next; next == "" {
			list.Complete = len(page.Items) <= room
			return list, nil
		}
		if len(page.Items) >= room || enough != nil && enough(page.Items) {
			return list, nil
		}
		if seen[next] {
			return list, errEndless()
		}
		seen[next] = true
	}
	return list, nil
}

func errEndless() error {
	return &tool.Error{
		Kind:      tool.KindUpstreamUnmapped,
		Message:   "The service names a page of the list as the next one that was read before.",
		Prompt:    "The list cannot be read to its end. Name the thing by its ID instead.",
		Developer: "repeated page token",
		Err:       errors.New("repeated page token"),
	}
}
