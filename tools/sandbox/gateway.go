package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const resourcesPath = "/oauth/token/accessible-resources"

// product is one of Atlassian's products, spelled as in the gateway's paths and in the scopes.
type product string

const (
	jira       product = "jira"
	confluence product = "confluence"
)

// owns reports whether a scope is one of the product's: read:jira-work, read:project:jira and
// read:sprint:jira-software are Jira's, read:me is nobody's.
func (p product) owns(scope string) bool { return strings.Contains(scope, ":"+string(p)) }

// gatewayFault is the gateway's answer when it knows the path but not the right to it.
type gatewayFault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func refused(status int, message string) reply {
	return reply{status: status, body: gatewayFault{Code: status, Message: message}}
}

// routingFault is the gateway's answer when it can make nothing of a request.
type routingFault struct {
	Timestamp string `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Path      string `json:"path"`
}

func (s *Sandbox) unroutable(status int, message, path string) reply {
	return reply{status: status, body: routingFault{
		Timestamp: s.opts.Clock().UTC().Format("2006-01-02T15:04:05.000-07:00"),
		Status:    status,
		Error:     http.StatusText(status),
		Message:   message,
		Path:      path,
	}}
}

// answer is the gateway: who asks, for which product on which site, and may they.
func (s *Sandbox) answer(r *http.Request, g *grant) reply {
	if s.broken != nil {
		return refused(http.StatusInternalServerError, s.broken.Error())
	}
	if g == nil {
		return refused(http.StatusUnauthorized, "Unauthorized")
	}
	// Everything is decided on the path as it was sent: a segment is unescaped only after it was found
	// to be a parameter, so that an escaped slash or dot can never become a path of its own.
	path := r.URL.EscapedPath()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return s.unroutable(http.StatusBadRequest, "The query string is malformed", path)
	}
	if path == resourcesPath {
		if r.Method != http.MethodGet {
			re := s.unroutable(http.StatusMethodNotAllowed, "Request method '"+r.Method+"' is not supported", path)
			re.header = http.Header{"Allow": {http.MethodGet}}
			return re
		}
		if re, prescribed := s.scripted(r.Method, path); prescribed {
			return re
		}
		return ok(s.world.accessibleResources(g))
	}
	segments := strings.Split(path, "/")
	dots := slices.ContainsFunc(segments, func(s string) bool { return s == "." || s == ".." })
	if dots || len(segments) < 5 || segments[0] != "" || segments[1] != "ex" {
		return s.unroutable(http.StatusNotFound, "No message available", path)
	}
	prod, on := product(segments[2]), s.world.siteWithID(segments[3])
	if on == nil || prod != jira && prod != confluence {
		return s.unroutable(http.StatusNotFound, "No message available", path)
	}
	if !g.reaches(on) {
		return refused(http.StatusForbidden, "The app is not installed on this instance")
	}
	return s.dispatch(r.Method, path, prod, segments[4:], g, &call{
		world: s.world,
		site:  on,
		user:  g.user,
		path:  "/" + strings.Join(segments[4:], "/"),
		query: query,
	})
}

// dispatch finds the operation and runs it when the token may.
func (s *Sandbox) dispatch(method, path string, p product, segments []string, g *grant, c *call) reply {
	var allowed []string
	var fault faultFunc
	for _, rt := range s.routes {
		if rt.product != p {
			continue
		}
		vars, matched := match(rt.template, segments)
		if !matched {
			continue
		}
		if rt.method != method {
			allowed, fault = append(allowed, rt.method), rt.fault
			continue
		}
		if !g.holds(rt.scopes) {
			return refused(http.StatusUnauthorized, "Unauthorized; scope does not match")
		}
		if re, prescribed := s.scripted(method, path); prescribed {
			return re
		}
		c.vars = vars
		return rt.serve(c)
	}
	if re, prescribed := s.scripted(method, path); prescribed {
		return re
	}
	if fault == nil {
		return s.unroutable(http.StatusNotFound, "No message available", path)
	}
	re := fault(http.StatusMethodNotAllowed, "The method "+method+" is not allowed here.")
	re.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	return re
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
func (w *world) accessibleResources(g *grant) []resource {
	var rows []resource
	for _, s := range w.Sites {
		if !g.reaches(s) {
			continue
		}
		for _, p := range []product{jira, confluence} {
			if scopes := g.scopesFor(p); len(scopes) > 0 {
				rows = append(rows, resource{ID: s.CloudID, Name: s.Name, URL: s.URL, Scopes: scopes, AvatarURL: s.AvatarURL})
			}
		}
	}
	return rows
}
