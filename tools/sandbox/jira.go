package sandbox

import (
	"maps"
	"strconv"
)

// jiraTime is how Jira writes a moment: no colon in the offset.
const jiraTime = "2006-01-02T15:04:05.000-0700"

// jiraErrors is the body of every refusal by Jira itself.
type jiraErrors struct {
	Messages []string          `json:"errorMessages"`
	Errors   map[string]string `json:"errors"`
}

func jiraFault(status int, messages ...string) reply {
	return reply{status: status, body: jiraErrors{Messages: messages}}
}

// jiraPage is one page of a list that is paged by offset and knows its end.
type jiraPage[T any] struct {
	Self       string `json:"self"`
	NextPage   string `json:"nextPage,omitzero"`
	MaxResults int64  `json:"maxResults"`
	StartAt    int64  `json:"startAt"`
	Total      int64  `json:"total"`
	IsLast     bool   `json:"isLast"`
	Values     []T    `json:"values"`
}

// offsetPage cuts a page out of items and shows each of its items. The links are on the site's own
// host, where a token for the gateway is worth nothing: a client has to count for itself.
func offsetPage[S, V any](c *call, items []S, start, limit int64, show func(S) V) reply {
	total := int64(len(items))
	from := min(start, total)
	to := from + min(limit, total-from)
	page := jiraPage[V]{
		Self:       c.pageURL(start, limit),
		MaxResults: limit,
		StartAt:    start,
		Total:      total,
		IsLast:     to >= total,
	}
	if !page.IsLast {
		page.NextPage = c.pageURL(to, limit)
	}
	for _, item := range items[from:to] {
		page.Values = append(page.Values, show(item))
	}
	return ok(page)
}

// pageURL is the address of another page of the same question.
func (c *call) pageURL(start, limit int64) string {
	query := maps.Clone(c.query)
	query.Set("startAt", strconv.FormatInt(start, 10))
	query.Set("maxResults", strconv.FormatInt(limit, 10))
	return c.site.URL + c.path + "?" + query.Encode()
}

// avatars are the addresses of a picture in the four sizes Jira keeps.
type avatars struct {
	Large  string `json:"48x48"`
	Medium string `json:"32x32"`
	Small  string `json:"24x24"`
	XSmall string `json:"16x16"`
}

func avatarsAt(address string) avatars {
	return avatars{
		Large:  address + "?size=large",
		Medium: address + "?size=medium",
		Small:  address + "?size=small",
		XSmall: address + "?size=xsmall",
	}
}
