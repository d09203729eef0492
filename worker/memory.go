package worker

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	memoryCheck = 5 * time.Second
	// memoryWorth is how many bytes must have come to make it worth a collection.
	memoryWorth = 32 << 20
)

// returnMemory gives memory back to the system when a peak is over, until ctx
// ends. Go keeps for minutes what it once needed, and a container is judged by
// what it keeps.
func (s *Server) returnMemory(ctx context.Context) {
	ticker := time.NewTicker(memoryCheck)
	defer ticker.Stop()
	least, peak, calm := resident(), int64(0), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		calls := s.admission.takePeak()
		peak = max(peak, calls)
		if calls > peak/4 && calls > 1 {
			calm = 0
			continue
		}
		now := resident()
		least = min(least, now)
		if calm++; calm >= 2 && now > least+memoryWorth {
			debug.FreeOSMemory()
			least, peak, calm = resident(), 0, 0
		}
	}
}

// resident is how many bytes Go has from the system.
func resident() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()) //nolint:gosec // no machine has so many
}
