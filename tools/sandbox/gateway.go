package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"arcade-atlassian/tools/sandbox/internal/jira"
	"arcade-atlassian/tools/sandbox/internal/service"
)

const resourcesPath = "/oauth/token/accessible-resources"

// gatewayFault is the gateway's answer when it knows the path but not the right to it.
type gatewayFault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func refused(status int, message string) service.Reply {
	return service.Reply{Status: status, Body: gatewayFault{Code: status, Message: message}}
}

// routingFault is the gateway's answer when it can make nothing of a request.
type routingFault struct {
	Timestamp string `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Path      string `json:"path"`
}

func (s *Sandbox) unroutable(status int, message, path string) service.Reply {
	return service.Reply{Status: status, Body: routingFault{
		Timestamp: s.opts.Clock().UTC().Format("2006-01-02T15:04:05.000-07:00"),
		Status:    status,
		Error:     http.StatusText(status),
		Message:   message,
		Path:      path,
	}}
}

// handled is what the gateway makes of a request: an operation with what it is called with, or an answer
// of the gateway's own.
type handled struct {
	handle  service.Handler
	call    *service.Call
	refusal service.Reply
	// scriptable says that a scripted answer may come instead: the request was allowed.
	scriptable bool
}

func refuse(re service.Reply) handled { return handled{refusal: re} }

// mediaPath begins the paths of the host that keeps files, which is another name of this one.
const mediaPath = "/file/"

// mediaFile is the answer of that host. Its addresses are enough to read what they name, so that who sends
// a token of the gateway gives it away, and is refused.
func (s *Sandbox) mediaFile(r *http.Request) handled {
	switch {
	case r.Method != http.MethodGet:
		return refuse(service.Reply{Status: http.StatusMethodNotAllowed, Header: http.Header{"Allow": {http.MethodGet}}})
	case len(r.Header.Values("Authorization")) > 0:
		return refuse(refused(http.StatusBadRequest, "Only one authentication mechanism is allowed"))
	}
	path, token := r.URL.Path, r.URL.Query().Get("token")
	return handled{call: &service.Call{}, handle: func(*service.Call) service.Reply { return jira.MediaFile(s.state, path, token) }}
}

// route is the gateway: who asks, for which product on which site, and may they.
func (s *Sandbox) route(r *http.Request, g *grant) handled {
	if s.broken != nil {
		return refuse(refused(http.StatusInternalServerError, s.broken.Error()))
	}
	if strings.HasPrefix(r.URL.EscapedPath(), mediaPath) {
		return s.mediaFile(r)
	}
	if g == nil {
		return refuse(refused(http.StatusUnauthorized, "Unauthorized"))
	}
	// Everything is decided on the path as it was sent: a segment is unescaped only after it was found
	// to be a parameter, so that an escaped slash or dot can never become a path of its own.
	path := r.URL.EscapedPath()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(s.unroutable(http.StatusBadRequest, "The query string is malformed", path))
	}
	if path == resourcesPath {
		if r.Method != http.MethodGet {
			re := s.unroutable(http.StatusMethodNotAllowed, "Request method '"+r.Method+"' is not supported", path)
			re.Header = http.Header{"Allow": {http.MethodGet}}
			return refuse(re)
		}
		return handled{refusal: service.OK(s.accessibleResources(g)), scriptable: true}
	}
	segments := strings.Split(path, "/")
	dots := slices.ContainsFunc(segments, func(s string) bool { return s == "." || s == ".." })
	if dots || len(segments) < 5 || segments[0] != "" || segments[1] != "ex" {
		return refuse(s.unroutable(http.StatusNotFound, "No message available", path))
	}
	product, site := segments[2], s.state.SiteWithID(segments[3])
	if site == nil || !slices.ContainsFunc(services(), func(s *service.Service) bool { return s.Product == product }) {
		return refuse(s.unroutable(http.StatusNotFound, "No message available", path))
	}
	if !g.reaches(site) {
		return refuse(refused(http.StatusForbidden, "The app is not installed on this instance"))
	}
	found := s.operation(r.Method, path, product, segments[4:], g)
	if found.call != nil {
		found.call.State, found.call.Site, found.call.User = s.state, site, g.user
		found.call.Path = "/" + strings.Join(segments[4:], "/")
		found.call.Query, found.call.Header = query, r.Header
		found.call.Gateway = "http://" + r.Host + strings.Join(segments[:4], "/")
		found.call.Media = jira.MediaURL(r.Host)
	}
	return found
}

// operation finds the operation, which the token may need scopes for.
func (s *Sandbox) operation(method, path, product string, segments []string, g *grant) handled {
	if re := removed(product, "/"+strings.Join(segments, "/")); re != nil {
		return handled{refusal: *re, scriptable: true}
	}
	var allowed []string
	var api *service.API
	for _, rt := range s.routes {
		if rt.product != product {
			continue
		}
		vars, matched := match(rt.template, segments)
		if !matched {
			continue
		}
		if rt.method != method {
			allowed, api = append(allowed, rt.method), rt.api
			continue
		}
		if !g.holds(rt.scopes) {
			return refuse(refused(http.StatusUnauthorized, "Unauthorized; scope does not match"))
		}
		return handled{handle: rt.handle, call: &service.Call{API: rt.api, Vars: vars}, scriptable: true}
	}
	if api == nil {
		return handled{refusal: s.unroutable(http.StatusNotFound, "No message available", path), scriptable: true}
	}
	re := api.Fault(http.StatusMethodNotAllowed, "The method "+method+" is not allowed here.")
	re.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	return handled{refusal: re, scriptable: true}
}

// removed is the answer for a path of operations that a product has no more, or nil for any other path.
func removed(product, path string) *service.Reply {
	for _, s := range services() {
		for _, api := range s.APIs() {
			below := func(removed string) bool { return path == removed || strings.HasPrefix(path, removed+"/") }
			if s.Product == product && slices.ContainsFunc(api.Removed, below) {
				re := api.Fault(http.StatusGone, api.Gone)
				return &re
			}
		}
	}
	return nil
}

// resource is one row of accessible-resources.
type resource struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	Scopes    []string `json:"scopes"`
	AvatarURL string   `json:"avatarUrl"`
}

// accessibleResources lists a site once per product the grant has scopes of, under the same id, as the
// real service does.
func (s *Sandbox) accessibleResources(g *grant) []resource {
	var rows []resource
	for _, site := range s.state.Sites {
		if !g.reaches(site) {
			continue
		}
		for _, product := range services() {
			if scopes := g.scopesFor(product.Product); len(scopes) > 0 {
				rows = append(rows, resource{ID: site.CloudID, Name: site.Name, URL: site.URL, Scopes: scopes, AvatarURL: site.AvatarURL})
			}
		}
	}
	return rows
}
