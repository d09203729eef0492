// Package tools is the catalog of this worker: the toolkits it serves, bound
// to the Atlassian client.
package tools

import (
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"arcade-atlassian/tools/confluence"
	"arcade-atlassian/tools/internal/atlassian"
	"arcade-atlassian/tools/internal/upstream"
	"arcade-atlassian/tools/jira"
	"arcade-atlassian/tools/shared"
	"arcade-atlassian/tools/tool"
)

// Version is the version of the module and of its toolkits.
const Version = "0.1.0"

// DefaultURL is Atlassian's gateway.
const DefaultURL = atlassian.DefaultURL

// The defaults of Config.
const (
	DefaultRequestsPerSite = upstream.DefaultPerSite
	DefaultRequestsPerUser = upstream.DefaultPerToken
)

// Boundaries are the sites, projects and spaces to which the operator limits
// all tools.
type Boundaries = atlassian.Boundaries

// Config says where tools act and which of them are served. The zero value
// serves all of them against Atlassian Cloud.
type Config struct {
	// AtlassianURL replaces DefaultURL.
	AtlassianURL string
	// ProviderID names the OAuth provider when the Engine has several of type
	// Atlassian.
	ProviderID string
	// ReadOnly, Enable, Disable, DisabledTools ("Jira.ListProjects") and
	// DisabledToolkits ("Confluence") choose the tools, see tool.Options.
	ReadOnly                                         bool
	Enable, Disable, DisabledTools, DisabledToolkits []string
	// MaxConnections bounds the connections to Atlassian; 0 is no bound.
	MaxConnections int
	// Boundaries limit what the tools may touch for any user.
	Boundaries Boundaries
	// Shared is what the replicas of a worker know together; nil is what this
	// process knows.
	Shared shared.Store
	// RequestsPerSite and RequestsPerUser bound the requests under way at one site
	// and those of one user at it; zero means DefaultRequestsPerSite and
	// DefaultRequestsPerUser.
	RequestsPerSite, RequestsPerUser int
	// TracerProvider and MeterProvider take spans and metrics of what tools ask of
	// Atlassian; nil takes none and costs nothing.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
}

// New builds the catalog. The error joins every mistake in the declarations
// and in the configuration.
func New(c Config) (*tool.Catalog, error) {
	client, err := atlassian.NewClient(atlassian.Options{
		URL: c.AtlassianURL, UserAgent: "arcade-atlassian/" + Version, Shared: c.Shared, MaxConnections: c.MaxConnections,
		PerSite: c.RequestsPerSite, PerToken: c.RequestsPerUser,
		Boundaries:     c.Boundaries,
		TracerProvider: c.TracerProvider, MeterProvider: c.MeterProvider,
	})
	if err != nil {
		return nil, err
	}
	kits := []tool.BoundKit{
		jira.Kit.Bind(client), confluence.Kit.Bind(client),
	}
	if client.IsBounded() {
		for i := range kits {
			kits[i] = kits[i].Bounded(client.WithLookups)
		}
	}
	providers := map[string]string{}
	if c.ProviderID != "" {
		providers["atlassian"] = c.ProviderID
	}
	return tool.Build(tool.Options{
		Version:          Version,
		ProviderIDs:      providers,
		ReadOnly:         c.ReadOnly,
		Enable:           c.Enable,
		Disable:          c.Disable,
		DisabledTools:    c.DisabledTools,
		DisabledToolkits: c.DisabledToolkits,
	}, kits...)
}
