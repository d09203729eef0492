package atlassian

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
	kept    int                       // items of a filtered list
	narrow  bool                      // whether a query was narrowed
}

// Place is a project or space as Atlassian answers it.
type Place struct{ ID, Key, Name string }

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
	g := &guard{s: s, o: o, path: map[string]string{}, params: map[string]string{}, known: map[kind][]Place{}}
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
	if g.narrow {
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

func (g *guard) named(name string) string {
	if param, ok := g.params[name]; ok {
		return param
	}
	return name
}

func (g *guard) refuse(name string) error { return g.reaches[0].of.refuse(g.named(name)) }

// The lookups of boundaries. What they read is kept for so short a time that a
// project which is moved or renamed is soon known by its present place; before
// a write nothing is taken from memory.
var (
	listBoundProjects = Get[boundProjectsQuery, jsonAnswer]("/rest/api/3/project/search", "read:jira-work").Remember(placesKept)
	listBoundSpaces   = Get[boundSpacesQuery, jsonAnswer]("/wiki/api/v2/spaces", "read:space:confluence").Remember(placesKept)

	placeOfIssue   = Get[issuePlaceQuery, issuePlace]("/rest/api/3/issue/{issueIdOrKey}", "read:jira-work").Remember(placesKept)
	placesOfIssues = Post[issuePlacesQuery, issuePlaces]("/rest/api/3/issue/bulkfetch", "read:jira-work").Reads()
	placeOfProject = Get[projectPlaceQuery, projectPlace]("/rest/api/3/project/{projectIdOrKey}", "read:jira-work").Remember(placesKept)
	placeOfBoard   = Get[boardPlaceQuery, jsonAnswer]("/rest/agile/1.0/board/{boardId}", "read:board-scope:jira-software", "read:issue-details:jira").Remember(placesKept)
	placeOfSprint  = Get[sprintPlaceQuery, sprintPlace]("/rest/agile/1.0/sprint/{sprintId}", "read:sprint:jira-software").Remember(placesKept)

	placeOfPage   = Get[pagePlaceQuery, contentPlace]("/wiki/api/v2/pages/{id}", "read:page:confluence").Remember(placesKept)
	placeOfFolder = Get[folderPlaceQuery, contentPlace]("/wiki/api/v2/folders/{id}", "read:folder:confluence").Remember(placesKept)
	placesOfPages = Get[pagePlacesQuery, contentPlaces]("/wiki/api/v2/pages", "read:page:confluence")
)

type (
	jsonAnswer map[string]jsontext.Value

	boundProjectsQuery struct {
		IDs        []string `query:"id"`
		Keys       []string `query:"keys"`
		MaxResults int      `query:"maxResults"`
	}
	boundSpacesQuery struct {
		IDs   []string `query:"ids"`
		Keys  []string `query:"keys"`
		Limit int      `query:"limit"`
	}
	issuePlaceQuery struct {
		Issue  string   `path:"issueIdOrKey,issue,issue"`
		Fields []string `query:"fields,comma"`
	}
	issuePlace struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Project projectPlace `json:"project"`
		} `json:"fields"`
	}
	issuePlacesQuery struct {
		Body struct {
			Issues []jsontext.Value `json:"issueIdsOrKeys"`
			Fields []string         `json:"fields"`
		} `body:"json"`
	}
	issuePlaces struct {
		Issues []issuePlace `json:"issues"`
	}
	projectPlaceQuery struct {
		Project string `path:"projectIdOrKey,project,project"`
	}
	projectPlace struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	boardPlaceQuery struct {
		Board string `path:"boardId,board_id,digits"`
	}
	sprintPlaceQuery struct {
		Sprint string `path:"sprintId,sprint_id,digits"`
	}
	sprintPlace struct {
		Board int `json:"originBoardId"`
	}
	pagePlaceQuery struct {
		ID    string `path:"id,page_identifier,digits"`
		Draft bool   `query:"get-draft,omitzero"`
	}
	folderPlaceQuery struct {
		ID string `path:"id,parent_id,digits"`
	}
	contentPlace struct {
		ID      string `json:"id"`
		SpaceID string `json:"spaceId"`
	}
	pagePlacesQuery struct {
		IDs   []string `query:"id"`
		Limit int      `query:"limit"`
	}
	contentPlaces struct {
		Results []contentPlace `json:"results"`
	}
)

// locate performs a lookup. Before a write it asks anew.
func locate[Req, Resp any](ctx context.Context, g *guard, o *Op[Req, Resp], req Req) (Resp, error) {
	if g.o.writes() {
		anew := *o
		anew.remember = 0
		o = &anew
	}
	return o.perform(ctx, g.s, req)
}

// learn finds out which of the boundaries' projects or spaces the user can
// see: their IDs, keys and names as they are now.
func (g *guard) learn(ctx context.Context, k kind) error {
	if g.known[k] != nil {
		return nil
	}
	l := g.s.client.boundaries.of(k)
	var ids, keys []string
	for _, list := range l.lists(g.o.writes()) {
		for _, a := range list {
			switch {
			case a.site != "" && !g.s.isSite(a.site):
			case isNumber(a.name):
				ids = append(ids, a.name)
			default:
				keys = append(keys, a.name)
			}
		}
	}
	found := []Place{}
	ask := func(names []string, list func([]string) (jsonAnswer, error)) error {
		slices.Sort(names)
		for part := range slices.Chunk(slices.Compact(names), 50) {
			answer, err := list(part)
			if err != nil {
				return err
			}
			member := "values"
			if k == spaces {
				member = "results"
			}
			for _, item := range items(answer[member]) {
				p := placeIn(item)
				if l.admits(g.s, g.o.writes(), p.ID, p.Key) && !slices.Contains(found, p) {
					found = append(found, p)
				}
			}
		}
		return nil
	}
	if k == spaces {
		if err := ask(ids, func(part []string) (jsonAnswer, error) {
			return listBoundSpaces.perform(ctx, g.s, boundSpacesQuery{IDs: part, Limit: 250})
		}); err != nil {
			return err
		}
		err := ask(keys, func(part []string) (jsonAnswer, error) {
			return listBoundSpaces.perform(ctx, g.s, boundSpacesQuery{Keys: part, Limit: 250})
		})
		g.known[k] = found
		return err
	}
	if err := ask(ids, func(part []string) (jsonAnswer, error) {
		return listBoundProjects.perform(ctx, g.s, boundProjectsQuery{IDs: part, MaxResults: 50})
	}); err != nil {
		return err
	}
	err := ask(keys, func(part []string) (jsonAnswer, error) {
		return listBoundProjects.perform(ctx, g.s, boundProjectsQuery{Keys: part, MaxResults: 50})
	})
	g.known[k] = found
	return err
}

// admitsProject reports whether the operation may touch a project of which
// Atlassian answers one or both names.
func (g *guard) admitsProject(id, key string) bool { return g.admits(projects, id, key) }

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

func (g *guard) admitProject(param, id, key string) error {
	switch {
	case g.admits(projects, id, key):
		return nil
	case g.o.writes() && g.reads(projects, id, key):
		return projects.refuseWrite(param)
	}
	return projects.refuse(param)
}

// gone makes the error of a lookup that found nothing a refusal.
func gone(k kind, param string, err error) error {
	if IsNotFound(err) {
		return k.refuse(param)
	}
	return err
}

func (g *guard) checkIssue(ctx context.Context, param, issue string) error {
	if !Fits("issue", issue) {
		return projects.refuse(param)
	}
	found, err := locate(ctx, g, placeOfIssue, issuePlaceQuery{issue, []string{"project"}})
	if err != nil {
		return gone(projects, param, err)
	}
	return g.admitProject(param, found.Fields.Project.ID, found.Fields.Project.Key)
}

func (g *guard) checkProject(ctx context.Context, param, project string) error {
	if !Fits("project", project) {
		return projects.refuse(param)
	}
	found, err := locate(ctx, g, placeOfProject, projectPlaceQuery{project})
	if err != nil {
		return gone(projects, param, err)
	}
	return g.admitProject(param, found.ID, found.Key)
}

func (g *guard) checkBoard(ctx context.Context, param, board string) error {
	found, err := locate(ctx, g, placeOfBoard, boardPlaceQuery{board})
	if err != nil {
		return gone(projects, param, err)
	}
	id, key := locationOf(found)
	return g.admitProject(param, id, key)
}

func (g *guard) checkSprint(ctx context.Context, param, sprint string) error {
	found, err := locate(ctx, g, placeOfSprint, sprintPlaceQuery{sprint})
	if err != nil {
		return gone(projects, param, err)
	}
	if found.Board <= 0 {
		return projects.refuse(param)
	}
	return g.checkBoard(ctx, param, strconv.Itoa(found.Board))
}

// checkIssues checks a list of issues in the body. Every one has to be found.
func (g *guard) checkIssues(ctx context.Context, param, member string) error {
	names := items(g.body[member])
	if len(names) == 0 {
		return projects.refuse(param)
	}
	for part := range slices.Chunk(names, 100) {
		var q issuePlacesQuery
		q.Body.Issues, q.Body.Fields = part, []string{"project"}
		found, err := placesOfIssues.perform(ctx, g.s, q)
		if err != nil {
			return err
		}
		for _, name := range part {
			i := slices.IndexFunc(found.Issues, func(i issuePlace) bool { return i.ID == plain(name) || i.Key == plain(name) })
			if i < 0 {
				return projects.refuse(param)
			}
			p := found.Issues[i].Fields.Project
			if err := g.admitProject(param, p.ID, p.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

var issueName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]{1,20}$`)

// checkFields checks the projects and issues among the values of an issue's
// fields: Jira takes them by ID or key. A value that holds one in a way that
// is not known here is refused.
func checkFields(ctx context.Context, g *guard) error {
	for _, part := range []string{"fields", "update"} {
		for name, value := range members(g.body[part]) {
			if err := g.checkField(ctx, name, value, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *guard) checkField(ctx context.Context, name string, value jsontext.Value, depth int) error {
	const deepest = 6
	param := name
	switch name {
	case "parent":
		param = "parent_issue"
	case "project":
	default:
		param = "custom_fields"
	}
	switch value.Kind() {
	case '"':
		text := plain(value)
		if strings.HasPrefix(name, "customfield_") && issueName.MatchString(text) {
			return g.checkIssue(ctx, param, strings.ToUpper(text))
		}
	case '[':
		if depth > deepest {
			return projects.refuse(param)
		}
		for _, item := range items(value) {
			if err := g.checkField(ctx, name, item, depth+1); err != nil {
				return err
			}
		}
	case '{':
		return g.checkValue(ctx, name, param, value, depth)
	}
	return nil
}

// checkValue checks an object among the values.
func (g *guard) checkValue(ctx context.Context, name, param string, value jsontext.Value, depth int) error {
	const deepest = 6
	in := members(value)
	if plain(in["type"]) == "doc" { // a text
		return nil
	}
	if depth > deepest {
		return projects.refuse(param)
	}
	id, key := scalar(in["id"]), plain(in["key"])
	switch {
	case name == "project":
		if id+key != "" {
			return g.checkProject(ctx, param, cmp.Or(id, key))
		}
	case name == "parent" && id+key != "":
		return g.checkIssue(ctx, param, cmp.Or(id, key))
	case issueName.MatchString(key):
		return g.checkIssue(ctx, param, key)
	case key != "" && Fits("project", key):
		return g.checkProject(ctx, param, key)
	case strings.HasPrefix(name, "customfield_") && id != "" && len(in) == 1:
		if err := g.checkIDValue(ctx, name, param, id); err != nil {
			return err
		}
	}
	for _, member := range in {
		if member.Kind() == '{' || member.Kind() == '[' {
			if err := g.checkField(ctx, name, member, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkIDValue checks a value of which only an ID is given: what it is the ID
// of, the field's type tells.
func (g *guard) checkIDValue(ctx context.Context, name, param, id string) error {
	known, err := listFieldTypes.perform(ctx, g.s, struct{}{})
	if err != nil {
		return err
	}
	for _, f := range known {
		if f.ID != name {
			continue
		}
		switch {
		case f.Schema.Type == "project" || f.Schema.Items == "project":
			return g.checkProject(ctx, param, id)
		case f.Schema.Type == "issuelink" || f.Schema.Items == "issuelink":
			return g.checkIssue(ctx, param, id)
		}
		return nil
	}
	return projects.refuse(param)
}

var listFieldTypes = Get[struct{}, []fieldType]("/rest/api/3/field", "read:jira-work").Remember(placesKept)

type fieldType struct {
	ID     string `json:"id"`
	Schema struct {
		Type  string `json:"type"`
		Items string `json:"items"`
	} `json:"schema"`
}

// askForProject makes the answer tell of each issue in which project it is.
func (g *guard) askForProject() {
	const field = "project"
	if fields, ok := g.body["fields"]; ok {
		list := items(fields)
		if !slices.ContainsFunc(list, func(v jsontext.Value) bool { return plain(v) == field }) {
			g.body["fields"] = encoded(append(list, jsontext.Value(`"project"`)))
		}
		return
	}
	if g.query.Has("fields") {
		list := strings.Split(g.query.Get("fields"), ",")
		if !slices.Contains(list, field) {
			g.query.Set("fields", strings.Join(append(list, field), ","))
		}
	}
}

// narrowQuery wraps a query. Without one, all of the boundaries is asked for.
func (g *guard) narrowQuery(at string, wrap func(string, []Place) (string, error)) error {
	g.narrow = true
	where, name, _ := strings.Cut(at, ".")
	k := g.reaches[0].of
	if len(g.known[k]) == 0 {
		return k.refuse(name)
	}
	if where == "query" {
		wrapped, err := wrap(g.query.Get(name), g.known[k])
		if err != nil {
			return err
		}
		g.query.Set(name, wrapped)
		return nil
	}
	texts := items(g.body[name])
	single := g.body[name].Kind() != '['
	if single {
		texts = []jsontext.Value{g.body[name]}
	}
	for i, text := range texts {
		wrapped, err := wrap(plain(text), g.known[k])
		if err != nil {
			return err
		}
		texts[i] = encoded(wrapped)
	}
	if single {
		g.body[name] = texts[0]
	} else {
		g.body[name] = encoded(texts)
	}
	return nil
}

// checkAttachment finds the issue of an attachment that was shown before.
func (g *guard) checkAttachment(ctx context.Context, param, id string) error {
	issue, ok := g.s.client.attachments.GetIfPresent(g.attachmentKey(id))
	if !ok {
		return refuse(param, "it is not known to which issue the attachment belongs. List the attachments of its issue first")
	}
	return g.checkIssue(ctx, param, issue)
}

// attachmentKey stands for an attachment as one token sees it.
type attachmentKey struct {
	token    tokenHash
	site, id string
}

func (g *guard) attachmentKey(id string) attachmentKey {
	return attachmentKey{g.s.token, g.s.siteID, id}
}

func (g *guard) noteAttachments(issue jsontext.Value) {
	in := members(issue)
	g.noteAttachmentsOf(plain(in["id"]), members(in["fields"])["attachment"])
}

func (g *guard) noteAttachmentsOf(issue string, list jsontext.Value) {
	for _, item := range items(list) {
		if id := scalar(members(item)["id"]); id != "" && issue != "" {
			g.s.client.attachments.Set(g.attachmentKey(id), issue)
		}
	}
}

func (g *guard) holdsSpaceID(id string) bool { return g.admits(spaces, id, "") }

func (g *guard) checkPage(ctx context.Context, param, id string) error {
	found, err := locate(ctx, g, placeOfPage, pagePlaceQuery{ID: id})
	if IsNotFound(err) {
		found, err = locate(ctx, g, placeOfPage, pagePlaceQuery{ID: id, Draft: true})
	}
	if err != nil {
		return gone(spaces, param, err)
	}
	return g.checkSpaceID(ctx, param, found.SpaceID)
}

// checkSpaceID tells also of a space that may be read and not be written.
func (g *guard) checkSpaceID(ctx context.Context, param, id string) error {
	if g.holdsSpaceID(id) {
		return nil
	}
	if g.o.writes() && id != "" {
		if answer, err := listBoundSpaces.perform(ctx, g.s, boundSpacesQuery{IDs: []string{id}, Limit: 250}); err == nil {
			for _, item := range items(answer["results"]) {
				if p := placeIn(item); p.ID == id && g.reads(spaces, p.ID, p.Key) {
					return spaces.refuseWrite(param)
				}
			}
		}
	}
	return spaces.refuse(param)
}

// checkPageFields checks the space and the parent that a page is given.
func checkPageFields(ctx context.Context, g *guard) error {
	if id, ok := g.body["spaceId"]; ok {
		if err := g.checkSpaceID(ctx, "space_identifier", scalar(id)); err != nil {
			return err
		}
	}
	parent := scalar(g.body["parentId"])
	if parent == "" {
		return nil
	}
	err := g.checkPage(ctx, "parent_id", parent)
	if !IsNotFound(err) {
		return err
	}
	found, err := locate(ctx, g, placeOfFolder, folderPlaceQuery{parent})
	if err != nil {
		return gone(spaces, "parent_id", err)
	}
	return g.checkSpaceID(ctx, "parent_id", found.SpaceID)
}

// askForSpaces narrows a list of spaces that asks for none by name.
func askForSpaces(_ context.Context, g *guard) error {
	if g.query.Has("ids") || g.query.Has("keys") {
		return nil
	}
	return g.narrowList("ids")
}

// askForPagesOf narrows a list of pages that asks for those of all spaces.
func askForPagesOf(_ context.Context, g *guard) error {
	if g.o.path != "/wiki/api/v2/pages" || g.query.Has("id") || g.query.Has("space-id") {
		return nil
	}
	return g.narrowList("space-id")
}

func (g *guard) narrowList(name string) error {
	const most = 100 // that one request can name; more are filtered from the answer
	g.narrow = true
	known := g.known[spaces]
	if len(known) == 0 {
		return spaces.refuse("")
	}
	if len(known) <= most {
		for _, p := range known {
			g.query.Add(name, p.ID)
		}
	}
	return nil
}
