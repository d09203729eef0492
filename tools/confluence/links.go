package confluence

import (
	"net/url"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// links are the _links of a v2 answer. Base is only on envelopes and single
// objects, WebUI only on objects (facts §13).
type links struct {
	Base  string `json:"base"`
	WebUI string `json:"webui"`
	Next  string `json:"next"`
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

// page is the address of an object's page, or "" when it is not known. base is
// the site's address as Confluence says it, which is best (facts §1.2).
func (l links) page(base string, s *atlassian.Site) string {
	address := s.Link("/wiki")
	if base != "" {
		address = strings.TrimSuffix(base, "/")
	}
	if address == "" || l.WebUI == "" {
		return ""
	}
	return atlassian.SafeURL(address + l.WebUI)
}
