package main

import "testing"

// Callers and Atlassian share what the system lets the process have open, and
// something is left for everything else.
func TestConnectionsFollowFromTheOpenFilesAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files            uint64
		flag             int64
		callers, refused int64
		upstream         int
	}{
		{files: 0, callers: 1024, refused: 1024, upstream: 4096},
		{files: 1 << 40, callers: 1024, refused: 16384, upstream: 4096},
		{files: 20_000, callers: 1024, refused: 9472, upstream: 4096},
		{files: 1024, callers: 496, refused: 248, upstream: 248},
		{files: 256, callers: 112, refused: 56, upstream: 56},
		{files: 256, flag: 200, callers: 200, refused: 12, upstream: 12},
		{files: 256, flag: 1000, callers: 1000, refused: 1, upstream: 1},
		{files: 20, callers: 2, refused: 1, upstream: 1},
	} {
		callers, refused, upstream := limitFlags{MaxConnections: tt.flag}.connections(tt.files)
		if callers != tt.callers || refused != tt.refused || upstream != tt.upstream {
			t.Errorf("%d files, --max-connections %d: got %d, %d and %d, want %d, %d and %d",
				tt.files, tt.flag, callers, refused, upstream, tt.callers, tt.refused, tt.upstream)
		}
		if open := uint64(callers+refused) + uint64(upstream); tt.flag == 0 && tt.files >= 64 && open+32 > tt.files {
			t.Errorf("%d files: %d are open for connections", tt.files, open)
		}
	}
}
