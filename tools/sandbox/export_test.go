package sandbox

import (
	"net/http"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// RoutesError is what is wrong with the routes of a product.
func RoutesError(product *service.Service, operations string) error {
	_, err := compileRoutes([]*service.Service{product}, []byte(operations))
	return err
}

// Served lists what is served: document by document, "METHOD path".
func Served() map[string][]string {
	served := map[string][]string{}
	for _, s := range services() {
		for _, api := range s.APIs() {
			for _, op := range api.Operations() {
				served[api.Document] = append(served[api.Document], op.Name)
			}
		}
	}
	return served
}

// Prefixes is what the gateway's path has before each document's own.
func Prefixes() map[string]string {
	prefixes := map[string]string{}
	for _, s := range services() {
		for _, api := range s.APIs() {
			prefixes[api.Document] = "/ex/" + s.Product + "/{cloudId}" + api.Prefix
		}
	}
	return prefixes
}

// Grant is what a token stands for, spelled out.
type Grant struct {
	User    string
	Sites   []string
	Scopes  []string
	Latency time.Duration
}

// Grant reads the value of an Authorization header.
func (s *Sandbox) Grant(authorization string) (Grant, bool) {
	g := s.grantOf(http.Header{"Authorization": {authorization}}, s.opts.Latency)
	if g == nil {
		return Grant{}, false
	}
	spelled := Grant{User: g.user.Handle, Scopes: g.scopes, Latency: g.latency}
	for _, on := range g.sites {
		spelled.Sites = append(spelled.Sites, on.Name)
	}
	return spelled, true
}

// SeedsError is what is wrong with the seeds of the tables.
func SeedsError() error {
	s, err := state.Load(time.Now)
	if err != nil {
		return err
	}
	var tables []*state.Tables
	for _, product := range services() {
		tables = append(tables, &product.Tables)
	}
	return s.Check(tables...)
}
