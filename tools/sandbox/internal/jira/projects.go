package jira

import (
	"cmp"
	_ "embed" // for projects.json
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"arcade-atlassian/tools/sandbox/internal/service"
	"arcade-atlassian/tools/sandbox/internal/state"
)

var _ = platform.Serve(map[string]service.Handler{
	"GET /rest/api/3/project":                  listProjects,
	"GET /rest/api/3/project/search":           searchProjects,
	"GET /rest/api/3/project/{projectIdOrKey}": getProject,
})

type project struct {
	ID          int64    `json:"id"`
	Key         string   `json:"key"`
	FormerKeys  []string `json:"formerKeys"` // by which it is still found
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Style       string   `json:"style"`
	UUID        string   `json:"uuid"`     // only projects managed by their team have one
	Category    int64    `json:"category"` // 0 when it has none
	Lead        string   `json:"lead"`
	Description string   `json:"description"`
	URL         string   `json:"url"`
	Archived    *event   `json:"archived"`
	Deleted     *event   `json:"deleted"`
	SeenBy      string   `json:"seenBy"`    // the group that alone sees it; empty when everybody does
	ChangedBy   string   `json:"changedBy"` // the group that alone may change its issues; empty when everybody may
}

// isCalled reports whether a key is or was the project's.
func (p *project) isCalled(key string) bool {
	return p.Key == key || slices.Contains(p.FormerKeys, key)
}

// event is who did something, and when.
type event struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

//go:embed projects.json
var projectsJSON []byte

var projects = state.NewTable(&Service.Tables, state.Definition[project]{
	Name:  "projects.json",
	Seed:  projectsJSON,
	ID:    func(p *project) *int64 { return &p.ID },
	Check: checkProject,
})

func checkProject(s *state.State, site *state.Site, p *project) error {
	problems := []error{s.CheckPerson(p.Lead)}
	for _, done := range []*event{p.Archived, p.Deleted} {
		if done != nil {
			problems = append(problems, s.CheckPerson(done.By))
		}
	}
	for _, group := range []string{p.SeenBy, p.ChangedBy} {
		if group != "" && s.Group(group) == nil {
			problems = append(problems, fmt.Errorf("there is no group %q", group))
		}
	}
	if p.Category != 0 && categories.Get(site, p.Category) == nil {
		problems = append(problems, fmt.Errorf("there is no category %d", p.Category))
	}
	return errors.Join(problems...)
}

type projectView struct {
	Expand        string            `json:"expand"`
	Self          string            `json:"self"`
	ID            string            `json:"id"`
	Key           string            `json:"key"`
	Name          string            `json:"name"`
	Description   *string           `json:"description,omitzero"`
	Lead          *userView         `json:"lead,omitzero"`
	IssueTypes    []issueTypeView   `json:"issueTypes,omitzero"`
	URL           string            `json:"url,omitzero"`
	AvatarURLs    avatars           `json:"avatarUrls"`
	Category      *categoryView     `json:"projectCategory,omitzero"`
	TypeKey       string            `json:"projectTypeKey"`
	Simplified    bool              `json:"simplified"`
	Style         string            `json:"style"`
	UUID          string            `json:"uuid,omitzero"`
	IsPrivate     bool              `json:"isPrivate"`
	Properties    map[string]string `json:"properties"`
	Archived      bool              `json:"archived,omitzero"`
	ArchivedDate  string            `json:"archivedDate,omitzero"`
	ArchivedBy    *userView         `json:"archivedBy,omitzero"`
	Deleted       bool              `json:"deleted,omitzero"`
	DeletedDate   string            `json:"deletedDate,omitzero"`
	DeletedBy     *userView         `json:"deletedBy,omitzero"`
	RetentionTill string            `json:"retentionTillDate,omitzero"`
	AssigneeType  string            `json:"assigneeType,omitzero"`
	Components    []componentView   `json:"components,omitzero"`
	Versions      []versionView     `json:"versions,omitzero"`
	Roles         map[string]string `json:"roles,omitzero"`
}

// retention: a deleted project stays in the recycle bin for this long.
const retention = 60 * 24 * time.Hour

// viewProject shows a project with the parts that were asked for.
func viewProject(c *service.Call, p *project, expand []string) projectView {
	v := projectView{
		Expand:     "description,lead,issueTypes,url",
		Self:       c.Gateway + "/rest/api/3/project/" + service.Decimal(p.ID),
		ID:         service.Decimal(p.ID),
		Key:        p.Key,
		Name:       p.Name,
		AvatarURLs: avatarsAt(c.Gateway + "/rest/api/3/universal_avatar/view/type/project/avatar/" + service.Decimal(10400+p.ID%24)),
		TypeKey:    p.Type,
		Simplified: p.Style == "next-gen",
		Style:      p.Style,
		UUID:       p.UUID,
	}
	if cat := categories.Get(c.Site, p.Category); cat != nil {
		v.Category = viewCategory(c, cat)
	}
	if done := p.Archived; done != nil {
		v.Archived, v.ArchivedDate, v.ArchivedBy = true, done.At.Format(timeFormat), userCalled(c, done.By)
	}
	if done := p.Deleted; done != nil {
		v.Deleted, v.DeletedDate, v.DeletedBy = true, done.At.Format(timeFormat), userCalled(c, done.By)
		v.RetentionTill = done.At.Add(retention).Format(timeFormat)
	}
	if slices.Contains(expand, "description") {
		v.Description = &p.Description
	}
	if slices.Contains(expand, "lead") {
		v.Lead = userCalled(c, p.Lead)
	}
	if slices.Contains(expand, "url") {
		v.URL = p.URL
	}
	if slices.Contains(expand, "issueTypes") {
		v.IssueTypes = viewIssueTypes(c, p)
	}
	return v
}

// status is live, archived or deleted.
func (p *project) status() string {
	switch {
	case p.Deleted != nil:
		return "deleted"
	case p.Archived != nil:
		return "archived"
	default:
		return "live"
	}
}

// searchProjects answers GET /rest/api/3/project/search. Whatever the action, it lists what the user sees; no project has properties, so a question about them finds none.
func searchProjects(c *service.Call) service.Reply {
	p := c.Params()
	start := p.Integer("startAt", 0, 0, math.MaxInt64)
	limit := min(p.Integer("maxResults", 50, 1, math.MaxInt32), 100)
	order := p.Choice("orderBy", projectOrders()...)
	ids := p.IDs("id", 50)
	keys := p.List("keys", 50)
	types := p.Choices("typeKey", "business", "service_desk", "software")
	category := p.Integer("categoryId", 0, math.MinInt64, math.MaxInt64)
	p.Choice("action", "view", "browse", "edit", "create")
	statuses := p.Choices("status", "live", "archived", "deleted")
	expand := p.List("expand", math.MaxInt)
	if p.Failed() {
		return p.BadRequest(c)
	}
	if len(statuses) == 0 {
		statuses = []string{"live"}
	}
	query := strings.ToLower(c.Query.Get("query"))

	found := projects.Select(c.Site, func(pr *project) bool {
		return sees(c, pr) && slices.Contains(statuses, pr.status()) &&
			(len(ids) == 0 || slices.Contains(ids, pr.ID)) &&
			(len(keys) == 0 || slices.Contains(keys, pr.Key)) &&
			(len(types) == 0 || slices.Contains(types, pr.Type)) &&
			(category == 0 || category == pr.Category) &&
			!c.Query.Has("propertyQuery") &&
			(strings.Contains(strings.ToLower(pr.Key), query) || strings.Contains(strings.ToLower(pr.Name), query))
	})
	sortProjects(c, found, order)
	return offsetPage(c, found, start, limit, func(pr *project) projectView { return viewProject(c, pr, expand) })
}

// listProjects answers GET /rest/api/3/project, which has no pages and which Jira has deprecated.
func listProjects(c *service.Call) service.Reply {
	expand := c.Params().List("expand", math.MaxInt)
	views := []projectView{}
	for _, p := range projects.Select(c.Site, func(p *project) bool { return p.status() == "live" }) {
		views = append(views, viewProject(c, p, expand))
	}
	return service.OK(views)
}

// projectOrders are the values orderBy may have.
func projectOrders() []string {
	var orders []string
	for _, field := range []string{"category", "key", "name", "owner", "issueCount", "lastIssueUpdatedDate", "archivedDate", "deletedDate"} {
		orders = append(orders, field, "-"+field, "+"+field)
	}
	return orders
}

// sortProjects puts projects in order; the key decides between equals.
func sortProjects(c *service.Call, projects []*project, order string) {
	when := func(e *event) time.Time {
		if e == nil {
			return time.Time{}
		}
		return e.At
	}
	latest := func(p *project) time.Time {
		var at time.Time
		for _, i := range issuesOf(c.Site, p) {
			if i.Updated.After(at) {
				at = i.Updated
			}
		}
		return at
	}
	field := strings.TrimLeft(order, "+-")
	sign := 1
	if strings.HasPrefix(order, "-") {
		sign = -1
	}
	slices.SortFunc(projects, func(a, b *project) int {
		by := 0
		switch field {
		case "key":
			by = strings.Compare(a.Key, b.Key)
		case "name":
			by = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case "category":
			by = strings.Compare(categoryName(c, a), categoryName(c, b))
		case "owner":
			by = strings.Compare(c.State.Person(a.Lead).DisplayName, c.State.Person(b.Lead).DisplayName)
		case "issueCount":
			by = cmp.Compare(len(issuesOf(c.Site, a)), len(issuesOf(c.Site, b)))
		case "lastIssueUpdatedDate":
			by = latest(a).Compare(latest(b))
		case "archivedDate":
			by = when(a.Archived).Compare(when(b.Archived))
		case "deletedDate":
			by = when(a.Deleted).Compare(when(b.Deleted))
		}
		return cmp.Or(sign*by, strings.Compare(a.Key, b.Key))
	})
}

// getProject answers GET /rest/api/3/project/{projectIdOrKey}.
func getProject(c *service.Call) service.Reply {
	p, refusal := wantedProject(c)
	if p == nil {
		return refusal
	}
	v := viewProject(c, p, []string{"description", "lead", "issueTypes", "url"})
	v.AssigneeType = "UNASSIGNED"
	v.Components = componentsOf(c, p)
	v.Versions = versionsOf(c, p)
	v.Roles = map[string]string{"Administrators": v.Self + "/role/10002"}
	return service.OK(v)
}

// wantedProject is the project that the path names by id or key, or the answer that there is none. A
// project in the recycle bin is not found; an archived one is.
func wantedProject(c *service.Call) (*project, service.Reply) {
	wanted := c.Vars["projectIdOrKey"]
	if strings.Trim(wanted, "0123456789") == "" {
		p := seenProject(c, func(p *project) bool { return p.Deleted == nil && service.Decimal(p.ID) == wanted })
		return p, c.Refuse(http.StatusNotFound, "No project could be found with id '"+wanted+"'.")
	}
	return projectWithKey(c, wanted)
}

// projectWithKey is the project with a key, in its exact spelling (facts §7), or the answer that there
// is none.
func projectWithKey(c *service.Call, key string) (*project, service.Reply) {
	p := seenProject(c, func(p *project) bool { return p.Deleted == nil && p.isCalled(key) })
	return p, c.Refuse(http.StatusNotFound, "No project could be found with key '"+key+"'.")
}
