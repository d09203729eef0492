package shape_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/shape"
)

func TestByOffset(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		limit, offset, returned int
		isLast                  *bool
		total                   *int
		want                    shape.Pagination
	}{
		{"a page in the middle", 10, 20, 10, new(false), new(60), shape.Pagination{Limit: 10, ReturnedCount: 10, NextOffset: 30, TotalResults: new(60)}},
		{"the last page", 10, 50, 10, new(true), new(60), shape.Pagination{Limit: 10, ReturnedCount: 10, IsLastPage: true, TotalResults: new(60)}},
		{"the last page by the total", 10, 50, 10, nil, new(60), shape.Pagination{Limit: 10, ReturnedCount: 10, IsLastPage: true, TotalResults: new(60)}},
		{"one before it", 10, 49, 10, nil, new(60), shape.Pagination{Limit: 10, ReturnedCount: 10, NextOffset: 59, TotalResults: new(60)}},
		{"a short page is not the end", 10, 0, 3, nil, nil, shape.Pagination{Limit: 10, ReturnedCount: 3, NextOffset: 3}},
		{"a short page that is not the last", 10, 0, 3, new(false), nil, shape.Pagination{Limit: 10, ReturnedCount: 3, NextOffset: 3}},
		{"an empty page", 10, 0, 0, new(false), new(60), shape.Pagination{Limit: 10, IsLastPage: true, TotalResults: new(60)}},
		{"nothing at all", 10, 0, 0, new(true), new(0), shape.Pagination{Limit: 10, IsLastPage: true, TotalResults: new(0)}},
		{"isLast against the total", 10, 0, 10, new(false), new(5), shape.Pagination{Limit: 10, ReturnedCount: 10, NextOffset: 10, TotalResults: new(5)}},
		{"a total that shrank", 10, 50, 10, nil, new(40), shape.Pagination{Limit: 10, ReturnedCount: 10, IsLastPage: true, TotalResults: new(40)}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, shape.ByOffset(tt.limit, tt.offset, tt.returned, tt.isLast, tt.total)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func optional[T any](g *rapid.Generator[T]) *rapid.Generator[*T] {
	return rapid.Custom(func(t *rapid.T) *T {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		return new(g.Draw(t, "value"))
	})
}

// Either the page is the last or it says how to get the next, which lies
// further on; and an end is only told when it was seen.
func TestByOffsetProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 1000).Draw(t, "limit")
		offset := rapid.IntRange(0, 100_000).Draw(t, "offset")
		returned := rapid.IntRange(0, limit).Draw(t, "returned")
		isLast := optional(rapid.Bool()).Draw(t, "isLast")
		total := optional(rapid.IntRange(0, 200_000)).Draw(t, "total")
		p := shape.ByOffset(limit, offset, returned, isLast, total)
		if p.IsLastPage == (p.NextOffset != 0) || p.NextPageToken != "" {
			t.Fatalf("%+v", p)
		}
		if !p.IsLastPage && p.NextOffset <= offset {
			t.Fatalf("the next page does not lie further on: %+v", p)
		}
		seen := returned == 0 || isLast != nil && *isLast || isLast == nil && total != nil && offset+returned >= *total
		if p.IsLastPage != seen {
			t.Fatalf("the end was seen: %v; %+v", seen, p)
		}
		if p.Limit != limit || p.ReturnedCount != returned || p.TotalResults != total {
			t.Fatalf("%+v", p)
		}
	})
}

// Following next_offset meets everything exactly once, in whatever portions a
// server hands it out, and however little it says about its end.
func TestByOffsetMeetsEverythingOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(0, 300).Draw(t, "total")
		limit := rapid.IntRange(1, 60).Draw(t, "limit")
		most := rapid.IntRange(1, 60).Draw(t, "most the server gives")
		saysLast, saysTotal := rapid.Bool().Draw(t, "says last"), rapid.Bool().Draw(t, "says total")
		met := 0
		for offset, pages := 0, 0; ; pages++ {
			if pages > total+1 {
				t.Fatal("no end")
			}
			returned := max(0, min(limit, most, total-offset))
			var isLast *bool
			var all *int
			if saysLast {
				isLast = new(offset+returned >= total)
			}
			if saysTotal {
				all = &total
			}
			p := shape.ByOffset(limit, offset, returned, isLast, all)
			met += p.ReturnedCount
			if p.IsLastPage {
				break
			}
			if p.NextOffset != met {
				t.Fatalf("met %d and goes on at %d", met, p.NextOffset)
			}
			offset = p.NextOffset
		}
		if met != total {
			t.Fatalf("met %d of %d", met, total)
		}
	})
}

func TestByToken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 1000).Draw(t, "limit")
		returned := rapid.IntRange(0, limit).Draw(t, "returned")
		next := rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "next")
		want := shape.Pagination{Limit: limit, ReturnedCount: returned, IsLastPage: next == "", NextPageToken: next}
		if diff := cmp.Diff(want, shape.ByToken(limit, returned, next)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestPaginationOnTheWire(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]shape.Pagination{
		`{"limit":10,"returned_count":10,"is_last_page":false,"next_offset":10,"total_results":60}`: shape.ByOffset(10, 0, 10, nil, new(60)),
		`{"limit":10,"returned_count":0,"is_last_page":true,"total_results":0}`:                     shape.ByOffset(10, 0, 0, nil, new(0)),
		`{"limit":10,"returned_count":3,"is_last_page":false,"next_page_token":"abc"}`:              shape.ByToken(10, 3, "abc"),
		`{"limit":10,"returned_count":3,"is_last_page":true}`:                                       shape.ByToken(10, 3, ""),
	} {
		got, err := json.Marshal(p)
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	sites := atlassian.Sites{List: []*atlassian.Site{
		{ID: "1", Name: "Acme", URL: "https://acme.atlassian.net"},
		{ID: "2", Name: "Globex"},
	}}
	want := []shape.Site{{ID: "1", Name: "Acme", URL: "https://acme.atlassian.net"}, {ID: "2", Name: "Globex"}}
	if diff := cmp.Diff(want, shape.Sites(sites)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]shape.Site{}, shape.Sites(atlassian.Sites{})); diff != "" { // written [], not null
		t.Errorf("(-want +got):\n%s", diff)
	}
}
