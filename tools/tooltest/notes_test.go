package tooltest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"arcade-atlassian/tools/tool"
	"arcade-atlassian/tools/tooltest"
)

// A toolkit of a service that has nothing to do with Atlassian: notes, behind a
// key instead of a user's token.

type note struct {
	ID   string `json:"id" doc:"The note's ID."`
	Text string `json:"text" doc:"What it says."`
	Made string `json:"made,omitzero" doc:"When it was made."`
}

// endpoint is an operation of the service.
type endpoint struct {
	name   string
	effect tool.Effect
	scopes []string
}

func (e endpoint) Name() string        { return e.name }
func (e endpoint) Scopes() []string    { return e.scopes }
func (e endpoint) Effect() tool.Effect { return e.effect }
func (endpoint) Check() error          { return nil }

var (
	listNotes = endpoint{name: "GET /v1/notes"}
	getNote   = endpoint{name: "GET /v1/notes/{id}"}
	addNote   = endpoint{name: "POST /v1/notes", effect: tool.Create}
)

// client is what the handlers work with.
type client struct {
	url       string
	transport http.RoundTripper
	silent    bool // records no changes
	closed    bool // by boundaries that hold no note
}

// errClosed refuses what is outside of the boundaries.
var errClosed = &tool.Error{Kind: tool.KindFatal, Message: "Not allowed: there is no note within the limits."}

// do performs one request and decodes a 200 or 201 into out.
func (c *client) do(ctx context.Context, inv *tool.Invocation, method, path string, body, out any) error {
	if c.closed {
		return errClosed
	}
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body, json.Deterministic(true)); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	if key, ok := inv.Secret("NOTES_KEY"); ok {
		req.Header.Set("X-Api-Key", key.Reveal())
	}
	if token := inv.Token.Reveal(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	const limit = 1 << 20
	answer, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return err
	case len(answer) > limit:
		return &tool.Error{Kind: tool.KindNetworkUnmapped, Message: "The answer is too large."}
	case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated:
		return refusal(method, res.StatusCode, answer)
	}
	if method != http.MethodGet && !c.silent {
		inv.Changed(method + " /v1/notes")
	}
	if err := json.Unmarshal(answer, out, json.RejectUnknownMembers(true)); err != nil {
		return unreadable(method)
	}
	return nil
}

func unreadable(method string) error {
	return &tool.Error{Kind: tool.KindNetworkUnmapped, Message: "The answer is none of the notes service.", CanRetry: method == http.MethodGet}
}

func refusal(method string, status int, answer []byte) error {
	e := &tool.Error{Kind: tool.KindUpstreamUnmapped, Message: fmt.Sprintf("The notes service answered %d.", status), Status: status}
	switch {
	case status == 401, status == 403:
		e.Kind = tool.KindUpstreamAuth
		if _, missing, ok := strings.Cut(string(answer), "missing "); ok {
			e.Message += " Missing scope: " + strings.Trim(missing, `"}`)
		}
	case status == 404:
		e.Kind = tool.KindUpstreamNotFound
	case status == 429:
		e.Kind, e.CanRetry = tool.KindUpstreamRateLimit, true
	case status/100 == 4:
		e.Kind = tool.KindUpstreamBadRequest
	case status >= 500:
		e.Kind, e.CanRetry = tool.KindUpstreamServer, method == http.MethodGet
	}
	return e
}

func (c *client) get(ctx context.Context, inv *tool.Invocation, id string) (n note, err error) {
	if err = c.do(ctx, inv, http.MethodGet, "/v1/notes/"+url.PathEscape(id), nil, &n); err == nil && n.ID == "" {
		err = unreadable(http.MethodGet)
	}
	return n, err
}

func (c *client) add(ctx context.Context, inv *tool.Invocation, text string) (n note, err error) {
	if err = c.do(ctx, inv, http.MethodPost, "/v1/notes", map[string]string{"text": text}, &n); err != nil {
		return n, err
	}
	if n.ID == "" {
		return n, unreadable(http.MethodPost)
	}
	if !c.silent {
		inv.Changed("note " + n.ID + " was made")
	}
	return n, nil
}

func (c *client) list(ctx context.Context, inv *tool.Invocation, filter string) ([]note, error) {
	var page struct {
		Notes *[]note `json:"notes"`
	}
	if err := c.do(ctx, inv, http.MethodGet, "/v1/notes?filter="+url.QueryEscape(filter), nil, &page); err != nil {
		return nil, err
	}
	if page.Notes == nil || len(*page.Notes) > 1000 {
		return nil, unreadable(http.MethodGet)
	}
	return *page.Notes, nil
}

// visible refuses texts that look like another or like nothing.
func visible(param, text string) error {
	if strings.ContainsAny(text, "\u200b\u202e") {
		return tool.BadInput(param, "holds an invisible character", "Give it without.")
	}
	if strings.TrimSpace(text) == "" {
		return tool.BadInput(param, "must not be blank", "Give some text.")
	}
	return nil
}

func plainID(param, id string) error {
	if strings.ContainsFunc(id, func(r rune) bool { return r < '0' || r > '9' }) {
		if err := visible(param, id); err != nil {
			return err
		}
		return tool.BadInput(param, "must be a number", "Give the ID from SearchNotes.")
	}
	return visible(param, id)
}

type (
	getIn struct {
		ID string `json:"id" jsonschema:"maxLength=20" doc:"The note's ID."`
	}
	getOut struct {
		Note note `json:"note" doc:"The note."`
	}
	searchIn struct {
		Words []string `json:"words" jsonschema:"maxItems=10,maxLength=100" doc:"What a note has to hold, all of it."`
	}
	searchOut struct {
		Notes []note `json:"notes" doc:"The notes."`
	}
	addIn struct {
		Text string `json:"text" jsonschema:"maxLength=1000" doc:"What it shall say."`
	}
	addOut struct {
		Note     note `json:"note" doc:"The new note."`
		Verified bool `json:"verified" doc:"Whether it was read back."`
	}
)

func handleGet(ctx context.Context, c *client, inv *tool.Invocation, in getIn) (out getOut, err error) {
	if err := plainID("id", in.ID); err != nil {
		return out, err
	}
	out.Note, err = c.get(ctx, inv, in.ID)
	return out, err
}

// handleSearch quotes each word for the service's filter language.
func handleSearch(ctx context.Context, c *client, inv *tool.Invocation, in searchIn) (out searchOut, err error) {
	var terms []string
	for _, word := range in.Words {
		if err := visible("words", word); err != nil {
			return out, err
		}
		terms = append(terms, strconv.Quote(word))
	}
	out.Notes, err = c.list(ctx, inv, strings.Join(terms, " "))
	return out, err
}

func handleAdd(ctx context.Context, c *client, inv *tool.Invocation, in addIn) (out addOut, err error) {
	if err := visible("text", in.Text); err != nil {
		return out, err
	}
	if out.Note, err = c.add(ctx, inv, in.Text); err != nil {
		return out, err
	}
	stored, err := c.get(ctx, inv, out.Note.ID)
	out.Verified = err == nil && stored.Text == in.Text
	return out, nil
}

func newKit() *tool.Kit[*client] {
	return tool.NewKit[*client](tool.Toolkit{Name: "Notes", Description: "Tools for notes.", Domain: "documents"})
}

// spec is a tool's declaration with what the rules do not look at filled in.
func spec(name string, uses ...tool.Operation) tool.Spec {
	return tool.Spec{Name: name, Doc: name + " works with notes.", Returns: "Notes.", Uses: uses, Secrets: []string{"NOTES_KEY"}}
}

// notesKit is the toolkit as it should be.
func notesKit() *tool.Kit[*client] {
	k := newKit()
	tool.Add(k, spec("GetNote", getNote), handleGet)
	tool.Add(k, spec("SearchNotes", listNotes), handleSearch)
	tool.Add(k, spec("AddNote", addNote, getNote), handleAdd)
	return k
}

// toolkit puts a kit on the notes service.
func toolkit(k *tool.Kit[*client]) tooltest.Toolkit {
	return tooltest.Toolkit{
		Bind: func(_ testing.TB, url string, transport http.RoundTripper) tool.BoundKit {
			return k.Bind(&client{url: url, transport: transport})
		},
		Outside: func(_ testing.TB, url string, transport http.RoundTripper) tool.BoundKit {
			return k.Bind(&client{url: url, transport: transport, closed: true})
		},
		Service: func() (http.Handler, error) { return newService(), nil },
		Secrets: map[string]string{"NOTES_KEY": "notes-key-1234567890"},
	}
}

// service is the notes service: notes by ID, a filter of quoted words, and a
// key or a token "user scope scope" in front.
type service struct {
	mu    sync.Mutex
	notes []note
	mux   *http.ServeMux
}

func newService() *service {
	s := &service{mux: http.NewServeMux(), notes: []note{{ID: "1", Text: "buy milk"}, {ID: "2", Text: "call Bob"}, {ID: "3", Text: "milk the cow"}}}
	s.mux.HandleFunc("GET /v1/notes", s.list)
	s.mux.HandleFunc("POST /v1/notes", s.add)
	s.mux.HandleFunc("GET /v1/notes/{id}", s.get)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("X-Api-Key") != "notes-key-1234567890" && r.Header.Get("Authorization") == "" {
		reply(w, 401, "no key")
		return
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		need := map[string]string{"GET": "notes:read", "POST": "notes:write"}[r.Method]
		if !slices.Contains(strings.Fields(token), need) {
			reply(w, 403, "missing "+need)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body)
}

func (s *service) list(w http.ResponseWriter, r *http.Request) {
	words, err := parseFilter(r.URL.Query().Get("filter"))
	if err != nil {
		reply(w, 400, err.Error())
		return
	}
	found := []note{}
	for _, n := range s.notes {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(n.Text, word) }) {
			found = append(found, n)
		}
	}
	reply(w, 200, map[string]any{"notes": found})
}

// parseFilter reads words in quotes, with Go's escapes.
func parseFilter(filter string) (words []string, err error) {
	for filter = strings.TrimSpace(filter); filter != ""; filter = strings.TrimSpace(filter) {
		quoted, err := strconv.QuotedPrefix(filter)
		if err != nil {
			return nil, errors.New("filter: expected a word in quotes")
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		words, filter = append(words, word), filter[len(quoted):]
	}
	return words, nil
}

func (s *service) get(w http.ResponseWriter, r *http.Request) {
	for _, n := range s.notes {
		if n.ID == r.PathValue("id") {
			reply(w, 200, n)
			return
		}
	}
	reply(w, 404, "no such note")
}

func (s *service) add(w http.ResponseWriter, r *http.Request) {
	var n note
	if err := json.UnmarshalRead(r.Body, &n); err != nil {
		reply(w, 400, "not a note")
		return
	}
	n.ID, n.Made = strconv.Itoa(len(s.notes)+1), time.Now().UTC().Format(time.RFC3339)
	s.notes = append(s.notes, n)
	reply(w, 201, n)
}
