// Package atlassian is the client: REST operations as values, the sites a
// user's token reaches, and requests that are bounded, retried where that is
// safe and explained when they fail.
//
// "Facts §n" in comments is the section of the project's Atlassian fact base
// that a rule comes from.
package atlassian

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
)

// Op is one REST operation: its address, its scopes and its types.
//
// The fields of Req say where a value goes:
//
//	path:"issueIdOrKey,issue"  replaces {issueIdOrKey}; "issue" is the tool
//	                           parameter that an error names
//	query:"startAt"            a query parameter; add ",omitzero" to leave out
//	                           a zero value; a slice repeats the parameter
//	body:"json"                the JSON body
//
// Resp is what the answer decodes into. When it has a method Check() error, an
// answer that fails it counts as undecodable: without it a page of another
// service, such as {"message":"Down for maintenance"}, would decode to a Resp
// without content. struct{} ignores what the answer says, and takes an empty
// one.
type Op[Req, Resp any] struct{ op }

// op is the part of an operation that does not depend on its types.
type op struct {
	method, path string
	scopes       []string
	reads        bool // changes nothing although it is a POST
	redirects    bool
	statuses     []int // of success
	fields       []field
	req          reflect.Type
	mistakes     error
}

// field is where one field of a Req goes.
type field struct {
	index       int
	place       string // path, query or body
	name, param string
	omitzero    bool
}

// Get declares an operation that reads. path is the whole path after the
// site's base; scopes is the smallest set that Atlassian's documents accept.
func Get[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodGet, path, scopes)
}

// Post declares an operation that creates, unless Reads says otherwise.
func Post[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodPost, path, scopes)
}

// Put declares an operation that replaces.
func Put[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodPut, path, scopes)
}

// Delete declares an operation that removes.
func Delete[Req, Resp any](path string, scopes ...string) *Op[Req, Resp] {
	return newOp[Req, Resp](http.MethodDelete, path, scopes)
}

// Reads marks a POST that only reads, such as a search with a long query: it
// may be repeated and does not make its tool a writing one.
func (o *Op[Req, Resp]) Reads() *Op[Req, Resp] {
	o.reads = true
	return o
}

// Redirects lets the operation follow one redirect, as downloads need. The
// second request carries neither the token nor anything else of the first.
func (o *Op[Req, Resp]) Redirects() *Op[Req, Resp] {
	o.redirects = true
	return o
}

// Expect replaces the statuses of success: 200 for an operation that reads, and
// 200, 201, 202 and 204 for one that writes. Others do not tell whether
// everything was done, such as 207 for a part.
func (o *Op[Req, Resp]) Expect(statuses ...int) *Op[Req, Resp] {
	o.statuses = statuses
	return o
}

func (o *op) expects(status int) bool {
	switch {
	case o.statuses != nil:
		return slices.Contains(o.statuses, status)
	case o.reads:
		return status == http.StatusOK
	}
	return slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}, status)
}

func newOp[Req, Resp any](method, path string, scopes []string) *Op[Req, Resp] {
	o := op{
		method: method, path: path, scopes: scopes,
		reads: method == http.MethodGet,
		req:   reflect.TypeFor[Req](),
	}
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
		at := field{index: i}
		if !f.IsExported() {
			errs = append(errs, fmt.Errorf("%s.%s: is not exported", o.req, f.Name))
		}
		switch {
		case f.Tag.Get("path") != "":
			at.place = "path"
			at.name, at.param, _ = strings.Cut(f.Tag.Get("path"), ",")
			if at.param == "" {
				errs = append(errs, fmt.Errorf("%s.%s: say which tool parameter it is: path:%q", o.req, f.Name, at.name+",parameter"))
			}
			if !strings.Contains(open, "{"+at.name+"}") {
				errs = append(errs, fmt.Errorf("%s.%s: the path has no {%s}", o.req, f.Name, at.name))
			}
			open = strings.Replace(open, "{"+at.name+"}", "", 1)
		case f.Tag.Get("query") != "":
			at.place = "query"
			var option string
			at.name, option, _ = strings.Cut(f.Tag.Get("query"), ",")
			at.omitzero = option == "omitzero"
			if option != "" && !at.omitzero {
				errs = append(errs, fmt.Errorf("%s.%s: unknown option %q", o.req, f.Name, option))
			}
		case f.Tag.Get("body") == "json":
			at.place = "body"
			if slices.ContainsFunc(fields, func(f field) bool { return f.place == "body" }) {
				errs = append(errs, fmt.Errorf("%s.%s: is a second body", o.req, f.Name))
			}
		default:
			errs = append(errs, fmt.Errorf("%s.%s: has no path, query or body tag", o.req, f.Name))
		}
		kind := f.Type
		if at.place == "query" && kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if at.place != "body" && !isScalar(kind) {
			errs = append(errs, fmt.Errorf("%s.%s: %s cannot be written into a URL", o.req, f.Name, f.Type))
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
func (o *op) Name() string { return o.method + " " + o.path }

// Scopes are the OAuth scopes the operation needs, all of them.
func (o *op) Scopes() []string { return slices.Clone(o.scopes) }

// Effect follows from the method.
func (o *op) Effect() tool.Effect {
	switch {
	case o.reads:
		return tool.Read
	case o.method == http.MethodPost:
		return tool.Create
	case o.method == http.MethodDelete:
		return tool.Delete
	}
	return tool.Update
}

// Check reports mistakes in the declaration.
func (o *op) Check() error {
	errs := []error{o.mistakes}
	if o.reads && o.method != http.MethodGet && o.method != http.MethodPost {
		errs = append(errs, errors.New("only a POST can be one that reads"))
	}
	if o.redirects && o.method != http.MethodGet { // the second request is a GET
		errs = append(errs, errors.New("only a GET can follow redirects"))
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

// Caller is on whose behalf, and at which address, operations run: a Site or a
// User.
type Caller interface{ session() *session }

// Do performs the operation. Errors are *tool.Error for what the caller can
// mend, *Error for an answer that is not a success and *NoAnswer for none.
func (o *Op[Req, Resp]) Do(ctx context.Context, c Caller, req Req) (resp Resp, err error) {
	s := c.session()
	if !s.allows(&o.op) {
		return resp, fmt.Errorf("%s is not among the operations that the tool declares", o.Name())
	}
	r, err := o.bind(reflect.ValueOf(req))
	if err != nil {
		return resp, err
	}
	body, status, err := s.send(ctx, &o.op, r)
	if err != nil {
		return resp, err
	}
	if reflect.TypeFor[Resp]() == reflect.TypeFor[struct{}]() {
		err = checkIgnored(status, body)
	} else {
		err = decode(body, &resp)
	}
	if err != nil {
		reason := undecodable
		if errors.Is(err, errTooManyValues) {
			reason = tooLarge
		}
		var none Resp
		return none, &NoAnswer{Op: o.Name(), Write: !o.reads, Reason: reason, Err: err, endpoint: s.endpoint(&o.op)}
	}
	if !o.reads {
		s.inv.Changed(o.Name())
	}
	return resp, nil
}

// request is an operation filled in: everything but address and token.
type request struct {
	path  string // escaped
	query string
	body  []byte // nil is none
}

func (o *op) bind(req reflect.Value) (r request, err error) {
	r.path = o.path
	query := url.Values{}
	for _, f := range o.fields {
		v := req.Field(f.index)
		switch f.place {
		case "path":
			segment := format(v)
			if err := CheckVisible(f.param, segment); err != nil {
				return r, err
			}
			if reason := unsafeSegment(segment); reason != "" {
				return r, tool.BadInput(f.param, reason, "Give one plain ID or key, such as 10001 or ABC.")
			}
			r.path = strings.Replace(r.path, "{"+f.name+"}", url.PathEscape(segment), 1)
		case "query":
			if f.omitzero && v.IsZero() {
				continue
			}
			if v.Kind() == reflect.Slice {
				for i := range v.Len() {
					query.Add(f.name, format(v.Index(i)))
				}
				continue
			}
			query.Set(f.name, format(v))
		case "body":
			if r.body, err = json.Marshal(v.Interface()); err != nil {
				return r, fmt.Errorf("%s: encode body: %w", o.Name(), err)
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

// unsafeSegment says why s cannot be one segment of a path, or "". Slashes are
// refused although they would be escaped, because some gateways decode %2F.
func unsafeSegment(s string) string {
	switch {
	case s == "":
		return "must not be empty"
	case s == "." || s == "..":
		return "must be an ID or key, not a path"
	case len(s) > 255:
		return "is longer than any ID or key"
	case strings.ContainsFunc(s, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) || r == utf8.RuneError }):
		return "must not contain slashes, backslashes or control characters"
	}
	return ""
}
