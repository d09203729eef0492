package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/lookup"
	"arcade-atlassian/tools/tool"
)

// numbers is a service that lists 0 to n-1 in pages of size.
func numbers(n, size int, fetched *[]string) func(context.Context, string) (lookup.Page[int], error) {
	return func(_ context.Context, next string) (page lookup.Page[int], err error) {
		*fetched = append(*fetched, next)
		from, _ := strconv.Atoi(next)
		for i := from; i < min(from+size, n); i++ {
			page.Items = append(page.Items, i)
		}
		if from+size < n {
			page.Next = strconv.Itoa(from + size)
		}
		return page, nil
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	has := func(wanted int) func([]int) bool {
		return func(items []int) bool { return slices.Contains(items, wanted) }
	}
	for _, tt := range []struct {
		name     string
		n        int
		bounds   lookup.Bounds
		enough   func([]int) bool
		items    int
		complete bool
		fetched  []string
	}{
		{"one page", 3, lookup.Bounds{}, nil, 3, true, []string{""}},
		{"nothing", 0, lookup.Bounds{}, nil, 0, true, []string{""}},
		{"to the end", 7, lookup.Bounds{}, nil, 7, true, []string{"", "3", "6"}},
		{"a full last page", 6, lookup.Bounds{}, nil, 6, true, []string{"", "3"}},
		{"enough on the way", 100, lookup.Bounds{}, has(4), 6, false, []string{"", "3"}},
		{"enough at the end", 6, lookup.Bounds{}, has(4), 6, true, []string{"", "3"}},
		{"pages bounded", 100, lookup.Bounds{Pages: 2}, nil, 6, false, []string{"", "3"}},
		{"items bounded within a page", 100, lookup.Bounds{Items: 4}, nil, 4, false, []string{"", "3"}},
		{"items bounded at a page's end", 100, lookup.Bounds{Items: 6}, nil, 6, false, []string{"", "3"}},
		{"items bounded before the last page", 7, lookup.Bounds{Items: 6}, nil, 6, false, []string{"", "3"}},
		{"items bounded on the last page", 5, lookup.Bounds{Items: 4}, nil, 4, false, []string{"", "3"}},
		{"as many as the bound", 6, lookup.Bounds{Items: 6}, nil, 6, true, []string{"", "3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var fetched []string
			list, err := lookup.Walk(t.Context(), tt.bounds, numbers(tt.n, 3, &fetched), tt.enough)
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) != tt.items || list.Complete != tt.complete {
				t.Errorf("%d items, complete %v, want %d, %v", len(list.Items), list.Complete, tt.items, tt.complete)
			}
			for i, item := range list.Items {
				if item != i {
					t.Fatalf("items %v", list.Items)
				}
			}
			if diff := cmp.Diff(tt.fetched, fetched); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWalkGoesOnAfterAnEmptyPage(t *testing.T) {
	t.Parallel()
	pages := map[string]lookup.Page[int]{"": {Next: "2"}, "2": {Items: []int{1}, Next: "3"}, "3": {}}
	list, err := lookup.Walk(t.Context(), lookup.Bounds{}, func(_ context.Context, next string) (lookup.Page[int], error) {
		return pages[next], nil
	}, nil)
	if err != nil || !list.Complete || len(list.Items) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestWalkEndsWhenPagesRepeat(t *testing.T) {
	t.Parallel()
	for _, cycle := range [][]string{{"a", "a"}, {"a", "b", "a"}, {""}} {
		i := 0
		_, err := lookup.Walk(t.Context(), lookup.Bounds{Pages: 1000}, func(context.Context, string) (lookup.Page[int], error) {
			next := cycle[i%len(cycle)]
			if i++; i > 10 {
				t.Fatalf("%v: goes round and round", cycle)
			}
			return lookup.Page[int]{Items: []int{i}, Next: next}, nil
		}, nil)
		if len(cycle) == 1 { // an empty next is the end
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || tool.Explain(err).Kind != tool.KindUpstreamUnmapped {
			t.Errorf("%v: %v", cycle, err)
		}
	}
}

func TestWalkKeepsWhatItHasWhenAPageFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	list, err := lookup.Walk(t.Context(), lookup.Bounds{}, func(_ context.Context, next string) (lookup.Page[int], error) {
		if next == "" {
			return lookup.Page[int]{Items: []int{1}, Next: "2"}, nil
		}
		return lookup.Page[int]{}, fmt.Errorf("page %s: %w", next, broken)
	}, nil)
	if !errors.Is(err, broken) || list.Complete || len(list.Items) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}
