package state_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"arcade-atlassian/tools/sandbox/internal/state"
)

type thing struct {
	Number int64  `json:"id"`
	Owner  string `json:"owner"`
}

// define is a table of things with a seed, in a schema of its own.
func define(seed string, check func(*state.State, *state.Site, *thing) error) (*state.Tables, *state.Table[thing]) {
	tables := new(state.Tables)
	def := state.Definition[thing]{Name: "things.json", ID: func(t *thing) *int64 { return &t.Number }, Check: check}
	if seed != "" {
		def.Seed = []byte(seed)
	}
	return tables, state.NewTable(tables, def)
}

// check reads the seeds of tables and says what is wrong with them.
func check(t *testing.T, tables *state.Tables) error {
	t.Helper()
	s, err := state.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s.Check(tables)
}

func load(t *testing.T, tables *state.Tables) (*state.State, *state.Site) {
	t.Helper()
	s, err := state.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(tables); err != nil {
		t.Fatal(err)
	}
	return s, s.Site("acme")
}

func owners(rows []*thing) string {
	var all []string
	for _, row := range rows {
		all = append(all, row.Owner)
	}
	return strings.Join(all, " ")
}

func TestTable(t *testing.T) {
	t.Parallel()
	tables, things := define(`{"acme": [{"id": 7, "owner": "ada"}, {"id": 3, "owner": "bob"}]}`, nil)
	s, acme := load(t, tables)

	if got := owners(things.Rows(acme)); got != "ada bob" {
		t.Errorf("seed = %s", got)
	}
	kim := &thing{Owner: "kim"}
	things.Add(acme, kim)
	if kim.Number != 8 || things.Get(acme, 8) != kim || things.Get(acme, 9) != nil {
		t.Errorf("added as %d", kim.Number)
	}
	things.Delete(acme, kim)
	alex := &thing{Owner: "alex"}
	things.Add(acme, alex)
	if alex.Number != 9 || owners(things.Rows(acme)) != "ada bob alex" {
		t.Errorf("after a deletion added as %d: %s", alex.Number, owners(things.Rows(acme)))
	}
	if got := owners(things.Select(acme, func(t *thing) bool { return t.Number > 3 })); got != "ada alex" {
		t.Errorf("selected %s", got)
	}
	if got := things.Find(acme, func(t *thing) bool { return t.Number < 9 }); got.Owner != "ada" {
		t.Errorf("found %v", got)
	}
	rows := things.Rows(acme)
	rows[0] = alex
	if got := owners(things.Rows(acme)); got != "ada bob alex" {
		t.Errorf("the caller's slice is the table's: %s", got)
	}
	if got := things.Rows(s.Site("globex")); len(got) > 0 {
		t.Errorf("another site has %v", got)
	}
	if _, other := load(t, tables); owners(things.Rows(other)) != "ada bob" {
		t.Errorf("another state has %s", owners(things.Rows(other)))
	}

	tables, empty := define("", nil)
	_, acme = load(t, tables)
	first := &thing{}
	empty.Add(acme, first)
	if first.Number != 1 {
		t.Errorf("the first of all is %d", first.Number)
	}
}

func TestOlderRows(t *testing.T) {
	t.Parallel()
	tables := new(state.Tables)
	things := state.NewTable(tables, state.Definition[thing]{
		Seed: []byte(`{"acme": [{"id": 7, "owner": "ada"}]}`),
		ID:   func(t *thing) *int64 { return &t.Number },
		Older: func(site string) []*thing {
			return []*thing{{Number: 3, Owner: site}}
		},
	})
	s, acme := load(t, tables)
	next := &thing{Owner: "bob"}
	things.Add(acme, next)
	if got := owners(things.Rows(acme)); got != "acme ada bob" || next.Number != 8 || owners(things.Rows(s.Site("globex"))) != "globex" {
		t.Errorf("rows are %s, the next is %d", got, next.Number)
	}
}

func TestRowsAreNormalized(t *testing.T) {
	t.Parallel()
	tables := new(state.Tables)
	var others *state.Table[thing]
	things := state.NewTable(tables, state.Definition[thing]{
		Name: "things.json",
		Seed: []byte(`{"acme": [{"id": 1, "owner": "ada"}]}`),
		ID:   func(t *thing) *int64 { return &t.Number },
		Normalize: func(_ *state.State, site *state.Site, t *thing) error {
			if others.Get(site, t.Number) == nil {
				return errors.New("is alone")
			}
			t.Owner = strings.ToUpper(t.Owner)
			return nil
		},
	})
	others = state.NewTable(tables, state.Definition[thing]{Seed: []byte(`{"acme": [{"id": 1}]}`), ID: func(t *thing) *int64 { return &t.Number }})
	s, err := state.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if got := owners(things.Rows(s.Site("acme"))); got != "ADA" {
		t.Errorf("rows are %s", got)
	}
}

func TestUseOfAWrongSeedPanics(t *testing.T) {
	t.Parallel()
	_, things := define(`{"acme": [{"owner": "ada"}]}`, nil)
	s, err := state.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("it does not")
		}
	}()
	things.Rows(s.Site("acme"))
}

func TestSeedsAreChecked(t *testing.T) {
	t.Parallel()
	owned := func(s *state.State, _ *state.Site, t *thing) error { return s.CheckPerson(t.Owner) }
	for seed, want := range map[string]string{
		`{"acme": [{"id": 1, "owner": "ada"}]}`:                            "",
		`{"acme": [{"id": 1, "owner": "eve"}]}`:                            `things.json: acme 1: nobody is called "eve"`,
		`{"acme": [{"id": 1, "owner": "ada"}, {"id": 1, "owner": "bob"}]}`: "things.json: acme: 1 is used twice or no identifier",
		`{"acme": [{"owner": "ada"}]}`:                                     "things.json: acme: 0 is used twice or no identifier",
		`{"initech": []}`:                                                  `things.json: no site is called "initech"`,
		`{"acme": [{"id": 1, "color": "red"}]}`:                            `things.json: acme: json: `,
		`[]`:                                                               `things.json: json: `,
	} {
		tables, _ := define(seed, owned)
		err := check(t, tables)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", seed, err, want)
		}
	}

	// All tables are loaded before one is checked, and all mistakes are told.
	var seen []int
	tables := new(state.Tables)
	var second *state.Table[thing]
	definition := state.Definition[thing]{Name: "things.json", ID: func(t *thing) *int64 { return &t.Number }, Seed: []byte(`{"acme": [{"id": 1, "owner": "ada"}, {"id": 2, "owner": "bob"}]}`)}
	checked := definition
	checked.Check = func(_ *state.State, site *state.Site, _ *thing) error {
		seen = append(seen, len(second.Rows(site)))
		return errors.New("wrong")
	}
	state.NewTable(tables, checked)
	second = state.NewTable(tables, definition)
	err := check(t, tables)
	if diff := cmp.Diff([]int{2, 2}, seen); diff != "" || err == nil || strings.Count(err.Error(), "wrong") != 2 {
		t.Errorf("checks saw %v rows of the other table and said %v", seen, err)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	tables, _ := define("", nil)
	s, acme := load(t, tables)
	ada := s.Person("ada")
	if ada == nil || s.Account(ada.AccountID) != ada || s.Account("ada") != nil || s.Person("nobody") != nil {
		t.Errorf("ada is %v", ada)
	}
	if !s.InGroup(ada, "site-admins") || s.InGroup(s.Person("bob"), "site-admins") || s.InGroup(ada, "nobody") {
		t.Error("who administers the site is wrong")
	}
	if s.SiteWithID(acme.CloudID) != acme || s.SiteWithID("acme") != nil || s.Site("initech") != nil {
		t.Error("sites are not found as they should be")
	}
}
