package richtext

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Link targets that exist only inside Confluence are written as links with
// these schemes, which Markdown can carry and storage turns back into its own
// link elements.
const (
	schemePage       = "page:"
	schemeAttachment = "attachment:"
	schemeAccount    = "accountid:"
)

// confluenceOnly reports whether a link target means nothing outside storage.
func confluenceOnly(href string) bool {
	return strings.HasPrefix(href, schemePage) || strings.HasPrefix(href, schemeAttachment) ||
		strings.HasPrefix(href, schemeAccount)
}

// confluenceTarget is what an address of ours points at.
type confluenceTarget struct{ space, page, file, anchor string }

func parseTarget(href string) (confluenceTarget, bool) {
	var t confluenceTarget
	rest, fragment, _ := strings.Cut(href, "#")
	t.anchor = unescapePath(fragment)
	if page, ok := strings.CutPrefix(rest, schemePage); ok {
		if space, title, ok := strings.Cut(page, "/"); ok {
			t.space, page = unescapePath(space), title
		}
		t.page = unescapePath(page)
		return t, t.page != ""
	}
	if file, ok := strings.CutPrefix(rest, schemeAttachment); ok {
		t.file = unescapePath(file)
		return t, t.file != ""
	}
	return t, rest == "" && t.anchor != ""
}

// unescapePath undoes percent-encoding; what is not text then stays as it is.
func unescapePath(s string) string {
	if u, err := url.PathUnescape(s); err == nil && utf8.ValidString(u) {
		return u
	}
	return s
}
