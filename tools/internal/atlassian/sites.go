package atlassian

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unique"

	"github.com/maypok86/otter/v2"

	"arcade-atlassian/schema"
	"arcade-atlassian/tools/internal/text"
	"arcade-atlassian/tools/tool"
)

// Product is one of Atlassian's products behind the gateway.
type Product string

// The products this module has tools for.
const (
	Jira       Product = "jira"
	Confluence Product = "confluence"
)

// title is the product's name for people.
func (p Product) title() string { return strings.ToUpper(string(p[:1])) + string(p[1:]) }

// owns reports whether a scope is one of the product's, which only its family
// tells (facts §1.2).
func (p Product) owns(scope string) bool {
	if p == Confluence {
		return strings.Contains(scope, "confluence")
	}
	return strings.Contains(scope, ":jira") || strings.Contains(scope, "servicedesk")
}

// Site is one Atlassian site as one person's token reaches it, through one
// product.
type Site struct {
	ID   string // the cloud id
	Name string // for people; not always a part of the address (facts §1.2)
	URL  string // without a trailing slash; empty when Atlassian gives none that is safe

	s session
}

func (s *Site) session() *session { return &s.s }

// Changed records in the call what was changed on the site, in words that an
// error can go on with: "issue PLAT-12 was created", and on which objects (see
// tool.Invocation). Operations that write record their names, and the objects in
// their addresses, by themselves.
func (s *Site) Changed(what string, objects ...tool.Object) { s.s.inv.Changed(what, objects...) }

// Link is the address of a page on the site, or "" when the site's own address
// is unknown. path is escaped and begins with a slash.
func (s *Site) Link(path string) string {
	if s.URL == "" {
		return ""
	}
	return s.URL + path
}

// Sites are the sites of one person that have a product.
type Sites struct {
	List []*Site
	// LeftOut is how many more there are: of very many only the first are kept.
	LeftOut int
}

// maxSites is how many sites of one person are kept.
const maxSites = 500

// siteRow is a row of accessible-resources.
type siteRow struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Scopes []string `json:"scopes"`
}

type siteRows []siteRow

// Check tells a list from what is none. An empty one is an answer: the grant
// reaches no site.
func (rows siteRows) Check() error {
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(r siteRow) bool { return r.ID != "" }) {
		return errors.New("no list of sites")
	}
	return nil
}

// accessibleResources needs a token but no scope (facts §1.2).
var accessibleResources = Get[struct{}, siteRows]("/oauth/token/accessible-resources")

// knownSite is what is remembered of a site. Many tokens reach the same sites
// with the same scopes, so both are kept once for all of them.
type knownSite struct {
	id, name, url, host string
	scopes              unique.Handle[string] // sorted, separated by blanks
	jira, confluence    bool
}

func (k *knownSite) has(p Product) bool {
	if p == Confluence {
		return k.confluence
	}
	return k.jira
}

// knownSites is what is remembered of a token.
type knownSites struct {
	list    []unique.Handle[knownSite]
	leftOut map[Product]int
	// forbidden is how many the operator's boundaries leave out.
	forbidden int
	// asked is when the request for the list was sent, or when one that another
	// replica had asked for was looked up, and age is how old it was then.
	asked time.Time
	age   time.Duration
	// since is when the first one was sent of the requests that brought this list
	// again and again.
	since time.Time
}

// is reports whether another list is the same.
func (k *knownSites) is(other *knownSites) bool {
	return slices.Equal(k.list, other.list) && maps.Equal(k.leftOut, other.leftOut) && k.forbidden == other.forbidden
}

// with returns the sites that have the product.
func (k *knownSites) with(p Product) []knownSite {
	var found []knownSite
	for _, h := range k.list {
		if site := h.Value(); site.has(p) {
			found = append(found, site)
		}
	}
	return found
}

// all returns every site.
func (k *knownSites) all() []knownSite {
	all := make([]knownSite, len(k.list))
	for i, h := range k.list {
		all[i] = h.Value()
	}
	return all
}

// ListSites asks Atlassian for the person's sites with the product as they are
// now. There may be none.
func (u *User) ListSites(ctx context.Context, p Product) (Sites, error) {
	known, err := u.s.loadSites(ctx)
	if err != nil {
		return Sites{}, err
	}
	if len(known.list) > 0 {
		u.s.client.sites.Compute(u.s.token, func(before *knownSites, found bool) (*knownSites, otter.ComputeOp) {
			if found && known.is(before) {
				known.since = before.since // or what is remembered would be asked for again
			}
			return known, otter.WriteOp
		})
	}
	return u.sitesOf(known, p), nil
}

// Sites are the person's sites with the product, at most ten minutes old.
// There is at least one.
func (u *User) Sites(ctx context.Context, p Product) (Sites, error) {
	known, err := u.knownSites(ctx)
	if err != nil {
		return Sites{}, err
	}
	sites := u.sitesOf(known, p)
	if len(sites.List) == 0 {
		return sites, noSite(p, known, u.s.uses)
	}
	return sites, nil
}

func (u *User) sitesOf(known *knownSites, p Product) Sites {
	sites := Sites{List: []*Site{}, LeftOut: known.leftOut[p]}
	if known.forbidden > 0 {
		u.s.inv.LeftOut(known.forbidden)
	}
	for _, k := range known.with(p) {
		sites.List = append(sites.List, u.on(k, p, known.since))
	}
	return sites
}

// Site returns the person's site with the product that given names: a cloud
// id, a site name, a host or any URL on the site. An empty one means the only
// site there is. Nothing is requested but the list of sites, and that at most
// every ten minutes for one token.
//
// When given does not decide, the error tells which sites there are.
func (u *User) Site(ctx context.Context, p Product, given string) (*Site, error) {
	given = strings.TrimSpace(given)
	if err := CheckVisible(siteParameter, given); err != nil {
		return nil, err
	}
	known, err := u.knownSites(ctx)
	if err != nil {
		return nil, err
	}
	found, err := choose(p, given, known, u.s.uses)
	if err != nil {
		return nil, err
	}
	return u.on(found, p, known.since), nil
}

func (u *User) on(k knownSite, p Product, since time.Time) *Site {
	s := u.s
	s.addressWithoutID = "/ex/" + string(p) + "/{cloudId}"
	s.address = "/ex/" + string(p) + "/" + url.PathEscape(k.id)
	s.product = p
	s.siteID, s.siteHost = k.id, k.host
	s.granted, s.sitesSince = k.scopes.Value(), since
	return &Site{ID: k.id, Name: k.name, URL: k.url, s: s}
}

// errNoSites keeps an empty list out of the cache: the user may be about to
// authorize the first site.
var errNoSites = errors.New("the list of sites is empty")

func (u *User) knownSites(ctx context.Context) (*knownSites, error) {
	var asked atomic.Bool
	load := func(ctx context.Context, _ tokenHash) (*knownSites, error) {
		if known, ok := u.s.sharedSites(ctx); ok {
			return known, nil
		}
		asked.Store(true)
		known, err := u.s.loadSites(ctx)
		if err == nil && len(known.list) == 0 && known.forbidden == 0 {
			err = errNoSites
		}
		return known, err
	}
	known, err := u.s.client.sites.Get(ctx, u.s.token, otter.LoaderFunc[tokenHash, *knownSites](load))
	u.s.client.telemetry.lookedUp(ctx, sitesCache, !asked.Load())
	if errors.Is(err, errNoSites) {
		return &knownSites{}, nil
	}
	return known, err
}

// forgetSites drops what is remembered of the token, here and for the other
// replicas, unless it was asked for after the request that was refused.
func (s *session) forgetSites(refused time.Time) {
	if known, found := s.client.sites.GetIfPresent(s.token); found && known.asked.After(refused) {
		return
	}
	s.unshareSites(refused)
	s.client.sites.ComputeIfPresent(s.token, func(known *knownSites) (*knownSites, otter.ComputeOp) {
		if known.asked.After(refused) {
			return known, otter.CancelOp
		}
		return nil, otter.InvalidateOp
	})
}

// loadSites asks Atlassian, and tells the other replicas.
func (s *session) loadSites(ctx context.Context) (*knownSites, error) {
	now := time.Now()
	rows, err := accessibleResources.Do(ctx, &User{session{client: s.client, token: s.token, inv: s.inv}}, struct{}{})
	if err != nil {
		return nil, err
	}
	rows = unite(rows)
	s.shareSites(ctx, rows, now)
	return s.client.know(rows, now), nil
}

// unite makes one row of those with the same id: one site may come in several,
// each with the scopes of one product (facts §1.2).
func unite(rows siteRows) siteRows {
	var ids []string // in Atlassian's order
	united := map[string]*siteRow{}
	for _, row := range rows {
		if unsafeSegment(row.ID) != "" { // it will stand in paths
			continue
		}
		first, ok := united[row.ID]
		if !ok {
			ids, united[row.ID] = append(ids, row.ID), &row
			continue
		}
		first.Scopes = append(first.Scopes, row.Scopes...)
	}
	out := make(siteRows, len(ids))
	for i, id := range ids {
		out[i] = *united[id]
		slices.Sort(out[i].Scopes)
		out[i].Scopes = slices.Compact(out[i].Scopes)
	}
	return out
}

// know makes of united rows what is remembered of them. asked is when.
func (c *Client) know(rows siteRows, asked time.Time) *knownSites {
	known := &knownSites{asked: asked, since: asked, leftOut: map[Product]int{}}
	for i := range rows {
		site := rememberSite(&rows[i])
		if !c.boundaries.admitsSite(false, site.id, site.host) {
			known.forbidden++
			continue
		}
		if len(known.list) < maxSites {
			known.list = append(known.list, unique.Make(site))
			continue
		}
		for _, p := range []Product{Jira, Confluence} {
			if site.has(p) {
				known.leftOut[p]++
			}
		}
	}
	return known
}

func rememberSite(row *siteRow) knownSite {
	k := knownSite{
		id:     row.ID,
		name:   text.Line(row.Name, 255),
		url:    SafeURL(strings.TrimSuffix(row.URL, "/")),
		scopes: unique.Make(strings.Join(row.Scopes, " ")),
	}
	k.host = host(k.url)
	k.jira = slices.ContainsFunc(row.Scopes, Jira.owns)
	k.confluence = slices.ContainsFunc(row.Scopes, Confluence.owns)
	return k
}

// SafeURL returns an address from an answer when a person can follow it
// without harm, else "": it is https, or http on this machine as the sandbox's
// are, and names no user.
func SafeURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || len(raw) > 2000 || schema.HasInvisible(raw) {
		return ""
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return raw
	}
	return ""
}

// choose finds the one site that given means.
func choose(p Product, given string, known *knownSites, uses []tool.Operation) (knownSite, error) {
	usable := known.with(p)
	if len(usable) == 0 {
		return knownSite{}, noSite(p, known, uses)
	}
	found := usable
	if given != "" {
		found = matching(given, usable)
	}
	list := listing(usable, known.leftOut[p])
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		if given != "" {
			list = listing(found, 0)
		}
		return knownSite{}, tool.NeedContext(
			fmt.Sprintf("Several Atlassian sites with %s are available; one has to be chosen with %s.", p.title(), siteParameter),
			fmt.Sprintf("Ask the user which site is meant, then call again with its %s. %s", siteParameter, list))
	case len(matching(given, known.all())) > 0:
		return knownSite{}, tool.Retry(
			fmt.Sprintf("The site that %s names is not authorized for %s.", siteParameter, p.title()),
			fmt.Sprintf("Use one of the sites with %s, or have the user authorize it there. %s", p.title(), list))
	}
	return knownSite{}, tool.Retry(
		fmt.Sprintf("No Atlassian site found matching %s.", siteParameter),
		fmt.Sprintf("Call again with one of these, or without %s when there is only one. %s", siteParameter, list))
}

// matching returns the sites that given may mean, by the strongest sign that
// any of them shows: id, host, display name, first label of the host.
func matching(given string, sites []knownSite) []knownSite {
	givenHost := host(given)
	for _, sign := range []func(*knownSite) bool{
		func(k *knownSite) bool { return strings.EqualFold(k.id, given) },
		func(k *knownSite) bool { return givenHost != "" && givenHost == k.host },
		func(k *knownSite) bool { return strings.EqualFold(k.name, given) },
		func(k *knownSite) bool {
			label, _, _ := strings.Cut(k.host, ".")
			return strings.EqualFold(label, given)
		},
	} {
		var found []knownSite
		for i := range sites {
			if sign(&sites[i]) {
				found = append(found, sites[i])
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// host is the lower-case host of a URL, with or without a scheme, or "" for
// text that has none.
func host(s string) string {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || !strings.Contains(u.Hostname(), ".") {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// listing names sites in a prompt. leftOut is how many are not known by name.
func listing(sites []knownSite, leftOut int) string {
	const most = 50 // nobody reads on; the rest are one tool call away
	var b strings.Builder
	b.WriteString("Available sites: ")
	for i, k := range sites[:min(len(sites), most)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(text.Clip(k.name, 100) + " (")
		if k.url != "" {
			b.WriteString(text.Clip(k.url, 200) + ", ")
		}
		b.WriteString(siteParameter + " " + text.Clip(k.id, 100) + ")")
	}
	if more := len(sites) - most; more > 0 || leftOut > 0 {
		fmt.Fprintf(&b, "; and %d more, see GetAvailableAtlassianClouds", max(more, 0)+leftOut)
	}
	b.WriteString(".")
	return b.String()
}

// noSite explains a token without any site for the product. Its cause is the
// grant, so the operation and scopes that were wanted are named.
func noSite(p Product, known *knownSites, uses []tool.Operation) error {
	e := &tool.Error{
		Kind:    tool.KindUpstreamAuth,
		Message: "The user's Atlassian authorization covers no site.",
		Prompt:  "The user has to authorize an Atlassian site. Repeating the call does not help.",
	}
	if len(known.list) == 0 && known.forbidden > 0 {
		return refuse(siteParameter, "none of the user's sites is one that these tools may use")
	}
	if len(known.list) > 0 {
		e.Message = fmt.Sprintf("The user's Atlassian authorization covers no site with %s. %s", p.title(), listing(known.all(), 0))
		e.Prompt = fmt.Sprintf("The user has to authorize %s. Repeating the call does not help.", p.title())
	}
	for _, o := range uses {
		if scopes := o.Scopes(); len(scopes) > 0 {
			e.Message += fmt.Sprintf(" Missing scope for %s: %s.", o.Name(), strings.Join(scopes, " "))
			e.Extra = map[string]string{"operation": o.Name(), "missing_scopes": strings.Join(scopes, " ")}
			break
		}
	}
	e.Developer = fmt.Sprintf("accessible-resources lists no site with %s scopes", p.title())
	return e
}
