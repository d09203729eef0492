package main

import (
	"errors"

	"arcade-atlassian/worker"
)

// limitFlags bound what a worker takes on at a time. 0 leaves a limit to the
// worker.
type limitFlags struct {
	MaxCalls        int64 `help:"The most calls under way; what comes on top is answered 503. 0 is one for each 2 MiB of the memory limit, from 32 to 1024, and 512 without a memory limit." default:"0" env:"ARCADE_MAX_CALLS"`
	MaxCallsPerUser int64 `help:"The most calls under way of one user; 0 is a quarter of all." default:"0" env:"ARCADE_MAX_CALLS_PER_USER"`
	MaxBytes        int64 `help:"The most bytes that requests and answers under way may take; what comes on top is answered 503. 0 is a quarter of the memory limit, and 256 MiB without one." default:"0" env:"ARCADE_MAX_BYTES"`
	MaxBody         int64 `help:"The largest request body, in bytes; 0 is what the tools take." default:"0" env:"ARCADE_MAX_BODY"`
}

func (f limitFlags) check() error {
	return errors.Join(
		limit("--max-calls", f.MaxCalls, "256"),
		limit("--max-calls-per-user", f.MaxCallsPerUser, "64"),
		limit("--max-bytes", f.MaxBytes, "134217728"),
		limit("--max-body", f.MaxBody, "16777216"),
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
}
