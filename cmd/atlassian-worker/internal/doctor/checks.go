package doctor

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/worker"
)

// secret looks at the secret that worker and Engine share.
func (e *examination) secret() {
	const check, generate = "secret", "Generate one (openssl rand -hex 32), set ARCADE_WORKER_SECRET to it (or ARCADE_WORKER_SECRET_FILE to a file with it), and register the worker with it."
	switch trimmed := strings.TrimSpace(e.Secret); {
	case trimmed == "":
		e.found(check, Failed, generate, "ARCADE_WORKER_SECRET is not set.")
	case strings.HasPrefix(trimmed, "-----BEGIN "):
		e.found(check, Failed, generate, "ARCADE_WORKER_SECRET is a PEM key; it must be a random text.")
	case len(e.Secret) < worker.MinSecret:
		e.found(check, Warning, generate, "ARCADE_WORKER_SECRET has %d bytes; fewer than %d can be guessed.", len(e.Secret), worker.MinSecret)
	case trimmed != e.Secret:
		e.found(check, Warning, "Remove the white space here and where the worker is registered.", "ARCADE_WORKER_SECRET begins or ends with white space, which is part of it.")
	default:
		e.found(check, OK, "", "The worker's secret is set and long enough.")
	}
}

// sitesPath lists the sites of a token, and refuses everybody without one.
const sitesPath = "/oauth/token/accessible-resources"

// atlassian looks whether Atlassian is reached.
func (e *examination) atlassian(ctx context.Context) {
	const check = "atlassian"
	a, err := e.get(ctx, e.AtlassianURL+sitesPath, "")
	switch {
	case err != nil:
		why, fix := unreachable(err)
		e.found(check, Failed, fix, "Atlassian at %s is not reached: %s.", e.AtlassianURL, why)
		return
	case a.status != http.StatusUnauthorized:
		e.found(check, Failed, "Let this machine reach "+e.AtlassianURL+" directly, or correct --atlassian-url.",
			"What answers at %s is not Atlassian: a request without a token gets status %d instead of 401. A proxy may stand in between.", e.AtlassianURL, a.status)
		return
	}
	e.found(check, OK, "", "Atlassian is reached at %s.", e.AtlassianURL)
	e.clock("clock", "Atlassian's", a)
}

// worker looks at the worker from outside.
func (e *examination) worker(ctx context.Context) {
	const check = "worker"
	if e.WorkerURL == "" {
		e.found(check, Skipped, "Give the address that is registered with the Engine: --url https://…", "The worker was not looked at.")
		return
	}
	u, err := url.Parse(e.WorkerURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		e.found(check, Failed, "Give --url as it is registered: a scheme and a host, such as https://worker.example.com.", "The worker's address is not a URL of a scheme and a host alone.")
		return
	}
	base := u.Scheme + "://" + u.Host
	if u.Scheme == "http" && !isLocal(u.Hostname()) {
		e.found("tls", Warning, "Put TLS in front of the worker, or give it a certificate (--tls-cert), and register the https:// address.", "%s is not encrypted: users' tokens travel in the clear.", base)
	}
	a, err := e.get(ctx, base+worker.PathHealth, "")
	var health struct {
		Status string `json:"status"`
	}
	switch {
	case err != nil:
		why, fix := unreachable(err)
		e.found(check, Failed, fix, "The worker at %s is not reached: %s.", base, why)
		return
	case a.redirects():
		e.found(check, Failed, "Register the address that it redirects to; an Engine does not follow.", "%s redirects to %s.", base, a.location)
		return
	case a.status == http.StatusBadRequest && u.Scheme == "http" && strings.Contains(string(a.body), "HTTPS server"):
		e.found(check, Failed, "Use https://, here and where the worker is registered.", "The worker at %s speaks TLS.", base)
		return
	case a.status == http.StatusServiceUnavailable && json.Unmarshal(a.body, &health) == nil && health.Status == "stopping":
		e.found(check, Failed, "Start it again, or try again if another takes its place.", "The worker at %s is stopping.", base)
		return
	case a.status != http.StatusOK || json.Unmarshal(a.body, &health) != nil || health.Status == "":
		e.found(check, Failed, "Check the address and what stands in front of the worker.", "What answers at %s is not a worker: status %d for %s.", base, a.status, worker.PathHealth)
		return
	}
	e.found(check, OK, "", "The worker answers at %s.", base)
	e.clock("worker clock", "the worker's", a)
	e.authentication(ctx, base)
	e.catalog(ctx, base)
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// authentication looks whether the worker refuses strangers.
func (e *examination) authentication(ctx context.Context, base string) {
	const check = "authentication"
	switch a, err := e.get(ctx, base+worker.PathTools, ""); {
	case err != nil:
		why, fix := unreachable(err)
		e.found(check, Failed, fix, "The worker did not answer %s: %s.", worker.PathTools, why)
	case a.status == http.StatusOK:
		e.found(check, Failed, "Start it without --no-auth (ARCADE_AUTH_DISABLED) and with a secret.", "The worker answers everybody: whoever reaches it can call every tool.")
	case a.status != http.StatusUnauthorized && a.status != http.StatusForbidden:
		e.found(check, Failed, "Check what stands in front of the worker: it must let "+worker.PathTools+" through.", "A request without a token gets status %d instead of 401.", a.status)
	default:
		e.found(check, OK, "", "The worker refuses requests without a token.")
	}
}

// catalog looks whether an Engine with the secret gets the tools of this
// program.
func (e *examination) catalog(ctx context.Context, base string) {
	const check = "catalog"
	if strings.TrimSpace(e.Secret) == "" {
		e.found(check, Skipped, "Set ARCADE_WORKER_SECRET.", "The catalog was not read, because there is no secret.")
		return
	}
	token, err := worker.NewToken(e.Secret, e.Now(), time.Minute)
	if err != nil {
		e.found(check, Failed, "Correct the secret.", "No token can be made with the secret: %v.", err)
		return
	}
	a, err := e.get(ctx, base+worker.PathTools, token)
	var definitions []struct {
		FullName string `json:"fully_qualified_name"`
		Toolkit  struct {
			Version string `json:"version"`
		} `json:"toolkit"`
	}
	switch {
	case err != nil:
		why, fix := unreachable(err)
		e.found(check, Failed, fix, "The worker did not answer %s: %s.", worker.PathTools, why)
		return
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		e.found(check, Failed, "Use the same ARCADE_WORKER_SECRET here, in the worker and in the Engine, and set the clocks by NTP.",
			"The worker refuses a token signed with ARCADE_WORKER_SECRET: it has another secret, or another time.")
		return
	case a.status != http.StatusOK || json.Unmarshal(a.body, &definitions) != nil:
		e.found(check, Failed, "Look at the worker's log.", "The catalog is not readable: status %d.", a.status)
		return
	case len(definitions) == 0:
		e.found(check, Failed, "Look at ARCADE_DISABLED_TOOLS and ARCADE_DISABLED_TOOLKITS of the worker.", "The worker has no tools.")
		return
	}
	served := map[string]bool{}
	for _, d := range definitions {
		served[d.FullName+"@"+d.Toolkit.Version] = true
	}
	var absent []string
	for _, t := range e.Catalog.Tools() {
		if !served[t.FullName()+"@"+t.Toolkit.Version] {
			absent = append(absent, t.FullName()+" "+t.Toolkit.Version)
		}
	}
	if len(absent) > 0 || len(definitions) != len(e.Catalog.Tools()) {
		e.found(check, Warning, "Deploy this version, or give the flags that the worker has; then let the Engine read the tools again.",
			"The worker has %d tools and this program %d.%s", len(definitions), len(e.Catalog.Tools()), notThere(absent))
		return
	}
	e.found(check, OK, "", "The worker serves the %d tools of this program.", len(definitions))
}

// site is a site as Atlassian lists it for a token.
type site struct {
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Scopes []string `json:"scopes"`
}

// token looks at what a user's token can do.
func (e *examination) token(ctx context.Context) {
	const check = "token"
	if e.Token == "" {
		e.found(check, Skipped, "Run login, or set ATLASSIAN_TOKEN.", "No user's token was looked at.")
		return
	}
	a, err := e.get(ctx, e.AtlassianURL+sitesPath, e.Token)
	var sites []site
	switch {
	case err != nil:
		why, fix := unreachable(err)
		e.found(check, Failed, fix, "Atlassian did not say what the token reaches: %s.", why)
		return
	case a.status == http.StatusUnauthorized:
		e.found(check, Failed, "Run login again.", "Atlassian refuses the token: it has expired, was taken back or is none.")
		return
	case a.status != http.StatusOK || json.Unmarshal(a.body, &sites) != nil:
		e.found(check, Failed, "Try again; if it goes on, see https://status.atlassian.com.", "Atlassian did not say what the token reaches: status %d.", a.status)
		return
	case len(sites) == 0:
		e.found(check, Failed, "Authorize again and choose a site in Atlassian's dialog; the user needs access to it.", "The token reaches no site.")
		return
	}
	for _, s := range sites {
		e.found("site", OK, "", "%s (%s), with the scopes %s.", s.Name, s.URL, strings.Join(slices.Sorted(slices.Values(s.Scopes)), " "))
	}
	e.tools(sites)
}

// tools looks which tools the token can run on at least one site.
func (e *examination) tools(sites []site) {
	const check = "scopes"
	able, unable := 0, 0
	for _, t := range e.Catalog.Tools() {
		missing := lacking(t, sites)
		if len(missing) == 0 {
			able++
			continue
		}
		unable++
		e.found(check, Failed, "Add the scopes to the Atlassian app (atlassian-worker scopes), then authorize again; or leave the tool out with ARCADE_DISABLED_TOOLS.",
			"%s cannot run: the token lacks %s.", t.FullName(), strings.Join(missing, " "))
	}
	if unable == 0 {
		e.found(check, OK, "", "The token can run all %d tools.", able)
	}
}

// lacking is what the token lacks for the tool on the site where least is
// missing.
func lacking(t *tool.Tool, sites []site) (least []string) {
	for i, s := range sites {
		var missing []string
		for _, scope := range t.Scopes() {
			if !slices.Contains(s.Scopes, scope) {
				missing = append(missing, scope)
			}
		}
		if i == 0 || len(missing) < len(least) {
			least = missing
		}
	}
	return least
}

// notThere names tools that the worker lacks, not all when they are many.
func notThere(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		return fmt.Sprintf(" Not there: %s and %d more.", strings.Join(names[:most], ", "), len(names)-most)
	}
	return " Not there: " + strings.Join(names, ", ") + "."
}
