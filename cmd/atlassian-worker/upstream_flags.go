package main

import (
	"errors"

	"arcade-atlassian/tools"
)

// upstreamFlags bound what is asked of Atlassian at a time.
type upstreamFlags struct {
	MaxRequestsPerSite int64 `help:"The most requests under way at one Atlassian site, of all replicas that share what they know; others wait their turn." default:"${requests_per_site}" env:"ARCADE_MAX_REQUESTS_PER_SITE"`
	MaxRequestsPerUser int64 `help:"The most of them that may be one user's." default:"${requests_per_user}" env:"ARCADE_MAX_REQUESTS_PER_USER"`
}

func (f upstreamFlags) check() error {
	return errors.Join(
		positive("--max-requests-per-site", f.MaxRequestsPerSite, "64"),
		positive("--max-requests-per-user", f.MaxRequestsPerUser, "16"),
	)
}

// apply puts the limits into the configuration of the tools.
func (f upstreamFlags) apply(c *tools.Config) {
	c.RequestsPerSite, c.RequestsPerUser = int(f.MaxRequestsPerSite), int(f.MaxRequestsPerUser)
}
