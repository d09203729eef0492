package atlassian

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
)

// DefaultURL is Atlassian's gateway, the only address that takes OAuth tokens
// of users (facts §1.1).
const DefaultURL = "https://api.atlassian.com"

// Options configure a Client. The zero value talks to Atlassian Cloud.
type Options struct {
	// URL replaces DefaultURL. Other than on this machine it must be https.
	URL string
	// UserAgent names the program to Atlassian.
	UserAgent string
	// MaxConnections bounds the connections to a host; 0 is no bound.
	MaxConnections int
	// Boundaries limit what the tools may touch for any user.
	Boundaries Boundaries
	// Transport replaces the shared HTTP transport, for tests.
	Transport http.RoundTripper
	// PerSite and PerToken bound the requests under way at one site and those of
	// one token at it; zero means upstream.DefaultPerSite and DefaultPerToken.
	PerSite, PerToken int
	// Shared is what the replicas know together; nil is what this process knows.
	Shared shared.Store
	// TracerProvider and MeterProvider take spans and metrics of what is asked of
	// Atlassian; nil takes none and costs nothing.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
}

// Client is what all calls share: connections and the sites that tokens reach.
// It holds no identity; that comes with every call.
type Client struct {
	base string // without a trailing slash
	// transport rather than an http.Client: nothing follows redirects or
	// quotes addresses in errors by itself.
	transport http.RoundTripper
	userAgent string
	telemetry *telemetry
	sites     *otter.Cache[tokenHash, *knownSites]
	answers   *otter.Cache[answerKey, keptAnswer]
	replicas  shared.Store // nil when there are no others
	policy    *upstream.Policy
	// boundaries are the operator's, nil without any; attachments are those of
	// Jira that were shown, with the ID of their issue.
	boundaries  *boundaries
	attachments *otter.Cache[attachmentKey, string]
}

// tokenHash stands for a token where it is kept, so that the token is not.
type tokenHash = upstream.Token

const (
	sitesKept  = 10 * time.Minute
	tokensKept = 10_000
	// attachmentsKept are, for all tokens, those whose issue is remembered.
	attachmentsKept = 50_000
	maxAnswer       = 10 << 20 // bytes
)

// NewClient prepares a client. It connects to nothing.
func NewClient(o Options) (*Client, error) {
	base := strings.TrimRight(cmp.Or(o.URL, DefaultURL), "/")
	if err := checkURL(base); err != nil {
		return nil, err
	}
	limited, err := o.Boundaries.read()
	if err != nil {
		return nil, err
	}
	transport := o.Transport
	if transport == nil {
		transport = newTransport(silence, pingWait, o.MaxConnections)
	}
	sites, err := otter.New(&otter.Options[tokenHash, *knownSites]{
		MaximumSize:      tokensKept,
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[tokenHash, *knownSites]) time.Duration { return sitesKept - e.Value.age }),
	})
	if err != nil {
		return nil, fmt.Errorf("sites cache: %w", err)
	}
	answers, err := newAnswers()
	if err != nil {
		return nil, err
	}
	watch, err := newTelemetry(o, base)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	policy := upstream.New(upstream.Options{PerSite: o.PerSite, PerToken: o.PerToken, Shared: o.Shared})
	if err := watch.observe(policy.State); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	attachments, err := otter.New(&otter.Options[attachmentKey, string]{
		MaximumSize:      attachmentsKept,
		ExpiryCalculator: otter.ExpiryWriting[attachmentKey, string](sitesKept),
	})
	if err != nil {
		return nil, fmt.Errorf("attachments cache: %w", err)
	}
	c := &Client{
		boundaries: limited, attachments: attachments,
		base: base, transport: transport, userAgent: cmp.Or(o.UserAgent, "arcade-atlassian"),
		telemetry: watch, sites: sites, answers: answers, policy: policy,
	}
	if !shared.IsAlone(o.Shared) {
		c.replicas = o.Shared
	}
	return c, nil
}

// Close stops the client's background work.
func (c *Client) Close() {
	c.sites.StopAllGoroutines()
	c.answers.StopAllGoroutines()
	c.attachments.StopAllGoroutines()
	c.closeIdleConnections()
}

func (c *Client) closeIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// checkURL refuses addresses that would show users' tokens to the network.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("atlassian URL must look like %s", DefaultURL)
	case u.User != nil || strings.ContainsAny(raw, "?#"): // even empty ones would swallow the paths
		return errors.New("atlassian URL must have no user, query or fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("atlassian URL must be https: users' tokens are sent to it")
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// session is one call's identity and address.
type session struct {
	client *Client
	// address is what stands before an operation's path: "/ex/jira/<cloud id>",
	// nothing for the user's own operations. Errors show it without the id.
	address, addressWithoutID string
	product                   Product // none for the user's own operations
	token                     tokenHash
	siteID, siteHost          string // of the site, if it is one's
	inv                       *tool.Invocation
	uses                      []tool.Operation
	// granted are the scopes the site's grant lists; they explain refusals.
	granted    string
	sitesSince time.Time // since when the list of the token's sites is what it is
}

// allows holds a tool to the operations it declared. Finding out which sites a
// token reaches is part of every call.
func (s *session) allows(o *op) bool {
	return o == &accessibleResources.op ||
		slices.ContainsFunc(s.uses, func(u tool.Operation) bool { return u.Name() == o.Name() })
}

// endpoint is an operation's address as errors show it, without values.
func (s *session) endpoint(o *op) string { return s.client.base + s.addressWithoutID + o.path }

// User is a person's token without a site.
type User struct{ s session }

func (u *User) session() *session { return &u.s }

// User returns the person behind a call. uses are the operations that the tool
// declares.
func (c *Client) User(inv *tool.Invocation, uses []tool.Operation) *User {
	return &User{c.session(inv, uses)}
}

func (c *Client) session(inv *tool.Invocation, uses []tool.Operation) session {
	return session{client: c, token: sha256.Sum256([]byte(inv.Token.Reveal())), inv: inv, uses: uses}
}
