//go:build !race

package atlassiantest

import "runtime/debug"

// Atlassian's documents stay in memory while the tests run and are most of what the
// collector looks at each time: a quarter of the tests' time. It looks less often,
// though not under the race detector, which multiplies what is held.
func init() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(768 << 20)
}
