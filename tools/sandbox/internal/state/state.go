// Package state is what a sandbox holds: people and sites, and tables of things that belong to a site.
// What tables there are is up to the areas of the products; each area declares its own.
package state

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// State is all that one sandbox holds. People and sites stay as they are in the seed; the rows of tables
// change, and whoever uses the state sees to it that only one request does so at a time.
type State struct {
	People           []*Person
	Groups           []Group
	ApplicationRoles []Role
	Sites            []*Site

	clock func() time.Time
}

// Load returns the state as it is in the seeds. The rows of a table are read when they are first asked
// for: most sandboxes live for a few requests that need few tables.
func Load(clock func() time.Time) (*State, error) {
	s := &State{clock: clock}
	return s, errors.Join(s.loadPeople(), s.loadSites())
}

// Check reads the seeds of the tables and reports everything that is wrong with them. Seeds are part of
// the program, so that a test does it for all programs; a table whose seed is wrong panics when it is used.
func (s *State) Check(tables ...*Tables) error {
	var problems []error
	for _, some := range tables {
		for _, t := range some.all {
			problems = append(problems, t.load(s))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	// A row may refer to rows of other tables, so that all are loaded before one is checked.
	for _, some := range tables {
		for _, t := range some.all {
			problems = append(problems, t.check(s))
		}
	}
	return errors.Join(problems...)
}

// Now is the time by the sandbox's clock, in UTC.
func (s *State) Now() time.Time { return s.clock().UTC() }

// first returns the first item that fits, or nil.
func first[T any](items []*T, fits func(*T) bool) *T {
	i := slices.IndexFunc(items, fits)
	if i < 0 {
		return nil
	}
	return items[i]
}

// seedError says in which seed a mistake is.
func seedError(name string, err error) error { return fmt.Errorf("%s: %w", name, err) }
