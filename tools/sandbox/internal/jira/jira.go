// Package jira is what the sandbox serves of Jira. One file is one area: the operations it serves, the
// tables it keeps, and how it shows what is in them.
package jira

import (
	"maps"
	"net/http"
	"strconv"

	"arcade-atlassian/tools/sandbox/internal/service"
)

// Service is Jira.
var Service = service.New("jira")

// platform is version 3 of the API that all Jira products have in common.
var platform = Service.Add(service.API{Document: "jira-platform-v3", Fault: fault})

// timeFormat is how Jira writes a moment: no colon in the offset.
const timeFormat = "2006-01-02T15:04:05.000-0700"

// errorBody is the body of every refusal by Jira itself (facts §5).
type errorBody struct {
	Messages []string          `json:"errorMessages"`
	Errors   map[string]string `json:"errors"`
}

// problem is the body of a refusal that comes before an operation is reached (facts §5).
type problem struct {
	Title    string `json:"title"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
}

func fault(status int, messages ...string) service.Reply {
	if status == http.StatusUnsupportedMediaType {
		return service.Reply{
			Status: status,
			Header: http.Header{"Content-Type": {"application/problem+json"}},
			Body:   problem{Title: http.StatusText(status), Detail: "The request's Content-Type is not supported."},
		}
	}
	return service.Reply{Status: status, Body: errorBody{Messages: messages}}
}

// fieldFault refuses a request for what is wrong with the members of its body.
func fieldFault(errors map[string]string) service.Reply {
	return service.Reply{Status: http.StatusBadRequest, Body: errorBody{Errors: errors}}
}

// page is one page of a list that is paged by offset and knows its end.
type page[T any] struct {
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
func offsetPage[S, V any](c *service.Call, items []S, start, limit int64, show func(S) V) service.Reply {
	return service.OK(pageOf(c, items, start, limit, show))
}

func pageOf[S, V any](c *service.Call, items []S, start, limit int64, show func(S) V) page[V] {
	total := int64(len(items))
	from := min(start, total)
	to := from + min(limit, total-from)
	shown := page[V]{
		Self:       pageURL(c, start, limit),
		MaxResults: limit,
		StartAt:    start,
		Total:      total,
		IsLast:     to >= total,
	}
	if !shown.IsLast {
		shown.NextPage = pageURL(c, to, limit)
	}
	for _, item := range items[from:to] {
		shown.Values = append(shown.Values, show(item))
	}
	return shown
}

// pageURL is the address of another page of the same question.
func pageURL(c *service.Call, start, limit int64) string {
	query := maps.Clone(c.Query)
	query.Set("startAt", strconv.FormatInt(start, 10))
	query.Set("maxResults", strconv.FormatInt(limit, 10))
	return c.Gateway + c.Path + "?" + query.Encode()
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
