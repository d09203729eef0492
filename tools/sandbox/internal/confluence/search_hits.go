package confluence

import (
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/cql"
	"arcade-atlassian/tools/sandbox/internal/query"
	"arcade-atlassian/tools/sandbox/internal/service"
)

// hit is what a search can find: content in a space, a file of such content, or the space itself.
type hit struct {
	space *space
	page  *content    // nil for a space
	file  *attachment // of the page; nil for anything else
	words *string     // what it says, once somebody has asked
}

// allHits is everything that the user may find: content, then files, then spaces.
func allHits(c *service.Call) []*hit {
	var hits []*hit
	findable := func(p *content) bool { return p.Status == "current" && sees(c, p) }
	for _, p := range contents.Select(c.Site, findable) {
		hits = append(hits, &hit{space: spaces.Get(c.Site, p.Space), page: p})
	}
	for _, a := range attachments.Select(c.Site, func(a *attachment) bool { return a.Status == "current" }) {
		if p := contents.Get(c.Site, a.Page); findable(p) {
			hits = append(hits, &hit{space: spaces.Get(c.Site, p.Space), page: p, file: a})
		}
	}
	for _, s := range spaces.Rows(c.Site) {
		hits = append(hits, &hit{space: s})
	}
	return hits
}

// versions are those of content or a file.
func (h *hit) versions() []*version {
	if h.file != nil {
		return h.file.Versions
	}
	return h.page.Versions
}

func (h *hit) kind() string {
	switch {
	case h.file != nil:
		return "attachment"
	case h.page != nil:
		return h.page.Type
	default:
		return "space"
	}
}

// id is the identifier, or "" for a space, which CQL knows by its key.
func (h *hit) id() string {
	switch {
	case h.file != nil:
		return "att" + service.Decimal(h.file.ID)
	case h.page != nil:
		return service.Decimal(h.page.ID)
	default:
		return ""
	}
}

func (h *hit) title() string {
	switch {
	case h.file != nil:
		return h.file.Filename
	case h.page != nil:
		return h.page.Title
	default:
		return h.space.Name
	}
}

// text is what the index holds of it besides its title.
func (h *hit) text() string {
	if h.words != nil {
		return *h.words
	}
	var words string
	switch {
	case h.file != nil:
		words = h.file.latest().Message
	case h.page == nil:
		words = h.space.Description
	case h.page.Type == "page":
		if doc, err := h.page.latest().read(); err == nil {
			words = doc.PlainText()
		}
	}
	h.words = &words
	return words
}

func (h *hit) labels() []string {
	switch {
	case h.file != nil:
		return h.file.Labels
	case h.page != nil:
		return h.page.Labels
	default:
		return h.space.Labels
	}
}

// created and modified are when, by the account of whom.
func (h *hit) created(c *service.Call) (at time.Time, by string) {
	if h.page == nil {
		return h.space.CreatedAt, c.State.Person(h.space.Owner).AccountID
	}
	first := h.versions()[0]
	return first.Created, c.State.Person(first.Author).AccountID
}

func (h *hit) modified() time.Time {
	if h.page == nil {
		return h.space.CreatedAt
	}
	versions := h.versions()
	return versions[len(versions)-1].Created
}

// ancestors are the identifiers of what it is below, the parent first.
func (h *hit) ancestors(c *service.Call) []string {
	var ids []string
	if h.page == nil {
		return ids
	}
	if h.file != nil {
		ids = append(ids, service.Decimal(h.page.ID))
	}
	for p := contents.Get(c.Site, h.page.Parent); p != nil; p = contents.Get(c.Site, p.Parent) {
		ids = append(ids, service.Decimal(p.ID))
	}
	return ids
}

// hitEnvironment is what CQL knows of content and spaces. People have a search of their own (facts §14).
func hitEnvironment(c *service.Call) query.Environment[*hit] {
	one := func(of func(*hit) string) func(*hit) []string {
		return func(h *hit) []string {
			if value := of(h); value != "" {
				return []string{value}
			}
			return nil
		}
	}
	byTime := func(of func(*hit) time.Time) query.Field[*hit] {
		return query.Field[*hit]{Time: of, Compare: func(a, b *hit) int { return of(a).Compare(of(b)) }}
	}
	key := query.Field[*hit]{Values: one(func(h *hit) string { return h.space.Key })}
	id := query.Field[*hit]{Values: one((*hit).id)}
	text := query.Field[*hit]{Texts: func(h *hit) []string { return []string{h.title(), h.text()} }}
	env := cql.Environment(map[string]query.Field[*hit]{
		"type":        {Values: one((*hit).kind)},
		"space":       key,
		"space.key":   key,
		"space.type":  {Values: one(func(h *hit) string { return h.space.Type })},
		"space.title": {Values: one(func(h *hit) string { return h.space.Name }), Texts: one(func(h *hit) string { return h.space.Name })},
		"title": {Values: one((*hit).title), Texts: one((*hit).title), Compare: func(a, b *hit) int {
			return strings.Compare(strings.ToLower(a.title()), strings.ToLower(b.title()))
		}},
		"text":       text,
		"sitesearch": text,
		"label":      {Values: (*hit).labels},
		"id":         id,
		"content":    id,
		"ancestor":   {Values: func(h *hit) []string { return h.ancestors(c) }},
		"parent": {Values: func(h *hit) []string {
			all := h.ancestors(c)
			return all[:min(1, len(all))]
		}},
		"container": {Values: one(func(h *hit) string {
			if h.file == nil {
				return ""
			}
			return service.Decimal(h.page.ID)
		})},
		"creator": {Values: one(func(h *hit) string { _, by := h.created(c); return by })},
		"contributor": {Values: func(h *hit) (all []string) {
			if h.page == nil {
				return nil
			}
			for _, v := range h.versions() {
				all = append(all, c.State.Person(v.Author).AccountID)
			}
			return all
		}},
		"created":      byTime(func(h *hit) time.Time { at, _ := h.created(c); return at }),
		"lastmodified": byTime((*hit).modified),
	}, query.Clock{Now: c.State.Now()})
	env.Functions = map[string]func([]string) ([]string, error){
		"currentuser": func([]string) ([]string, error) { return []string{c.User.AccountID}, nil },
	}
	return env
}

// view shows what was found, marked as asked for.
func (h *hit) view(c *service.Call, m marks) searchResult {
	r := searchResult{
		Title:        m.title(h.title()),
		Excerpt:      m.excerpt(h.text()),
		LastModified: h.modified().UTC().Format(timeFormat),
		EntityType:   "content",
		IconCSSClass: "aui-icon content-type-" + h.kind(),
	}
	inSpace := &container{Title: h.space.Name, DisplayURL: "/spaces/" + h.space.Key}
	switch {
	case h.page == nil:
		r.EntityType, r.URL, r.Space = "space", inSpace.DisplayURL, new(viewFoundSpace(h.space))
		return r
	case h.file != nil:
		r.URL = viewAttachment(c, h.file, h.file.latest()).WebUILink
		r.Parent = &container{Title: h.page.Title, DisplayURL: linksOf(c, h.page, false).WebUI}
	default:
		r.URL = linksOf(c, h.page, false).WebUI
	}
	r.Global = inSpace
	r.Content = &foundContent{
		ID: h.id(), Type: h.kind(), Status: "current", Title: h.title(),
		Expandable: map[string]string{"space": "/rest/api/space/" + h.space.Key},
		Links:      map[string]string{"webui": r.URL, "self": c.Site.URL + "/wiki/rest/api/content/" + h.id()},
	}
	return r
}
