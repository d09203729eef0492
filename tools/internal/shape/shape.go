// Package shape holds the parts of answers that the toolkits share.
package shape

import (
	"arcade-atlassian/tools/internal/atlassian"
)

// Site is a site in an answer. Its keys are those of Arcade's own toolkits.
type Site struct {
	ID   string `json:"atlassian_cloud_id" doc:"The value for atlassian_cloud_id."`
	Name string `json:"atlassian_cloud_name" doc:"The site's display name."`
	URL  string `json:"atlassian_cloud_url,omitzero" doc:"The site's address."`
}

// Sites shows a person's sites. They are never null.
func Sites(sites atlassian.Sites) []Site {
	out := make([]Site, len(sites.List))
	for i, s := range sites.List {
		out[i] = Site{ID: s.ID, Name: s.Name, URL: s.URL}
	}
	return out
}

// Pagination says what a page holds and how to get the next one. It never
// claims an end it did not see: exactly one of IsLastPage and a next value is
// set, and TotalResults is only there when Atlassian gave an exact total.
type Pagination struct {
	Limit         int    `json:"limit" doc:"How many were asked for."`
	ReturnedCount int    `json:"returned_count" doc:"How many came."`
	IsLastPage    bool   `json:"is_last_page" doc:"Whether nothing follows."`
	NextOffset    int    `json:"next_offset,omitzero" doc:"The offset of the next page."`
	NextPageToken string `json:"next_page_token,omitzero" doc:"The token of the next page."`
	TotalResults  *int   `json:"total_results,omitzero" doc:"How many there are in all."`
}

// ByOffset describes a page of returned results from offset on. isLast and
// total are Atlassian's own words, nil where it does not say; an empty page is
// the last one whatever they say.
func ByOffset(limit, offset, returned int, isLast *bool, total *int) Pagination {
	p := Pagination{Limit: limit, ReturnedCount: returned, TotalResults: total}
	switch {
	case returned == 0:
		p.IsLastPage = true
	case isLast != nil:
		p.IsLastPage = *isLast
	case total != nil:
		p.IsLastPage = offset+returned >= *total
	}
	if !p.IsLastPage {
		p.NextOffset = offset + returned
	}
	return p
}

// ByToken describes a page followed by the one that next names; an empty next
// means that nothing follows.
func ByToken(limit, returned int, next string) Pagination {
	return Pagination{Limit: limit, ReturnedCount: returned, IsLastPage: next == "", NextPageToken: next}
}
