package main

import (
	"testing"

	"arcade-atlassian/worker"
)

// Callers and Atlassian share what the system lets the process have open, and
// something is left for everything else.
func TestConnectionsFollowFromTheOpenFilesAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files    uint64
		flag     int64
		callers  int64
		upstream int
	}{
		{files: 0, callers: 1024, upstream: 4096},
		{files: 1 << 40, callers: 1024, upstream: 4096},
		{files: 20_000, callers: 1024, upstream: 4096},
		{files: 1024, callers: 496, upstream: 465},
		{files: 256, callers: 112, upstream: 96},
		{files: 256, flag: 200, callers: 200, upstream: 8},
		{files: 256, flag: 1000, callers: 1000, upstream: 1},
		{files: 20, callers: 2, upstream: 1},
	} {
		callers, upstream := limitFlags{MaxConnections: tt.flag}.connections(tt.files)
		if callers != tt.callers || upstream != tt.upstream {
			t.Errorf("%d files, --max-connections %d: got %d and %d, want %d and %d", tt.files, tt.flag, callers, upstream, tt.callers, tt.upstream)
		}
		if open := uint64(callers+worker.HealthConnections(callers)) + uint64(upstream); tt.flag == 0 && tt.files >= 64 && open+32 > tt.files {
			t.Errorf("%d files: %d are open for connections", tt.files, open)
		}
	}
}
