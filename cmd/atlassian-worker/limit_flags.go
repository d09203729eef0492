package main

import (
	"errors"
	"math"
	"os"
	"runtime"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/rs/zerolog"

	"arcade-atlassian/worker"
)

// limitFlags bound what a worker takes on at a time. 0 leaves a limit to the
// worker.
type limitFlags struct {
	MaxCalls        int64 `help:"The most calls under way; what comes on top is answered 503. 0 is one for each 2 MiB of the memory limit, from 32 to 1024, and 512 without a memory limit." default:"0" env:"ARCADE_MAX_CALLS"`
	MaxCallsPerUser int64 `help:"The most calls under way of one user; 0 is a quarter of all." default:"0" env:"ARCADE_MAX_CALLS_PER_USER"`
	MaxBytes        int64 `help:"The most bytes that requests and answers under way may take; what comes on top is answered 503. 0 is a quarter of the memory limit, and 256 MiB without one." default:"0" env:"ARCADE_MAX_BYTES"`
	MaxBody         int64 `help:"The largest request body, in bytes; 0 is what the tools take." default:"0" env:"ARCADE_MAX_BODY"`
	MaxConnections  int64 `help:"The most connections of callers; those on top are answered once, about the worker's health or 503. 0 is 1024, or less where the system allows few open files." default:"0" env:"ARCADE_MAX_CONNECTIONS"`
}

func (f limitFlags) check() error {
	return errors.Join(
		limit("--max-calls", f.MaxCalls, "256"),
		limit("--max-calls-per-user", f.MaxCallsPerUser, "64"),
		limit("--max-bytes", f.MaxBytes, "134217728"),
		limit("--max-body", f.MaxBody, "16777216"),
		limit("--max-connections", f.MaxConnections, "1024"),
	)
}

// limit refuses a negative number.
func limit(flag string, value int64, example string) error {
	if value < 0 {
		return usagef("%s is %d: it must be 0, which leaves it to the worker, or more, such as %s", flag, value, example)
	}
	return nil
}

// apply puts the limits into the options of a worker.
func (f limitFlags) apply(o *worker.Options) {
	o.MaxCalls, o.MaxCallsPerUser, o.MaxBytes, o.MaxBody = f.MaxCalls, f.MaxCallsPerUser, f.MaxBytes, f.MaxBody
	o.MaxConnections, o.HealthConnections, _ = f.connections(descriptors())
	o.Processors = addProcessors()
}

// maxUpstream is how many connections to Atlassian the worker may open. Both ends
// of those to a sandbox are in this process.
func (f limitFlags) maxUpstream(sandbox bool) int {
	_, _, upstream := f.connections(descriptors())
	if sandbox {
		return max(upstream/2, 1)
	}
	return upstream
}

// connections shares out the files that the process may have open, 0 when that is
// not known: some are kept for logs, Redis, the admin port and name look-ups; of
// the rest callers get half at most, and what is left is for those over their
// limit, who are told so, and for Atlassian. HTTP/2 to Atlassian needs one, but a
// proxy may speak HTTP/1.1, where each call under way has its own.
func (f limitFlags) connections(files uint64) (callers, refused int64, upstream int) {
	const reserved, mostRefused, mostUpstream = 32, 16 << 10, 4096
	callers = f.MaxConnections
	if callers == 0 {
		callers = worker.DefaultMaxConnections
	}
	if files == 0 {
		return callers, callers, mostUpstream
	}
	left := max(int64(min(files, math.MaxInt32))-reserved, 4)
	if f.MaxConnections == 0 {
		callers = min(callers, left/2)
	}
	left = max(left-callers, 2)
	refused = min(left/2, mostRefused)
	return callers, refused, int(min(left-refused, mostUpstream))
}

// addProcessors lets Go run more threads than there are processors, and returns
// how many these are. With all of its own threads busy, Go looks at the network
// every ten milliseconds, and a health check needs several looks; with threads to
// spare one of them waits for the network, and the system lets it go first. Where
// the container may not use all processors the number is left alone, because the
// system would stop a process that does so for a while. GOMAXPROCS goes before it.
func addProcessors() int {
	const factor = 3
	processors := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" && processors == runtime.NumCPU() {
		runtime.GOMAXPROCS(factor * processors)
	}
	return processors
}

// limitMemory lets Go keep within the memory that the container has, of which a
// tenth is left to what Go does not count. GOMEMLIMIT goes before it.
func limitMemory(log zerolog.Logger) {
	limit, err := memlimit.Set()
	switch {
	case err != nil: // no container, or a system that does not tell
		log.Debug().Err(err).Msg("no memory limit was found")
	case limit == math.MaxInt64:
		log.Info().Msg("memory is not limited")
	default:
		log.Info().Int64("bytes", limit).Msg("memory limit")
	}
}
