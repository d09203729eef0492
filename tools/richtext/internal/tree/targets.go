package tree

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Link targets that exist only inside Confluence are written as links with
// these schemes, which Markdown can carry and storage turns back into its own
// link elements.
const (
	SchemePage       = "page:"
	SchemeAttachment = "attachment:"
	SchemeAccount    = "accountid:"
)

// ConfluenceOnly reports whether a link target means nothing outside storage.
func ConfluenceOnly(href string) bool {
	return strings.HasPrefix(href, SchemePage) || strings.HasPrefix(href, SchemeAttachment) ||
		strings.HasPrefix(href, SchemeAccount)
}

// IsAccountID reports whether a text can be the ID of an account: at most 128 bytes,
// as Jira says, without blanks around it and control characters.
func IsAccountID(s string) bool {
	return s != "" && len(s) <= 128 && s == strings.TrimSpace(s) && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Target is what an address of ours points at.
type Target struct{ Space, Page, File, Anchor string }

// ParseTarget reads an address of ours; it reports false for any other.
func ParseTarget(href string) (Target, bool) {
	var t Target
	rest, fragment, _ := strings.Cut(href, "#")
	t.Anchor = UnescapePath(fragment)
	if page, ok := strings.CutPrefix(rest, SchemePage); ok {
		if space, title, ok := strings.Cut(page, "/"); ok {
			t.Space, page = UnescapePath(space), title
		}
		t.Page = UnescapePath(page)
		return t, t.Page != ""
	}
	if file, ok := strings.CutPrefix(rest, SchemeAttachment); ok {
		t.File = UnescapePath(file)
		return t, t.File != ""
	}
	return t, rest == "" && t.Anchor != ""
}

// String is the address, in the one way that this package writes it.
func (t Target) String() string {
	href := ""
	switch {
	case t.File != "":
		href = SchemeAttachment + url.PathEscape(t.File)
	case t.Space != "":
		href = SchemePage + url.PathEscape(t.Space) + "/" + url.PathEscape(t.Page)
	case t.Page != "":
		href = SchemePage + url.PathEscape(t.Page)
	}
	if t.Anchor != "" {
		href += "#" + url.PathEscape(t.Anchor)
	}
	return href
}

// NormalTarget returns an address of ours as [Target.String] writes it, and any
// other as it is.
func NormalTarget(href string) string {
	if t, ok := ParseTarget(href); ok {
		return t.String()
	}
	return href
}

// UnescapePath undoes percent-encoding; what is not text then stays as it is.
func UnescapePath(s string) string {
	if u, err := url.PathUnescape(s); err == nil && utf8.ValidString(u) {
		return u
	}
	return CleanUTF8(s)
}
