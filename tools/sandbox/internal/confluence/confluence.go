// Package confluence is what the sandbox serves of Confluence. One file is one area: the operations it
// serves, the tables it keeps, and how it shows what is in them.
package confluence

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/service"
)

// Service is Confluence.
var Service = service.New("confluence")

// v2 is version 2 of its API.
var v2 = Service.Add(service.API{Document: "confluence-v2", Prefix: "/wiki/api/v2", Fault: fault})

// timeFormat is how Confluence writes a moment.
const timeFormat = "2006-01-02T15:04:05.000Z"

// errorBody is the body of every refusal by version 2 of Confluence's API.
type errorBody struct {
	Errors []errorEntry `json:"errors"`
}

type errorEntry struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func fault(status int, messages ...string) service.Reply {
	code := strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	if status == http.StatusBadRequest {
		code = "INVALID_REQUEST_PARAMETER"
	}
	var body errorBody
	for _, message := range messages {
		body.Errors = append(body.Errors, errorEntry{Status: status, Code: code, Title: message})
	}
	return service.Reply{Status: status, Body: body}
}

type page[T any] struct {
	Results []T       `json:"results"`
	Links   pageLinks `json:"_links"`
}

type pageLinks struct {
	Next string `json:"next,omitzero"`
	Base string `json:"base"`
}

// cursorPage cuts a page out of items that are already filtered and sorted. Its cursor names the last
// item shown and carries a fingerprint of the parameters in bound, so that it is good for the same
// question only. The next link repeats none of them, since Atlassian does not promise that: a client
// that follows the link without its own filters is told off.
func cursorPage[S, V any](c *service.Call, p *service.Params, bound []string, items []S, id func(S) int64, show func(S) V) service.Reply {
	return cursorPageOf(c, p, 25, bound, items, id, show)
}

// cursorPageOf is cursorPage for a list that shows another number of items when none is asked for.
func cursorPageOf[S, V any](c *service.Call, p *service.Params, usual int64, bound []string, items []S, id func(S) int64, show func(S) V) service.Reply {
	limit := int(p.Integer("limit", usual, 1, 250))
	from := 0
	if cursor := c.Query.Get("cursor"); cursor != "" {
		last, fits := openCursor(c, cursor, bound)
		at := slices.IndexFunc(items, func(item S) bool { return service.Decimal(id(item)) == last })
		if !fits || at < 0 {
			p.Problem("The cursor is not valid for this request.")
		}
		from = at + 1
	}
	if p.Failed() {
		return p.BadRequest(c)
	}
	to := min(from+limit, len(items))
	shown := page[V]{Links: pageLinks{Base: c.Site.URL + "/wiki"}}
	for _, item := range items[from:to] {
		shown.Results = append(shown.Results, show(item))
	}
	link := "<" + shown.Links.Base + `>; rel="base"`
	if to < len(items) {
		shown.Links.Next = c.Path + "?" + url.Values{
			"cursor": {newCursor(c, service.Decimal(id(items[to-1])), bound)},
			"limit":  {service.Decimal(int64(limit))},
		}.Encode()
		link = "<" + shown.Links.Next + `>; rel="next", ` + link
	}
	re := service.OK(shown)
	re.Header = http.Header{"Link": {link}}
	return re
}

// fingerprint tells one question from another.
func fingerprint(c *service.Call, bound []string) string {
	asked := url.Values{}
	for _, name := range bound {
		asked[name] = c.Query[name]
	}
	sum := sha256.Sum256([]byte(c.Site.CloudID + c.Path + "?" + asked.Encode()))
	return hex.EncodeToString(sum[:8])
}

func newCursor(c *service.Call, last string, bound []string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fingerprint(c, bound) + ":" + last))
}

// openCursor returns the id in a cursor and whether the cursor was made for this question.
func openCursor(c *service.Call, cursor string, bound []string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	question, last, found := strings.Cut(string(raw), ":")
	return last, err == nil && found && question == fingerprint(c, bound)
}
