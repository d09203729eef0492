package state

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Tables are the tables of one product.
type Tables struct{ all []table }

type table interface {
	load(*State) error
	check(*State) error
}

// Table is one kind of thing that sites hold, such as projects. A table is declared once, in a variable
// of its area; its rows are different in every sandbox, so that they are always asked for with a site.
type Table[Row any] struct {
	def Definition[Row]
	// seed returns the rows of each site as they are written. All sandboxes of a process read it once.
	seed func() (map[string]jsontext.Value, error)
}

// Definition says what a table is made of.
type Definition[Row any] struct {
	// Seed is the rows that every sandbox starts with, as JSON: the name of a site → its rows. A table
	// without a seed starts empty.
	Seed []byte
	// Older, when set, makes the rows of a site that come before those of the seed, for tables with more
	// rows than a person would write.
	Older func(site string) []*Row
	// Name is the seed's file, for error messages.
	Name string
	// ID is where a row keeps its identifier: positive, and unique in its table on its site.
	ID func(*Row) *int64
	// Normalize, when set, turns a row of the seed, as people write it, into what the table keeps. Rows of
	// other tables can be asked for.
	Normalize func(*State, *Site, *Row) error
	// Check, when set, finds what is wrong with a row of the seed, so that no handler has to ask again.
	Check func(*State, *Site, *Row) error
}

// NewTable declares a table.
func NewTable[Row any](tables *Tables, def Definition[Row]) *Table[Row] {
	t := &Table[Row]{def: def, seed: sync.OnceValues(func() (seed map[string]jsontext.Value, err error) {
		if def.Seed != nil {
			err = json.Unmarshal(def.Seed, &seed)
		}
		return seed, err
	})}
	tables.all = append(tables.all, t)
	return t
}

// rows are those of one table on one site, in the order in which they were made.
type rows[Row any] struct {
	list []*Row
	byID map[int64]*Row
	last int64 // the highest identifier that was ever used
}

// on returns a site's rows. It panics when the seed is wrong, which State.Check tells.
func (t *Table[Row]) on(site *Site) *rows[Row] {
	r, loaded := site.rows[t].(*rows[Row])
	if !loaded {
		if err := t.loadSite(site); err != nil {
			panic(err)
		}
		r, _ = site.rows[t].(*rows[Row])
	}
	return r
}

func (t *Table[Row]) load(s *State) error {
	seed, err := t.seed()
	if err != nil {
		return seedError(t.def.Name, err)
	}
	var problems []error
	for name := range seed {
		if s.Site(name) == nil {
			problems = append(problems, seedError(t.def.Name, fmt.Errorf("no site is called %q", name)))
		}
	}
	for _, site := range s.Sites {
		problems = append(problems, t.loadSite(site))
	}
	return errors.Join(problems...)
}

// loadSite reads the rows of one site: those of the others may be many.
func (t *Table[Row]) loadSite(site *Site) error {
	seed, err := t.seed()
	if err != nil {
		return seedError(t.def.Name, err)
	}
	r := &rows[Row]{byID: map[int64]*Row{}}
	if written, some := seed[site.Name]; some {
		if err := json.Unmarshal(written, &r.list, json.RejectUnknownMembers(true)); err != nil {
			return seedError(t.def.Name, fmt.Errorf("%s: %w", site.Name, err))
		}
	}
	if t.def.Older != nil {
		r.list = append(t.def.Older(site.Name), r.list...)
	}
	site.rows[t] = r
	var problems []error
	for _, row := range r.list {
		id := *t.def.ID(row)
		if id <= 0 || r.byID[id] != nil {
			problems = append(problems, seedError(t.def.Name, fmt.Errorf("%s: %d is used twice or no identifier", site.Name, id)))
		}
		r.byID[id] = row
		r.last = max(r.last, id)
	}
	if t.def.Normalize != nil {
		problems = append(problems, t.each(site, t.def.Normalize))
	}
	return errors.Join(problems...)
}

func (t *Table[Row]) check(s *State) error {
	if t.def.Check == nil {
		return nil
	}
	var problems []error
	for _, site := range s.Sites {
		problems = append(problems, t.each(site, t.def.Check))
	}
	return errors.Join(problems...)
}

// each does something with every row of a site, and says of which row a mistake is.
func (t *Table[Row]) each(site *Site, do func(*State, *Site, *Row) error) error {
	var problems []error
	for _, row := range t.Rows(site) {
		if err := do(site.state, site, row); err != nil {
			problems = append(problems, seedError(t.def.Name, fmt.Errorf("%s %d: %w", site.Name, *t.def.ID(row), err)))
		}
	}
	return errors.Join(problems...)
}

// Rows returns a site's rows in the order in which they were made. The slice is the caller's own.
func (t *Table[Row]) Rows(site *Site) []*Row { return slices.Clone(t.on(site).list) }

// Select returns the rows that fit, in the order in which they were made.
func (t *Table[Row]) Select(site *Site, fits func(*Row) bool) []*Row {
	var found []*Row
	for _, row := range t.on(site).list {
		if fits(row) {
			found = append(found, row)
		}
	}
	return found
}

// Find returns the first row that fits, or nil.
func (t *Table[Row]) Find(site *Site, fits func(*Row) bool) *Row { return first(t.on(site).list, fits) }

// Get returns the row with an identifier, or nil.
func (t *Table[Row]) Get(site *Site, id int64) *Row { return t.on(site).byID[id] }

// Add gives a row the next identifier and keeps it. Identifiers of rows that were deleted are not used
// again.
func (t *Table[Row]) Add(site *Site, row *Row) {
	r := t.on(site)
	r.last++
	*t.def.ID(row) = r.last
	r.list, r.byID[r.last] = append(r.list, row), row
}

// Delete forgets a row.
func (t *Table[Row]) Delete(site *Site, row *Row) {
	r := t.on(site)
	r.list = slices.DeleteFunc(r.list, func(other *Row) bool { return other == row })
	delete(r.byID, *t.def.ID(row))
}
