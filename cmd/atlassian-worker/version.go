package main

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"arcade-atlassian/tools"
)

// commit is set at link time (-X main.commit=…), for builds that cannot ask
// the version control system.
var commit string

type versionCmd struct{}

// Run prints module version, commit and Go version.
func (versionCmd) Run(s *shell) error { //nolint:unparam // kong wants an error
	s.printf("atlassian-worker %s (commit %s, %s %s/%s)\n",
		tools.Version, cmp.Or(commit, vcsRevision(), "unknown"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func vcsRevision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
