package confluence

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/tool"
)

// pageName is what a value names a page by: its ID, or its title.
type pageName struct {
	id    string
	draft bool // the address is that of the editor, which shows a draft
	title string
}

// pageForms are the ways in which a page can be named.
const pageForms = "Give the page's ID, exact title, URL (…/wiki/spaces/KEY/pages/ID/…) or tiny link (…/wiki/x/…)."

// readPageName reads a value of the parameter without asking anybody.
func readPageName(s *atlassian.Site, param, value string) (pageName, error) {
	value = strings.TrimSpace(value)
	if atlassian.Fits("digits", value) {
		return pageName{id: value}, nil
	}
	a, isAddress, err := readAddress(s, param, value)
	switch {
	case err != nil:
		return pageName{}, err
	case !isAddress:
		return pageName{title: value}, nil
	}
	for _, id := range []string{a.query.Get("pageId"), a.query.Get("homepageId")} {
		if atlassian.Fits("digits", id) {
			return pageName{id: id}, nil
		}
	}
	switch path := a.path; {
	case len(path) == 2 && path[0] == "x":
		if id, ok := readTinyLink(path[1]); ok {
			return pageName{id: id}, nil
		}
	case len(path) >= 5 && path[0] == "spaces" && path[2] == "pages" && slices.Contains([]string{"edit", "edit-v2"}, path[3]) && atlassian.Fits("digits", path[4]):
		return pageName{id: path[4], draft: true}, nil
	case len(path) >= 4 && path[0] == "spaces" && path[2] == "pages" && atlassian.Fits("digits", path[3]):
		return pageName{id: path[3]}, nil
	case len(path) >= 2 && path[0] == "spaces" && (len(path) == 2 || path[2] == "overview"):
		return pageName{}, tool.BadInput(param, "is the address of a space, which does not tell its home page", "Give the ID of the page; GetSpace tells that of a home page as homepageId.")
	}
	return pageName{}, tool.BadInput(param, "is the address of something else than a page", pageForms)
}

// spaceOfAddress is the key of the space in the value of the parameter, when
// that is an address.
func spaceOfAddress(s *atlassian.Site, param, value string) (key string, isAddress bool, err error) {
	a, isAddress, err := readAddress(s, param, value)
	if err != nil || !isAddress {
		return "", isAddress, err
	}
	if len(a.path) >= 2 && slices.Contains([]string{"spaces", "display"}, a.path[0]) {
		return a.path[1], true, nil
	}
	return "", true, tool.BadInput(param, "is an address without the key of a space", "Give the space's ID, key, exact name or URL (…/wiki/spaces/KEY).")
}

// address is an address in Confluence on the site: its path after /wiki, and its
// query.
type address struct {
	path  []string
	query url.Values
}

var webAddress = regexp.MustCompile(`(?i)^https?://`)

// readAddress reads a value that is a URL, or one without its scheme, and
// refuses one that leads to another site.
func readAddress(s *atlassian.Site, param, value string) (a address, isAddress bool, err error) {
	_, host, _ := strings.Cut(s.URL, "://")
	switch {
	case webAddress.MatchString(value):
	case host != "" && len(value) > len(host) && strings.EqualFold(value[:len(host)+1], host+"/"):
		value = "https://" + value
	default:
		return a, false, nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return a, true, tool.BadInput(param, "is no valid URL", "Copy the address again, or give an ID.")
	case host == "":
		return a, true, tool.BadInput(param, "is a URL, and the address of the site is not known", "Give the ID instead.")
	case !strings.EqualFold(u.Host, host) || u.User != nil:
		return a, true, tool.BadInput(param, "is a URL on another site than "+s.URL, "Give one on this site, or name the other site in atlassian_cloud_id.")
	}
	path := strings.Split(strings.Trim(u.Path, "/"), "/")
	if path[0] != "wiki" {
		return a, true, tool.BadInput(param, "is a URL outside Confluence", "Give a URL that begins with "+s.URL+"/wiki/.")
	}
	return address{path[1:], u.Query()}, true, nil
}

// readTinyLink is the ID of the page that a tiny link leads to: the bytes of the
// ID, the lowest first, in base64 with - for / and _ for +, from which what
// stands for zeros at the end was taken away (facts §13).
func readTinyLink(code string) (id string, ok bool) {
	const digits = 11 // base64 of eight bytes
	if code == "" || len(code) > digits {
		return "", false
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "/", "_", "+", "/", "?", "+", "?").Replace(code) + strings.Repeat("A", digits-len(code)))
	if err != nil {
		return "", false
	}
	number := binary.LittleEndian.Uint64(raw)
	return strconv.FormatUint(number, 10), number != 0
}
