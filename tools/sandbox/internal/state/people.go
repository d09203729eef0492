package state

import (
	_ "embed" // for people.json
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
)

//go:embed people.json
var peopleJSON []byte

// Person is an account. People are known to tokens and to seeds by their handle, and to everybody else
// by their account id, which is the same on every site.
type Person struct {
	Handle       string `json:"handle"`
	AccountID    string `json:"accountId"`
	AccountType  string `json:"accountType"`
	DisplayName  string `json:"displayName"`
	EmailAddress string `json:"emailAddress"`
	EmailHidden  bool   `json:"emailHidden"`
	Active       bool   `json:"active"`
	TimeZone     string `json:"timeZone"`
	Locale       string `json:"locale"`
}

// Group is a group of people, its members by their handles.
type Group struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

// Role is the right to use an application, its members by their handles.
type Role struct {
	Key     string   `json:"key"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

type peopleSeed struct {
	People           []*Person `json:"people"`
	Groups           []Group   `json:"groups"`
	ApplicationRoles []Role    `json:"applicationRoles"`
}

// seededPeople are the people of all states of a process, which nothing changes.
var seededPeople = sync.OnceValues(func() (seed peopleSeed, err error) {
	err = json.Unmarshal(peopleJSON, &seed, json.RejectUnknownMembers(true))
	return seed, err
})

func (s *State) loadPeople() error {
	seed, err := seededPeople()
	if err != nil {
		return seedError("people.json", err)
	}
	s.People, s.Groups, s.ApplicationRoles = seed.People, seed.Groups, seed.ApplicationRoles
	return nil
}

// Person returns the account with a handle, or nil.
func (s *State) Person(handle string) *Person {
	return first(s.People, func(p *Person) bool { return p.Handle == handle })
}

// Account returns the account with an account id, or nil.
func (s *State) Account(id string) *Person {
	return first(s.People, func(p *Person) bool { return p.AccountID == id })
}

// Group returns the group with a name, or nil.
func (s *State) Group(name string) *Group {
	i := slices.IndexFunc(s.Groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Groups[i]
}

// InGroup reports whether a person is a member of the group with a name.
func (s *State) InGroup(p *Person, name string) bool {
	return slices.ContainsFunc(s.Groups, func(g Group) bool { return g.Name == name && slices.Contains(g.Members, p.Handle) })
}

// HasRole reports whether a person may use the application with a key.
func (s *State) HasRole(p *Person, application string) bool {
	return slices.ContainsFunc(s.ApplicationRoles, func(r Role) bool { return r.Key == application && slices.Contains(r.Members, p.Handle) })
}

// CheckPerson is an error when nobody has the handle. Checks of tables use it for what a row refers to.
func (s *State) CheckPerson(handle string) error {
	if s.Person(handle) == nil {
		return fmt.Errorf("nobody is called %q", handle)
	}
	return nil
}
