package atlassian

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

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

// Resource is a site that a token reaches, a row of accessible-resources.
type Resource struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Scopes []string `json:"scopes"`
}

// Has reports whether the grant covers the product, which only the families of
// the scopes tell (facts §1.2).
func (r Resource) Has(p Product) bool {
	return slices.ContainsFunc(r.Scopes, func(scope string) bool {
		switch p {
		case Confluence:
			return strings.Contains(scope, "confluence")
		default:
			return strings.Contains(scope, ":jira") || strings.Contains(scope, "-jira") || strings.Contains(scope, "servicedesk")
		}
	})
}

// accessibleResources needs a token but no scope (facts §1.2).
var accessibleResources = Get[struct{}, []Resource]("/oauth/token/accessible-resources")

// Sites lists the sites that the person's token reaches, as they are now.
func (u *User) Sites(ctx context.Context) ([]Resource, error) {
	sites, err := u.s.loadSites(ctx)
	if err == nil {
		u.s.client.sites.Set(u.s.tokenHash(), slices.Clone(sites)) // the caller may sort its own
	}
	return sites, err
}

// Site returns the person's site with the product that cloud names: a cloud
// id, a site name, a host or any URL on the site. An empty cloud means the
// only site there is. Nothing is requested but the list of sites, and that at
// most every ten minutes for one token.
//
// When cloud does not decide, the error tells which sites there are.
func (u *User) Site(ctx context.Context, p Product, cloud string) (*Site, error) {
	all, err := u.cachedSites(ctx)
	if err != nil {
		return nil, err
	}
	found, err := choose(p, cloud, all, u.s.uses)
	if err != nil {
		return nil, err
	}
	return u.on(found, p), nil
}

// SitesWith lists the person's sites that have the product.
func (u *User) SitesWith(ctx context.Context, p Product) ([]*Site, error) {
	all, err := u.cachedSites(ctx)
	if err != nil {
		return nil, err
	}
	usable := having(p, all)
	if len(usable) == 0 {
		return nil, noSite(p, all, u.s.uses)
	}
	sites := make([]*Site, len(usable))
	for i, r := range usable {
		sites[i] = u.on(r, p)
	}
	return sites, nil
}

func (u *User) on(r Resource, p Product) *Site {
	s := u.s
	s.shown = "/ex/" + string(p) + "/"
	s.prefix = s.shown + url.PathEscape(r.ID)
	s.shown += "{cloudId}"
	s.granted = r.Scopes
	return &Site{Resource: r, s: s}
}

func (u *User) cachedSites(ctx context.Context) ([]Resource, error) {
	load := func(ctx context.Context, _ tokenHash) ([]Resource, error) { return u.s.loadSites(ctx) }
	return u.s.client.sites.Get(ctx, u.s.tokenHash(), otter.LoaderFunc[tokenHash, []Resource](load))
}

// loadSites asks Atlassian. One site may come in several rows, each with the
// scopes of one product: rows are united by id (facts §1.2).
func (s *session) loadSites(ctx context.Context) ([]Resource, error) {
	rows, err := accessibleResources.Do(ctx, &User{session{client: s.client, inv: s.inv}}, struct{}{})
	if err != nil {
		return nil, err
	}
	sites := []Resource{}
	for _, row := range rows {
		if unsafeSegment(row.ID) != "" { // it will stand in paths
			continue
		}
		i := slices.IndexFunc(sites, func(r Resource) bool { return r.ID == row.ID })
		if i < 0 {
			i = len(sites)
			sites = append(sites, Resource{ID: row.ID, Name: row.Name, URL: strings.TrimSuffix(row.URL, "/")})
		}
		for _, scope := range row.Scopes {
			if !slices.Contains(sites[i].Scopes, scope) {
				sites[i].Scopes = append(sites[i].Scopes, scope)
			}
		}
	}
	return sites, nil
}

func having(p Product, sites []Resource) []Resource {
	return slices.DeleteFunc(slices.Clone(sites), func(r Resource) bool { return !r.Has(p) })
}

// choose finds the one site that cloud means.
func choose(p Product, cloud string, all []Resource, uses []tool.Operation) (Resource, error) {
	usable := having(p, all)
	if len(usable) == 0 {
		return Resource{}, noSite(p, all, uses)
	}
	found := usable
	if cloud = strings.TrimSpace(cloud); cloud != "" {
		found = matching(cloud, usable)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Resource{}, tool.NeedContext(
			fmt.Sprintf("Several Atlassian sites with %s are available; one has to be chosen with atlassian_cloud_id.", p.title()),
			"Ask the user which site is meant, then call again with its atlassian_cloud_id. "+listing(found))
	case len(matching(cloud, all)) > 0:
		return Resource{}, tool.Retry(
			fmt.Sprintf("The site that atlassian_cloud_id names is not authorized for %s.", p.title()),
			fmt.Sprintf("Use one of the sites with %s, or have the user authorize it there. %s", p.title(), listing(usable)))
	}
	return Resource{}, tool.Retry(
		"No Atlassian site found matching atlassian_cloud_id.",
		"Call again with one of these, or without atlassian_cloud_id when there is only one. "+listing(usable))
}

// matching returns the sites that cloud may mean, by the strongest sign that
// any of them shows: id, host, display name, first label of the host.
func matching(cloud string, sites []Resource) []Resource {
	for _, sign := range []func(Resource) bool{
		func(r Resource) bool { return strings.EqualFold(r.ID, cloud) },
		func(r Resource) bool { return host(cloud) != "" && host(cloud) == host(r.URL) },
		func(r Resource) bool { return strings.EqualFold(r.Name, cloud) },
		func(r Resource) bool {
			label, _, _ := strings.Cut(host(r.URL), ".")
			return strings.EqualFold(label, cloud)
		},
	} {
		if found := slices.DeleteFunc(slices.Clone(sites), func(r Resource) bool { return !sign(r) }); len(found) > 0 {
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

func listing(sites []Resource) string {
	var b strings.Builder
	b.WriteString("Available sites: ")
	for i, r := range sites {
		if i == 50 { // nobody reads on; ids and names of the rest are one tool call away
			fmt.Fprintf(&b, "; and %d more, see GetAvailableAtlassianClouds", len(sites)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s (%s, atlassian_cloud_id %s)", clean(r.Name, 100), clean(r.URL, 200), clean(r.ID, 100))
	}
	b.WriteString(".")
	return b.String()
}

// noSite explains a token without any site for the product. Its cause is the
// grant, so the operation and scopes that were wanted are named.
func noSite(p Product, all []Resource, uses []tool.Operation) error {
	e := &tool.Error{
		Kind:    tool.KindUpstreamAuth,
		Message: "The user's Atlassian authorization covers no site.",
		Prompt:  "The user has to authorize an Atlassian site. Repeating the call does not help.",
	}
	if len(all) > 0 {
		e.Message = fmt.Sprintf("The user's Atlassian authorization covers no site with %s. %s", p.title(), listing(all))
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

// noToken explains a call that came without a token: the Engine sends one
// whenever it has one.
func noToken() error {
	return &tool.Error{
		Kind: tool.KindUpstreamAuth, Status: http.StatusUnauthorized,
		Message:   "The call carries no Atlassian token: the user has not authorized Atlassian.",
		Prompt:    "The user has to authorize Atlassian. Repeating the call does not help.",
		Developer: "context.authorization.token is empty",
	}
}
