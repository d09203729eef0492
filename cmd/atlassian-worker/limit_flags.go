package main

import (
	"errors"

	"arcade-atlassian/worker"
)

// limitFlags bound what a worker takes on at a time. 0 leaves a limit to the
// worker.
type limitFlags struct {
	MaxBody int64 `help:"The largest request body, in bytes; 0 is what the tools take." default:"0" env:"ARCADE_MAX_BODY"`
}

func (f limitFlags) check() error {
	return errors.Join(
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
	o.MaxBody = f.MaxBody
}
