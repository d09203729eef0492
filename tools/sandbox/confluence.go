package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// confluenceTime is how Confluence writes a moment.
const confluenceTime = "2006-01-02T15:04:05.000Z"

// confluenceErrors is the body of every refusal by version 2 of Confluence's API.
type confluenceErrors struct {
	Errors []confluenceError `json:"errors"`
}

type confluenceError struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func confluenceFault(status int, messages ...string) reply {
	code := strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	if status == http.StatusBadRequest {
		code = "INVALID_REQUEST_PARAMETER"
	}
	var body confluenceErrors
	for _, message := range messages {
		body.Errors = append(body.Errors, confluenceError{Status: status, Code: code, Title: message})
	}
	return reply{status: status, body: body}
}

type confluencePage[T any] struct {
	Results []T             `json:"results"`
	Links   confluenceLinks `json:"_links"`
}

type confluenceLinks struct {
	Next string `json:"next,omitzero"`
	Base string `json:"base"`
}

// cursorPage cuts a page out of items that are already filtered and sorted. Its cursor names the last
// item shown and carries a fingerprint of the parameters in bound, so that it is good for the same
// question only. The next link repeats none of them, since Atlassian does not promise that: a client
// that follows the link without its own filters is told off.
func cursorPage[S, V any](c *call, p *params, bound []string, items []S, id func(S) int64, show func(S) V) reply {
	limit := int(p.integer("limit", 25, 1, 250))
	from := 0
	if cursor := c.query.Get("cursor"); cursor != "" {
		last, fits := c.openCursor(cursor, bound)
		at := slices.IndexFunc(items, func(item S) bool { return decimal(id(item)) == last })
		if !fits || at < 0 {
			p.problem("The cursor is not valid for this request.")
		}
		from = at + 1
	}
	if len(p.problems) > 0 {
		return p.badRequest(confluenceFault)
	}
	to := min(from+limit, len(items))
	page := confluencePage[V]{Links: confluenceLinks{Base: c.site.URL + "/wiki"}}
	for _, item := range items[from:to] {
		page.Results = append(page.Results, show(item))
	}
	link := "<" + page.Links.Base + `>; rel="base"`
	if to < len(items) {
		page.Links.Next = c.path + "?" + url.Values{
			"cursor": {c.newCursor(decimal(id(items[to-1])), bound)},
			"limit":  {decimal(int64(limit))},
		}.Encode()
		link = "<" + page.Links.Next + `>; rel="next", ` + link
	}
	re := ok(page)
	re.header = http.Header{"Link": {link}}
	return re
}

// fingerprint tells one question from another.
func (c *call) fingerprint(bound []string) string {
	asked := url.Values{}
	for _, name := range bound {
		asked[name] = c.query[name]
	}
	sum := sha256.Sum256([]byte(c.site.CloudID + c.path + "?" + asked.Encode()))
	return hex.EncodeToString(sum[:8])
}

func (c *call) newCursor(last string, bound []string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.fingerprint(bound) + ":" + last))
}

// openCursor returns the id in a cursor and whether the cursor was made for this question.
func (c *call) openCursor(cursor string, bound []string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	fingerprint, last, found := strings.Cut(string(raw), ":")
	return last, err == nil && found && fingerprint == c.fingerprint(bound)
}
