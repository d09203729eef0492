// Package atlassian is the client: REST operations as values, the sites a
// user's token reaches, and requests that are bounded, retried where that is
// safe and explained when they fail.
//
// "Facts §n" in comments is the section of docs/atlassian.md that a rule comes
// from.
package atlassian

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

// Op is one REST operation: its address, its scopes and its types.
//
// The fields of Req say where a value goes:
//
//	path:"issueIdOrKey,issue,issue"  replaces {issueIdOrKey}. The second word is
//	                   the tool parameter that an error names, the third the
//	                   shape that the value must have (see shapes); without
//	                   one any single segment is sent
//	query:"startAt"    a query parameter. Options: omitzero leaves out a zero
//	                   value, comma writes a list into one parameter; without
//	                   it a list repeats the parameter
//	body:"json"        the JSON body
//	body:"file"        a File, sent as the part "file" of a multipart form
//
// Resp is what the answer decodes into. When it has a method Check() error, an
// answer that fails it counts as undecodable: without it a page of another
// service, such as {"message":"Down for maintenance"}, would decode to a Resp
// without content. struct{} ignores what the answer says, and takes an empty
// one. Content is the answer as it comes, for downloads.
type Op[Req, Resp any] struct{ op }

// op is the part of an operation that does not depend on its types.
type op struct {
	method, path string
	name         string
	scopes       []string
	effect       tool.Effect
	hosts        []string // where one redirect may lead
	statuses     []int    // of success
	header       http.Header
	limit        int64             // bytes of an answer
	remember     time.Duration     // for how long an answer is kept
	parameters   map[string]string // the tool's parameters by Atlassian's names in errors
	fields       []field
	req, resp    reflect.Type
	reaches      []Reach
	mistakes     error
}

// field is where one field of a Req goes.
type field struct {
	index           int
	place           string // path, query or body
	name            string
	param           string // of the tool
	shape           string // of a path's value
	omitzero, comma bool
}

// Get declares an operation that reads. path is the whole path after the
// site's base; scopes is the smallest set that Atlassian's documents accept.
func Get[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodGet, tool.Read, path, scopes)
}

// Post declares an operation that creates, unless Reads or Updates says
// otherwise.
func Post[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodPost, tool.Create, path, scopes)
}

// Put declares an operation that replaces.
func Put[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodPut, tool.Update, path, scopes)
}

// Delete declares an operation that removes.
func Delete[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodDelete, tool.Delete, path, scopes)
}

// Reads marks a POST that only reads, such as a search with a long query: it
// may be repeated and does not make its tool a writing one.
func (o *Op[Req, Resp]) Reads() *Op[Req, Resp] {
	o.effect = tool.Read
	return o
}

// Updates marks a POST that changes what exists, such as a transition of an
// issue.
func (o *Op[Req, Resp]) Updates() *Op[Req, Resp] {
	o.effect = tool.Update
	return o
}

// Redirects lets the operation follow one redirect to one of the hosts, as
// downloads need (facts §12). The second request carries neither the token nor
// anything else of the first. On this machine any port of it will do.
func (o *Op[Req, Resp]) Redirects(hosts ...string) *Op[Req, Resp] {
	o.hosts = append(o.hosts, hosts...)
	return o
}

// Expect replaces the statuses of success: 200 for an operation that reads, and
// 200, 201, 202 and 204 for one that writes. Others do not tell whether
// everything was done, such as 207 for a part.
func (o *Op[Req, Resp]) Expect(statuses ...int) *Op[Req, Resp] {
	o.statuses = statuses
	return o
}

// Header adds a constant to every request.
func (o *Op[Req, Resp]) Header(name, value string) *Op[Req, Resp] {
	o.header.Set(name, value)
	return o
}

// Limit replaces the limit of an answer's size, 10 MiB, in bytes.
func (o *Op[Req, Resp]) Limit(size int64) *Op[Req, Resp] {
	o.limit = size
	return o
}

// Remember keeps answers for at most d: for what changes slowly and is needed
// often, such as the names of fields. They are kept per token, site and
// request, and no longer than the list of the token's sites.
func (o *Op[Req, Resp]) Remember(d time.Duration) *Op[Req, Resp] {
	o.remember = d
	return o
}

// Fields says what Atlassian's names in errors are called by the tool:
// {"issuetype": "issue_type"}. A 400 that is about one of them is told as bad
// input for that parameter.
func (o *Op[Req, Resp]) Fields(parameters map[string]string) *Op[Req, Resp] {
	o.parameters = maps.Clone(parameters)
	return o
}

func newOp[Req, Resp any](method string, effect tool.Effect, path string, scopes []string) *Op[Req, Resp] {
	o := op{method: method, path: path, name: method + " " + path, scopes: scopes, effect: effect, header: http.Header{}, limit: maxAnswer, req: reflect.TypeFor[Req](), resp: reflect.TypeFor[Resp]()}
	o.fields, o.mistakes = o.plan()
	return &Op[Req, Resp]{o}
}

// plan reads the tags of Req once. Its error waits for Check, because
// declarations run before anybody could be told.
func (o *op) plan() ([]field, error) {
	if o.req.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s: the request type must be a struct", o.req)
	}
	var fields []field
	var errs []error
	if !strings.HasPrefix(o.path, "/") || strings.ContainsAny(o.path, "?#") {
		errs = append(errs, fmt.Errorf("%s: the path must start with / and have no query", o.path))
	}
	open := o.path
	for i := range o.req.NumField() {
		f := o.req.Field(i)
		mistake := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s.%s: %s", o.req, f.Name, fmt.Sprintf(format, args...)))
		}
		if !f.IsExported() {
			mistake("is not exported")
		}
		at := field{index: i}
		switch {
		case f.Tag.Get("path") != "":
			words := append(strings.Split(f.Tag.Get("path"), ","), "", "")
			at.place, at.name, at.param, at.shape = "path", words[0], words[1], words[2]
			if at.param == "" {
				mistake("say which tool parameter it is: path:%q", at.name+",parameter")
			}
			if at.shape != "" && shapes[at.shape].fits == nil {
				mistake("unknown shape %q", at.shape)
			}
			if !strings.Contains(open, "{"+at.name+"}") {
				mistake("the path has no {%s}", at.name)
			}
			open = strings.Replace(open, "{"+at.name+"}", "", 1)
		case f.Tag.Get("query") != "":
			words := strings.Split(f.Tag.Get("query"), ",")
			at.place, at.name = "query", words[0]
			for _, option := range words[1:] {
				switch option {
				case "omitzero":
					at.omitzero = true
				case "comma":
					at.comma = true
				default:
					mistake("unknown option %q", option)
				}
			}
			if at.comma && f.Type.Kind() != reflect.Slice {
				mistake("%s is no list for comma", f.Type)
			}
		case f.Tag.Get("body") == "json", f.Tag.Get("body") == "file":
			at.place, at.name = "body", f.Tag.Get("body")
			if at.name == "file" && f.Type != reflect.TypeFor[File]() {
				mistake("%s is no File", f.Type)
			}
			if slices.ContainsFunc(fields, func(f field) bool { return f.place == "body" }) {
				mistake("is a second body")
			}
		default:
			mistake("has no path, query or body tag")
		}
		kind := f.Type
		if at.place == "query" && kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if at.place != "body" && !isScalar(kind) {
			mistake("%s cannot be written into a URL", f.Type)
		}
		fields = append(fields, at)
	}
	if strings.Contains(open, "{") {
		errs = append(errs, fmt.Errorf("%s: nothing fills %s", o.req, open))
	}
	return fields, errors.Join(errs...)
}

func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		return true
	}
	return false
}

// Name is method and path template.
func (o *op) Name() string { return o.name }

// Scopes are the OAuth scopes the operation needs, all of them.
func (o *op) Scopes() []string { return slices.Clone(o.scopes) }

// Effect follows from the method unless the declaration says otherwise.
func (o *op) Effect() tool.Effect { return o.effect }

func (o *op) writes() bool { return o.effect != tool.Read }

func (o *op) expects(status int) bool {
	switch {
	case o.statuses != nil:
		return slices.Contains(o.statuses, status)
	case o.writes():
		return slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}, status)
	}
	return status == http.StatusOK
}

// accepts is what the operation takes for an answer.
func (o *op) accepts() string {
	if o.resp == reflect.TypeFor[Content]() {
		return "*/*"
	}
	return "application/json"
}

// Check reports mistakes in the declaration.
func (o *op) Check() error {
	errs := []error{o.mistakes}
	if !o.writes() && o.method != http.MethodGet && o.method != http.MethodPost {
		errs = append(errs, errors.New("only a POST can be one that reads"))
	}
	if o.effect == tool.Update && o.method != http.MethodPut && o.method != http.MethodPost {
		errs = append(errs, errors.New("only a POST can be one that updates"))
	}
	if len(o.hosts) > 0 && o.method != http.MethodGet { // the second request is a GET
		errs = append(errs, errors.New("only a GET can follow redirects"))
	}
	if o.remember > 0 && o.method != http.MethodGet {
		errs = append(errs, errors.New("only the answers of a GET can be remembered"))
	}
	if o.limit <= 0 {
		errs = append(errs, errors.New("the limit must be positive"))
	}
	for _, status := range o.statuses {
		if status/100 != 2 {
			errs = append(errs, fmt.Errorf("%d is no status of success", status))
		}
	}
	return errors.Join(errs...)
}

// Parameters lists the path and query parameters that the operation sends, for
// comparison with Atlassian's documents.
func (o *op) Parameters() (path, query []string) {
	for _, f := range o.fields {
		switch f.place {
		case "path":
			path = append(path, f.name)
		case "query":
			query = append(query, f.name)
		}
	}
	return path, query
}

// PathShapes tells for each path parameter which segments are sent for it, for
// comparison with the literal paths beside it in Atlassian's documents.
func (o *op) PathShapes() map[string]func(segment string) bool {
	out := map[string]func(string) bool{}
	for _, f := range o.fields {
		if f.place == "path" {
			out[f.name] = func(segment string) bool { return CheckShape(f.param, f.shape, segment) == nil }
		}
	}
	return out
}

// Caller is on whose behalf, and at which address, operations run: a Site or a
// User.
type Caller interface{ session() *session }

// Do performs the operation. Errors are *tool.Error for what the caller can
// mend, *Error for an answer that is not a success and *NoAnswer for none.
//
// A success of an operation that writes is recorded in the call, so that no
// later failure invites to repeat it. So is what became of each, on which
// objects: those that the path names by IDs and keys, and those that Req names by
// a method Objects() []tool.Object, without anything that people wrote.
func (o *Op[Req, Resp]) Do(ctx context.Context, c Caller, req Req) (resp Resp, err error) {
	s := c.session()
	if !s.allows(&o.op) {
		return resp, fmt.Errorf("%s is not among the operations that the tool declares", o.Name())
	}
	return o.do(ctx, s, req, true)
}

// perform is Do for the client's own lookups, which no boundary limits.
func (o *Op[Req, Resp]) perform(ctx context.Context, s *session, req Req) (Resp, error) {
	return o.do(ctx, s, req, false)
}

func (o *Op[Req, Resp]) do(ctx context.Context, s *session, req Req, bounded bool) (resp Resp, err error) {
	r, err := o.bind(reflect.ValueOf(req))
	if err != nil {
		return resp, err
	}
	accepted := false
	if o.writes() { // also what the boundaries will refuse
		ended := s.inv.Writing(o.Name(), objectsOf(req, r)...)
		defer func() { ended(writeOutcome(accepted, err)) }()
	}
	var g *guard
	if bounded {
		if g, err = s.guard(ctx, &o.op, reflect.ValueOf(req), &r); err != nil {
			return resp, err
		}
	}
	ask := func(ctx context.Context) (a answer, err error) {
		if g.readsAll() {
			a, err = s.sendAll(ctx, &o.op, r, g)
		} else {
			a, err = s.send(ctx, &o.op, r)
		}
		if err != nil {
			return a, g.explain(err)
		}
		accepted = true
		resp, err = o.read(ctx, s, a, g)
		return a, err
	}
	if keep := g.keeps(o.remember); keep > 0 {
		kept, asked, failure := s.recall(ctx, keep, r, ask)
		if err = failure; err == nil && !asked {
			resp, err = o.read(ctx, s, kept, g)
		}
	} else {
		_, err = ask(ctx)
	}
	if err == nil && o.writes() {
		s.inv.Changed(o.Name())
	}
	return resp, err
}

// read makes of an answer what the operation returns, as far as it is within
// the boundaries.
func (o *Op[Req, Resp]) read(ctx context.Context, s *session, a answer, g *guard) (resp Resp, err error) {
	if g != nil && !g.readsAll() {
		if a.body, err = g.check(ctx, a.body); err != nil {
			if o.writes() {
				s.inv.Changed(o.Name())
			}
			if errors.Is(err, errTooManyValues) || errors.Is(err, errNotJSON) {
				err = &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: undecodable, Err: err, endpoint: s.endpoint(&o.op), limit: o.limit}
			}
			return resp, err
		}
	}
	switch into := any(&resp).(type) {
	case *struct{}:
		err = checkIgnored(a)
	case *Content:
		*into = content(a)
	default:
		err = decode(a.body, &resp)
	}
	if err == nil {
		return resp, nil
	}
	reason := undecodable
	if errors.Is(err, errTooManyValues) {
		reason = tooLarge
	}
	var none Resp
	return none, &NoAnswer{Op: o.Name(), Write: o.writes(), Reason: reason, Err: err, endpoint: s.endpoint(&o.op), limit: o.limit}
}

// DoOnAny performs an operation that answers alike on every site, such as who
// the user is, on the first site that answers, and returns which that was. A
// listed site may refuse because the app is gone from it (facts §1.2); whatever
// is not one site's own trouble ends the search, and the first reason is told.
func (o *Op[Req, Resp]) DoOnAny(ctx context.Context, sites []*Site, req Req) (resp Resp, on *Site, err error) {
	for _, s := range sites {
		resp, failure := o.Do(ctx, s, req)
		if failure == nil {
			return resp, s, nil
		}
		if !isSiteFailure(failure) {
			return resp, nil, failure
		}
		err = cmp.Or(err, failure)
	}
	return resp, nil, err
}

// request is an operation filled in: everything but address and token.
type request struct {
	path  string // escaped
	query string
	body  body
	// object is the issue that the request changes: Atlassian limits the changes
	// of one issue (facts §4).
	object string
	// named are what the address of a request that writes names.
	named []tool.Object
}

// name notes what a segment of the path names.
func (r *request) name(f field, kind, segment string) {
	object := tool.Object{Type: kind, ID: segment}
	switch f.shape {
	case "issue":
		r.object = segment
		if !Fits("digits", segment) {
			object.ID, object.Key = "", segment
		}
	case "digits", "uuid":
	default: // it may be a name
		return
	}
	r.named = append(r.named, object)
}

// resource is what the path calls that which a parameter names, in the singular:
// "page" for id in /wiki/api/v2/pages/{id}.
func resource(path, parameter string) string {
	before, _, _ := strings.Cut(path, "/{"+parameter+"}")
	return strings.TrimSuffix(before[strings.LastIndexByte(before, '/')+1:], "s")
}

// objectsOf are what a request that writes names in its address and, when Req
// has a method Objects, in its body.
func objectsOf(req any, r request) []tool.Object {
	if body, ok := req.(interface{ Objects() []tool.Object }); ok {
		return append(r.named, body.Objects()...)
	}
	return r.named
}

// writeOutcome is what is known about a request that writes. An accepted one can
// fail because its answer is not what was promised, or out of bounds.
func writeOutcome(accepted bool, err error) tool.WriteOutcome {
	switch {
	case err != nil && strings.Contains(tool.Explain(err).Prompt, tool.UnknownOutcome):
		return tool.WriteUnknown
	case err == nil, accepted:
		return tool.WriteDone
	}
	return tool.WriteNotDone
}

func (o *op) bind(req reflect.Value) (r request, err error) {
	r.path = o.path
	query := url.Values{}
	for _, f := range o.fields {
		v := req.Field(f.index)
		switch f.place {
		case "path":
			segment := format(v)
			if err := CheckShape(f.param, f.shape, segment); err != nil {
				return r, err
			}
			r.path = strings.Replace(r.path, "{"+f.name+"}", url.PathEscape(segment), 1)
			if o.writes() {
				r.name(f, resource(o.path, f.name), segment)
			}
		case "query":
			if f.omitzero && v.IsZero() {
				continue
			}
			if v.Kind() != reflect.Slice {
				query.Set(f.name, format(v))
				continue
			}
			var items []string
			for i := range v.Len() {
				items = append(items, format(v.Index(i)))
			}
			switch {
			case !f.comma:
				query[f.name] = items
			case slices.ContainsFunc(items, func(item string) bool { return strings.Contains(item, ",") }):
				return r, tool.BadInput(f.name, "no item may contain a comma", "Give the items one by one.")
			case len(items) > 0:
				query.Set(f.name, strings.Join(items, ","))
			}
		case "body":
			if file, ok := reflect.TypeAssert[File](v); ok {
				r.body, err = newForm(file)
			} else {
				r.body, err = jsonBody(v.Interface())
			}
			if err != nil {
				return r, fmt.Errorf("%s: %w", o.Name(), err)
			}
		}
	}
	r.query = query.Encode()
	if len(r.path)+len(r.query) > maxURL {
		return r, &tool.Error{
			Kind: tool.KindBadInput, Status: http.StatusBadRequest,
			Message: "Invalid input: the values are too long to be sent to Atlassian in one address",
			Prompt:  "Shorten the longest value.",
		}
	}
	return r, nil
}

// maxURL is what gateways in front of Atlassian accept without question.
const maxURL = 8000

func format(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	}
	return v.String()
}

// jsonBody encodes v. The order of a map's keys does not change from call to
// call, so that recordings of requests stay the same.
func jsonBody(v any) (body, error) {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	return bytesBody{data, "application/json"}, nil
}
