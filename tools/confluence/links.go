package confluence

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// links are the _links of an answer. Base is only on envelopes and single
// objects, WebUI only on objects, Download only on files (facts §13).
type links struct {
	Base     string `json:"base"`
	WebUI    string `json:"webui"`
	Download string `json:"download"`
	Next     string `json:"next"`
}

// cursor takes the page token out of the link to the next page, which is
// relative to the site and cannot be followed with a user's token (facts §3).
// given is the token that this page was asked with: one that comes back would
// never end.
func (l links) cursor(given string) (string, error) {
	if l.Next == "" {
		return "", nil
	}
	next, err := url.Parse(l.Next)
	if err == nil {
		if token := next.Query().Get("cursor"); token != "" && token != given {
			return token, nil
		}
	}
	return "", &tool.Error{
		Kind:    tool.KindUpstreamUnmapped,
		Message: "Confluence says that more results follow but not how to get them.",
		Prompt:  "What was returned so far may be incomplete. Try a higher limit.",
	}
}

// explainToken says how to mend a page token that Confluence refuses.
func explainToken(token string, err error) error {
	refused, ok := errors.AsType[*atlassian.Error](err)
	if token == "" || !ok || refused.Status != http.StatusBadRequest {
		return err
	}
	told := refused.ToolError()
	told.Prompt = "A pagination_token belongs to the inputs that it was given with. Call again with the same ones, or without the token."
	return told
}

// page is the address of an object's page, or "" when it is not known. base is
// the site's address as Confluence says it, which is best (facts §1.2).
func (l links) page(base string, s *atlassian.Site) string { return siteAddress(base, l.WebUI, s) }

// file is likewise where a person who is signed in gets a file.
func (l links) file(base string, s *atlassian.Site) string { return siteAddress(base, l.Download, s) }

func siteAddress(base, path string, s *atlassian.Site) string {
	address := s.Link("/wiki")
	if base != "" {
		address = strings.TrimSuffix(base, "/")
	}
	if address == "" || path == "" {
		return ""
	}
	return atlassian.SafeURL(address + path)
}
