package atlassian

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// placesKept is how long an answer to a lookup of boundaries is used.
const placesKept = 30 * time.Second

// members are those of a JSON object, or nil.
func members(v jsontext.Value) (all map[string]jsontext.Value) {
	if v.Kind() == '{' {
		_ = json.Unmarshal(v, &all, lenient) // answers were found to be JSON
	}
	return all
}

// items are those of a JSON array, or nil.
func items(v jsontext.Value) (all []jsontext.Value) {
	if v.Kind() == '[' {
		_ = json.Unmarshal(v, &all, lenient)
	}
	return all
}

// encoded writes what was decoded.
func encoded(v any) jsontext.Value {
	data, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil { // it was JSON before
		return jsontext.Value("null")
	}
	return data
}

// scalar is a text, or the digits of a number.
func scalar(v jsontext.Value) string {
	if v.Kind() == '0' {
		return string(v)
	}
	return plain(v)
}

func placeIn(v jsontext.Value) Place {
	in := members(v)
	return Place{scalar(in["id"]), plain(in["key"]), plain(in["name"])}
}

// locationOf is the project of a board, which has none when it belongs to a
// person.
func locationOf(board map[string]jsontext.Value) (id, key string) {
	at := members(board["location"])
	return scalar(at["projectId"]), plain(at["projectKey"])
}

// filter takes out of a list what does not hold, and counts it.
func (g *guard) filter(v jsontext.Value, member string, holds func(jsontext.Value) bool) (jsontext.Value, error) {
	v, left := g.keep(v, member, holds)
	if left > 0 {
		g.s.inv.LeftOut(left)
	}
	return v, nil
}

// keep takes out of a list what does not hold, and says how much that was: what
// was asked for by name must not be told apart from what does not exist. The
// totals that Atlassian gives are then no longer those of the list.
func (g *guard) keep(v jsontext.Value, member string, holds func(jsontext.Value) bool) (kept jsontext.Value, left int) {
	in := members(v)
	list, ok := in[member]
	if !ok || list.Kind() != '[' {
		return v, 0
	}
	all := items(list)
	those := slices.DeleteFunc(slices.Clone(all), func(item jsontext.Value) bool { return !holds(item) })
	g.kept = len(those)
	if left = len(all) - len(those); left > 0 {
		delete(in, "total")
		delete(in, "totalSize")
	}
	in[member] = encoded(those)
	return encoded(in), left
}

func (g *guard) holdsIssue(v jsontext.Value) bool {
	p := placeIn(members(members(v)["fields"])["project"])
	return p.ID != "" && p.Key != "" && g.admitsProject(p.ID, p.Key)
}

func (g *guard) holdsProject(v jsontext.Value) bool {
	p := placeIn(v)
	return p.ID != "" && p.Key != "" && g.admitsProject(p.ID, p.Key)
}

func (g *guard) holdsBoard(v jsontext.Value) bool {
	id, key := locationOf(members(v))
	return g.admitsProject(id, key)
}

func (g *guard) holdsSprint(v jsontext.Value) bool { return g.boards[boardOf(members(v))] }

func (g *guard) holdsSpace(v jsontext.Value) bool {
	p := placeIn(v)
	return p.ID != "" && p.Key != "" && g.admits(spaces, p.ID, p.Key)
}

func (g *guard) holdsContent(v jsontext.Value) bool {
	return g.holdsSpaceID(scalar(members(v)["spaceId"]))
}

// holdsFound tells where a row of a search is by the address of its container,
// or by the space that it is.
func (g *guard) holdsFound(v jsontext.Value) bool {
	in := members(v)
	if in["space"].Kind() == '{' {
		return g.admits(spaces, "", plain(members(in["space"])["key"]))
	}
	address, ok := strings.CutPrefix(plain(members(in["resultGlobalContainer"])["displayUrl"]), "/spaces/")
	key, _, _ := strings.Cut(address, "/")
	return ok && g.admits(spaces, "", key)
}

// holdsScope reports whether a thing of the configuration belongs to the whole
// site, or to a project within the boundaries.
func (g *guard) holdsScope(v jsontext.Value) bool {
	scope := members(members(v)["scope"])
	if scope == nil {
		return true
	}
	return g.admitsProject(scalar(members(scope["project"])["id"]), "")
}

// strip takes out of an answer the projects outside of the boundaries and what
// is in them: issues among links, parents, subtasks and values of fields, and
// sprints of their boards. The key that Jira answers for an issue begins with
// that of the project in which the issue is.
func strip(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
	if err := g.placeSprints(ctx, v); err != nil {
		return nil, err
	}
	left := 0
	out, keep := g.reduce(v, "", 0, &left)
	if left > 0 {
		g.s.inv.LeftOut(left)
	}
	if !keep {
		return nil, g.reaches[0].of.refuse("")
	}
	return out, nil
}

// deepestAnswer is how deep answers are looked into. What is deeper is left out.
const deepestAnswer = 12

// reduce returns a value without what is outside, and whether anything of it
// is left. name is that of the member which it is the value of.
func (g *guard) reduce(v jsontext.Value, name string, depth int, left *int) (jsontext.Value, bool) {
	if depth > deepestAnswer {
		*left++
		return nil, false
	}
	switch v.Kind() {
	case '"':
		if strings.HasPrefix(name, "customfield_") && issueName.MatchString(plain(v)) && !g.admitsIssueKey(plain(v)) {
			*left++
			return nil, false
		}
	case '[':
		var kept []jsontext.Value
		for _, item := range items(v) {
			if out, keep := g.reduce(item, name, depth+1, left); keep {
				kept = append(kept, out)
			}
		}
		return encoded(kept), true
	case '{':
		in := members(v)
		if plain(in["type"]) == "doc" { // a text, which is the issue's own
			return v, true
		}
		if !g.admitsObject(name, in) {
			*left++
			return nil, false
		}
		for member, value := range in {
			out, keep := g.reduce(value, member, depth+1, left)
			switch {
			case keep:
				in[member] = out
			case member == "inwardIssue" || member == "outwardIssue": // a link without its other end
				return nil, false
			default:
				delete(in, member)
			}
		}
		return encoded(in), true
	}
	return v, true
}

func (g *guard) admitsIssueKey(key string) bool {
	return g.admitsProject("", key[:max(0, strings.LastIndexByte(key, '-'))])
}

// projectAddress is where the APIs of Jira have projects. Those of boards answer
// with addresses of an older version.
var projectAddress = regexp.MustCompile(`/rest/api/[0-9a-z]+/project/`)

// admitsObject tells by its members whether an object is an issue, a project,
// or a thing of one project or board, that is outside. name is that of the
// member which it is the value of.
func (g *guard) admitsObject(name string, in map[string]jsontext.Value) bool {
	key := plain(in["key"])
	_, isProject := in["projectTypeKey"]
	switch {
	case issueName.MatchString(key):
		return g.admitsIssueKey(key)
	case name == "epic": // as boards answer it, without a key
		return false
	case isSprint(in):
		return g.boards[boardOf(in)]
	case isProject || projectAddress.MatchString(plain(in["self"])):
		return g.admitsProject(scalar(in["id"]), key)
	}
	if id := scalar(in["projectId"]); id != "" {
		return g.admitsProject(id, "")
	}
	if scope := members(in["scope"]); scope["project"].Kind() == '{' {
		return g.admitsProject(scalar(members(scope["project"])["id"]), "")
	}
	return true
}

// isSprint reports whether an object is a sprint, by the states that only
// sprints have.
func isSprint(in map[string]jsontext.Value) bool {
	return in["id"].Kind() == '0' && slices.Contains([]string{"future", "active", "closed"}, strings.ToLower(plain(in["state"])))
}

// boardOf is the ID of the board to which a sprint belongs, or "".
func boardOf(sprint map[string]jsontext.Value) string {
	return cmp.Or(scalar(sprint["originBoardId"]), scalar(sprint["boardId"]))
}

// mostPlaced is how many boards are looked up for one answer. Sprints of others
// are left out of it.
const mostPlaced = 20

// placeSprints looks up the boards of the sprints in an answer, and which of
// them are within. One that the user may not see is not.
func (g *guard) placeSprints(ctx context.Context, v jsontext.Value) error {
	var boards []string
	if !bytes.Contains(v, []byte(`oardId"`)) {
		return nil
	}
	var collect func(jsontext.Value, int)
	collect = func(v jsontext.Value, depth int) {
		if depth > deepestAnswer {
			return
		}
		for _, item := range items(v) {
			collect(item, depth+1)
		}
		in := members(v)
		if isSprint(in) && isNumber(boardOf(in)) && !slices.Contains(boards, boardOf(in)) {
			boards = append(boards, boardOf(in))
		}
		if plain(in["type"]) != "doc" {
			for _, member := range in {
				collect(member, depth+1)
			}
		}
	}
	collect(v, 0)
	slices.Sort(boards)
	for _, board := range boards {
		if _, ok := g.boards[board]; ok || len(g.boards) == mostPlaced {
			continue
		}
		found, err := placeOfBoard.perform(ctx, g.s, boardPlaceQuery{board})
		if err != nil && !isHidden(err) {
			return err
		}
		id, key := locationOf(found)
		g.boards[board] = err == nil && g.admitsProject(id, key)
	}
	return nil
}

// isHidden reports whether something is not there, or not for the user.
func isHidden(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusNotFound || e.Status == http.StatusForbidden)
}

// filterFiles keeps the files of pages within the boundaries, which are looked
// up. Those of anything else are left out, because where that is cannot be told.
func filterFiles(ctx context.Context, g *guard, v jsontext.Value) (jsontext.Value, error) {
	var ids []string
	for _, item := range items(members(v)["results"]) {
		if id := scalar(members(item)["pageId"]); id != "" && isNumber(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	within := map[string]bool{}
	for part := range slices.Chunk(ids, 100) {
		found, err := placesOfPages.perform(ctx, g.s, pagePlacesQuery{IDs: part, Limit: 250})
		if err != nil {
			return nil, err
		}
		for _, p := range found.Results {
			within[p.ID] = g.holdsSpaceID(p.SpaceID)
		}
	}
	return g.filter(v, "results", func(item jsontext.Value) bool { return within[scalar(members(item)["pageId"])] })
}

// readsAll reports whether the answer is a list by offset that is filtered: of
// a page without some of its items nobody could tell where the next begins.
func (g *guard) readsAll() bool {
	return g != nil && slices.ContainsFunc(g.reaches, func(r Reach) bool { return r.pages })
}

// The bounds of such a list.
const (
	pagesRead = 40
	pageRead  = 50
)

// sendAll reads a list by offset to its end, takes out what is outside, and
// answers with the part of the rest that was asked for.
func (s *session) sendAll(ctx context.Context, o *op, r request, g *guard) (answer, error) {
	number := func(name string, other int) int {
		if n, err := strconv.Atoi(g.query.Get(name)); err == nil {
			return n
		}
		return other
	}
	start, most := number("startAt", 0), number("maxResults", pageRead)
	query := g.query
	if known := g.known[projects]; len(known) <= pageRead && o.path == listBoundProjects.path {
		if len(known) == 0 {
			return answer{}, projects.refuse("")
		}
		for _, p := range known {
			query.Add("id", p.ID)
		}
	}
	var kept []jsontext.Value
	read := 0
	for range pagesRead {
		query.Set("startAt", strconv.Itoa(read))
		query.Set("maxResults", strconv.Itoa(pageRead))
		r.query = query.Encode()
		got, err := s.send(ctx, o, r)
		if err != nil {
			return answer{}, err
		}
		body, err := g.check(ctx, got.body)
		if err != nil {
			return answer{}, err
		}
		whole, rest := members(got.body), members(body)
		if whole["values"].Kind() != '[' {
			return got, nil // the operation's own check refuses it
		}
		count := len(items(whole["values"]))
		kept = append(kept, items(rest["values"])...)
		read += count
		total, _ := strconv.Atoi(scalar(whole["total"]))
		last := whole["isLast"].Kind() == 't' || total > 0 && read >= total
		if last || count == 0 {
			shown := kept[min(start, len(kept)):min(start+most, len(kept))]
			got.body = encoded(map[string]any{
				"values": shown, "startAt": start, "maxResults": most, "total": len(kept), "isLast": start+len(shown) >= len(kept),
			})
			return got, nil
		}
	}
	return answer{}, refuse("", "the list is too long to be read within the limits of these tools. Ask for a part of it by name")
}
