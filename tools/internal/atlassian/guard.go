package atlassian

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// guard holds one request, and its answer, to the operator's boundaries.
type guard struct {
	s       *session
	o       *op
	reaches []Reach           // those that a boundary limits
	path    map[string]string // values by name
	params  map[string]string // the tool's parameters by the names in the path
	query   url.Values
	body    map[string]jsontext.Value // nil when it is no JSON object
	known   map[kind][]Place          // what of the boundaries the user can see
	boards  map[string]bool           // those that sprints were found to belong to, and whether they are within
	kept    int                       // items of a filtered list
	narrow  bool                      // whether the answer is limited, though nothing be left out of it
}

// guard prepares the check of a request. It is nil where nothing limits the
// operation. The request is changed where it is narrowed.
func (s *session) guard(ctx context.Context, o *op, req reflect.Value, r *request) (*guard, error) {
	b := s.client.boundaries
	if b == nil || o == &accessibleResources.op {
		return nil, nil //nolint:nilnil // no guard is no error
	}
	if !o.Classified() {
		return nil, refuse("", o.Name()+" is not known to keep within limits")
	}
	if o.writes() && !b.admitsSite(true, s.siteID, s.siteHost) {
		return nil, refuse(siteParameter, "these tools may read this site, and not write to it")
	}
	g := &guard{s: s, o: o, path: map[string]string{}, params: map[string]string{}, known: map[kind][]Place{}, boards: map[string]bool{}}
	for _, reach := range o.reaches {
		if !reach.everywhere && b.of(reach.of).active(o.writes()) {
			g.reaches = append(g.reaches, reach)
		}
	}
	if len(g.reaches) == 0 {
		return nil, nil //nolint:nilnil // no guard is no error
	}
	for _, f := range o.fields {
		if f.place == "path" {
			g.path[f.name], g.params[f.name] = format(req.Field(f.index)), f.param
		}
	}
	var err error
	if g.query, err = url.ParseQuery(r.query); err != nil {
		return nil, err
	}
	sent, isJSON := r.body.(bytesBody)
	if isJSON {
		if err := json.Unmarshal(sent.data, &g.body); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name(), err)
		}
	}
	for _, reach := range g.reaches {
		if err := g.learn(ctx, reach.of); err != nil {
			return nil, err
		}
		if reach.before == nil {
			continue
		}
		if err := reach.before(ctx, g); err != nil {
			return nil, err
		}
	}
	r.query = g.query.Encode()
	if len(r.path)+len(r.query) > maxURL {
		return nil, refuse("", "with the limits of these tools the query is too long")
	}
	if isJSON {
		if sent.data, err = json.Marshal(g.body, json.Deterministic(true)); err != nil {
			return nil, err
		}
		r.body = sent
	}
	if g.narrow || g.readsAll() {
		s.inv.LeftOut(0)
	}
	return g, nil
}

var errNotJSON = errors.New("not JSON")

// check filters an answer.
func (g *guard) check(ctx context.Context, body []byte) ([]byte, error) {
	if values, _ := measure(body); values > maxValues {
		return nil, errTooManyValues
	}
	v := jsontext.Value(body)
	if len(strings.TrimSpace(string(body))) == 0 { // 204
		return body, nil
	}
	for _, reach := range g.reaches {
		if reach.after == nil {
			continue
		}
		if !v.IsValid(lenient) {
			return nil, errNotJSON
		}
		var err error
		if v, err = reach.after(ctx, g, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// explain makes an answer that a thing is not there the same as one for what is
// outside of the boundaries.
func (g *guard) explain(err error) error {
	if g == nil {
		return err
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusNotFound || e.gateway {
		return err
	}
	for _, reach := range g.reaches {
		if reach.byAnswer {
			return reach.of.refuse(g.named(reach.param))
		}
	}
	return err
}

// keeps is for how long an answer is remembered: one that tells where a thing is
// no longer than the lookups of boundaries.
func (g *guard) keeps(remember time.Duration) time.Duration {
	if g != nil && slices.ContainsFunc(g.reaches, func(r Reach) bool { return r.byAnswer }) {
		return min(remember, placesKept)
	}
	return remember
}

func (g *guard) named(name string) string {
	if param, ok := g.params[name]; ok {
		return param
	}
	return name
}

func (g *guard) refuse(name string) error { return g.reaches[0].of.refuse(g.named(name)) }

func (g *guard) admits(k kind, id, key string) bool {
	if id == "" && key == "" {
		return false
	}
	l := g.s.client.boundaries.of(k)
	if id != "" && key != "" {
		return l.admits(g.s, g.o.writes(), id, key)
	}
	return slices.ContainsFunc(g.known[k], func(p Place) bool {
		return (id == "" || p.ID == id) && (key == "" || p.Key == key)
	})
}

// reads reports whether a thing may be read, if it may not be written.
func (g *guard) reads(k kind, id, key string) bool {
	l := g.s.client.boundaries.of(k)
	return id != "" && key != "" && l.admits(g.s, false, id, key)
}

// gone makes the error of a lookup that found nothing a refusal.
func gone(k kind, param string, err error) error {
	if IsNotFound(err) {
		return k.refuse(param)
	}
	return err
}

var issueName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]{1,20}$`)
