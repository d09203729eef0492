package confluence

import (
	"cmp"
	"embed" // for content.json and bodies
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

// content is what stands in the tree of a space: a page, folder, database, whiteboard or embed, as its
// type says. Identifiers are unique across the types.
type content struct {
	ID       int64  `json:"id"`
	Type     string `json:"type"`
	Status   string `json:"status"` // current, draft, archived or trashed
	Space    int64  `json:"space"`
	Parent   int64  `json:"parent"`   // 0 at the root of the space
	Position int64  `json:"position"` // among its siblings; 0 when nobody has put it in its place
	Title    string `json:"title"`
	Owner    string `json:"owner"`
	// LastOwner owned it before; empty when nobody did.
	LastOwner string `json:"lastOwner"`
	Subtype   string `json:"subtype"`
	EmbedURL  string `json:"embedUrl"`
	// Readers are the only ones who may see it and what is below it; everybody may when there are none.
	Readers []string `json:"readers"`
	Labels  []string `json:"labels"`
	// Versions are all that were published, oldest first, or the one that a draft has.
	Versions []*version `json:"versions"`
	// Draft holds the changes to a published page that are not published.
	Draft *version `json:"draft"`
}

// version is a state of content that was saved.
type version struct {
	Number  int64     `json:"number"`
	Title   string    `json:"title"`
	Author  string    `json:"author"`
	Created time.Time `json:"created"`
	Message string    `json:"message"`
	Minor   bool      `json:"minor"`
	// A body is kept as it was written: as storage or, when it has one, as a document.
	Storage  string         `json:"storage"`
	Document jsontext.Value `json:"document"`
}

// latest is the version that is shown.
func (p *content) latest() *version { return p.Versions[len(p.Versions)-1] }

// created is when and by whom it was made.
func (p *content) created() *version { return p.Versions[0] }

//go:embed content.json bodies
var contentFiles embed.FS

var contents = state.NewTable(&Service.Tables, state.Definition[content]{
	Name:      "content.json",
	Seed:      embedded("content.json"),
	Older:     homePages,
	ID:        func(p *content) *int64 { return &p.ID },
	Normalize: normalizeContent,
	Check:     checkContent,
})

// embedded is one of the files that are part of the program. One that is missing is empty, which is no
// JSON and no body.
func embedded(name string) []byte {
	raw, err := contentFiles.ReadFile(name)
	if err != nil {
		return []byte{}
	}
	return raw
}

// homePages are those of all spaces, and the articles of one with more than a page of answers holds.
func homePages(site string) []*content {
	seed := map[string][]*space{}
	if json.Unmarshal(spacesJSON, &seed) != nil {
		return nil // the spaces' own table tells what is wrong
	}
	var made []*content
	for _, s := range seed[site] {
		made = append(made, &content{
			ID: s.HomepageID, Type: "page", Space: s.ID, Title: s.Name, Owner: s.Owner,
			Versions: []*version{{Author: s.Owner, Created: s.CreatedAt, Storage: "<p>Welcome to this space.</p>"}},
		})
		if site == "acme" && s.Key == "DOCS" {
			made = append(made, articles(s)...)
		}
	}
	return made
}

// articles are three hundred pages below the home page of a space.
func articles(s *space) []*content {
	var made []*content
	authors := []string{"kim", "ada", "bob"}
	at := time.Date(2024, 2, 1, 8, 0, 0, 0, time.UTC)
	for n := int64(1); n <= 300; n++ {
		author := authors[n%3]
		made = append(made, &content{
			ID: 786700 + n, Type: "page", Space: s.ID, Parent: s.HomepageID, Title: fmt.Sprintf("Article %03d", n), Owner: author,
			Versions: []*version{{Author: author, Created: at, Storage: fmt.Sprintf("<p>This is article %d of 300.</p>", n)}},
		})
		at = at.Add(26 * time.Hour)
	}
	return made
}

// longBody is a body that is longer than anybody reads.
var longBody = sync.OnceValue(func() string {
	var b strings.Builder
	for n := 1; b.Len() < 200_000; n++ {
		fmt.Fprintf(&b, "<h2>Part %d</h2><p>%s</p>", n, strings.Repeat("Measure before you change anything, and again afterwards. ", 20))
	}
	return b.String()
})

// normalizeContent fills in what a seed need not say.
func normalizeContent(_ *state.State, _ *state.Site, p *content) error {
	if len(p.Versions) == 0 {
		return errors.New("has no versions")
	}
	p.Status = cmp.Or(p.Status, "current")
	p.Owner = cmp.Or(p.Owner, p.created().Author)
	for i, v := range p.Versions {
		v.Number = int64(i + 1)
		v.Title = cmp.Or(v.Title, p.Title)
	}
	last := p.latest()
	if p.Type != "page" || last.Storage != "" || last.Document != nil {
		return nil
	}
	name := "bodies/" + strconv.FormatInt(p.ID, 10)
	if document, err := contentFiles.ReadFile(name + ".json"); err == nil {
		last.Document = document
		return last.Document.Compact()
	}
	last.Storage = strings.TrimSuffix(string(embedded(name+".xml")), "\n")
	if last.Storage == "" {
		last.Storage = longBody()
	}
	return nil
}

func checkContent(s *state.State, site *state.Site, p *content) error {
	problems := []error{s.CheckPerson(p.Owner)}
	for _, handle := range p.Readers {
		problems = append(problems, s.CheckPerson(handle))
	}
	for _, v := range p.Versions {
		problems = append(problems, s.CheckPerson(v.Author))
		if p.Type == "page" {
			problems = append(problems, v.check())
		}
	}
	if spaces.Get(site, p.Space) == nil {
		problems = append(problems, fmt.Errorf("there is no space %d", p.Space))
	}
	return errors.Join(problems...)
}

// sees reports whether the user may see content: a draft is its author's, and restrictions hold for
// everything below.
func sees(c *service.Call, p *content) bool {
	if p.Status == "draft" && p.Owner != c.User.Handle {
		return false
	}
	for ; p != nil; p = contents.Get(c.Site, p.Parent) {
		if len(p.Readers) > 0 && !slices.Contains(p.Readers, c.User.Handle) {
			return false
		}
	}
	return true
}

// pathID is the identifier in the path, or 0 and the refusal of a request that has none there (facts §13).
func pathID(c *service.Call) (int64, service.Reply) {
	id, err := strconv.ParseInt(c.Vars["id"], 10, 64)
	if err != nil {
		return 0, c.Refuse(http.StatusBadRequest, "Provided value {"+service.Clip(c.Vars["id"])+"} for 'id' is not the correct type. Expected type is long")
	}
	return id, service.Reply{}
}

// wanted is the content of a type that the path names and the user may see, or the refusal of the request.
func wanted(c *service.Call, kind string) (*content, service.Reply) {
	id, refusal := pathID(c)
	if refusal.Status != 0 {
		return nil, refusal
	}
	p := contents.Get(c.Site, id)
	if p == nil || p.Type != kind || !sees(c, p) {
		return nil, c.Refuse(http.StatusNotFound, "Not Found")
	}
	return p, service.Reply{}
}

type versionView struct {
	Number    int64  `json:"number"`
	Message   string `json:"message"`
	MinorEdit bool   `json:"minorEdit"`
	AuthorID  string `json:"authorId"`
	CreatedAt string `json:"createdAt"`
}

func viewVersion(c *service.Call, v *version) *versionView {
	return &versionView{
		Number: v.Number, Message: v.Message, MinorEdit: v.Minor,
		AuthorID:  c.State.Person(v.Author).AccountID,
		CreatedAt: v.Created.UTC().Format(timeFormat),
	}
}

// contentLinks are where people find content. They are relative to the base, which stands on lists and on
// single objects only (facts §13).
type contentLinks struct {
	WebUI  string `json:"webui"`
	EditUI string `json:"editui,omitzero"`
	TinyUI string `json:"tinyui,omitzero"`
	Base   string `json:"base,omitzero"`
}

func linksOf(c *service.Call, p *content, single bool) contentLinks {
	s := spaces.Get(c.Site, p.Space)
	id := service.Decimal(p.ID)
	links := contentLinks{WebUI: "/spaces/" + s.Key + "/" + p.Type + "/" + id}
	if p.Type == "page" {
		links.EditUI = "/pages/resumedraft.action?draftId=" + id
		links.TinyUI = "/x/" + tinyLink(p.ID)
		switch {
		case p.ID == s.HomepageID:
			links.WebUI = "/spaces/" + s.Key + "/overview"
		case p.Status == "draft":
			links.WebUI = "/spaces/" + s.Key + "/pages/edit-v2/" + id
		default:
			links.WebUI = "/spaces/" + s.Key + "/pages/" + id + "/" + url.QueryEscape(p.Title)
		}
	}
	if single {
		links.Base = c.Site.URL + "/wiki"
	}
	return links
}

// tinyLink is the short name of a page: its identifier, least byte first, in an alphabet of its own.
func tinyLink(id int64) string {
	bytes := binary.LittleEndian.AppendUint64(nil, uint64(id)) //nolint:gosec // identifiers are positive
	name := strings.NewReplacer("/", "-", "+", "_").Replace(base64.RawStdEncoding.EncodeToString(bytes))
	return strings.TrimRight(name, "A")
}

// sortContent puts content in order; the id decides between equals and when nothing was asked for. What
// nobody has put in its place comes first, by title.
func sortContent(items []*content, order string) {
	field, descending := strings.CutPrefix(order, "-")
	titles := func(a, b *content) int { return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)) }
	slices.SortFunc(items, func(a, b *content) int {
		by := 0
		switch field {
		case "title":
			by = titles(a, b)
		case "created-date":
			by = a.created().Created.Compare(b.created().Created)
		case "modified-date":
			by = a.latest().Created.Compare(b.latest().Created)
		case "child-position":
			by = cmp.Or(cmp.Compare(a.Position, b.Position), titles(a, b))
		case "id":
			by = cmp.Compare(a.ID, b.ID)
		}
		if descending {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.ID, b.ID))
	})
}
